//! A client whose requests are told (`-v`), and whose answers' warnings are.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response, Uri};
use kube::client::Body;
use tower_service::Service;

use crate::sources::requests::{Underway, address, canonical, texts, warn};

/// The client, and what every one of its requests carries beside its own headers.
#[derive(Clone)]
pub(super) struct Told {
    client: kube::Client,
    server: Uri,
    /// As names and values; no value is a secret.
    headers: Vec<(String, String)>,
}

impl Told {
    /// Wraps a client of this configuration.
    pub(super) fn wrap(client: kube::Client, config: &kube::Config) -> kube::Client {
        let told = Self {
            client,
            server: config.cluster_url.clone(),
            headers: headers(config),
        };
        kube::Client::new(told, "default")
    }
}

/// What the layers of the client add to each request, as far as it can be told.
fn headers(config: &kube::Config) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = texts_of(&config.headers);
    let user = &config.auth_info;
    let kind = match (&user.token, &user.username, &user.auth_provider) {
        (Some(_), None, _) | (None, None, Some(_)) => Some("Bearer -"),
        (_, Some(_), _) => Some("Basic -"),
        (None, None, None) => None,
    };
    let mut add = |name: &str, value: &str| headers.push((name.to_owned(), value.to_owned()));
    if let Some(kind) = kind {
        add("Authorization", kind);
    }
    if let Some(name) = &user.impersonate {
        add("Impersonate-User", name);
    }
    if let Some(uid) = &user.impersonate_uid {
        add("Impersonate-Uid", uid);
    }
    for group in user.impersonate_groups.iter().flatten() {
        add("Impersonate-Group", group);
    }
    for (key, values) in user.impersonate_user_extra.iter().flatten() {
        for value in values {
            add(&format!("Impersonate-Extra-{key}"), value);
        }
    }
    headers
}

fn texts_of(headers: &[(http::HeaderName, http::HeaderValue)]) -> Vec<(String, String)> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers
        .iter()
        .map(|(name, value)| (canonical(name.as_str()), text(value)))
        .collect()
}

impl Service<Request<Body>> for Told {
    type Response = Response<Body>;
    type Error = kube::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, kube::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), kube::Error>> {
        // The client inside waits by itself.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let own: Vec<(String, String)> = texts(request.headers()).collect();
        let all = own.iter().chain(&self.headers);
        let all: Vec<(&str, &str)> = all.map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let path = request
            .uri()
            .path_and_query()
            .map(|path| path.as_str().to_owned());
        let url = || address(&self.server, path.as_deref().unwrap_or_default());
        let underway = Underway::begin(request.method().as_str(), url, &all);
        let client = self.client.clone();
        Box::pin(async move {
            let answer = client.send(request).await;
            match &answer {
                Ok(answer) => {
                    if let Some(underway) = underway {
                        underway.answered(answer.status(), texts(answer.headers()));
                    }
                    warn(answer.headers());
                }
                Err(_) => {
                    if let Some(underway) = underway {
                        underway.failed();
                    }
                }
            }
            answer
        })
    }
}
