//! How names stand in commands that people paste: the one place that writes text of strangers for a shell.
//!
//! Names on a live cluster are harmless, since the API server takes no others. Files are not checked by anybody, and annotations,
//! container images or profiles from files hold whatever was put there. A command must hold exactly the words that we mean: no word
//! more, no flag that a name turns into, and nothing that the shell runs by itself.

use std::borrow::Cow;

/// How long the name of a file that we propose may be, in bytes; file systems take 255, and there is an ending to come.
const LONGEST_FILE_NAME: usize = 200;

/// The text as one word of sh, bash and zsh. Whatever is not plain stands between single quotes, where no shell reads
/// anything: neither variables, globs and braces, nor the history (`!`), `~user` or zsh's `=command`.
///
/// Source: POSIX, Shell Command Language, 2.2.2 Single-Quotes; zsh manual, section Expansion.
pub fn quote(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'_' | b'-' | b'.' | b'/' | b':' | b',' | b'@' | b'+')
    };
    if !text.is_empty() && text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")))
}

/// A word that is no flag. One that begins with `-` would be read as one, whatever quotes stand around it; nothing that Kubernetes or
/// AWS takes begins so, and with `./` before it the command fails instead of doing something else.
pub fn operand(text: &str) -> String {
    match text.starts_with('-') {
        true => format!("./{}", quote(text)),
        false => quote(text).into_owned(),
    }
}

/// `pod/web`, in kubectl's own form for one object: a name in it is never read as a flag.
pub fn resource(kind: &str, name: &str) -> String {
    operand(&format!("{kind}/{name}"))
}

/// A flag and its value. A value that begins with `-` is tied to the flag, since it would be one by itself.
pub fn option(flag: &str, value: &str) -> String {
    // A dash alone is standard input, and no flag.
    let looks_like_flag = value.starts_with('-') && value != "-";
    let between = if looks_like_flag { '=' } else { ' ' };
    format!("{flag}{between}{}", quote(value))
}

/// A value for the AWS CLI. It would fetch what `file://` and `http://` name, and send that in place of the value; no name of AWS
/// begins so, and with `./` before it the command fails.
///
/// Source: AWS CLI User Guide, "Load a parameter from a file"; version 1 loads `http://` and `https://`, too.
pub fn aws_value(value: &str) -> Cow<'_, str> {
    let is_fetched = ["file://", "fileb://", "http://", "https://"]
        .iter()
        .any(|scheme| value.starts_with(scheme));
    match is_fetched {
        true => Cow::Owned(format!("./{value}")),
        false => Cow::Borrowed(value),
    }
}

/// A flag of the AWS CLI and its value, which is a name and nothing to fetch.
pub fn aws_option(flag: &str, value: &str) -> String {
    option(flag, &aws_value(value))
}

/// A line for behind a `#`. zsh, where one types into it, knows no comments until it is told to, and would obey the line: so one that
/// holds what a shell runs, or leaves a quote open, has its signs behind backslashes.
///
/// Source: zsh manual, option `INTERACTIVE_COMMENTS`, and "Glob Qualifiers", of which `e` and `+` run commands.
pub fn comment(line: &str) -> Cow<'_, str> {
    let is_even = |quote: char| line.matches(quote).count().is_multiple_of(2);
    let runs = |(at, _): (usize, &str)| {
        let is_glued = !line
            .get(..at)
            .is_none_or(|before| before.is_empty() || before.ends_with(' '));
        let within = line.get(at + 1..).unwrap_or_default();
        let within = within.split([' ', ')']).next().unwrap_or_default();
        is_glued || within.contains(['e', '+'])
    };
    let is_harmless = !line.contains(|sign| "$`\\;&|<>!{}~*?[]^".contains(sign))
        && is_even('"')
        && is_even('\'')
        && !line.match_indices('(').any(runs);
    if is_harmless {
        return Cow::Borrowed(line);
    }
    let mut harmless = String::with_capacity(line.len() + 8);
    for sign in line.chars() {
        if "$`\"'\\;&|<>(){}[]*?!~^=#".contains(sign) {
            harmless.push('\\');
        }
        harmless.push(sign);
    }
    Cow::Owned(harmless)
}

