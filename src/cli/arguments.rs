//! The words of the command line, brought into the order and the form in which our parser takes what kubectl's takes: flags
//! before the subcommand, `--flag=true` for flags without a value, `--all_namespaces`.
//!
//! Source: cobra's `Command.Find`, pflag's `parseLongArg` and `parseShortArg`, component-base's `WordSepNormalizeFunc`.

use std::ffi::OsString;

use clap::{Arg, ArgAction, Command};

/// The words as our parser takes them. What is not known is left where it is, so that the parser complains of it.
pub fn in_our_form(words: Vec<OsString>, command: &Command) -> Vec<OsString> {
    // Words that are no text are files or nothing that we know.
    let Ok(words) = words
        .iter()
        .map(|word| word.clone().into_string())
        .collect::<Result<Vec<String>, _>>()
    else {
        return words;
    };
    let words = subcommand_first(words, command);
    let subcommand = words.get(1).and_then(|name| command.find_subcommand(name));
    let words = match subcommand {
        Some(subcommand) => with_plain_switches(words, subcommand),
        None => words,
    };
    words.into_iter().map(OsString::from).collect()
}

/// What a word is to the parser.
pub(crate) enum Shape<'a> {
    /// A flag that we know, and whether the next word is its value.
    Flag(&'a Arg, bool),
    /// A flag that we do not know.
    Unknown,
    /// No flag.
    Other,
}

/// What a word is, with `known` to find flags by their long name or letter.
pub(crate) fn shape<'a>(word: &str, known: &dyn Fn(&str) -> Option<&'a Arg>) -> Shape<'a> {
    let takes_value = |argument: &Arg| {
        let least = argument.get_num_args().map(|range| range.min_values());
        argument.get_action().takes_values() && least != Some(0)
    };
    if let Some(long) = word.strip_prefix("--").filter(|long| !long.is_empty()) {
        let (name, has_value) = match long.split_once('=') {
            Some((name, _)) => (name, true),
            None => (long, false),
        };
        return match known(&with_hyphens(name)) {
            Some(argument) => Shape::Flag(argument, !has_value && takes_value(argument)),
            None => Shape::Unknown,
        };
    }
    let Some(letters) = word
        .strip_prefix('-')
        .filter(|letters| !letters.is_empty() && *letters != "-")
    else {
        return Shape::Other;
    };
    let mut last = None;
    for (at, letter) in letters.char_indices() {
        let Some(argument) = known(&letter.to_string()) else {
            return Shape::Unknown;
        };
        if takes_value(argument) {
            return Shape::Flag(argument, letters.len() == at + letter.len_utf8());
        }
        last = Some(argument);
        if letters[at + letter.len_utf8()..].starts_with('=') {
            break;
        }
    }
    last.map_or(Shape::Other, |argument| Shape::Flag(argument, false))
}

/// kubectl takes underscores in the names of flags for hyphens.
fn with_hyphens(name: &str) -> String {
    name.replace('_', "-")
}

/// The argument that has this long name, or this letter.
pub(crate) fn find<'a>(command: &'a Command, name: &str) -> Option<&'a Arg> {
    command.get_arguments().find(|argument| {
        let is_short = argument
            .get_short()
            .is_some_and(|short| name.len() == short.len_utf8() && name.starts_with(short));
        is_short || argument.get_long() == Some(name)
    })
}

/// Puts flags that stand before the subcommand behind it. Those that say how the cluster is reached may stand before any, because
/// aliases put them there; they are left out where no cluster is reached.
fn subcommand_first(words: Vec<String>, command: &Command) -> Vec<String> {
    let known = |name: &str| {
        command
            .get_subcommands()
            .find_map(|subcommand| find(subcommand, name))
    };
    let mut flags: Vec<(&Arg, usize)> = Vec::new();
    let mut at = 1;
    while let Some(word) = words.get(at) {
        match shape(word, &known) {
            Shape::Flag(argument, takes_next)
                if !matches!(
                    argument.get_action(),
                    ArgAction::Help
                        | ArgAction::HelpLong
                        | ArgAction::HelpShort
                        | ArgAction::Version
                ) =>
            {
                let count = 1 + usize::from(takes_next && at + 1 < words.len());
                flags.push((argument, count));
                at += count;
            }
            Shape::Other => break,
            _ => return words,
        }
    }
    if flags.is_empty() {
        return words;
    }
    let mut words = words.into_iter();
    let mut ordered: Vec<String> = words.by_ref().take(1).collect();
    let flag_words: Vec<String> = words.by_ref().take(at - 1).collect();
    let Some(name) = words.next() else {
        // Flags alone ask for nothing, as no words at all do.
        return ordered;
    };
    let subcommand = command.find_subcommand(&name);
    ordered.push(name);
    let mut flag_words = flag_words.into_iter();
    for (argument, count) in flags {
        let these: Vec<String> = flag_words.by_ref().take(count).collect();
        let is_of_cluster = argument.get_help_heading() == Some(super::CLUSTER);
        let is_known = subcommand.is_none_or(|subcommand| {
            subcommand
                .get_arguments()
                .any(|known| known.get_id() == argument.get_id())
        });
        if is_known || !is_of_cluster {
            ordered.extend(these);
        }
    }
    ordered.extend(words);
    ordered
}

