//! What flags say of server and login instead of the kubeconfig, put over it as kubectl does.
//!
//! Source: client-go, `tools/clientcmd/client_config.go` (`getCluster`, `getAuthInfo`) and `validation.go`.

use std::path::{Path, PathBuf};

use kube::config::{AuthInfo, Cluster};
use secrecy::{ExposeSecret as _, SecretString};

use crate::decision::facts::shell::option;
use crate::error::{Error, ErrorKind, Result};

/// The flags that speak for one field of a cluster or user entry, named as kubectl names them. `None` and empty leave the
/// kubeconfig's.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--server`.
    pub server: Option<String>,
    /// `--tls-server-name`.
    pub tls_server_name: Option<String>,
    /// `--insecure-skip-tls-verify`.
    pub insecure_skip_tls_verify: bool,
    /// `--certificate-authority`.
    pub certificate_authority: Option<PathBuf>,
    /// `--disable-compression`.
    pub disable_compression: bool,
    /// `--token`.
    pub token: Option<SecretString>,
    /// `--client-certificate`.
    pub client_certificate: Option<PathBuf>,
    /// `--client-key`.
    pub client_key: Option<PathBuf>,
    /// `--username`.
    pub username: Option<String>,
    /// `--password`.
    pub password: Option<SecretString>,
    /// `--as`.
    pub impersonate: Option<String>,
    /// `--as-group`.
    pub impersonate_groups: Vec<String>,
    /// `--as-uid`.
    pub impersonate_uid: Option<String>,
    /// `--as-user-extra`, as pairs of key and value.
    pub impersonate_extra: Vec<(String, String)>,
}

/// Reads `--as-user-extra`.
///
/// # Errors
/// A sentence for the reader where it is no pair.
pub fn parse_user_extra(text: &str) -> std::result::Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("an extra is written as KEY=VALUE".to_owned()),
    }
}