/// A name for a file in the present folder, after the name of an object: neither a path, nor hidden, nor a flag.
pub fn file_name(stem: &str, ending: &str) -> String {
    let mut name = String::new();
    for character in stem.chars() {
        if name.len() >= LONGEST_FILE_NAME {
            break;
        }
        let is_plain = character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_');
        name.push(if is_plain { character } else { '_' });
    }
    if !name.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        name.insert_str(0, "saved");
    }
    format!("{name}.{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_words_stand_bare() {
        for (text, quoted, why) in [
            ("web-7d9f.v1_a", "web-7d9f.v1_a", "a name"),
            ("pod/web", "pod/web", "a resource"),
            (
                "a=b",
                "'a=b'",
                "zsh would look for a command at a beginning =",
            ),
            ("", "''", "nothing is a word, too"),
            ("a b", "'a b'", "blanks"),
            ("$(id)`id`", "'$(id)`id`'", "what would be run"),
            ("it's", r"'it'\''s'", "the quote itself"),
            ("a!b", "'a!b'", "the history of bash and zsh"),
            ("a{b,c}", "'a{b,c}'", "braces"),
            ("~root", "'~root'", "a home"),
            ("^a^b", "'^a^b'", "the history again, and zsh's globs"),
            ("a\nb\r", "'a\nb\r'", "line breaks"),
            ("a\u{a0}b", "'a\u{a0}b'", "a blank of another locale"),
        ] {
            assert_eq!(quote(text), quoted, "{why}");
        }
    }

    #[test]
    fn no_name_is_a_flag() {
        assert_eq!(operand("--all"), "./--all");
        assert_eq!(operand("-a b"), "./'-a b'");
        assert_eq!(resource("pod", "--all"), "pod/--all");
        assert_eq!(resource("--kubeconfig=x", "y"), "./'--kubeconfig=x/y'");
        assert_eq!(option("-n", "shop"), "-n shop");
        assert_eq!(option("-n", "-x"), "-n=-x");
        assert_eq!(option("--from", "-"), "--from -", "standard input");
        assert_eq!(option("--name", "--x y"), "--name='--x y'");
    }

    #[test]
    fn nothing_is_fetched() {
        assert_eq!(
            aws_option("--cluster-name", "file:///etc/passwd"),
            "--cluster-name ./file:///etc/passwd"
        );
        assert_eq!(aws_option("--cluster-name", "prod"), "--cluster-name prod");
    }

    #[test]
    fn comments_do_nothing_where_there_are_none() {
        for (line, wanted) in [
            ("Profile web claims 3 pods.", "Profile web claims 3 pods."),
            (
                "Profile \"web\" claims pod/web (1 pod).",
                "Profile \"web\" claims pod/web (1 pod).",
            ),
            ("pods of $(id)", r"pods of \$\(id\)"),
            ("it's", r"it\'s"),
            ("run `id`; id", r"run \`id\`\; id"),
            ("pod/x(e:id:)", r"pod/x\(e:id:\)"),
            ("in (reXidX)", r"in \(reXidX\)"),
        ] {
            assert_eq!(comment(line), wanted);
        }
    }

    #[test]
    fn files_stay_in_the_folder() {
        for (stem, name) in [
            ("web", "web.yaml"),
            ("../../etc/passwd", "saved.._.._etc_passwd.yaml"),
            ("/etc/cron.d/x", "saved_etc_cron.d_x.yaml"),
            ("-rf", "saved-rf.yaml"),
            ("", "saved.yaml"),
            ("a $(id)\n", "a___id__.yaml"),
        ] {
            assert_eq!(file_name(stem, "yaml"), name);
        }
        assert!(file_name(&"ü".repeat(9999), "yaml").len() < 255);
    }
}
