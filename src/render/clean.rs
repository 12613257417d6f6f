//! Makes text written by strangers fit for a terminal. Names, labels, messages and commands of a report go through here
//! before they reach eyes; JSON and YAML escape by their own rules, through [`write_escaping`].

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use unicode_width::UnicodeWidthChar as _;
use wide::u8x16;

pub use crate::decision::facts::characters::is_unsafe;

/// How many characters of one text are shown. An event's message holds 1,024 at the most; an annotation may hold 256 KiB.
pub const LONGEST: usize = 2_000;
/// How many marks may stand on one letter. The scripts of the world have up to four; more of them cover the lines above and below.
const MOST_MARKS: usize = 4;
/// How long a command may be that is shown to be pasted. A longer one is not shown at all: cut, its quotes would be left open.
const LONGEST_COMMAND: usize = 8_000;

/// Returns the text with everything that a terminal would obey, or that eyes cannot see, shown as `\u{1b}`, and with line
/// breaks and tabs as blanks; so are marks that are heaped on one letter. What goes past 2,000 characters is left out, with a mark
/// that says how much.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST && is_plain_ascii(text) {
        return Cow::Borrowed(text);
    }
    let fits = text.len() <= LONGEST || text.chars().nth(LONGEST).is_none();
    if fits && (text.is_ascii() || !is_heaped(text)) && !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len().min(LONGEST) + 32);
    let mut rest = text.chars();
    let mut marks = 0;
    for character in rest.by_ref().take(LONGEST) {
        marks = marks_so_far(marks, character);
        match character {
            '\n' | '\r' | '\t' => shown.push(' '),
            heaped if marks > MOST_MARKS => push_escaped(&mut shown, heaped),
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

/// Whether any letter of the text has more marks than a script would put on it.
fn is_heaped(text: &str) -> bool {
    let mut marks = 0;
    text.chars().any(|character| {
        marks = marks_so_far(marks, character);
        marks > MOST_MARKS
    })
}

/// How many marks of no width stand one after the other, up to this character.
fn marks_so_far(marks: usize, character: char) -> usize {
    match character.width() {
        Some(0) => marks + 1,
        _ => 0,
    }
}

/// Returns a command as it may be shown: itself wherever that can be. What cannot be shown is escaped, and never replaced by its
/// likeness: ‘ would become a quote that the shell obeys. `None` where it is too long to be shown whole.
pub(super) fn clean_command(command: &str, unicode: bool) -> Option<Cow<'_, str>> {
    if command.len() > LONGEST_COMMAND {
        return None;
    }
    let is_shown = |character: char| !is_unsafe(character) && (unicode || character.is_ascii());
    if command.chars().all(is_shown) && !is_heaped(command) {
        return Some(Cow::Borrowed(command));
    }
    let mut shown = String::with_capacity(command.len() + 32);
    let mut marks = 0;
    for character in command.chars() {
        marks = marks_so_far(marks, character);
        match is_shown(character) && marks <= MOST_MARKS {
            true => shown.push(character),
            false => push_escaped(&mut shown, character),
        }
    }
    Some(Cow::Owned(shown))
}

/// Returns a name for a line that other programs cut at blanks and quotes, as `xargs` does: those are escaped, too. No name that
/// Kubernetes takes has any.
pub(super) fn clean_name(name: &str) -> String {
    let mut shown = String::with_capacity(name.len().min(LONGEST));
    for character in name.chars().take(LONGEST) {
        let is_cut = character.is_whitespace() || matches!(character, '\'' | '"' | '\\');
        match is_cut || is_unsafe(character) {
            true => push_escaped(&mut shown, character),
            false => shown.push(character),
        }
    }
    if name.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
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
    let (first, last) = (u8x16::splat(b' '), u8x16::splat(b'~'));
    let (blocks, rest) = text.as_bytes().as_chunks::<16>();
    let is_plain = |block: &[u8; 16]| {
        let bytes = u8x16::new(*block);
        bytes.max(first).min(last).simd_eq(bytes).all()
    };
    blocks.iter().all(is_plain) && rest.iter().all(|byte| matches!(byte, b' '..=b'~'))
}

fn push_escaped(text: &mut String, character: char) {
    write!(text, "\\u{{{:x}}}", u32::from(character)).expect("a String takes everything");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        Cow, LONGEST, clean, clean_command, clean_name, is_plain_ascii, is_unsafe, to_ascii,
        write_escaping,
    };

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
    fn marks_are_not_heaped() {
        let heaped = format!("e{}x", "\u{301}".repeat(6));
        assert_eq!(
            clean(&heaped),
            "e\u{301}\u{301}\u{301}\u{301}\\u{301}\\u{301}x"
        );
        assert_eq!(clean("ệ\u{301} ก็"), "ệ\u{301} ก็");
    }

    #[test]
    fn commands_keep_their_quotes() {
        let whole = |command, unicode| clean_command(command, unicode).map(Cow::into_owned);
        for (command, unicode, shown, why) in [
            ("kubectl get pods", true, "kubectl get pods", "plain"),
            ("get 'ü‘'", true, "get 'ü‘'", "letters that can be shown"),
            (
                "get 'ü‘;id;‘'",
                false,
                "get '\\u{fc}\\u{2018};id;\\u{2018}'",
                "no likeness is a quote",
            ),
            ("get 'a\nb'", true, "get 'a\\u{a}b'", "one line"),
            ("get 'a\u{202e}b'", true, "get 'a\\u{202e}b'", "directions"),
        ] {
            assert_eq!(whole(command, unicode).as_deref(), Some(shown), "{why}");
        }
        assert_eq!(whole(&"x".repeat(10_000), true), None, "never cut");
    }

    #[test]
    fn names_have_no_blanks() {
        assert_eq!(clean_name("web-1.a"), "web-1.a");
        assert_eq!(clean_name("a b\n'c\\"), "a\\u{20}b\\u{a}\\u{27}c\\u{5c}");
    }

    #[test]
    fn what_passes_at_once_is_never_unsafe() {
        for code in 0..=0x1ff_u32 {
            let character = char::from_u32(code).expect("no surrogate");
            let text = format!("{}{character}", "a".repeat(31));
            let is_plain = is_plain_ascii(&text);
            assert!(!(is_plain && is_unsafe(character)), "{code:#x}");
            assert_eq!(is_plain, (0x20..0x7f).contains(&code), "{code:#x}");
            let mut out = Vec::new();
            let escape = |_: &mut Vec<u8>, unsafe_one| {
                assert!(is_unsafe(unsafe_one));
                Ok(())
            };
            write_escaping(&mut out, &text, escape).expect("a Vec takes everything");
            let kept: String = text.chars().filter(|one| !is_unsafe(*one)).collect();
            assert_eq!(out, kept.as_bytes(), "{code:#x}");
        }
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