fn given(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

fn path(path: Option<&Path>) -> Option<String> {
    path.map(|path| path.display().to_string())
        .filter(|path| !path.is_empty())
}

fn password(secret: Option<&SecretString>) -> Option<&SecretString> {
    secret.filter(|secret| !secret.expose_secret().is_empty())
}

impl Overrides {
    /// The flags that choose the server and how it is trusted, as a shell takes them.
    pub fn server_for_a_shell(&self) -> Vec<String> {
        let authority = path(self.certificate_authority.as_deref());
        let mut words: Vec<String> = [
            ("--server", given(self.server.as_deref())),
            ("--tls-server-name", given(self.tls_server_name.as_deref())),
            ("--certificate-authority", authority.as_deref()),
        ]
        .into_iter()
        .filter_map(|(flag, value)| Some(option(flag, value?)))
        .collect();
        if self.insecure_skip_tls_verify {
            words.push("--insecure-skip-tls-verify".to_owned());
        }
        words
    }

    /// The flags that say who asks, as a shell takes them; without tokens and passwords, which are in nothing that is shown.
    pub fn person_for_a_shell(&self) -> Vec<String> {
        let (certificate, key) = (
            path(self.client_certificate.as_deref()),
            path(self.client_key.as_deref()),
        );
        let single = [
            ("--client-certificate", certificate.as_deref()),
            ("--client-key", key.as_deref()),
            ("--username", given(self.username.as_deref())),
            ("--as", given(self.impersonate.as_deref())),
            ("--as-uid", given(self.impersonate_uid.as_deref())),
        ];
        let mut words: Vec<String> = single
            .into_iter()
            .filter_map(|(flag, value)| Some(option(flag, value?)))
            .collect();
        for group in &self.impersonate_groups {
            words.push(option("--as-group", group));
        }
        for (key, value) in &self.impersonate_extra {
            words.push(option("--as-user-extra", &format!("{key}={value}")));
        }
        words
    }

    /// Puts the flags over a cluster entry. Whoever names another way to trust the server means it instead of the kubeconfig's;
    /// whoever names another server does not mean the name in the certificate of the kubeconfig's.
    pub fn over_cluster(&self, cluster: &mut Cluster) {
        if let Some(server) = given(self.server.as_deref()) {
            cluster.server = Some(server.to_owned());
        }
        if self.disable_compression {
            cluster.disable_compression = Some(true);
        }
        let authority = path(self.certificate_authority.as_deref());
        if self.insecure_skip_tls_verify || authority.is_some() {
            cluster.insecure_skip_tls_verify = Some(self.insecure_skip_tls_verify);
            cluster.certificate_authority = authority;
            cluster.certificate_authority_data = None;
        }
        let name = given(self.tls_server_name.as_deref());
        if name.is_some() || given(self.server.as_deref()).is_some() {
            cluster.tls_server_name = name.map(str::to_owned);
        }
    }

    /// Puts the flags over a user entry. What logs in otherwise (a plugin, another token) gives way where kubectl's does.
    pub fn over_user(&self, user: &mut AuthInfo) {
        if let Some(certificate) = path(self.client_certificate.as_deref()) {
            user.client_certificate = Some(certificate);
            user.client_certificate_data = None;
        }
        if let Some(key) = path(self.client_key.as_deref()) {
            user.client_key = Some(key);
            user.client_key_data = None;
        }
        if let Some(token) = password(self.token.as_ref()) {
            user.token = Some(token.clone());
            // kubectl would read the file again when the token is a minute old; we mean the flag.
            user.token_file = None;
        }
        if let Some(name) = given(self.username.as_deref()) {
            user.username = Some(name.to_owned());
        }
        if let Some(secret) = password(self.password.as_ref()) {
            user.password = Some(secret.clone());
        }
        if let Some(name) = given(self.impersonate.as_deref()) {
            user.impersonate = Some(name.to_owned());
        }
        if let Some(uid) = given(self.impersonate_uid.as_deref()) {
            user.impersonate_uid = Some(uid.to_owned());
        }
        if !self.impersonate_groups.is_empty() {
            user.impersonate_groups = Some(self.impersonate_groups.clone());
        }
        if !self.impersonate_extra.is_empty() {
            let extra = user.impersonate_user_extra.get_or_insert_default();
            // A key that a flag names is the flag's alone; the kubeconfig's other keys stay.
            for (key, _) in &self.impersonate_extra {
                extra.remove(key);
            }
            for (key, value) in &self.impersonate_extra {
                extra.entry(key.clone()).or_default().push(value.clone());
            }
        }
    }
}

/// Refuses a user entry that kubectl refuses, in its words: two ways to log in at once, half a certificate, a group without a
/// user.
///
/// # Errors
/// [`ErrorKind::Usage`], with what to leave out.
pub fn check_user(name: &str, user: &AuthInfo) -> Result<()> {
    let user_entry = match name {
        "" => "the user".to_owned(),
        name => format!("user {name}"),
    };
    let refused = |words: String, next: &str| {
        Err(Error::new(ErrorKind::Usage, words)
            .object(user_entry.clone())
            .next(next))
    };
    let is_some = |text: &Option<String>| given(text.as_deref()).is_some();
    let has_token = password(user.token.as_ref()).is_some() || is_some(&user.token_file);
    let has_password = is_some(&user.username) || password(user.password.as_ref()).is_some();
    if has_token && has_password {
        return refused(
            "more than one authentication method found: token and basicAuth, only one is allowed"
                .to_owned(),
            "give either --token or --username with --password; one of them may stand in the kubeconfig",
        );
    }
    let has_certificate =
        is_some(&user.client_certificate) || is_some(&user.client_certificate_data);
    let has_key = is_some(&user.client_key) || password(user.client_key_data.as_ref()).is_some();
    if has_certificate && !has_key {
        return refused(
            "client-key-data or client-key must be specified to use the clientCert authentication method"
                .to_owned(),
            "name the key of the certificate with --client-key PATH",
        );
    }
    let has_groups = user
        .impersonate_groups
        .as_ref()
        .is_some_and(|list| !list.is_empty());
    let has_extra = user
        .impersonate_user_extra
        .as_ref()
        .is_some_and(|extra| !extra.is_empty());
    if (has_groups || has_extra || is_some(&user.impersonate_uid)) && !is_some(&user.impersonate) {
        return refused(
            "requesting uid, groups or user-extra without impersonating a user".to_owned(),
            "name the user, too: --as USER",
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Option<SecretString> {
        Some(SecretString::from(text))
    }

    #[test]
    fn another_way_to_trust_the_server_replaces_the_kubeconfigs() {
        let own = || Cluster {
            server: Some("https://a".to_owned()),
            certificate_authority: Some("own.crt".to_owned()),
            certificate_authority_data: Some("data".to_owned()),
            tls_server_name: Some("own".to_owned()),
            ..Cluster::default()
        };
        let of = |overrides: Overrides| {
            let mut cluster = own();
            overrides.over_cluster(&mut cluster);
            cluster
        };
        let insecure = of(Overrides {
            insecure_skip_tls_verify: true,
            ..Overrides::default()
        });
        assert_eq!(insecure.insecure_skip_tls_verify, Some(true));
        assert_eq!(insecure.certificate_authority, None);
        assert_eq!(insecure.certificate_authority_data, None);
        assert_eq!(insecure.tls_server_name.as_deref(), Some("own"));

        let authority = of(Overrides {
            certificate_authority: Some("other.crt".into()),
            ..Overrides::default()
        });
        assert_eq!(
            authority.certificate_authority.as_deref(),
            Some("other.crt")
        );
        assert_eq!(authority.certificate_authority_data, None);
        assert_eq!(authority.insecure_skip_tls_verify, Some(false));

        let server = of(Overrides {
            server: Some("https://b".to_owned()),
            ..Overrides::default()
        });
        assert_eq!(server.server.as_deref(), Some("https://b"));
        assert_eq!(server.tls_server_name, None, "the name was that of a");
        assert_eq!(server.certificate_authority_data.as_deref(), Some("data"));

        let nothing = of(Overrides {
            server: Some(String::new()),
            ..Overrides::default()
        });
        assert_eq!(nothing.server.as_deref(), Some("https://a"));
        assert_eq!(nothing.tls_server_name.as_deref(), Some("own"));
    }

    #[test]
    fn another_login_replaces_its_own_kind() {
        let mut user = AuthInfo {
            token_file: Some("token".to_owned()),
            client_certificate_data: Some("data".to_owned()),
            client_key_data: secret("data"),
            impersonate: Some("own".to_owned()),
            impersonate_groups: Some(vec!["own".to_owned()]),
            ..AuthInfo::default()
        };
        let overrides = Overrides {
            token: secret("t"),
            client_certificate: Some("a.crt".into()),
            client_key: Some("a.key".into()),
            impersonate_groups: vec!["a".to_owned(), "b".to_owned()],
            ..Overrides::default()
        };
        overrides.over_user(&mut user);
        assert_eq!(user.token_file, None);
        assert_eq!(user.client_certificate.as_deref(), Some("a.crt"));
        assert_eq!(user.client_certificate_data, None);
        assert!(user.client_key_data.is_none());
        assert_eq!(user.impersonate.as_deref(), Some("own"));
        assert_eq!(
            user.impersonate_groups,
            Some(vec!["a".to_owned(), "b".to_owned()])
        );
    }

    #[test]
    fn commands_to_paste_hold_no_secret() {
        let overrides = Overrides {
            server: Some("https://a".to_owned()),
            insecure_skip_tls_verify: true,
            token: secret("s3cret"),
            username: Some("me".to_owned()),
            password: secret("s3cret"),
            impersonate: Some("jane doe".to_owned()),
            ..Overrides::default()
        };
        let words = [
            overrides.server_for_a_shell(),
            overrides.person_for_a_shell(),
        ]
        .concat();
        assert_eq!(
            words.join(" "),
            "--server https://a --insecure-skip-tls-verify --username me --as 'jane doe'"
        );
        assert!(!format!("{overrides:?}").contains("s3cret"));
    }
}
