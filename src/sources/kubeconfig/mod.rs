//! How a cluster is reached: the kubeconfig as kubectl reads it, its proxies, its logins, and which EKS cluster it points to.
//!
//! kube-client differs from kubectl in a few places that matter; they are mended here: missing files of `KUBECONFIG`, the last
//! newline of a token file, `NO_PROXY`, empty fields, and login plugins that never end.

mod client;
mod entries;
mod file;
mod files;
pub(crate) mod identity;
mod login;
mod overrides;
mod proxy;
mod timeout;
mod told;

use std::path::{Path, PathBuf};

use base64::Engine as _;
use http::Uri;
use kube::config::{AuthInfo, Cluster, ExecAuthCluster, Kubeconfig};
use secrecy::ExposeSecret as _;

pub use entries::{Entries, entries};
pub use files::KubeconfigFlags;
pub use identity::{AwsProfile, ClusterArn, EksIdentity, parse_cluster_arn};
pub use login::end_login_plugins;
pub use overrides::{Overrides, parse_user_extra};
pub use proxy::is_loopback;
pub use timeout::{Patience, parse_request_timeout, parse_timeout};

use crate::error::{Error, ErrorKind, Result};
use files::Chosen;
use identity::Clues;
use login::{LoginPlugin, can_be_sent};
use proxy::ProxyEnvironment;
use told::Told;

/// Who we are to servers.
pub const USER_AGENT: &str = concat!("kubectl-fargate/", env!("CARGO_PKG_VERSION"));

/// Where the namespace of a pod's service account is mounted.
const SERVICE_ACCOUNT_NAMESPACE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/// All that is needed to talk to one cluster. It has no `Debug`: it holds credentials.
pub struct Access {
    /// The context's name; empty inside a cluster.
    pub context: String,
    /// The namespace that a question is about where none is named.
    pub namespace: String,
    /// Which EKS cluster the kubeconfig points to.
    pub identity: EksIdentity,
    /// The API server's address.
    pub server: Uri,
    /// The flags that make kubectl reach the same cluster, quoted for a shell; empty where it does without any.
    pub kubectl_flags: String,
    config: kube::Config,
    login: Login,
}

/// Where the credential comes from that is not in the kubeconfig itself.
enum Login {
    None,
    TokenFile(PathBuf),
    Plugin(Box<LoginPlugin>),
}

impl Access {
    /// Works out from flags, environment and kubeconfig how the cluster is reached. Nothing is asked of the network.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] for files that cannot be used, [`ErrorKind::NotFound`] for a context, cluster or user that does not
    /// exist, or where there is no kubeconfig at all.
    pub fn load(flags: &KubeconfigFlags, patience: Patience) -> Result<Self> {
        let variable = std::env::var_os("KUBECONFIG");
        let home = std::env::home_dir();
        let config = files::read(
            flags.kubeconfig.as_deref(),
            variable.as_deref(),
            home.as_deref(),
        )?;
        match config {
            Some(config) => Self::of_context(files::choose(&config, flags)?, patience),
            None if flags.overrides.server.is_some() => {
                Self::of_context(files::choose(&Kubeconfig::default(), flags)?, patience)
            }
            None => Self::in_cluster(flags, patience),
        }
        .map(|access| Self {
            kubectl_flags: flags.for_a_shell(),
            ..access
        })
    }

