//! Words that several rules need: spans of time, lists, counts.

use jiff::Timestamp;

use crate::decision::facts::ProfileOrigin;
use crate::decision::placement::doubt::Hole;

/// A span of seconds as kubectl writes ages: `45s`, `41m`, `3h20m`, `3d2h`, `90d`.
pub fn span(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let two = |big: i64, unit: &str, small: i64, small_unit: &str| match small {
        0 => format!("{big}{unit}"),
        _ => format!("{big}{unit}{small}{small_unit}"),
    };
    if seconds < 120 {
        format!("{seconds}s")
    } else if minutes < 10 {
        two(minutes, "m", seconds % 60, "s")
    } else if minutes < 180 {
        format!("{minutes}m")
    } else if hours < 8 {
        two(hours, "h", minutes % 60, "m")
    } else if hours < 48 {
        format!("{hours}h")
    } else if days < 8 {
        two(days, "d", hours % 24, "h")
    } else {
        format!("{days}d")
    }
}

/// The span between two moments, whichever comes first.
pub fn between(one: Timestamp, other: Timestamp) -> String {
    span(
        one.as_second()
            .abs_diff(other.as_second())
            .try_into()
            .unwrap_or(i64::MAX),
    )
}

/// `a`, `a and b`, `a, b and c`.
pub fn list<S: AsRef<str>>(items: impl IntoIterator<Item = S>) -> String {
    let items: Vec<String> = items
        .into_iter()
        .map(|item| item.as_ref().to_owned())
        .collect();
    match items.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A text that begins with a capital letter.
pub fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}

/// A text that begins with a capital letter, unless it begins with the path of a file, which would then be another path.
pub fn capitalised_but_for_paths(text: &str) -> String {
    let first = text.split([' ', ':', ',']).next().unwrap_or_default();
    match first.contains(['.', '/', '\\']) {
        true => text.to_owned(),
        false => capitalised(text),
    }
}

/// A text in quotation marks, without line breaks at its ends.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.trim())
}

/// A text in quotation marks that ends a sentence: with a full stop, unless the text brings its own.
pub fn quoted_at_the_end(text: &str) -> String {
    let quoted = quoted(text);
    if text.trim().ends_with(['.', '!', '?']) {
        quoted
    } else {
        format!("{quoted}.")
    }
}

/// `<!Ref Namespace>, which the file does not tell`.
pub(super) fn not_told(hole: &Hole<'_>) -> String {
    let expression = hole.gap.in_brackets();
    match &hole.profile.origin {
        _ if expression.contains("after apply") => expression,
        ProfileOrigin::File(_) => format!("{expression}, which the file does not tell"),
        _ => format!("{expression}, which its source does not tell"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_like_kubectl_ages() {
        let rows = [
            (45, "45s"),
            (119, "119s"),
            (150, "2m30s"),
            (2_460, "41m"),
            (12_000, "3h20m"),
            (100_000, "27h"),
            (266_400, "3d2h"),
            (7_776_000, "90d"),
            // The smaller unit goes where it no longer matters.
            (120, "2m"),
            (599, "9m59s"),
            (630, "10m"),
            (10_799, "179m"),
            (10_800, "3h"),
            (28_799, "7h59m"),
            (28_920, "8h"),
            (172_799, "47h"),
            (172_800, "2d"),
            (691_199, "7d23h"),
            (694_800, "8d"),
        ];
        for (seconds, text) in rows {
            assert_eq!(span(seconds), text);
        }
    }

    #[test]
    fn a_quotation_at_the_end_has_one_full_stop() {
        assert_eq!(quoted_at_the_end("no room"), "\"no room\".");
        assert_eq!(quoted_at_the_end(" no room.\n"), "\"no room.\"");
    }

    #[test]
    fn a_path_keeps_its_first_letter() {
        for (text, begun) in [
            ("the file a.yaml is empty", "The file a.yaml is empty"),
            ("stack.yaml: no name", "stack.yaml: no name"),
            ("dir/one is broken", "dir/one is broken"),
        ] {
            assert_eq!(capitalised_but_for_paths(text), begun);
        }
    }

    #[test]
    fn lists_read_like_sentences() {
        assert_eq!(list(["a"]), "a");
        assert_eq!(list(["a", "b"]), "a and b");
        assert_eq!(list(["a", "b", "c"]), "a, b and c");
    }
}
