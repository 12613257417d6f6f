//! Kubeconfigs of every shape that people have, for a server of the laboratory.

use std::path::Path;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{certificates::Identity, users::User};

/// A kubeconfig with one context. Starts with a token written into it, a certificate authority as data, and the names
/// `laboratory`; each method changes one thing and returns it.
#[derive(Clone, Debug)]
pub struct Kubeconfig {
    cluster_name: String,
    user_name: String,
    context_name: String,
    cluster: Value,
    user: Value,
    context: Value,
}

impl Kubeconfig {
    /// A kubeconfig for a server whose certificate this authority (PEM) signed.
    pub fn new(server: &str, authority: &str, user: User) -> Self {
        Self {
            cluster_name: "laboratory".to_owned(),
            user_name: "laboratory".to_owned(),
            context_name: "laboratory".to_owned(),
            cluster: json!({"server": server, "certificate-authority-data": STANDARD.encode(authority)}),
            user: json!({"token": user.token()}),
            context: json!({}),
        }
    }

    /// Names cluster, user and context as `aws eks update-kubeconfig` does: after the cluster's ARN.
    pub fn named_by_arn(mut self, region: &str, cluster: &str) -> Self {
        let arn = format!("arn:aws:eks:{region}:123456789012:cluster/{cluster}");
        (self.cluster_name, self.user_name, self.context_name) = (arn.clone(), arn.clone(), arn);
        self
    }

    /// Names cluster, user and context as eksctl does.
    pub fn named_by_eksctl(mut self, region: &str, cluster: &str) -> Self {
        let name = format!("{cluster}.{region}.eksctl.io");
        self.context_name = format!("someone@{name}");
        self.user_name.clone_from(&self.context_name);
        self.cluster_name = name;
        self
    }

    /// Names the context.
    pub fn context_name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.context_name);
        self
    }

    /// Returns the name of the context.
    pub fn name_of_context(&self) -> String {
        self.context_name.clone()
    }

    /// Sets the context's namespace.
    pub fn namespace(mut self, namespace: &str) -> Self {
        self.context["namespace"] = json!(namespace);
        self
    }

    /// Puts the token into a file, with a line break at its end as editors and `echo` leave it.
    pub fn token_in_file(mut self, folder: &Path) -> Self {
        let file = folder.join("token");
        let token = self.user["token"]
            .as_str()
            .expect("a kubeconfig starts with a token")
            .to_owned();
        write(&file, &format!("{token}\n"));
        self.user = json!({"tokenFile": file});
        self
    }

    /// Signs in with a client certificate, written into the kubeconfig.
    pub fn client_certificate(mut self, identity: &Identity) -> Self {
        self.user = json!({
            "client-certificate-data": STANDARD.encode(&identity.certificate),
            "client-key-data": STANDARD.encode(&identity.key),
        });
        self
    }

    /// Signs in with a client certificate in files beside the kubeconfig, named by relative paths.
    pub fn client_certificate_in_files(mut self, identity: &Identity, folder: &Path) -> Self {
        write(&folder.join("user.crt"), &identity.certificate);
        write(&folder.join("user.key"), &identity.key);
        self.user = json!({"client-certificate": folder.join("user.crt"), "client-key": folder.join("user.key")});
        self
    }

    /// Signs in with an exec plugin.
    pub fn exec(mut self, command: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let environment: Vec<Value> = environment
            .iter()
            .map(|(name, value)| json!({"name": name, "value": value}))
            .collect();
        self.user = json!({"exec": {
            "apiVersion": "client.authentication.k8s.io/v1beta1", "command": command, "args": arguments, "env": environment,
            "provideClusterInfo": false, "interactiveMode": "IfAvailable",
        }});
        self
    }

    /// Goes through a proxy.
    pub fn proxy_url(mut self, url: &str) -> Self {
        self.cluster["proxy-url"] = json!(url);
        self
    }

    /// Talks to another address; the server's certificate is then checked for `127.0.0.1` all the same.
    pub fn server(mut self, url: &str) -> Self {
        self.cluster["server"] = json!(url);
        self.cluster["tls-server-name"] = json!("127.0.0.1");
        self
    }

    /// Keeps only what says which context is current and what it is, for a KUBECONFIG of several files.
    pub fn only_contexts(&self) -> String {
        text(&json!({
            "apiVersion": "v1", "kind": "Config", "current-context": self.context_name,
            "contexts": [{"name": self.context_name, "context": self.context()}],
        }))
    }

    /// Keeps only the cluster and the user, for a KUBECONFIG of several files.
    pub fn only_clusters_and_users(&self) -> String {
        text(&json!({
            "apiVersion": "v1", "kind": "Config",
            "clusters": [{"name": self.cluster_name, "cluster": self.cluster}],
            "users": [{"name": self.user_name, "user": self.user}],
        }))
    }

    /// Writes it as YAML.
    pub fn write_to(&self, file: &Path) {
        let whole = json!({
            "apiVersion": "v1", "kind": "Config", "preferences": {}, "current-context": self.context_name,
            "clusters": [{"name": self.cluster_name, "cluster": self.cluster}],
            "contexts": [{"name": self.context_name, "context": self.context()}],
            "users": [{"name": self.user_name, "user": self.user}],
        });
        write(file, &text(&whole));
    }

    fn context(&self) -> Value {
        super::objects::with(
            self.context.clone(),
            &json!({"cluster": self.cluster_name, "user": self.user_name}),
        )
    }
}

fn text(kubeconfig: &Value) -> String {
    serde_saphyr::to_string(kubeconfig).expect("strings, maps and lists are YAML")
}

fn write(file: &Path, text: &str) {
    std::fs::write(file, text)
        .unwrap_or_else(|error| panic!("could not write {}: {error}", file.display()));
}