    fn of_context(chosen: Chosen, patience: Patience) -> Result<Self> {
        let unusable = |what: &str| {
            Error::new(
                ErrorKind::Input,
                format!("could not use the kubeconfig: {what}"),
            )
            .object(format!("cluster entry {}", chosen.cluster_name))
        };
        let server = chosen
            .cluster
            .server
            .as_deref()
            .ok_or_else(|| unusable("its cluster entry has no server"))?;
        let server = parse_server(server)
            .ok_or_else(|| unusable("the server's address cannot be understood"))?;
        let mut config = kube::Config::new(server.clone());
        let told = trust(&mut config, &chosen.cluster)
            .map_err(|error| error.object(format!("cluster entry {}", chosen.cluster_name)))?;
        config.proxy_url = proxy_of(chosen.cluster.proxy_url.as_deref(), &server)
            .map(|proxy| {
                proxy
                    .parse::<Uri>()
                    .map_err(|_| unusable("the proxy's address cannot be understood"))
            })
            .transpose()?;

        let mut user = chosen.user.clone();
        let login = match (user.token_file.take(), user.exec.take()) {
            (Some(file), _) => Login::TokenFile(PathBuf::from(file)),
            // A token, password or certificate in the kubeconfig or the flags outranks the plugin, as in kubectl.
            (None, Some(exec)) if !logs_in(&user) => {
                let told = exec.provide_cluster_info.then_some(told);
                Login::Plugin(Box::new(LoginPlugin::new(exec, told, &chosen.user_name)))
            }
            (None, _) => Login::None,
        };
        if logs_in(&user) {
            user.auth_provider = None;
        }
        config.auth_info = user;
        let identity = identify(&chosen, &server);
        let namespace = chosen.namespace.unwrap_or_else(|| "default".to_owned());
        Ok(Self {
            context: chosen.context,
            namespace,
            identity,
            config: finished(config, &server, patience),
            server,
            kubectl_flags: String::new(),
            login,
        })
    }

    /// What a pod's service account may use; kubectl falls back to it in the same way.
    fn in_cluster(flags: &KubeconfigFlags, patience: Patience) -> Result<Self> {
        let asked = [
            ("context", &flags.context),
            ("cluster", &flags.cluster),
            ("user", &flags.user),
        ];
        if let Some((what, Some(name))) = asked.into_iter().find(|(_, name)| name.is_some()) {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!("{what} {name:?} does not exist: there is no kubeconfig"),
            )
            .next(NO_KUBECONFIG));
        }
        let mut config = kube::Config::incluster_env().map_err(|_| {
            Error::new(
                ErrorKind::NotFound,
                "no cluster is configured: there is no kubeconfig",
            )
            .next(NO_KUBECONFIG)
        })?;
        let server = config.cluster_url.clone();
        let login = match config.auth_info.token_file.take() {
            Some(file) => Login::TokenFile(PathBuf::from(file)),
            None => Login::None,
        };
        let login = match flags.overrides.token {
            Some(_) => Login::None,
            None => login,
        };
        flags.overrides.over_user(&mut config.auth_info);
        overrides::check_user("", &config.auth_info)?;
        let mut cluster = Cluster::default();
        flags.overrides.over_cluster(&mut cluster);
        trust(&mut config, &cluster)?;
        config.proxy_url = proxy_of(None, &server).and_then(|proxy| proxy.parse().ok());
        let namespace = std::env::var("POD_NAMESPACE")
            .ok()
            .or_else(|| std::fs::read_to_string(SERVICE_ACCOUNT_NAMESPACE).ok())
            .map(|namespace| namespace.trim().to_owned())
            .filter(|namespace| !namespace.is_empty())
            .unwrap_or_else(|| "default".to_owned());
        Ok(Self {
            context: String::new(),
            namespace,
            identity: EksIdentity::default(),
            config: finished(config, &server, patience),
            server,
            kubectl_flags: String::new(),
            login,
        })
    }

    /// Logs in and gives a client. Called again, it logs in anew.
    ///
    /// # Errors
    /// [`ErrorKind::Cluster`] where the login fails; [`ErrorKind::Input`] where certificates or token files cannot be used.
    pub async fn connect(&self) -> Result<kube::Client> {
        let mut config = self.config.clone();
        match &self.login {
            Login::None => {}
            Login::TokenFile(path) => match read_token(path) {
                Ok(token) => config.auth_info.token = Some(token.into()),
                // The token beside it, if there is one, was the last that was read.
                Err(_) if config.auth_info.token.is_some() => {}
                Err(error) => {
                    return Err(Error::new(
                        ErrorKind::Input,
                        "could not read the token file of the kubeconfig",
                    )
                    .object(path.display().to_string())
                    .cause(error.to_string())
                    .next("write a token there, or name another user with --user"));
                }
            },
            Login::Plugin(plugin) => {
                let credential = plugin.run().await?;
                config.auth_info.token = credential.token.map(Into::into);
                if let Some((certificate, key)) = credential.certificate {
                    let base64 = base64::engine::general_purpose::STANDARD;
                    config.auth_info.client_certificate_data = Some(base64.encode(certificate));
                    config.auth_info.client_key_data = Some(base64.encode(key).into());
                }
            }
        }
        if let Some(token) = &config.auth_info.token
            && !can_be_sent(token.expose_secret())
        {
            return Err(Error::new(
                ErrorKind::Input,
                "could not use the token of the kubeconfig: it has characters that no request can carry",
            )
            .object(format!("context {}", self.context))
            .next("write the token anew, without line breaks or other control characters"));
        }
        // Reads certificates, and runs the command of an old `auth-provider`: not for a thread that others wait for.
        let make = move || {
            let client = client::client(config.clone())?;
            Ok(Told::wrap(client, &config))
        };
        tokio::task::spawn_blocking(make)
            .await
            .map_err(|error| {
                Error::new(ErrorKind::Cluster, "could not set up the connection")
                    .cause(error.to_string())
                    .next("write the kubeconfig entry anew; kubectl with the same context should say the same")
            })?
            .map_err(|error| match &self.login {
                Login::Plugin(plugin) => plugin.bad_certificate(without_output(&error)),
                _ => Error::new(
                    ErrorKind::Input,
                    "could not use the credentials of the kubeconfig",
                )
                .object(format!("context {}", self.context))
                .cause(without_output(&error))
                .next("write the user's entry anew; kubectl with the same context should say the same"),
            })
    }

    /// Whether a login plugin or a token file may give a fresh credential.
    pub fn can_log_in_again(&self) -> bool {
        !matches!(self.login, Login::None)
    }
}

