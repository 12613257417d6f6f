//! What the AWS CLI's configuration calls its profiles. Only the headers of its sections are looked at; the file of credentials
//! is not opened.
//!
//! Source: AWS CLI User Guide, "Configuration and credential file settings".

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;

/// No such file is longer, in bytes.
const LONGEST: u64 = 1 << 20;

/// The names of the profiles in `AWS_CONFIG_FILE`, else in `~/.aws/config`; none where that cannot be read.
pub fn profile_names() -> Vec<String> {
    let path = match std::env::var_os("AWS_CONFIG_FILE").filter(|path| !path.is_empty()) {
        Some(path) => PathBuf::from(path),
        None => match std::env::home_dir() {
            Some(home) => home.join(".aws").join("config"),
            None => return Vec::new(),
        },
    };
    let Ok(file) = File::open(path) else {
        return Vec::new();
    };
    BufReader::new(file.take(LONGEST))
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| of_header(&line))
        .collect()
}

/// The profile whose section begins with this line.
fn of_header(line: &str) -> Option<String> {
    let header = line.trim().strip_prefix('[')?;
    let (header, _) = header.split_once(']')?;
    let header = header.trim();
    if header == "default" {
        return Some(header.to_owned());
    }
    let name = header.strip_prefix("profile")?;
    let name = name.strip_prefix(char::is_whitespace)?.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_profiles_are_told_from_others() {
        for (line, wanted) in [
            ("[default]", Some("default")),
            ("[profile prod]", Some("prod")),
            (" [ profile  dev ] # mine", Some("dev")),
            ("[sso-session corp]", None),
            ("[profiles]", None),
            ("[profile ]", None),
            ("region = eu-west-1", None),
            ("[profile open", None),
        ] {
            assert_eq!(of_header(line).as_deref(), wanted, "{line}");
        }
    }
}
