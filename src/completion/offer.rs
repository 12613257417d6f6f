//! What to offer for the word being typed.

use clap::{Arg, ArgAction};

use super::typed::{Last, takes_value};
use super::values::{Values, operand, values_of};
use super::{Candidate, Lookup, Typed};
use crate::cli::CLUSTER;

/// What may stand in a word's place, as far as it is known without looking anything up.
#[derive(Debug, Default)]
pub struct Offer {
    /// Words that are known.
    pub words: Vec<Candidate>,
    /// Names to look up; each stands behind its own `before`.
    pub lookups: Vec<Lookup>,
    /// Names of files.
    pub files: bool,
}

impl Offer {
    /// Whether the shell is to put no blank behind the word: where all that is left to choose goes on.
    pub fn goes_on(candidates: &[Candidate]) -> bool {
        let goes_on = |candidate: &Candidate| candidate.word.ends_with(['/', '=']);
        !candidates.is_empty() && candidates.iter().all(goes_on)
    }
}

/// What to offer for the last word.
pub fn offer(typed: &Typed<'_>) -> Offer {
    match &typed.last {
        Last::Unknown => Offer::default(),
        Last::Flag => Offer {
            words: begun(flags(typed), &typed.word, false),
            ..Offer::default()
        },
        Last::Value(flag, before) => placed(values_of(flag, typed), typed, before),
        Last::Operand => {
            let mut offer = match operand(typed.command, typed.operands.len()) {
                Some(argument) => placed(values_of(argument, typed), typed, ""),
                None => Offer::default(),
            };
            if typed.operands.is_empty() {
                offer
                    .words
                    .extend(begun(subcommands(typed), &typed.word, false));
            }
            // What stands there already is not meant once more.
            let is_new = |candidate: &Candidate| !typed.operands.contains(&candidate.word);
            offer.words.retain(is_new);
            offer
        }
    }
}

/// The values behind what stands before them in their word, those that begin as the word does.
fn placed(values: Values, typed: &Typed<'_>, before: &str) -> Offer {
    let words = values.words.into_iter().map(|candidate| Candidate {
        word: format!("{before}{}", candidate.word),
        ..candidate
    });
    let lookups = values.lookups.into_iter().map(|lookup| Lookup {
        before: format!("{before}{}", lookup.before),
        ..lookup
    });
    Offer {
        words: begun(words.collect(), &typed.word, values.any_case),
        lookups: lookups.collect(),
        files: values.files,
    }
}

/// Those that begin so.
fn begun(mut candidates: Vec<Candidate>, word: &str, any_case: bool) -> Vec<Candidate> {
    let folded = |text: &str| match any_case {
        true => text.to_ascii_lowercase(),
        false => text.to_owned(),
    };
    candidates.retain(|candidate| folded(&candidate.word).starts_with(&folded(word)));
    candidates
}

fn subcommands(typed: &Typed<'_>) -> Vec<Candidate> {
    let shown = typed.command.get_subcommands();
    shown
        .filter(|subcommand| !subcommand.is_hide_set())
        .map(|subcommand| {
            let about = subcommand.get_about().map(ToString::to_string);
            Candidate::told(subcommand.get_name(), about.unwrap_or_default())
        })
        .collect()
}

/// The flags that may still be given. A letter is offered where nothing but a hyphen was typed, as kubectl does it.
fn flags(typed: &Typed<'_>) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    let wants_letters = !typed.word.starts_with("--");
    for flag in flags_here(typed) {
        if flag.is_hide_set() || is_settled(flag, typed) {
            continue;
        }
        let help = flag.get_help().map(ToString::to_string).unwrap_or_default();
        if let Some(letter) = flag.get_short().filter(|_| wants_letters) {
            candidates.push(Candidate::told(format!("-{letter}"), help.clone()));
        }
        if let Some(name) = flag.get_long() {
            candidates.push(Candidate::told(format!("--{name}"), help));
        }
    }
    candidates
}

