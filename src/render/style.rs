//! How text looks: colour, signs, width. Colour and signs are never the only carriers of meaning.

use std::borrow::Cow;

use anstyle::{AnsiColor, Style as Ansi};
use unicode_width::UnicodeWidthStr;

use super::clean::{clean, clean_command, to_ascii};
use crate::decision::finding::Severity;
use crate::decision::reason::Reason;

/// The width of prose where nothing tells the width of the terminal, in columns.
const PLAIN_WIDTH: usize = 80;
/// Prose in longer lines is hard to read, however wide the terminal.
const WIDEST_PROSE: usize = 100;
/// Below this, wrapping makes things worse.
const NARROWEST: usize = 40;
/// The widest cell of a table, in columns.
const WIDEST_CELL: usize = 300;

/// How text is to look, decided by whoever opened the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    /// Whether ANSI colours may be used.
    pub colour: bool,
    /// Whether characters outside ASCII may be used (see [`Style::speaks_utf8`]).
    pub unicode: bool,
    /// The terminal's width in columns; `None` where the output is no terminal: prose then takes 80 columns, and tables
    /// are as wide as what is in them.
    pub width: Option<usize>,
    /// Whether tables name the namespace of each row: where more than one was asked about, as in kubectl.
    pub namespaces: bool,
    /// The flags that make a suggested command ask the same source, for example `--demo` or `--context prod`, quoted for a
    /// shell; empty where none are needed.
    pub same_source: String,
    /// Whether tables have a header, and below them what to know and do next; rows alone are for scripts.
    pub headers: bool,
    /// Whether entries stand in an order that was asked for, which tables then keep.
    pub keeps_order: bool,
    /// Whether rows of single pods leave out what `-o wide` has more, so that they have room in a terminal.
    pub brief: bool,
    /// The labels of each pod that tables show, where they do.
    pub labels: ShownLabels,
}

/// Labels that a table has columns for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShownLabels {
    /// Keys, a column each.
    pub columns: Vec<String>,
    /// Whether all of them stand in a last column.
    pub all: bool,
}

impl Default for Style {
    /// Plain text for a file or a pipe.
    fn default() -> Self {
        Self {
            colour: false,
            unicode: true,
            width: None,
            namespaces: true,
            same_source: String::new(),
            headers: true,
            keeps_order: false,
            brief: false,
            labels: ShownLabels::default(),
        }
    }
}

/// What a piece of text is, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The name of what is talked about, a label, a table's header.
    Heading,
    /// As it should be.
    Good,
    /// Does not run, or does not fit.
    Bad,
    /// Worth a look.
    Care,
    /// A command to paste.
    Command,
    /// Less important than what is around it.
    Faint,
}

impl Role {
    /// The colour of a reason.
    pub(super) fn of(reason: Reason, severity: Severity) -> Self {
        match (severity, reason) {
            (Severity::Error, _) => Self::Bad,
            (Severity::Warning, _) => Self::Care,
            (Severity::Info, Reason::MatchedProfile) => Self::Good,
            (Severity::Info, _) => Self::Heading,
        }
    }
}

impl Style {
    /// Whether the locale of the environment is one of UTF-8: the first of `LC_ALL`, `LC_CTYPE` and `LANG` that is set and
    /// not empty decides, as POSIX says; none of them means the C locale, which is ASCII.
    pub fn speaks_utf8(lc_all: Option<&str>, lc_ctype: Option<&str>, lang: Option<&str>) -> bool {
        [lc_all, lc_ctype, lang]
            .into_iter()
            .flatten()
            .find(|locale| !locale.is_empty())
            .is_some_and(|locale| {
                let locale = locale.to_ascii_lowercase();
                locale.contains("utf-8") || locale.contains("utf8")
            })
    }

    /// A command that asks the same source again. What came on standard input is gone by then: the command begins with the sign for
    /// what was left out, where whatever wrote that input has to stand again.
    pub(super) fn asked_again(&self, command: &str) -> String {
        if self.same_source.is_empty() {
            return command.to_owned();
        }
        let words: Vec<&str> = self.same_source.split(' ').collect();
        let reads_stdin = words
            .windows(2)
            .any(|pair| matches!(pair, ["--from" | "--profiles", "-"]));
        let before = match reads_stdin {
            true => format!("{} | ", self.ellipsis()),
            false => String::new(),
        };
        format!("{before}{command} {}", self.same_source)
    }

    /// The text as it may be shown: cleaned, and in ASCII where that is all there is.
    pub(super) fn text(&self, text: &str) -> String {
        let shown = clean(text);
        if self.unicode {
            shown.into_owned()
        } else {
            to_ascii(&shown).into_owned()
        }
    }

    /// The text as it may stand in a cell of a table. No name is as long as 300 columns, so what is, is cut: one such name would
    /// make every row as wide.
    pub(super) fn cell(&self, text: &str) -> String {
        self.cut(&self.text(text), WIDEST_CELL)
    }

    /// A command as it may be shown; `None` where it is too long to be shown whole.
    pub(super) fn command(&self, command: &str) -> Option<String> {
        clean_command(command, self.unicode).map(Cow::into_owned)
    }

