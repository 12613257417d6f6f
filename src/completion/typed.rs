//! The words typed so far, read by the command line's own description.

use clap::{Arg, ArgAction, Command};

use crate::cli::arguments::{Shape, find, shape};

/// The words typed so far, and what the last one is.
#[derive(Debug)]
pub struct Typed<'c> {
    /// The subcommand that was named, else the whole command.
    pub command: &'c Command,
    /// Whether that is the whole command still.
    pub is_root: bool,
    /// The flags before the last word, with their values.
    pub flags: Vec<(&'c Arg, Option<String>)>,
    /// The words before the last that are neither.
    pub operands: Vec<String>,
    /// What the last word is.
    pub last: Last<'c>,
    /// The last word.
    pub word: String,
}

/// What the last word is.
#[derive(Debug)]
pub enum Last<'c> {
    /// The value of a flag, and what stands before it in the same word.
    Value(&'c Arg, String),
    /// A flag.
    Flag,
    /// Neither: a subcommand or an operand.
    Operand,
    /// Something behind a flag that is not known.
    Unknown,
}

impl<'c> Typed<'c> {
    /// Reads the words behind the program's name; the last is the one being typed. `command` must be built.
    pub fn read(words: &[String], root: &'c Command) -> Self {
        let (word, words) = match words.split_last() {
            Some((last, before)) => (last.clone(), before),
            None => (String::new(), words),
        };
        let mut typed = Self {
            command: root,
            is_root: true,
            flags: Vec::new(),
            operands: Vec::new(),
            last: Last::Operand,
            word,
        };
        let mut awaits: Option<&Arg> = None;
        let mut all_operands = false;
        for word in words {
            if let Some(flag) = awaits.take() {
                typed.flags.push((flag, Some(word.clone())));
                continue;
            }
            if all_operands {
                typed.operands.push(word.clone());
            } else if word == "--" {
                all_operands = true;
            } else if let Some(flag) = typed.flag(word) {
                let has_value = takes_value(flag.argument);
                match flag.value {
                    None if has_value => awaits = Some(flag.argument),
                    value => typed.flags.push((flag.argument, value)),
                }
            } else if !word.starts_with('-') || word == "-" {
                typed.operand(word);
            }
        }
        typed.last = match awaits {
            Some(flag) => Last::Value(flag, String::new()),
            None if all_operands => Last::Operand,
            None => typed.last(),
        };
        typed
    }

    /// What the last word is, where nothing before it says so.
    fn last(&self) -> Last<'c> {
        if !self.word.starts_with('-') {
            return Last::Operand;
        }
        match self.flag(&self.word) {
            // `-n` alone is still the flag: who wants its value types on, or a blank.
            Some(Flag {
                argument,
                value: Some(value),
                ..
            }) if takes_value(argument) => {
                let before = self.word.len().saturating_sub(value.len());
                Last::Value(
                    argument,
                    self.word.get(..before).unwrap_or_default().to_owned(),
                )
            }
            Some(_) => Last::Flag,
            None if self.word.contains('=') => Last::Unknown,
            None => Last::Flag,
        }
    }

    fn operand(&mut self, word: &str) {
        let subcommand = self.command.find_subcommand(word);
        match subcommand.filter(|_| self.operands.is_empty()) {
            Some(subcommand) => {
                self.command = subcommand;
                self.is_root = false;
            }
            None => self.operands.push(word.to_owned()),
        }
    }

    /// The flag in this word, which may hold its value; of several letters, the last.
    fn flag(&self, word: &str) -> Option<Flag<'c>> {
        let known = |name: &str| self.find(name);
        let Shape::Flag(argument, _) = shape(word, &known) else {
            return None;
        };
        let value = match word.strip_prefix("--") {
            Some(long) => long.split_once('=').map(|(_, value)| value.to_owned()),
            None => {
                let letter = argument.get_short()?;
                // The letters before it are flags without a value, so the first of this letter is the one.
                let (_, rest) = word.split_once(letter)?;
                let value = rest.strip_prefix('=').unwrap_or(rest);
                (!rest.is_empty()).then(|| value.to_owned())
            }
        };
        Some(Flag { argument, value })
    }

    /// The flag of this long name or letter. Before the subcommand, it may be a flag of any.
    pub fn find(&self, name: &str) -> Option<&'c Arg> {
        find(self.command, name).or_else(|| {
            let subcommands = self.command.get_subcommands();
            subcommands
                .filter(|_| self.is_root)
                .find_map(|subcommand| find(subcommand, name))
        })
    }

    /// The last value of the flag with this name.
    pub fn value_of(&self, id: &str) -> Option<&str> {
        let flags = self.flags.iter().rev();
        flags
            .filter(|(flag, _)| flag.get_id() == id)
            .find_map(|(_, value)| value.as_deref())
    }

    /// Whether the flag with this name was given, and not taken back.
    pub fn has(&self, id: &str) -> bool {
        let given = self
            .flags
            .iter()
            .rev()
            .find(|(flag, _)| flag.get_id() == id);
        given.is_some_and(|(_, value)| value.as_deref() != Some("false"))
    }
}

