//! The kubeconfig files, read and merged as kubectl does, and the choice of context, cluster and user among them.

use std::path::{Path, PathBuf};

use kube::config::{AuthInfo, Cluster, Kubeconfig, KubeconfigError};
use secrecy::ExposeSecret as _;

use super::file::{self, Unreadable};
use super::overrides::{Overrides, check_user};
use crate::decision::facts::shell::option;
use crate::error::{Error, ErrorKind, Result};
use crate::sources::question::near_names;

/// What the flags choose, named as kubectl names them.
#[derive(Debug, Clone, Default)]
pub struct KubeconfigFlags {
    /// `--kubeconfig`: this file and no other.
    pub kubeconfig: Option<PathBuf>,
    /// `--context`.
    pub context: Option<String>,
    /// `--cluster`: another cluster entry than the context's.
    pub cluster: Option<String>,
    /// `--user`: another user entry than the context's.
    pub user: Option<String>,
    /// What flags say instead of single fields of these entries.
    pub overrides: Overrides,
}

impl KubeconfigFlags {
    /// Whether context, cluster, user or server were named: whoever does has a cluster, and has mistyped it at the most.
    pub fn name_entry(&self) -> bool {
        [
            &self.context,
            &self.cluster,
            &self.user,
            &self.overrides.server,
        ]
        .iter()
        .any(|name| name.is_some())
    }

    /// The flags by which kubectl reaches the same cluster, as a shell takes them. Who asks is up to whoever pastes it, the
    /// kubeconfig's user entry aside.
    pub fn for_a_shell(&self) -> String {
        let path = self
            .kubeconfig
            .as_ref()
            .map(|path| path.display().to_string());
        [
            ("--kubeconfig", &path),
            ("--context", &self.context),
            ("--cluster", &self.cluster),
            ("--user", &self.user),
        ]
        .into_iter()
        .filter_map(|(flag, value)| {
            let value = value.as_deref()?;
            Some(option(flag, value))
        })
        .chain(self.overrides.server_for_a_shell())
        .collect::<Vec<_>>()
        .join(" ")
    }
}

/// The entries that were chosen.
#[derive(Clone)]
pub struct Chosen {
    /// The context's name; empty where `--cluster` alone was given.
    pub context: String,
    /// The context's namespace.
    pub namespace: Option<String>,
    /// The name of the cluster entry.
    pub cluster_name: String,
    /// The cluster entry.
    pub cluster: Cluster,
    /// The name of the user entry; empty where the context has none.
    pub user_name: String,
    /// The user entry.
    pub user: AuthInfo,
}

/// Reads the file of the flag, else those of `KUBECONFIG` (missing ones are passed over), else `~/.kube/config`.
///
/// `Ok(None)` means that there is none at all.
///
/// # Errors
/// [`ErrorKind::Input`] for a file that cannot be read or understood. Nothing of its content is repeated.
pub fn read(
    flag: Option<&Path>,
    variable: Option<&std::ffi::OsStr>,
    home: Option<&Path>,
) -> Result<Option<Kubeconfig>> {
    if let Some(path) = flag {
        return read_one(path).map(Some);
    }
    let listed: Vec<PathBuf> = variable
        .map(|list| std::env::split_paths(list).collect())
        .unwrap_or_default();
    let mut paths: Vec<PathBuf> = listed
        .into_iter()
        .filter(|path| !path.as_os_str().is_empty())
        .collect();
    if paths.is_empty() {
        paths.extend(home.map(|home| home.join(".kube").join("config")));
    }
    let mut merged: Option<Kubeconfig> = None;
    for path in paths.iter().filter(|path| path.exists()) {
        let next = read_one(path)?;
        merged = Some(match merged {
            Some(first) => first
                .merge(next)
                .map_err(|error| unreadable(path, &Unreadable::Mixed(error)))?,
            None => next,
        });
    }
    Ok(merged.filter(|config| !config.clusters.is_empty() || !config.contexts.is_empty()))
}

fn read_one(path: &Path) -> Result<Kubeconfig> {
    file::read(path).map_err(|error| unreadable(path, &error))
}

/// A kubeconfig holds tokens, so the parser's own words, which may quote it, are left out.
fn unreadable(path: &Path, error: &Unreadable) -> Error {
    let cause = match error {
        Unreadable::File(error) => error.to_string(),
        Unreadable::Content(problem) => format!("not a kubeconfig: {problem}"),
        Unreadable::Mixed(KubeconfigError::KindMismatch) => {
            "its kind is not that of the files before it".to_owned()
        }
        Unreadable::Mixed(KubeconfigError::ApiVersionMismatch) => {
            "its apiVersion is not that of the files before it".to_owned()
        }
        Unreadable::Mixed(other) => other.to_string(),
    };
    Error::new(ErrorKind::Input, "could not read the kubeconfig")
        .object(path.display().to_string())
        .cause(cause)
        .next("name another file with --kubeconfig")
}

