//! Roles and bindings as YAML, as short as people write them: lists of names stand in one line.

use std::fmt::Write as _;

use crate::render::yaml;
use crate::report::permissions::roles::{Binding, Manifest, Metadata, Role};

/// Words that YAML would not take for text, in one of its versions or another.
const NO_TEXTS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];

/// Returns the object as a YAML document, without the line before it.
pub fn text(manifest: &Manifest) -> String {
    match manifest {
        Manifest::Role(role) => of_role(role),
        Manifest::Binding(binding) => of_binding(binding),
    }
}

fn of_role(role: &Role) -> String {
    let mut text = head(role.api_version, role.kind, &role.metadata);
    text.push_str("rules:\n");
    for rule in &role.rules {
        let _ = writeln!(text, "  - apiGroups: {}", list(&rule.api_groups));
        let _ = writeln!(text, "    resources: {}", list(&rule.resources));
        if !rule.resource_names.is_empty() {
            let _ = writeln!(text, "    resourceNames: {}", list(&rule.resource_names));
        }
        let _ = writeln!(text, "    verbs: {}", list(&rule.verbs));
    }
    text
}

fn of_binding(binding: &Binding) -> String {
    let mut text = head(binding.api_version, binding.kind, &binding.metadata);
    let role = &binding.role_ref;
    let _ = writeln!(
        text,
        "roleRef:\n  apiGroup: {}\n  kind: {}\n  name: {}\nsubjects:",
        role.api_group, role.kind, role.name
    );
    for subject in &binding.subjects {
        let _ = writeln!(text, "  - kind: {}", subject.kind);
        if !subject.api_group.is_empty() {
            let _ = writeln!(text, "    apiGroup: {}", subject.api_group);
        }
        let _ = writeln!(text, "    name: {}", scalar(&subject.name));
        if let Some(namespace) = &subject.namespace {
            let _ = writeln!(text, "    namespace: {}", scalar(namespace));
        }
    }
    text
}

fn head(api_version: &str, kind: &str, metadata: &Metadata) -> String {
    let mut text = format!(
        "apiVersion: {api_version}\nkind: {kind}\nmetadata:\n  name: {}\n",
        scalar(&metadata.name)
    );
    if let Some(namespace) = &metadata.namespace {
        let _ = writeln!(text, "  namespace: {}", scalar(namespace));
    }
    text
}

fn list(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| scalar(name)).collect();
    format!("[{}]", names.join(", "))
}

/// The text as it is where it is plainly one, else in quotes.
fn scalar(text: &str) -> String {
    let is_plain = text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-./".contains(letter));
    if is_plain && !NO_TEXTS.contains(&text.to_ascii_lowercase().as_str()) {
        return text.to_owned();
    }
    yaml::quoted(text)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::report::permissions::roles::Reader;
    use crate::report::permissions::{Extent, assemble};

    #[test]
    fn what_is_written_is_what_is_meant() {
        for namespace in [
            None,
            Some("shop"),
            Some("no"),
            Some("0x10"),
            Some("a: b\n- c"),
        ] {
            let hostile = [
                "alice",
                "yes",
                "1",
                "a\nb: c",
                "{x}",
                "\u{1b}[2J\u{202e}",
                "\u{e0041}",
            ];
            let mut readers: Vec<Reader> = hostile
                .iter()
                .map(|name| Reader::User((*name).to_owned()))
                .collect();
            readers.push(Reader::ServiceAccount {
                namespace: "null".to_owned(),
                name: "~".to_owned(),
            });
            let permissions = assemble(&Extent {
                cluster_role: true,
                role: true,
                namespace: namespace.map(str::to_owned),
                readers,
                ..Extent::default()
            });
            for item in &permissions.items {
                let text = text(item);
                let back: Value =
                    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
                let meant = serde_json::to_value(item).expect("plain data");
                assert_eq!(back, meant, "{text}");
                assert!(
                    !text
                        .chars()
                        .any(|letter| letter != '\n' && letter.is_control())
                );
            }
        }
    }
}
