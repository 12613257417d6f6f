//! Makes text written by strangers fit for a terminal. Names, labels, messages and commands of a report go through here
//! before they reach eyes; JSON and YAML escape by their own rules, through [`write_escaping`].

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

/// How many characters of one text are shown. An event's message holds 1,024 at the most; an annotation may hold 256 KiB.
pub const LONGEST: usize = 2_000;

/// Returns the text with everything that a terminal would obey, or that eyes cannot see, shown as `\u{1b}`, and with line
/// breaks and tabs as blanks. What goes past 2,000 characters is left out, with a mark that says how much.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST && is_plain_ascii(text) {
        return Cow::Borrowed(text);
    }
    let fits = text.len() <= LONGEST || text.chars().nth(LONGEST).is_none();
    if fits && !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len().min(LONGEST) + 32);
    let mut rest = text.chars();
    for character in rest.by_ref().take(LONGEST) {
        match character {
            '\n' | '\r' | '\t' => shown.push(' '),
            unsafe_one if is_unsafe(unsafe_one) => push_escaped(&mut shown, unsafe_one),
            plain => shown.push(plain),
        }
    }
    let left_out = rest.count();
    if left_out > 0 {
        shown.push_str("… (");
        shown.push_str(&left_out.to_string());
        shown.push_str(" characters more)");
    }
    Cow::Owned(shown)
}

/// Returns the text in ASCII alone, for terminals that do not speak UTF-8: there the bytes of other characters could be
/// control characters. Common typographic signs get their plain likeness, all else is shown as `\u{e9}`.
pub fn to_ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            ascii if ascii.is_ascii() => plain.push(ascii),
            '…' => plain.push_str("..."),
            '–' | '—' | '·' => plain.push('-'),
            '‘' | '’' => plain.push('\''),
            '“' | '”' => plain.push('"'),
            '→' => plain.push_str("->"),
            '✓' => plain.push_str("ok"),
            '✗' => plain.push_str("NO"),
            '×' => plain.push('x'),
            other => push_escaped(&mut plain, other),
        }
    }
    Cow::Owned(plain)
}

/// Whether a character is obeyed rather than shown, or not seen at all: controls (C0, DEL, C1), directions of writing,
/// separators of lines and paragraphs, blanks of no width, tags, variation selectors, fillers.
///
/// Source: Unicode Character Database, general categories Cc, Cf, Zl, Zp and the property `Default_Ignorable_Code_Point`.
pub fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}'
            | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}'..='\u{ffff}'
            | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Writes a text whose unsafe characters are written as a format escapes them.
///
/// Errors: those of `writer`.
pub(super) fn write_escaping<W: ?Sized + Write>(
    writer: &mut W,
    text: &str,
    escape: impl Fn(&mut W, char) -> io::Result<()>,
) -> io::Result<()> {
    let mut rest = text;
    if is_plain_ascii(text) {
        return writer.write_all(text.as_bytes());
    }
    while let Some((index, found)) = rest.char_indices().find(|(_, c)| is_unsafe(*c)) {
        writer.write_all(&rest.as_bytes()[..index])?;
        escape(writer, found)?;
        rest = &rest[index + found.len_utf8()..];
    }
    writer.write_all(rest.as_bytes())
}

/// Whether a text is ASCII that can be seen, as nearly all text is: told by whole blocks, since every text of a report is asked.
fn is_plain_ascii(text: &str) -> bool {
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~');
    text.as_bytes()
        .chunks(32)
        .all(|block| block.iter().fold(true, |all, byte| all & is_plain(byte)))
}

fn push_escaped(text: &mut String, character: char) {
    write!(text, "\\u{{{:x}}}", u32::from(character)).expect("a String takes everything");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{LONGEST, clean, is_unsafe, to_ascii};

    #[test]
    fn shows_what_a_terminal_would_obey() {
        let rows = [
            ("web-7d9f", "web-7d9f", "plain text stays"),
            ("tür ≥ 5", "tür ≥ 5", "so do other letters"),
            ("\u{1b}[2J", "\\u{1b}[2J", "escape sequences"),
            ("a\nb\tc\rd", "a b c d", "line breaks and tabs are blanks"),
            ("\u{7f}\u{9b}", "\\u{7f}\\u{9b}", "DEL and C1"),
            ("a\u{202e}b", "a\\u{202e}b", "overridden direction"),
            ("a\u{2066}b\u{2069}", "a\\u{2066}b\\u{2069}", "isolates"),
            (
                "\u{200e}\u{200f}\u{61c}",
                "\\u{200e}\\u{200f}\\u{61c}",
                "direction marks",
            ),
            ("a\u{200b}b", "a\\u{200b}b", "blanks of no width"),
            (
                "a\u{2028}b\u{2029}",
                "a\\u{2028}b\\u{2029}",
                "line and paragraph separators",
            ),
            ("\u{feff}a", "\\u{feff}a", "byte order mark"),
            ("\u{e0041}", "\\u{e0041}", "tags"),
        ];
        for (text, shown, why) in rows {
            assert_eq!(clean(text), shown, "{why}");
        }
    }

    #[test]
    fn megabytes_are_cut_with_a_mark() {
        let shown = clean(&"ü".repeat(3 << 20)).into_owned();
        assert_eq!(shown.chars().filter(|c| *c == 'ü').count(), LONGEST);
        assert!(
            shown.ends_with("… (3143728 characters more)"),
            "{}",
            &shown[shown.len() - 40..]
        );
        assert_eq!(clean(&"ü".repeat(LONGEST)), "ü".repeat(LONGEST));
    }

    #[test]
    fn ascii_has_a_likeness_for_everything() {
        assert_eq!(to_ascii("a · b → c… “d” é"), "a - b -> c... \"d\" \\u{e9}");
    }

    proptest! {
        #[test]
        fn nothing_unsafe_is_left(text in any::<String>()) {
            let shown = clean(&text);
            prop_assert!(!shown.chars().any(is_unsafe));
            prop_assert_eq!(clean(&shown), shown.clone(), "cleaning twice changes nothing");
            prop_assert!(to_ascii(&shown).is_ascii());
        }
    }
}