/// Chooses context, cluster and user.
///
/// # Errors
/// [`ErrorKind::NotFound`] with near names and the list of what there is.
pub fn choose(config: &Kubeconfig, flags: &KubeconfigFlags) -> Result<Chosen> {
    let named = flags
        .context
        .as_deref()
        .or(config.current_context.as_deref())
        .filter(|name| !name.is_empty());
    let context_names = || config.contexts.iter().map(|context| context.name.as_str());
    let context = match named {
        Some(name) => Some(
            config
                .contexts
                .iter()
                .find(|context| context.name == name)
                .ok_or_else(|| missing("context", name, context_names()))?,
        ),
        None if flags.cluster.is_some() || flags.overrides.server.is_some() => None,
        None => {
            let mut error = Error::new(
                ErrorKind::NotFound,
                "the kubeconfig names no current context",
            )
            .next(
                "name one with --context, or make one current with kubectl config use-context NAME",
            );
            if let Some(line) = all_names("contexts", context_names()) {
                error = error.next(line);
            }
            return Err(error);
        }
    };
    let entry = context
        .and_then(|context| context.context.clone())
        .unwrap_or_default();

    let cluster_name = flags.cluster.clone().unwrap_or(entry.cluster);
    let cluster = config
        .clusters
        .iter()
        .find(|cluster| cluster.name == cluster_name);
    // A server that is named outright needs no entry.
    if cluster.is_none() && (flags.cluster.is_some() || flags.overrides.server.is_none()) {
        let names = config.clusters.iter().map(|cluster| cluster.name.as_str());
        return Err(missing("cluster", &cluster_name, names));
    }
    let user_name = flags.user.clone().or(entry.user).unwrap_or_default();
    let user = config.auth_infos.iter().find(|user| user.name == user_name);
    if user.is_none() && flags.user.is_some() {
        let names = config.auth_infos.iter().map(|user| user.name.as_str());
        return Err(missing("user", &user_name, names));
    }
    let mut cluster = cluster
        .and_then(|cluster| cluster.cluster.clone())
        .map(without_empty_fields)
        .unwrap_or_default();
    flags.overrides.over_cluster(&mut cluster);
    let mut user = user
        .and_then(|user| user.auth_info.clone())
        .map(without_empty_credentials)
        .unwrap_or_default();
    flags.overrides.over_user(&mut user);
    check_user(&user_name, &user)?;
    Ok(Chosen {
        context: context
            .map(|context| context.name.clone())
            .unwrap_or_default(),
        namespace: entry.namespace.filter(|namespace| !namespace.is_empty()),
        cluster_name,
        cluster,
        user_name,
        user,
    })
}

fn missing<'a>(what: &str, name: &str, names: impl Iterator<Item = &'a str> + Clone) -> Error {
    let mut error = Error::new(
        ErrorKind::NotFound,
        format!("{what} {name:?} does not exist in the kubeconfig"),
    );
    let near = near_names(name, names.clone());
    if !near.is_empty() {
        error = error.next(format!("did you mean {}?", near.join(" or ")));
    }
    match all_names(&format!("{what}s"), names) {
        Some(line) => error.next(line),
        None => error.next(format!("the kubeconfig has no {what}s")),
    }
}

/// `contexts: a, b, c`, cut short where there are very many.
fn all_names<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    const MOST: usize = 20;
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    let more = match names.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    names.truncate(MOST);
    (!names.is_empty()).then(|| format!("{what}: {}{more}", names.join(", ")))
}

/// Empty text in a kubeconfig is as good as none; kube-client takes it for a value.
fn without_empty_fields(mut cluster: Cluster) -> Cluster {
    for field in [
        &mut cluster.server,
        &mut cluster.certificate_authority,
        &mut cluster.certificate_authority_data,
        &mut cluster.proxy_url,
        &mut cluster.tls_server_name,
    ] {
        field.take_if(|text| text.is_empty());
    }
    cluster
}

