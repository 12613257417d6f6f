//! The way to AWS: TLS by rustls on ring, the environment's proxies, the credentials that the AWS CLI would use.

use std::time::Duration;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::imds;
use aws_config::meta::region::ProvideRegion as _;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_sdk_eks::Client;
use aws_sdk_eks::config::{
    Credentials, ProvideCredentials, SharedCredentialsProvider, SharedHttpClient,
};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use http::StatusCode;
use http_body_util::Limited;

use super::target::EksTarget;
use super::trouble::{Trouble, chain};
use crate::decision::facts::SourceStatus;
use crate::sources::kubeconfig::{Patience, is_loopback};
use crate::sources::requests::Underway;

/// The metadata service of an EC2 instance answers at once or, on any other machine, never.
const METADATA_LIMIT: Duration = Duration::from_secs(1);
/// First try and repetitions of a request.
const ATTEMPTS: u32 = 4;
/// More than this is no answer of AWS: a page of a hundred names and a profile have a few KiB, an answer of EC2 a few hundred.
const LONGEST_ANSWER: usize = 16 << 20;
/// How long credentials are waited for where there is no other limit.
const CREDENTIALS_LIMIT: Duration = Duration::from_secs(30);

/// An EKS client, and what a client of another service is made from.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The client.
    pub client: Client,
    /// The region.
    pub region: String,
    /// HTTP client, credentials, limits, endpoints by environment: what every client here shares.
    pub config: SdkConfig,
}

/// Finds region and credentials, and makes a client of them.
///
/// # Errors
/// No region, no credentials.
pub async fn connect(target: &EksTarget, patience: Patience) -> Result<Connection, Trouble> {
    let http = http_client(patience).await?;
    let provider_config = ProviderConfig::without_region().with_http_client(http.clone());
    let region = match &target.region {
        Some(region) => region.clone(),
        None => region_of_profile(target, &provider_config)
            .await
            .ok_or_else(|| Trouble::without_region(target.cluster_name.as_deref().unwrap_or("")))?,
    };
    let provider_config = provider_config.with_region(Some(Region::new(region.clone())));
    let limit = patience.silence().unwrap_or(CREDENTIALS_LIMIT);
    let credentials = tokio::time::timeout(limit, credentials(target, &region, provider_config))
        .await
        .unwrap_or_else(|_| {
            let words = format!("nothing came within {}s", limit.as_secs_f64());
            Err(Trouble {
                status: SourceStatus::TimedOut,
                ..Trouble::without_credentials(chosen_profile(target).as_deref(), &words)
            })
        })?;

    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .region(Region::new(region.clone()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(ATTEMPTS)
                .with_initial_backoff(Duration::from_millis(500)),
        )
        .timeout_config(timeouts(patience));
    if let Some(profile) = &target.aws_profile {
        loader = loader.profile_name(&profile.name);
    }
    if let Ok(name) = AppName::new("kubectl-fargate") {
        loader = loader.app_name(name);
    }
    let config = loader.load().await;
    Ok(Connection {
        client: Client::new(&config),
        region,
        config,
    })
}

fn profile_name(target: &EksTarget) -> Option<&str> {
    target
        .aws_profile
        .as_ref()
        .map(|profile| profile.name.as_str())
}

/// The AWS profile that a flag, the kubeconfig or the environment names.
fn chosen_profile(target: &EksTarget) -> Option<String> {
    let named = profile_name(target).map(str::to_owned);
    let by_environment = || std::env::var("AWS_PROFILE").ok();
    named
        .or_else(by_environment)
        .filter(|name| !name.is_empty())
}

/// No answer is waited for longer than the patience allows, repetitions included.
fn timeouts(patience: Patience) -> TimeoutConfig {
    match patience.silence() {
        Some(limit) => TimeoutConfig::builder()
            .connect_timeout(limit)
            .read_timeout(limit)
            .operation_attempt_timeout(limit)
            .operation_timeout(limit)
            .build(),
        None => TimeoutConfig::disabled(),
    }
}

/// One connector for all requests, so that the trusted certificates are loaded once; loading them takes a moment.
async fn http_client(patience: Patience) -> Result<SharedHttpClient, Trouble> {
    let mut settings = HttpConnectorSettings::builder();
    settings.set_connect_timeout(patience.silence());
    settings.set_read_timeout(patience.silence());
    let settings = settings.build();
    let connector = tokio::task::spawn_blocking(move || {
        SharedHttpConnector::new(Bounded(
            Connector::builder()
                .connector_settings(settings)
                .proxy_config(proxies())
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .build(),
        ))
    })
    .await
    .map_err(|error| {
        Trouble::new(
            SourceStatus::Failed,
            "the connection to AWS could not be set up",
            "Give the profiles with --profiles PATH.",
        )
        .words(error.to_string())
    })?;
    Ok(http_client_fn(move |_, _| connector.clone()))
}

/// Where a request goes and what it asks for. No parameters, which may be signatures, and nothing of the body but the name of the
/// operation, which EC2 and STS have there.
fn told(request: &HttpRequest) -> String {
    let address = request.uri().split(['?', '#']).next().unwrap_or_default();
    let address = match address.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
            let host = authority.rsplit('@').next().unwrap_or(authority);
            format!("{scheme}://{host}/{path}")
        }
        None => address.to_owned(),
    };
    let body = request.body().bytes().unwrap_or_default();
    let action = std::str::from_utf8(body)
        .ok()
        .and_then(|body| body.strip_prefix("Action="))
        .and_then(|rest| rest.split('&').next())
        .filter(|action| action.chars().all(|letter| letter.is_ascii_alphanumeric()));
    match action {
        Some(action) => format!("{address} {action}"),
        None => address,
    }
}

