//! Text of strangers in Markdown: nothing in it begins a table cell, a link, a tag, a mention or the end of a code block.

use crate::render::clean::{clean, clean_command};

/// Text as it may stand in a sentence or a cell of a table.
pub(in crate::render) fn text(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 8);
    for character in clean(text).chars() {
        match character {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '@' => shown.push_str("`@`"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' => {
                shown.push('\\');
                shown.push(character);
            }
            plain => shown.push(plain),
        }
    }
    shown
}

/// A name or a value as code. In tables a stroke would end the cell even in code; there no code is longer than its name.
pub(super) fn code(name: &str) -> String {
    let name = clean(name);
    let is_plain = |character: char| {
        character.is_ascii_alphanumeric() || "-._/:=,#*?+() \"'[]".contains(character)
    };
    match !name.trim().is_empty() && name.chars().all(is_plain) {
        true => format!("`{}`", name.trim()),
        false => text(&name),
    }
}

/// Commands in a block that no command can end.
pub(super) fn block(commands: &[String]) -> Option<String> {
    let commands: Option<Vec<_>> = commands
        .iter()
        .map(|command| clean_command(command, true))
        .collect();
    let commands = commands?.join("\n");
    let longest = commands
        .split(|character| character != '`')
        .map(str::len)
        .max()
        .unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    Some(format!("{fence}sh\n{commands}\n{fence}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out() {
        for (raw, wanted, why) in [
            ("plain words", "plain words", "they stay"),
            ("a|b", "a\\|b", "a cell ends at a stroke"),
            ("<img src=x>", "&lt;img src=x&gt;", "a tag"),
            ("[x](http://y)", "\\[x\\](http://y)", "a link"),
            ("![x](y)", "\\!\\[x\\](y)", "a picture"),
            ("@all", "`@`all", "a mention"),
            (
                "`x` **y** __z__",
                "\\`x\\` \\*\\*y\\*\\* \\_\\_z\\_\\_",
                "emphasis",
            ),
            ("&lt;b", "&amp;lt;b", "an entity"),
            ("a\nb", "a b", "a row ends with its line"),
            ("\u{1b}[2J", "\\\\u{1b}\\[2J", "what a terminal obeys"),
        ] {
            assert_eq!(text(raw), wanted, "{why}");
        }
        for (raw, wanted, why) in [
            ("web-7d9", "`web-7d9`", "a name"),
            ("a`b", "a\\`b", "code ends at a backtick"),
            ("a|b", "a\\|b", "a cell ends at a stroke"),
            ("", "", "nothing"),
        ] {
            assert_eq!(code(raw), wanted, "{why}");
        }
    }

    #[test]
    fn a_block_ends_where_it_should() {
        let block = |command: &str| block(&[command.to_owned()]);
        assert_eq!(block("a b").as_deref(), Some("```sh\na b\n```"));
        assert_eq!(
            block("echo ````").as_deref(),
            Some("`````sh\necho ````\n`````")
        );
        let broken = block("a\n```\n# b").expect("it is short");
        assert_eq!(broken.lines().count(), 3, "{broken}");
    }
}