const NO_KUBECONFIG: &str = "name a kubeconfig with --kubeconfig or KUBECONFIG (and a context of it with --context), or write one with aws eks update-kubeconfig --name CLUSTER";

/// Sets by what the server is told from others. Returns what a login plugin is told of it.
fn trust(config: &mut kube::Config, cluster: &Cluster) -> Result<ExecAuthCluster> {
    let unusable = |what: &str| {
        Error::new(
            ErrorKind::Input,
            format!("could not use the kubeconfig: {what}"),
        )
    };
    let told = ExecAuthCluster::try_from(cluster).map_err(|error| {
        unusable("the certificate authority cannot be read").cause(error.to_string())
    })?;
    if let Some(bundle) = told.certificate_authority_data.as_deref() {
        config.root_cert = Some(
            certificates(bundle)
                .ok_or_else(|| unusable("the certificate authority holds no certificate"))?,
        );
    }
    if let Some(insecure) = cluster.insecure_skip_tls_verify {
        config.accept_invalid_certs = insecure;
    }
    if let Some(name) = &cluster.tls_server_name {
        config.tls_server_name = Some(name.clone());
    }
    config.disable_compression = cluster.disable_compression.unwrap_or(false);
    Ok(told)
}

/// Whether a user entry itself says how to log in, so that neither plugin nor provider is asked.
fn logs_in(user: &AuthInfo) -> bool {
    let has_certificate =
        user.client_certificate.is_some() || user.client_certificate_data.is_some();
    let has_key = user.client_key.is_some() || user.client_key_data.is_some();
    user.token.is_some() || user.username.is_some() || (has_certificate && has_key)
}

/// The settings that hold for every cluster.
fn finished(mut config: kube::Config, server: &Uri, patience: Patience) -> kube::Config {
    // Compression saves nothing on the way to this very machine.
    if config.proxy_url.is_none() && is_loopback(server.host().unwrap_or("")) {
        config.disable_compression = true;
    }
    config.connect_timeout = patience.silence();
    config.write_timeout = patience.silence();
    // Waiting for an answer is bounded where requests are made, as are repetitions.
    config.read_timeout = None;
    config.default_retry = false;
    config.headers.push((
        http::header::USER_AGENT,
        http::HeaderValue::from_static(USER_AGENT),
    ));
    config
}

