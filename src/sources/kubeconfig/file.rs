//! One kubeconfig file, read as kubectl reads it.

use std::path::Path;

use kube::config::Kubeconfig;

use crate::sources::yaml::{Problem, read_documents};

/// Why a file cannot be read.
#[derive(Debug)]
pub(super) enum Unreadable {
    /// The file itself.
    File(std::io::Error),
    /// What is in it.
    Content(Problem),
    /// One of its documents is of another kind or version than the others.
    Mixed(kube::config::KubeconfigError),
}

/// Reads a file of one or more documents. The files that it names are found from where it lies, not from where we are.
pub(super) fn read(path: &Path) -> Result<Kubeconfig, Unreadable> {
    let bytes = std::fs::read(path).map_err(Unreadable::File)?;
    let text = text_of(bytes).map_err(Unreadable::File)?;
    let documents: Vec<Kubeconfig> = read_documents(&text).map_err(Unreadable::Content)?;
    let mut merged = Kubeconfig::default();
    for mut document in documents {
        if let Some(folder) = path.parent() {
            find_from(folder, &mut document);
        }
        merged = merged.merge(document).map_err(Unreadable::Mixed)?;
    }
    Ok(merged)
}

/// Text as editors and shells save it, those of Windows too: UTF-8 or, with a mark at the begin, UTF-16.
fn text_of(bytes: Vec<u8>) -> std::io::Result<String> {
    let no_text =
        || std::io::Error::new(std::io::ErrorKind::InvalidData, "it is not text in UTF-8");
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, odd) = bytes.as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
        String::from_utf16(&units)
            .ok()
            .filter(|_| odd.is_empty())
            .ok_or_else(no_text)
    };
    match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).map_err(|_| no_text()),
        _ => String::from_utf8(bytes).map_err(|_| no_text()),
    }
}

/// Makes the paths of a kubeconfig absolute. A command stays as it is where it has no slash: it is looked for in `PATH`.
///
/// Source: client-go, `tools/clientcmd`, `GetClusterFileReferences` and `GetAuthInfoFileReferences`.
fn find_from(folder: &Path, config: &mut Kubeconfig) {
    let find = |path: &mut Option<String>| {
        if let Some(text) = path
            .as_deref()
            .filter(|text| !text.is_empty() && Path::new(text).is_relative())
        {
            *path = folder
                .join(text)
                .to_str()
                .map_or_else(|| path.clone(), |found| Some(found.to_owned()));
        }
    };
    for cluster in config
        .clusters
        .iter_mut()
        .filter_map(|named| named.cluster.as_mut())
    {
        find(&mut cluster.certificate_authority);
    }
    for user in config
        .auth_infos
        .iter_mut()
        .filter_map(|named| named.auth_info.as_mut())
    {
        find(&mut user.client_certificate);
        find(&mut user.client_key);
        find(&mut user.token_file);
        if let Some(exec) = &mut user.exec
            && exec
                .command
                .as_ref()
                .is_some_and(|command| command.contains(std::path::is_separator))
        {
            find(&mut exec.command);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "\
clusters:
- name: a
  cluster: {server: 'https://a', certificate-authority: ca.pem}
users:
- name: u
  user: {client-certificate: /etc/u.pem, client-key: keys/u.pem, tokenFile: token, exec: {command: aws}}
- name: v
  user: {exec: {command: bin/login}}
---
contexts:
- {name: c, context: {cluster: a, user: u}}
current-context: c
";

    #[test]
    fn paths_are_found_from_where_the_file_lies() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("config");
        std::fs::write(&path, CONFIG).expect("it can be written");
        let config = read(&path).expect("it is a kubeconfig");
        let there = |name: &str| folder.path().join(name).to_str().map(str::to_owned);
        let cluster = config.clusters[0].cluster.as_ref().expect("it is there");
        assert_eq!(cluster.certificate_authority, there("ca.pem"));
        let user = config.auth_infos[0]
            .auth_info
            .as_ref()
            .expect("it is there");
        assert_eq!(user.client_certificate.as_deref(), Some("/etc/u.pem"));
        assert_eq!(user.client_key, there("keys/u.pem"));
        assert_eq!(user.token_file, there("token"));
        let command = |index: usize| {
            let user = config.auth_infos[index].auth_info.as_ref();
            user.and_then(|user| user.exec.clone()?.command)
        };
        assert_eq!(command(0).as_deref(), Some("aws"));
        assert_eq!(command(1), there("bin/login"));
        assert_eq!(
            config.current_context.as_deref(),
            Some("c"),
            "documents are one"
        );
    }

    #[test]
    fn text_of_windows_is_text() {
        let wide = |unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
            "\u{feff}a: ü".encode_utf16().flat_map(unit).collect()
        };
        for (bytes, wanted) in [
            ("a: ü".as_bytes().to_vec(), Some("a: ü")),
            ("\u{feff}a: ü".as_bytes().to_vec(), Some("a: ü")),
            (wide(u16::to_le_bytes), Some("a: ü")),
            (wide(u16::to_be_bytes), Some("a: ü")),
            (vec![0xff, 0xfe, 0x41], None),
            (vec![b'a', 0xff], None),
        ] {
            assert_eq!(text_of(bytes.clone()).ok().as_deref(), wanted, "{bytes:x?}");
        }
    }
}