/// Lets no answer be longer than [`LONGEST_ANSWER`]: the SDK reads each whole before it looks at it.
#[derive(Debug)]
struct Bounded<C>(C);

impl<C: HttpConnector> HttpConnector for Bounded<C> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let underway = Underway::begin(request.method(), || told(&request), &[]);
        let answer = self.0.call(request);
        HttpConnectorFuture::new(async move {
            let answer = match (answer.await, underway) {
                (Ok(answer), Some(underway)) => {
                    let status = StatusCode::from_u16(answer.status().as_u16());
                    underway.answered(status.unwrap_or_default(), std::iter::empty());
                    answer
                }
                (Err(error), Some(underway)) => {
                    underway.failed();
                    return Err(error);
                }
                (answer, None) => answer?,
            };
            Ok(answer.map(|body| SdkBody::from_body_1_x(Limited::new(body, LONGEST_ANSWER))))
        })
    }
}

/// The environment's proxies, but not to an endpoint on this very machine, as everywhere else here.
fn proxies() -> ProxyConfig {
    let is_here = ["AWS_ENDPOINT_URL_EKS", "AWS_ENDPOINT_URL"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|url| !url.is_empty()))
        .and_then(|url| url.parse::<http::Uri>().ok())
        .is_some_and(|url| url.host().is_some_and(is_loopback));
    if is_here {
        ProxyConfig::disabled()
    } else {
        ProxyConfig::from_env()
    }
}

async fn region_of_profile(target: &EksTarget, config: &ProviderConfig) -> Option<String> {
    let mut provider = ProfileFileRegionProvider::builder().configure(config);
    if let Some(name) = profile_name(target) {
        provider = provider.profile_name(name);
    }
    provider
        .build()
        .region()
        .await
        .map(|region| region.as_ref().to_owned())
}

/// The SDK's own chain; with an AWS profile named by a flag, that profile alone, as with the AWS CLI's `--profile`.
async fn credentials(
    target: &EksTarget,
    region: &str,
    config: ProviderConfig,
) -> Result<Credentials, Trouble> {
    let answer = match &target.aws_profile {
        Some(profile) if profile.by_flag => {
            ProfileFileCredentialsProvider::builder()
                .configure(&config)
                .profile_name(&profile.name)
                .build()
                .provide_credentials()
                .await
        }
        chosen => {
            let metadata = imds::Client::builder()
                .configure(&config)
                .max_attempts(1)
                .connect_timeout(METADATA_LIMIT)
                .read_timeout(METADATA_LIMIT)
                .operation_attempt_timeout(METADATA_LIMIT)
                .operation_timeout(METADATA_LIMIT)
                .build();
            let mut chain = DefaultCredentialsChain::builder().imds_client(metadata);
            if let Some(profile) = chosen {
                chain = chain.profile_name(&profile.name);
            }
            chain
                .region(Region::new(region.to_owned()))
                .configure(config)
                .build()
                .await
                .provide_credentials()
                .await
        }
    };
    answer.map_err(|error| {
        Trouble::without_credentials(chosen_profile(target).as_deref(), &chain(&error))
    })
}