/// The flags of the subcommand; before one, its own and those that say how the cluster is reached, which aliases put there.
fn flags_here<'c>(typed: &Typed<'c>) -> Vec<&'c Arg> {
    let arguments = typed.command.get_arguments();
    let mut flags: Vec<&Arg> = arguments
        .filter(|argument| !argument.is_positional())
        .collect();
    if typed.is_root {
        let explain = typed.command.find_subcommand("explain");
        let of_explain = explain
            .into_iter()
            .flat_map(|explain| explain.get_arguments());
        flags.extend(of_explain.filter(|flag| {
            flag.get_help_heading() == Some(CLUSTER) || flag.get_id() == "namespace"
        }));
    }
    flags
}

/// Whether a flag cannot be given any more: it was, or another that excludes it.
fn is_settled(flag: &Arg, typed: &Typed<'_>) -> bool {
    let is_repeated = matches!(flag.get_action(), ArgAction::Append | ArgAction::Count);
    let is_known = |other: &Arg| {
        let mut known = typed.command.get_arguments();
        known.any(|argument| argument.get_id() == other.get_id())
    };
    let excludes = |one: &Arg, other: &Arg| {
        let conflicts = match is_known(one) {
            true => typed.command.get_arg_conflicts_with(one),
            false => Vec::new(),
        };
        conflicts
            .iter()
            .any(|conflict| conflict.get_id() == other.get_id())
    };
    typed.flags.iter().any(|(given, value)| {
        let is_same = given.get_id() == flag.get_id();
        let is_on = takes_value(given) || value.as_deref() != Some("false");
        (is_same && !is_repeated)
            || (!is_same && is_on && (excludes(given, flag) || excludes(flag, given)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words that are offered for the last one of a line.
    fn offered(line: &str) -> Offer {
        let mut command = crate::cli::command();
        command.build();
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        offer(&Typed::read(&words, &command))
    }

    #[test]
    fn every_flag_is_offered_and_every_value_can_be_asked_for() {
        let mut command = crate::cli::command();
        command.build();
        for subcommand in command.get_subcommands() {
            let name = subcommand.get_name();
            let flags = offered(&format!("{name} --")).words;
            for flag in subcommand.get_arguments() {
                let Some(long) = flag.get_long().map(|long| format!("--{long}")) else {
                    continue;
                };
                let is_offered = flags.iter().any(|candidate| candidate.word == long);
                assert_eq!(is_offered, !flag.is_hide_set(), "{name} {long}");
                if !takes_value(flag) {
                    continue;
                }
                let [apart, together] =
                    [" ", "="].map(|sign| offered(&format!("{name} {long}{sign}")));
                assert_eq!(apart.files, together.files, "{name} {long}");
                let values = apart
                    .words
                    .iter()
                    .map(|value| format!("{long}={}", value.word));
                let together = together.words.iter().map(|value| value.word.clone());
                assert!(values.eq(together), "{name} {long}");
            }
        }
    }

    #[test]
    fn flags_that_take_a_path_are_completed_by_the_shell() {
        for line in [
            "explain --from ",
            "explain --profiles=a",
            "profiles --kubeconfig ",
            "explain --client-key ",
            "completion install --dir ",
        ] {
            let offer = offered(line);
            assert!(offer.files && offer.words.is_empty(), "{line}");
        }
    }

    #[test]
    fn before_the_subcommand_the_flags_of_the_cluster_are_offered() {
        let words: Vec<String> = offered("-")
            .words
            .into_iter()
            .map(|word| word.word)
            .collect();
        for (flag, wanted) in [
            ("--context", true),
            ("-n", true),
            ("--namespace", true),
            ("--as", true),
            ("--help", true),
            ("--no-headers", false),
        ] {
            assert_eq!(words.iter().any(|word| word == flag), wanted, "{flag}");
        }
    }
}