fn without_empty_credentials(mut user: AuthInfo) -> AuthInfo {
    for field in [
        &mut user.client_certificate,
        &mut user.client_certificate_data,
        &mut user.client_key,
        &mut user.token_file,
        &mut user.username,
        &mut user.impersonate,
        &mut user.impersonate_uid,
    ] {
        field.take_if(|text| text.is_empty());
    }
    for field in [
        &mut user.token,
        &mut user.password,
        &mut user.client_key_data,
    ] {
        field.take_if(|secret| secret.expose_secret().is_empty());
    }
    user
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "
apiVersion: v1
kind: Config
current-context: prod
clusters:
- {name: prod, cluster: {server: 'https://prod.example.com', certificate-authority: ''}}
- {name: dev, cluster: {server: 'https://dev.example.com'}}
contexts:
- {name: prod, context: {cluster: prod, user: me, namespace: shop}}
- {name: dev, context: {cluster: dev, user: nobody}}
users:
- {name: me, user: {token: secret}}
";

    fn two() -> Kubeconfig {
        Kubeconfig::from_yaml(TWO).expect("the fixture is a kubeconfig")
    }

    fn flags(context: &str, cluster: &str, user: &str) -> KubeconfigFlags {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        KubeconfigFlags {
            kubeconfig: None,
            context: some(context),
            cluster: some(cluster),
            user: some(user),
            overrides: Overrides::default(),
        }
    }

    #[test]
    fn flags_outrank_the_current_context() {
        for (context, cluster, user, wanted, why) in [
            ("", "", "", ("prod", "prod", "me"), "the current context"),
            (
                "dev",
                "",
                "",
                ("dev", "dev", "nobody"),
                "a user entry may be missing, as in kubectl",
            ),
            ("prod", "dev", "", ("prod", "dev", "me"), "another cluster"),
            ("dev", "", "me", ("dev", "dev", "me"), "another user"),
        ] {
            let chosen = choose(&two(), &flags(context, cluster, user)).expect(why);
            let found = (&*chosen.context, &*chosen.cluster_name, &*chosen.user_name);
            assert_eq!(found, wanted, "{why}");
        }
        let chosen =
            choose(&two(), &KubeconfigFlags::default()).expect("there is a current context");
        assert_eq!(chosen.namespace.as_deref(), Some("shop"));
        assert_eq!(
            chosen.cluster.certificate_authority, None,
            "empty text is none"
        );
    }

    #[test]
    fn what_is_missing_is_named_with_what_there_is() {
        for (flags, message, next) in [
            (
                flags("prdo", "", ""),
                "context \"prdo\" does not exist in the kubeconfig",
                "did you mean prod?",
            ),
            (
                flags("", "elsewhere", ""),
                "cluster \"elsewhere\" does not exist in the kubeconfig",
                "clusters: dev, prod",
            ),
            (
                flags("", "", "you"),
                "user \"you\" does not exist in the kubeconfig",
                "users: me",
            ),
        ] {
            let error = choose(&two(), &flags).err().expect("the entry is missing");
            assert_eq!(error.kind, ErrorKind::NotFound);
            assert_eq!(error.message, message);
            assert!(
                error.next.iter().any(|line| line == next),
                "{:?}",
                error.next
            );
        }
        let mut no_current = two();
        no_current.current_context = Some(String::new());
        let error = choose(&no_current, &KubeconfigFlags::default())
            .err()
            .expect("none is current");
        assert!(
            error.next.iter().any(|line| line == "contexts: dev, prod"),
            "{:?}",
            error.next
        );
    }

    #[test]
    fn files_are_merged_and_missing_ones_passed_over() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let first = folder.path().join("first");
        let second = folder.path().join("second");
        std::fs::write(&first, TWO).expect("the first file");
        std::fs::write(
            &second,
            "contexts: [{name: prod, context: {cluster: dev}}, {name: more, context: {cluster: dev}}]\n",
        )
        .expect("the second file");
        let list =
            std::env::join_paths([folder.path().join("missing"), first, PathBuf::new(), second])
                .expect("plain paths");
        let config = read(None, Some(&list), None)
            .expect("two files are fine")
            .expect("and hold something");
        let names: Vec<&str> = config
            .contexts
            .iter()
            .map(|context| context.name.as_str())
            .collect();
        assert_eq!(names, ["prod", "dev", "more"]);
        let chosen = choose(&config, &flags("prod", "", "")).expect("it is in both");
        assert_eq!(chosen.cluster_name, "prod", "the first file wins");

        let missing = folder.path().join("missing");
        assert!(
            read(None, Some(missing.as_os_str()), None)
                .expect("no file is no error")
                .is_none()
        );
        assert!(
            read(None, None, Some(folder.path()))
                .expect("nor is none at home")
                .is_none()
        );
        let error = read(Some(&missing), None, None).expect_err("a named file must exist");
        assert_eq!(error.kind, ErrorKind::Input);
    }

    #[test]
    fn a_broken_file_is_named_without_its_content() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("config");
        std::fs::write(&path, "users: [{name: me, user: {token: [s3cret]}}]\n").expect("the file");
        let error = read(Some(&path), None, None).expect_err("a token is no list");
        let all = format!("{error:?}");
        assert!(
            all.contains("users[0].user.token is of another type"),
            "{all}"
        );
        assert!(!all.contains("s3cret"), "{all}");
    }
}