    /// A cleaned text in its colour. Comes after all measuring, since the codes have no width.
    pub(super) fn paint(&self, role: Role, text: &str) -> String {
        if !self.colour || text.is_empty() {
            return text.to_owned();
        }
        let ansi = match role {
            Role::Heading => Ansi::new().bold(),
            Role::Good => AnsiColor::Green.on_default(),
            Role::Bad => AnsiColor::Red.on_default().bold(),
            Role::Care => AnsiColor::Yellow.on_default(),
            Role::Command => AnsiColor::Cyan.on_default(),
            Role::Faint => Ansi::new().dimmed(),
        };
        format!("{ansi}{text}{ansi:#}")
    }

    /// The sign for a pair that fits, or does not.
    pub(super) fn mark(&self, fits: bool) -> &'static str {
        match (self.unicode, fits) {
            (true, true) => "✓",
            (true, false) => "✗",
            (false, true) => "ok",
            (false, false) => "NO",
        }
    }

    /// The sign that points at what was found in place of what is wanted.
    pub(super) fn points_at(&self) -> &'static str {
        if self.unicode { "←" } else { "<-" }
    }

    /// The sign for a pair of which that cannot be told.
    pub(super) fn mark_of_doubt(&self) -> &'static str {
        if self.unicode { "?" } else { "??" }
    }

    /// The sign between parts of a headline.
    pub(super) fn dot(&self) -> &'static str {
        if self.unicode { " · " } else { " - " }
    }

    /// The sign for what was left out.
    pub(super) fn ellipsis(&self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }

    /// The width of a line of prose.
    pub(super) fn prose_width(&self) -> usize {
        self.width
            .unwrap_or(PLAIN_WIDTH)
            .clamp(NARROWEST, WIDEST_PROSE)
    }

    /// The first characters of a cleaned text, with the sign for what was left out where it is wider than `width`.
    pub(super) fn cut(&self, text: &str, width: usize) -> String {
        if columns(text) <= width {
            return text.to_owned();
        }
        let room = width.saturating_sub(columns(self.ellipsis()));
        let (kept, _) = split_at_column(text, room);
        format!("{}{}", kept.trim_end(), self.ellipsis())
    }
}

/// How many columns a text takes on a terminal.
pub(super) fn columns(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// Splits a text so that the first part takes `column` columns at the most.
pub(super) fn split_at_column(text: &str, column: usize) -> (&str, &str) {
    let mut taken = 0;
    for (index, character) in text.char_indices() {
        taken += unicode_width::UnicodeWidthChar::width(character).unwrap_or(0);
        if taken > column {
            return text.split_at(index);
        }
    }
    (text, "")
}

/// The text and blanks after it, so that it takes `width` columns; as it is where it takes more.
pub(super) fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// Breaks prose into lines: the first of `first` columns at the most, the others of `rest`. Runs of blanks become one; a
/// word is never broken, since it may be a name to copy.
pub(super) fn wrap(text: &str, first: usize, rest: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut taken = 0;
    for word in text.split_whitespace() {
        let room = if lines.len() == 1 { first } else { rest };
        let width = columns(word);
        if taken > 0 && taken + 1 + width > room {
            lines.push(String::new());
            taken = 0;
        }
        let line = lines.last_mut().expect("there is always a line");
        if taken > 0 {
            line.push(' ');
            taken += 1;
        }
        line.push_str(word);
        taken += width;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{Role, Style, columns, split_at_column, wrap};

    #[test]
    fn the_locale_decides_about_signs() {
        let rows = [
            (None, None, Some("en_US.UTF-8"), true, "the usual"),
            (Some("C"), None, Some("en_US.UTF-8"), false, "LC_ALL wins"),
            (Some(""), None, Some("de_DE.utf8"), true, "empty is not set"),
            (
                None,
                Some("C.UTF-8"),
                Some("C"),
                true,
                "LC_CTYPE before LANG",
            ),
            (
                None,
                None,
                Some("en_US.ISO-8859-1"),
                false,
                "another charset",
            ),
            (None, None, None, false, "nothing set is the C locale"),
        ];
        for (lc_all, lc_ctype, lang, expected, why) in rows {
            assert_eq!(
                Style::speaks_utf8(lc_all, lc_ctype, lang),
                expected,
                "{why}"
            );
        }
    }

    #[test]
    fn wraps_between_words_and_never_in_one() {
        assert_eq!(
            wrap("one  two\nthree", 7, 9),
            ["one two", "three"],
            "blanks are one"
        );
        assert_eq!(
            wrap("a ip-10-0-1-23.compute.internal b", 5, 5),
            ["a", "ip-10-0-1-23.compute.internal", "b"]
        );
        assert_eq!(wrap("", 5, 5), [""]);
    }

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(columns("日本"), 4);
        assert_eq!(split_at_column("日本", 3), ("日", "本"));
        assert_eq!(Style::default().cut("日本語", 5), "日本…");
    }

    #[test]
    fn no_colour_unless_allowed() {
        let mut style = Style::default();
        assert_eq!(style.paint(Role::Bad, "x"), "x");
        style.colour = true;
        assert_eq!(style.paint(Role::Bad, "x"), "\u{1b}[1m\u{1b}[31mx\u{1b}[0m");
    }
}