fn identify(chosen: &Chosen, server: &Uri) -> EksIdentity {
    let exec = chosen.user.exec.as_ref();
    // Only the variables that choose account and region are looked at.
    let environment: Vec<(String, String)> = exec
        .and_then(|exec| exec.env.as_deref())
        .unwrap_or_default()
        .iter()
        .filter_map(|variable| Some((variable.get("name")?, variable.get("value")?)))
        .filter(|(name, _)| {
            matches!(
                name.as_str(),
                "AWS_PROFILE" | "AWS_DEFAULT_PROFILE" | "AWS_REGION" | "AWS_DEFAULT_REGION"
            )
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    identity::identify(&Clues {
        context: &chosen.context,
        cluster: &chosen.cluster_name,
        user: &chosen.user_name,
        host: server.host().unwrap_or(""),
        tls_server_name: chosen.cluster.tls_server_name.as_deref().unwrap_or(""),
        command: exec.and_then(|exec| exec.command.as_deref()).unwrap_or(""),
        arguments: exec
            .and_then(|exec| exec.args.as_deref())
            .unwrap_or_default(),
        environment: &environment,
    })
}

/// The server's address. Without a scheme it is one of plain HTTP, as for kubectl.
fn parse_server(server: &str) -> Option<Uri> {
    let server = if server.contains("://") {
        server.to_owned()
    } else {
        format!("http://{server}")
    };
    let uri: Uri = server.parse().ok()?;
    uri.host()
        .is_some_and(|host| !host.is_empty())
        .then_some(uri)
}

/// The proxy to the server: the kubeconfig's own, else the environment's.
fn proxy_of(own: Option<&str>, server: &Uri) -> Option<String> {
    if let Some(own) = own {
        return Some(match own.split_once("://") {
            Some(("socks5h", rest)) => format!("socks5://{rest}"),
            Some(_) => own.to_owned(),
            None => format!("http://{own}"),
        });
    }
    let scheme = server.scheme_str().unwrap_or("https");
    let port = server
        .port_u16()
        .unwrap_or(if scheme == "http" { 80 } else { 443 });
    ProxyEnvironment::read(|name| std::env::var(name).ok()).proxy_for(scheme, server.host()?, port)
}

/// The certificates of a PEM bundle, as DER; `None` where there are none.
fn certificates(bundle: &[u8]) -> Option<Vec<Vec<u8>>> {
    let certificates: Vec<Vec<u8>> = pem::parse_many(bundle)
        .ok()?
        .into_iter()
        .filter(|block| block.tag() == "CERTIFICATE")
        .map(pem::Pem::into_contents)
        .collect();
    (!certificates.is_empty()).then_some(certificates)
}

/// A token as a header can carry it: editors and `echo` put a newline behind it.
fn read_token(path: &Path) -> std::io::Result<String> {
    let text = std::fs::read_to_string(path)?;
    let token = text.trim();
    if token.is_empty() {
        return Err(std::io::Error::other("the file is empty"));
    }
    Ok(token.to_owned())
}

/// The error's words, without the output of a command that may hold a token.
fn without_output(error: &kube::Error) -> String {
    match error {
        kube::Error::Auth(kube::client::AuthError::AuthExecRun { out, .. }) => {
            format!("the command of the auth-provider failed: {}", out.status)
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_kubectl_reads_them() {
        for (text, wanted, why) in [
            (
                "https://10.0.0.1:6443",
                Some("https://10.0.0.1:6443/"),
                "an ordinary one",
            ),
            (
                "localhost:8001",
                Some("http://localhost:8001/"),
                "no scheme is plain HTTP",
            ),
            (
                "https://rancher.example.com/k8s/clusters/c-1",
                Some("https://rancher.example.com/k8s/clusters/c-1"),
                "a path",
            ),
            ("https://", None, "no host"),
            ("http://a b", None, "no address"),
        ] {
            let found = parse_server(text).map(|uri| uri.to_string());
            assert_eq!(found.as_deref(), wanted, "{why}");
        }
    }

    #[test]
    fn the_last_newline_of_a_token_file_is_no_part_of_the_token() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("token");
        std::fs::write(&path, "abc\n").expect("the file");
        assert_eq!(read_token(&path).expect("a token"), "abc");
        std::fs::write(&path, "\n").expect("the file");
        assert!(read_token(&path).is_err(), "nothing is no token");
    }

    #[test]
    fn the_kubeconfigs_own_proxy_wins_and_knows_no_exceptions() {
        let server = Uri::from_static("https://127.0.0.1:6443");
        assert_eq!(
            proxy_of(Some("proxy:3128"), &server).as_deref(),
            Some("http://proxy:3128")
        );
        assert_eq!(
            proxy_of(Some("socks5h://proxy"), &server).as_deref(),
            Some("socks5://proxy")
        );
        assert_eq!(
            proxy_of(None, &server),
            None,
            "this machine is never behind one"
        );
    }
}