/// Writes `--flag=true` as `--flag`, and leaves out what `--flag=false` takes back.
fn with_plain_switches(words: Vec<String>, subcommand: &Command) -> Vec<String> {
    let known = |name: &str| find(subcommand, name);
    let mut plain: Vec<String> = Vec::with_capacity(words.len());
    let mut words = words.into_iter();
    plain.extend(words.by_ref().take(2));
    while let Some(word) = words.next() {
        if word == "--" {
            plain.push(word);
            break;
        }
        let (flag, value) = match word.split_once('=') {
            Some((flag, value)) => (flag, Some(value)),
            None => (word.as_str(), None),
        };
        match shape(&word, &known) {
            Shape::Flag(argument, _) if matches!(argument.get_action(), ArgAction::SetTrue) => {
                let flag = match flag.starts_with("--") {
                    true => with_hyphens(flag),
                    false => flag.to_owned(),
                };
                match value.map(truth) {
                    None => plain.push(flag),
                    Some(Some(true)) => plain.push(flag),
                    Some(Some(false)) => {
                        let is_same = |word: &String| matches!(shape(word, &known), Shape::Flag(other, _) if other.get_id() == argument.get_id());
                        let kept = plain.split_off(2).into_iter();
                        plain.extend(kept.filter(|word| !is_same(word)));
                    }
                    Some(None) => plain.push(word),
                }
            }
            Shape::Flag(_, takes_next) => {
                match flag.starts_with("--") {
                    true => plain.push(match value {
                        Some(value) => format!("{}={value}", with_hyphens(flag)),
                        None => with_hyphens(flag),
                    }),
                    false => plain.push(word),
                }
                if takes_next {
                    plain.extend(words.next());
                }
            }
            Shape::Unknown | Shape::Other => plain.push(word),
        }
    }
    plain.extend(words);
    plain
}

/// A truth value as Go reads it.
fn truth(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn words_come_as_our_parser_takes_them() {
        for (typed, wanted, why) in [
            ("explain -n shop", "explain -n shop", "in order already"),
            (
                "-n shop explain web",
                "explain -n shop web",
                "a flag with its value",
            ),
            ("-nshop -A explain", "explain -nshop -A", "letters"),
            ("-An shop explain", "explain -An shop", "letters together"),
            (
                "--context=prod explain",
                "explain --context=prod",
                "a value behind =",
            ),
            (
                "--context prod --as me profiles",
                "profiles --context prod --as me",
                "several",
            ),
            (
                "--context prod reasons",
                "reasons",
                "where no cluster is reached",
            ),
            ("--demo explain", "explain --demo", "a flag of ours"),
            ("-n shop", "", "flags alone"),
            ("--help explain", "--help explain", "help is the parser's"),
            (
                "--nonsense explain",
                "--nonsense explain",
                "so are unknown flags",
            ),
            (
                "explain -A=true",
                "explain -A",
                "true is what the flag says",
            ),
            (
                "explain --all-namespaces=1",
                "explain --all-namespaces",
                "as Go has it",
            ),
            (
                "explain -A --all-namespaces=false",
                "explain",
                "the last one wins",
            ),
            (
                "explain --no-headers=maybe",
                "explain --no-headers=maybe",
                "the parser complains",
            ),
            (
                "explain --all_namespaces",
                "explain --all-namespaces",
                "underscores",
            ),
            (
                "explain --field_selector=a=b",
                "explain --field-selector=a=b",
                "and values keep theirs",
            ),
            (
                "explain -l --demo=false",
                "explain -l --demo=false",
                "a value is no flag",
            ),
            (
                "explain -- --demo=false",
                "explain -- --demo=false",
                "nor is what follows --",
            ),
        ] {
            let command = Cli::command();
            let words = ["kubectl-fargate"]
                .into_iter()
                .chain(typed.split_whitespace());
            let found = in_our_form(words.map(OsString::from).collect(), &command);
            let found: Vec<String> = found
                .into_iter()
                .skip(1)
                .map(|word| word.into_string().expect("it was text"))
                .collect();
            assert_eq!(found.join(" "), wanted, "{why}");
        }
    }
}
