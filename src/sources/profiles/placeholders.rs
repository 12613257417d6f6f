//! Placeholders that a template's tool would fill in, left in a text: `${NAME}`, `$NAME`, `{{ .Values.name }}`. No name of
//! Kubernetes or AWS has these characters, so what stands there is never the value itself.

/// The widest pattern that a text may stand for, with `*` for each placeholder; `None` where it has none.
///
/// A default within a placeholder (`${NAMESPACE:-shop}`) tells what some tools would fill in, not what was.
pub(super) fn widest(text: &str) -> Option<String> {
    let mut pattern = String::new();
    let mut rest = text;
    let mut has_any = false;
    while let Some(start) = rest.find(['$', '{']) {
        let (before, from) = rest.split_at(start);
        pattern.push_str(before);
        match length(from) {
            Some(length) => {
                has_any = true;
                pattern.push('*');
                rest = from.get(length..).unwrap_or_default();
            }
            None => {
                // One byte long: a dollar sign or a brace.
                let (alone, after) = from.split_at(1);
                pattern.push_str(alone);
                rest = after;
            }
        }
    }
    pattern.push_str(rest);
    has_any.then_some(pattern)
}

/// How long the placeholder is with which a text begins, in bytes. One that has no end takes all.
fn length(text: &str) -> Option<usize> {
    let until = |end: &str| {
        let found = text.find(end).map(|start| start + end.len());
        Some(found.unwrap_or(text.len()))
    };
    if text.starts_with("{{") {
        return until("}}");
    }
    let after = text.strip_prefix('$')?;
    if after.starts_with("{{") {
        return until("}}");
    }
    if after.starts_with('{') {
        return until("}");
    }
    let is_of_name = |char: char| char.is_ascii_alphanumeric() || char == '_';
    let begins_name = |char: char| char.is_ascii_alphabetic() || char == '_';
    after.starts_with(begins_name).then(|| {
        let name = after.find(|char| !is_of_name(char));
        1 + name.unwrap_or(after.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_placeholder_becomes_a_wildcard() {
        for (text, wanted) in [
            ("shop", None),
            ("shop-*", None),
            ("", None),
            ("$", None),
            ("a$-b", None),
            ("{a}", None),
            ("$1", None),
            ("$NAMESPACE", Some("*")),
            ("${NAMESPACE}", Some("*")),
            ("${ENV}-apps", Some("*-apps")),
            ("team-$TEAM-${ENV:-dev}", Some("team-*-*")),
            ("{{ .Values.ns }}", Some("*")),
            ("x-{{ .Values.ns }}-y", Some("x-*-y")),
            ("${{ values.ns }}-y", Some("*-y")),
            ("a-${unfinished", Some("a-*")),
            ("ä{{ü}}ö$Ä", Some("ä*ö$Ä")),
        ] {
            assert_eq!(widest(text).as_deref(), wanted, "{text}");
        }
    }
}
