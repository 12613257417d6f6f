//! What a kubeconfig calls its entries. Only names are kept: who wants to know them needs no credentials.

use std::path::Path;

use super::files;
use crate::error::Result;

/// The names of a kubeconfig's entries, in the order of the files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entries {
    /// Its contexts.
    pub contexts: Vec<String>,
    /// Its cluster entries.
    pub clusters: Vec<String>,
    /// Its user entries.
    pub users: Vec<String>,
}

/// Reads the names of the file of the flag, else those of `KUBECONFIG`, else `~/.kube/config`. There are none without a file.
///
/// # Errors
/// A file that cannot be read or understood.
pub fn entries(kubeconfig: Option<&Path>) -> Result<Entries> {
    let variable = std::env::var_os("KUBECONFIG");
    let home = std::env::home_dir();
    let config = files::read(kubeconfig, variable.as_deref(), home.as_deref())?;
    let Some(config) = config else {
        return Ok(Entries::default());
    };
    Ok(Entries {
        contexts: config
            .contexts
            .into_iter()
            .map(|entry| entry.name)
            .collect(),
        clusters: config
            .clusters
            .into_iter()
            .map(|entry| entry.name)
            .collect(),
        users: config
            .auth_infos
            .into_iter()
            .map(|entry| entry.name)
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_alone_are_read() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("config");
        let text = "contexts: [{name: b, context: {cluster: c, user: u}}, {name: a}]\n\
                    clusters: [{name: c, cluster: {server: 'https://x'}}]\n\
                    users: [{name: u, user: {token: s3cret}}]\n";
        std::fs::write(&path, text).expect("the folder is ours");
        let words = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let wanted = Entries {
            contexts: words(&["b", "a"]),
            clusters: words(&["c"]),
            users: words(&["u"]),
        };
        assert_eq!(entries(Some(&path)).expect("a kubeconfig"), wanted);
        assert!(entries(Some(&folder.path().join("missing"))).is_err());
    }
}
