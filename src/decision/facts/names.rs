//! Which names and labels Kubernetes takes. The API server has no others, but files may: what they hold is told as it is, and never
//! made part of a profile, where `*` would select every namespace.
//!
//! Source: Kubernetes, "Object Names and IDs", and "Labels and Selectors", syntax and character set.

/// How long the name of a namespace, of a label or of a label's value may be.
const LONGEST_LABEL: usize = 63;
/// How long the prefix of a label's key may be.
const LONGEST_PREFIX: usize = 253;

/// Whether the text can be the name of a namespace.
pub fn is_namespace(text: &str) -> bool {
    text.len() <= LONGEST_LABEL && is_lower(text) && !text.contains('.')
}

/// Whether the text can be the name of a pod, a workload or a node: a DNS subdomain.
pub fn is_object(text: &str) -> bool {
    text.len() <= LONGEST_PREFIX && is_lower(text)
}

/// Whether there can be a label of this key and value.
pub fn is_label(key: &str, value: &str) -> bool {
    let name = match key.split_once('/') {
        Some((prefix, _)) if prefix.len() > LONGEST_PREFIX || !is_lower(prefix) => return false,
        Some((_, name)) => name,
        None => key,
    };
    is_word(name) && (value.is_empty() || is_word(value))
}

/// Lower-case letters, digits, hyphens and dots, with a letter or digit at both ends.
fn is_lower(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    begins_and_ends(text, is_plain)
        && text
            .bytes()
            .all(|byte| is_plain(byte) || matches!(byte, b'-' | b'.'))
}

/// Letters, digits, hyphens, dots and underscores, with a letter or digit at both ends.
fn is_word(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric();
    text.len() <= LONGEST_LABEL
        && begins_and_ends(text, is_plain)
        && text
            .bytes()
            .all(|byte| is_plain(byte) || matches!(byte, b'-' | b'.' | b'_'))
}

fn begins_and_ends(text: &str, is_plain: impl Fn(u8) -> bool) -> bool {
    let ends = [text.bytes().next(), text.bytes().next_back()];
    ends.into_iter().all(|end| end.is_some_and(&is_plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces_are_dns_labels() {
        for (text, wanted) in [
            ("shop", true),
            ("kube-system", true),
            ("1", true),
            ("", false),
            ("*", false),
            ("shop?", false),
            ("a.b", false),
            ("Shop", false),
            ("-shop", false),
            ("shop-", false),
            ("a\nb", false),
        ] {
            assert_eq!(is_namespace(text), wanted, "{text:?}");
        }
        assert!(is_namespace(&"a".repeat(63)) && !is_namespace(&"a".repeat(64)));
    }

    #[test]
    fn objects_are_dns_subdomains() {
        for (text, wanted) in [
            ("web-7d9f4c-abcde", true),
            ("ip-10-0-1-23.eu-west-1.compute.internal", true),
            ("", false),
            ("Web", false),
            ("web;id", false),
            ("web\u{1b}[2J", false),
            ("web$(id)", false),
            (".web", false),
        ] {
            assert_eq!(is_object(text), wanted, "{text:?}");
        }
        assert!(is_object(&"a".repeat(253)) && !is_object(&"a".repeat(254)));
    }

    #[test]
    fn labels_are_short_and_plain() {
        for (key, value, wanted) in [
            ("app", "web", true),
            ("app.kubernetes.io/name", "Web_1.2", true),
            ("app", "", true),
            ("", "web", false),
            ("/app", "web", false),
            ("a/b/c", "web", false),
            ("App.io/x", "web", false),
            ("<<", "web", false),
            ("app", "*", false),
            ("app", "{{resolve:ssm:x}}", false),
            ("app", "a=b,c=d", false),
            ("app", "-a", false),
            ("app", "ü", false),
        ] {
            assert_eq!(is_label(key, value), wanted, "{key:?}={value:?}");
        }
        assert!(!is_label("a", &"b".repeat(64)));
    }
}
