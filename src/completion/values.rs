//! What the values of flags and the operands of subcommands are: fixed words, names to look up, files.

use clap::{Arg, Command, ValueHint};

use super::{Candidate, Lookup, Typed};
use crate::decision::facts::Kind;
use crate::decision::placement::PlacementKind;
use crate::decision::rules;
use crate::report::until::parse_until;
use crate::sources::names::Wanted;
use crate::sources::question::{kind_of_type, type_names};

/// What may stand in one place.
#[derive(Debug, Default)]
pub struct Values {
    /// Words that are known.
    pub words: Vec<Candidate>,
    /// Names to look up.
    pub lookups: Vec<Lookup>,
    /// Names of files.
    pub files: bool,
    /// Whether upper and lower case are the same.
    pub any_case: bool,
}

impl Values {
    fn names(wanted: Wanted) -> Self {
        Self {
            lookups: vec![Lookup {
                wanted,
                before: String::new(),
            }],
            ..Self::default()
        }
    }
}

/// What the value of this flag, or of this operand, may be.
pub fn values_of(argument: &Arg, typed: &Typed<'_>) -> Values {
    let words: Vec<Candidate> = argument
        .get_possible_values()
        .into_iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| {
            let help = value.get_help().map(ToString::to_string);
            Candidate::told(value.get_name(), help.unwrap_or_default())
        })
        .collect();
    if !words.is_empty() {
        return Values {
            words,
            any_case: argument.is_ignore_case_set(),
            ..Values::default()
        };
    }
    match argument.get_value_hint() {
        ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath => {
            return Values {
                files: true,
                ..Values::default()
            };
        }
        _ => {}
    }
    match (typed.command.get_name(), argument.get_id().as_str()) {
        // `permissions` binds users that no kubeconfig names.
        ("permissions", "user") => Values::default(),
        ("profiles", "names") => Values::names(Wanted::Profiles),
        ("reasons", "names") => reasons(),
        ("explain" | "suggest", "names") => targets(typed),
        (_, "namespace") => Values::names(Wanted::Objects(Kind::Namespace)),
        (_, "context") => Values::names(Wanted::Contexts),
        (_, "cluster") => Values::names(Wanted::Clusters),
        (_, "user") => Values::names(Wanted::Users),
        (_, "aws_profile") => Values::names(Wanted::AwsProfiles),
        (_, "until") => until(),
        _ => Values::default(),
    }
}

fn reasons() -> Values {
    Values {
        words: rules::infos()
            .map(|info| Candidate::told(info.reason.as_str(), info.title))
            .collect(),
        any_case: true,
        ..Values::default()
    }
}

/// What can be waited for: a place, a reason, or that pods have come or gone.
fn until() -> Values {
    let mut values = reasons();
    // Some reasons never decide about a pod.
    values
        .words
        .retain(|reason| parse_until(&reason.word).is_ok());
    let places = PlacementKind::ALL
        .iter()
        .map(|place| Candidate::told(place.as_str(), "every pod is there"));
    let others = [
        Candidate::told("landed", "every pod is on a node that took it"),
        Candidate::told("deleted", "there is no pod left"),
    ];
    values.words.splice(0..0, places.chain(others));
    values
}

/// Pods, `TYPE/NAME` and `TYPE NAME`.
fn targets(typed: &Typed<'_>) -> Values {
    // A name cannot be given together with a selector.
    if typed.has("selector") || typed.has("field_selector") {
        return Values::default();
    }
    let named = |kind, before: &str| Values {
        lookups: vec![Lookup {
            wanted: Wanted::Objects(kind),
            before: before.to_owned(),
        }],
        ..Values::default()
    };
    if let Some((type_name, _)) = typed.word.split_once('/') {
        return match kind_of_type(type_name) {
            Some(kind) if !begins_with_type(typed) => named(kind, &format!("{type_name}/")),
            _ => Values::default(),
        };
    }
    if begins_with_type(typed)
        && let Some(kind) = typed.operands.first().and_then(|word| kind_of_type(word))
    {
        return named(kind, "");
    }
    Values {
        words: type_names()
            .map(|name| Candidate::new(format!("{name}/")))
            .collect(),
        ..named(Kind::Pod, "")
    }
}

/// Whether the first operand is a type whose names follow.
fn begins_with_type(typed: &Typed<'_>) -> bool {
    let first = typed.operands.first();
    first.is_some_and(|word| !word.contains('/') && kind_of_type(word).is_some())
}

/// The operand that stands at this place; the last one may be repeated.
pub fn operand(command: &Command, at: usize) -> Option<&Arg> {
    let operands: Vec<&Arg> = command.get_positionals().collect();
    let repeated = operands.last().filter(|last| {
        matches!(last.get_action(), clap::ArgAction::Append)
            || last
                .get_num_args()
                .is_some_and(|range| range.max_values() > 1)
    });
    operands.get(at).or(repeated).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_can_be_waited_for_is_offered_and_nothing_else() {
        let words = until().words;
        for Candidate { word, .. } in &words {
            assert!(parse_until(word).is_ok(), "{word}");
        }
        let has = |word: &str| words.iter().any(|candidate| candidate.word == word);
        for word in ["Fargate", "EC2", "landed", "deleted", "MatchedProfile"] {
            assert!(has(word), "{word}");
        }
        assert!(!has("RoundedUp"), "it is never why a pod is where it is");
    }
}