struct Flag<'c> {
    argument: &'c Arg,
    value: Option<String>,
}

/// Whether a flag takes a value.
pub fn takes_value(argument: &Arg) -> bool {
    matches!(argument.get_action(), ArgAction::Set | ArgAction::Append)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with<T>(line: &str, look: impl FnOnce(&Typed<'_>) -> T) -> T {
        let mut command = crate::cli::command();
        command.build();
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        look(&Typed::read(&words, &command))
    }

    #[test]
    fn the_last_word_is_known_by_those_before_it() {
        for (line, wanted) in [
            ("", "kubectl-fargate operand"),
            ("expl", "kubectl-fargate operand"),
            ("explain ", "explain operand"),
            ("explain we", "explain operand"),
            ("explain -", "explain flag"),
            ("explain --na", "explain flag"),
            ("explain -n", "explain flag"),
            ("explain -n ", "explain value of namespace"),
            ("explain -n sh", "explain value of namespace"),
            ("explain -nsh", "explain value of namespace behind -n"),
            ("explain -An ", "explain value of namespace"),
            ("explain -Ansh", "explain value of namespace behind -An"),
            ("explain -n=sh", "explain value of namespace behind -n="),
            (
                "explain --namespace=",
                "explain value of namespace behind --namespace=",
            ),
            ("explain -n shop ", "explain operand"),
            ("explain -A ", "explain operand"),
            ("-n shop explain ", "explain operand"),
            ("--context ", "kubectl-fargate value of context"),
            ("--context prod expl", "kubectl-fargate operand"),
            ("explain web -n ", "explain value of namespace"),
            ("explain -- -n", "explain operand"),
            ("explain --no-such=x", "explain unknown"),
            ("explain --no-such ", "explain operand"),
            ("help expl", "help operand"),
            ("explain -l app=web -n ", "explain value of namespace"),
        ] {
            let found = with(line, |typed| {
                let last = match &typed.last {
                    Last::Value(flag, before) if before.is_empty() => {
                        format!("value of {}", flag.get_id())
                    }
                    Last::Value(flag, before) => {
                        format!("value of {} behind {before}", flag.get_id())
                    }
                    Last::Flag => "flag".to_owned(),
                    Last::Operand => "operand".to_owned(),
                    Last::Unknown => "unknown".to_owned(),
                };
                format!("{} {last}", typed.command.get_name())
            });
            assert_eq!(found, wanted, "{line:?}");
        }
    }

    #[test]
    fn flags_and_operands_before_are_kept() {
        with(
            "-n shop explain web --from a --from=b -A deployment ",
            |typed| {
                assert_eq!(typed.operands, ["web", "deployment"]);
                assert_eq!(typed.value_of("namespace"), Some("shop"));
                assert_eq!(typed.value_of("from"), Some("b"), "the last one");
                assert!(typed.has("all_namespaces") && !typed.has("demo"));
            },
        );
        with("explain --demo=false ", |typed| assert!(!typed.has("demo")));
    }
}
