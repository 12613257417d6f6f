//! `--field-selector`: the fields of pods that can be asked of files, with kubectl's syntax.

use crate::decision::facts::Pod;
use crate::error::{Error, ErrorKind, Result};

/// The fields that can be asked of files.
const FIELDS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "spec.hostNetwork",
    "spec.nodeName",
    "spec.schedulerName",
    "status.phase",
];

/// The fields that an API server can be asked for besides. No answer needs them, so they are not kept of files.
const FIELDS_OF_SERVERS: &[&str] = &[
    "spec.restartPolicy",
    "spec.serviceAccountName",
    "status.nominatedNodeName",
    "status.podIP",
    "status.podIPs",
];

/// A field selector; keeps its text for the API server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldSelector {
    text: String,
    requirements: Vec<Requirement>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Requirement {
    field: String,
    is_equal: bool,
    value: String,
}

impl FieldSelector {
    /// Reads `status.phase=Pending,spec.nodeName!=`. Commas, `=` and `\` in values are escaped with `\`.
    ///
    /// Errors: usage.
    pub fn parse(text: &str) -> Result<Self> {
        let mut requirements = Vec::new();
        for term in split_unescaped(text) {
            if term.is_empty() {
                continue;
            }
            let (field, rest) = term.split_at(term.find(['=', '!']).unwrap_or(term.len()));
            let operator = ["==", "!=", "="]
                .into_iter()
                .find(|operator| rest.starts_with(operator))
                .filter(|_| !field.is_empty())
                .ok_or_else(|| {
                    Error::new(
                        ErrorKind::Usage,
                        format!("{term:?} is not a field selector: FIELD=VALUE or FIELD!=VALUE is expected"),
                    )
                    .next("write for example --field-selector status.phase=Pending")
                })?;
            requirements.push(Requirement {
                field: field.trim().to_owned(),
                is_equal: operator != "!=",
                value: unescape(&rest[operator.len()..]),
            });
        }
        Ok(Self {
            text: text.to_owned(),
            requirements,
        })
    }

    /// The selector as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Refuses fields that only an API server can be asked about.
    ///
    /// Errors: usage, with the fields that are known.
    pub fn check_for_files(&self) -> Result<()> {
        match self
            .requirements
            .iter()
            .find(|requirement| !FIELDS.contains(&requirement.field.as_str()))
        {
            None => Ok(()),
            Some(Requirement { field, .. }) => {
                let error = Error::new(
                    ErrorKind::Usage,
                    format!("files cannot be asked for the field {field:?}"),
                )
                .next(format!("fields: {}", FIELDS.join(", ")));
                Err(if FIELDS_OF_SERVERS.contains(&field.as_str()) {
                    error.cause("only a cluster can: where a pod runs does not depend on it, so it is not kept of files")
                } else {
                    error.cause("pods are not selected by such a field")
                })
            }
        }
    }

    /// Whether the pod meets every requirement. A field that we do not know was asked of the API server, and counts as met.
    pub fn matches(&self, pod: &Pod) -> bool {
        self.requirements.iter().all(|requirement| {
            let found = match requirement.field.as_str() {
                "metadata.name" => pod.name.as_str(),
                "metadata.namespace" => &pod.namespace,
                "spec.nodeName" => pod.node_name.as_deref().unwrap_or_default(),
                "spec.hostNetwork" if pod.spec.host_network => "true",
                "spec.hostNetwork" => "false",
                "spec.schedulerName" => pod.scheduler_name(),
                "status.phase" => pod.phase.as_str(),
                _ => return true,
            };
            (found == requirement.value) == requirement.is_equal
        })
    }
}

fn split_unescaped(text: &str) -> Vec<&str> {
    let mut terms = Vec::new();
    let mut start = 0;
    let mut is_escaped = false;
    for (index, c) in text.char_indices() {
        if is_escaped {
            is_escaped = false;
        } else if c == '\\' {
            is_escaped = true;
        } else if c == ',' {
            terms.push(&text[start..index]);
            start = index + 1;
        }
    }
    terms.push(&text[start..]);
    terms
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        plain.push(match c {
            '\\' => characters.next().unwrap_or('\\'),
            c => c,
        });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::facts::Kind;
    use crate::sources::reduce::SnapshotBuilder;

    #[test]
    fn what_it_selects() {
        let mut builder = SnapshotBuilder::new();
        builder
            .add(
                Kind::Pod,
                r#"{"metadata":{"name":"a","namespace":"shop"},"spec":{"nodeName":"n1"},"status":{"phase":"Running"}}"#,
            )
            .expect("a good pod");
        let pod = &builder.snapshot().pods[0];
        for (text, matches) in [
            ("", true),
            ("metadata.name=a", true),
            ("metadata.name==b", false),
            ("metadata.namespace!=shop", false),
            ("spec.nodeName=n1,status.phase=Running", true),
            ("spec.nodeName=", false),
            ("spec.nodeName!=", true),
            ("spec.schedulerName=default-scheduler", true),
            ("spec.hostNetwork=false", true),
            ("spec.hostNetwork=true", false),
            ("status.phase!=Pending", true),
            (r"metadata.name=a\,b", false),
            ("spec.restartPolicy=Never", true),
        ] {
            let selector = FieldSelector::parse(text).expect(text);
            assert_eq!(selector.matches(pod), matches, "{text}");
        }
        for text in ["metadata.name", "=a", "metadata.name!a"] {
            assert!(FieldSelector::parse(text).is_err(), "{text}");
        }
        let unknown = FieldSelector::parse("spec.restartPolicy=Never").expect("well-formed");
        let error = unknown.check_for_files().expect_err("files do not have it");
        assert!(error.next[0].contains("status.phase"));
        assert!(error.message.contains("\"spec.restartPolicy\""));
        assert!(
            error
                .cause
                .unwrap_or_default()
                .starts_with("only a cluster can")
        );
        let wrong = FieldSelector::parse("spec.nodename=x").expect("well-formed");
        let error = wrong.check_for_files().expect_err("there is no such field");
        assert!(error.message.contains("\"spec.nodename\""));
        assert!(error.cause.unwrap_or_default().contains("such a field"));
    }
}
