//! A kube-apiserver, and the scheduler for it.

use std::path::{Path, PathBuf};

use super::{
    api::Api,
    audit::{self, Audit},
    certificates::{Authority, Identity},
    kubeconfig::Kubeconfig,
    parts::Parts,
    process::{Keeper, Running, free_port},
    users::{self, User},
};

/// Admission plugins that change or refuse objects taken from another cluster.
pub const ADMISSION_THAT_CHANGES_OBJECTS: &[&str] = &[
    "DefaultIngressClass",
    "DefaultStorageClass",
    "DefaultTolerationSeconds",
    "LimitRanger",
    "MutatingAdmissionWebhook",
    "PodSecurity",
    "PodTopologyLabels",
    "Priority",
    "ResourceQuota",
    "RuntimeClass",
    "StorageObjectInUseProtection",
    "ValidatingAdmissionWebhook",
];

/// What the API servers of one run have in common.
pub struct Credentials {
    pub authority: Authority,
    serving: PathBuf,
    serving_key: PathBuf,
    authority_file: PathBuf,
    service_accounts: PathBuf,
    service_accounts_key: PathBuf,
    tokens: PathBuf,
    audit_policy: PathBuf,
}

impl Credentials {
    /// Makes the certificate authority, the keys and the token file in a folder.
    pub fn make(folder: &Path) -> Result<Self, String> {
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            std::fs::write(&path, text)
                .map_err(|error| format!("could not write {}: {error}", path.display()))?;
            Ok::<_, String>(path)
        };
        let failed = |error: rcgen::Error| format!("could not make certificates: {error}");
        let authority = Authority::new().map_err(failed)?;
        let Identity { certificate, key } = authority
            .server(&["127.0.0.1", "localhost"])
            .map_err(failed)?;
        let service_accounts = authority.client("service-accounts", None).map_err(failed)?;
        Ok(Self {
            serving: write("serving.crt", &certificate)?,
            serving_key: write("serving.key", &key)?,
            authority_file: write("authority.crt", &authority.certificate)?,
            service_accounts: write("service-accounts.crt", &service_accounts.certificate)?,
            service_accounts_key: write("service-accounts.key", &service_accounts.key)?,
            tokens: write("tokens.csv", &users::token_file())?,
            audit_policy: write("audit-policy.json", &audit::policy())?,
            authority,
        })
    }
}

/// A running kube-apiserver.
pub struct ApiServer {
    url: String,
    authority: String,
    api: Api,
    audit: Audit,
    _running: Running,
}

impl ApiServer {
    /// Starts one on etcd's port, with its own part of the key space, and waits until it is ready.
    pub fn start(
        keeper: &Keeper,
        parts: &Parts,
        credentials: &Credentials,
        etcd_port: u16,
        name: &str,
        without_admission: &[&str],
    ) -> Result<Self, String> {
        let port = free_port();
        let url = format!("https://127.0.0.1:{port}");
        let log = keeper.folder().join(format!("audit-{name}.log"));
        let mut without = vec!["ServiceAccount", "TaintNodesByCondition"];
        without.extend(without_admission);
        let running = keeper.spawn(
            &format!("kube-apiserver-{name}"),
            &parts.kube_apiserver,
            [
                format!("--etcd-servers=http://127.0.0.1:{etcd_port}"),
                format!("--etcd-prefix=/{name}"),
                "--bind-address=127.0.0.1".to_owned(),
                format!("--secure-port={port}"),
                format!(
                    "--cert-dir={}",
                    keeper
                        .folder()
                        .join(format!("certificates-{name}"))
                        .display()
                ),
                format!("--tls-cert-file={}", credentials.serving.display()),
                format!(
                    "--tls-private-key-file={}",
                    credentials.serving_key.display()
                ),
                format!("--client-ca-file={}", credentials.authority_file.display()),
                format!("--token-auth-file={}", credentials.tokens.display()),
                "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
                format!(
                    "--service-account-key-file={}",
                    credentials.service_accounts.display()
                ),
                format!(
                    "--service-account-signing-key-file={}",
                    credentials.service_accounts_key.display()
                ),
                "--service-cluster-ip-range=10.96.0.0/16".to_owned(),
                "--authorization-mode=RBAC".to_owned(),
                "--allow-privileged=true".to_owned(),
                format!("--audit-policy-file={}", credentials.audit_policy.display()),
                format!("--audit-log-path={}", log.display()),
                format!("--disable-admission-plugins={}", without.join(",")),
            ],
        )?;
        let api = Api::connect(&url, &credentials.authority, User::Admin.token())?;
        running.wait_until(|| api.is_ready())?;
        Ok(Self {
            url,
            authority: credentials.authority.certificate.clone(),
            api,
            audit: Audit::of(&log),
            _running: running,
        })
    }

    /// Starts a kube-scheduler for this server and waits until it answers.
    pub fn start_scheduler(&self, keeper: &Keeper, parts: &Parts) -> Result<Running, String> {
        let kubeconfig = keeper.folder().join("scheduler.kubeconfig");
        self.kubeconfig(User::Admin).write_to(&kubeconfig);
        let port = free_port();
        let running = keeper.spawn(
            "kube-scheduler",
            &parts.kube_scheduler,
            [
                format!("--kubeconfig={}", kubeconfig.display()),
                format!("--authentication-kubeconfig={}", kubeconfig.display()),
                format!("--authorization-kubeconfig={}", kubeconfig.display()),
                "--bind-address=127.0.0.1".to_owned(),
                format!("--secure-port={port}"),
                format!(
                    "--cert-dir={}",
                    keeper.folder().join("certificates-scheduler").display()
                ),
                "--leader-elect=false".to_owned(),
            ],
        )?;
        running.wait_until(|| super::process::answers(port))?;
        Ok(running)
    }

    /// The server's address, `https://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What was asked of it.
    pub fn audit(&self) -> &Audit {
        &self.audit
    }

    /// The API as the administrator.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// A kubeconfig for this server, as a user with a token.
    pub fn kubeconfig(&self, user: User) -> Kubeconfig {
        Kubeconfig::new(&self.url, &self.authority, user)
    }
}
