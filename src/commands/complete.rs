//! What shells ask when TAB is pressed: what may stand where a word is being typed.
//!
//! It is quick, and silent whatever happens: what is known without the network is told in any case, names of a cluster if they come
//! in time. Nothing that is started here can reach the terminal.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use clap::{Args as _, FromArgMatches as _};

use super::{gathering, output};
use crate::cli::{self, SourceArguments, Typing};
use crate::completion::{self, Candidate, Cut, Directive, Offer, Typed, offer};
use crate::error::Result;
use crate::exit;
use crate::sources::Input;
use crate::sources::aws::EksFlags;
use crate::sources::kubeconfig::{end_login_plugins, parse_request_timeout};
use crate::sources::names::{self, Place};

/// How long the person waits at the most; the rest of the second is for starting and for drawing.
const LIMIT: Duration = Duration::from_millis(900);
/// Sets another limit, for login plugins that take longer.
const LIMIT_VARIABLE: &str = "KUBECTL_FARGATE_COMPLETION_TIMEOUT";

/// Writes what may stand there and returns the exit code, which is always that of an answer.
///
/// # Errors
/// An answer that cannot be written; a closed pipe is none.
pub fn run(typing: &Typing) -> Result<u8> {
    let limit = limit(std::env::var(LIMIT_VARIABLE).ok().as_deref());
    cut_off();
    let (candidates, directive) = answer(typing, limit);
    end_login_plugins();
    let mut stdout = io::stdout().lock();
    let written = completion::write(&candidates, directive, &mut stdout);
    output::written(written.and_then(|()| stdout.flush()))?;
    Ok(exit::ANSWERED)
}

fn limit(variable: Option<&str>) -> Duration {
    let asked = variable.and_then(|text| parse_request_timeout(text).ok());
    asked.and_then(|patience| patience.whole()).unwrap_or(LIMIT)
}

/// Takes terminal, standard input and standard error from this process and all that it starts: a login plugin that would ask gets
/// no answer and no ear.
#[cfg(unix)]
fn cut_off() {
    // Whoever leads a group of processes cannot leave it: then it was started by hand, and there is no TAB to wait for.
    let _ = rustix::process::setsid();
    let nothing = std::fs::File::options()
        .read(true)
        .write(true)
        .open("/dev/null");
    if let Ok(nothing) = nothing {
        let _ = rustix::stdio::dup2_stdin(&nothing);
        let _ = rustix::stdio::dup2_stderr(&nothing);
    }
}

/// The scripts that call this give it neither.
#[cfg(not(unix))]
fn cut_off() {}

fn answer(typing: &Typing, limit: Duration) -> (Vec<Candidate>, Directive) {
    let until = Instant::now() + limit;
    let mut command = cli::command();
    command.build();
    let typed = Typed::read(&typing.words, &command);
    let Offer {
        words: mut candidates,
        lookups,
        files,
    } = offer(&typed);

    let (told, names) = mpsc::channel();
    if let Some(place) = place(&typed) {
        for lookup in lookups {
            let (told, place) = (told.clone(), place.clone());
            let begun = typed.word.strip_prefix(lookup.before.as_str());
            let begun = begun.unwrap_or_default().to_owned();
            // Files are read, and names resolved, by calls that cannot be given up; a thread can.
            std::thread::spawn(move || {
                let mut tell = |names: Vec<String>| {
                    let words = names.iter().map(|name| format!("{}{name}", lookup.before));
                    // Nobody listens any more when the time is up.
                    let _ = told.send(words.collect::<Vec<_>>());
                };
                let _ = names::tell(&place, lookup.wanted, &begun, limit, &mut tell);
            });
        }
    }
    drop(told);
    let mut found = Vec::new();
    while let Ok(names) = names.recv_timeout(until.saturating_duration_since(Instant::now())) {
        found.extend(names);
    }
    found.retain(|word| word.starts_with(&typed.word) && !typed.operands.contains(word));
    // Names come first: they are what is asked for, and types the way to others.
    let names: Vec<Candidate> = found.into_iter().map(Candidate::new).collect();
    candidates.splice(0..0, names);
    let mut seen = std::collections::BTreeSet::new();
    candidates.retain(|candidate| seen.insert(candidate.word.clone()));

    let directive = match (files, Offer::goes_on(&candidates)) {
        (true, _) => Directive::Files,
        (false, true) => Directive::NoFilesNoSpace,
        (false, false) => Directive::NoFiles,
    };
    let cut = Cut::new(&typed.word, typing.replaced.as_deref());
    for candidate in &mut candidates {
        candidate.word = cut.of(&candidate.word).to_owned();
    }
    (candidates, directive)
}

/// Where the flags typed so far say that names are; `None` where they cannot be meant together.
fn place(typed: &Typed<'_>) -> Option<Place> {
    let command = clap::Command::new("names")
        .no_binary_name(true)
        .args_override_self(true);
    let command = SourceArguments::augment_args(command);
    let is_source = |id: &clap::Id| command.get_arguments().any(|known| known.get_id() == id);
    let words: Vec<String> = typed
        .flags
        .iter()
        .filter(|(flag, _)| is_source(flag.get_id()))
        .filter_map(|(flag, value)| {
            let long = flag.get_long()?;
            match (flag.get_action().takes_values(), value) {
                (true, Some(value)) => Some(format!("--{long}={value}")),
                (false, Some(value)) if value == "false" => None,
                _ => Some(format!("--{long}")),
            }
        })
        .collect();
    let matches = command.try_get_matches_from(words).ok()?;
    let source = SourceArguments::from_arg_matches(&matches).ok()?;
    let mut flags = gathering::kubeconfig_flags(&source.connection);
    flags.kubeconfig = flags.kubeconfig.map(|path| at_home(&path));
    let inputs = |paths: &[PathBuf]| {
        paths
            .iter()
            .map(|path| Input::from(at_home(path)))
            .collect()
    };
    Some(Place {
        demo: source.demo,
        from: inputs(&source.from),
        profiles: inputs(&source.profiles),
        flags,
        eks: EksFlags {
            cluster_name: source.cluster_name,
            region: source.region,
            aws_profile: source.aws_profile,
        },
        namespace: typed
            .value_of("namespace")
            .filter(|namespace| !namespace.is_empty())
            .map(str::to_owned),
        all_namespaces: typed.has("all_namespaces"),
    })
}

/// The path with `~` as a shell would have it by now; words that are being completed come as they were typed.
fn at_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> (Vec<String>, Directive) {
        let typing = Typing {
            words: line.split(' ').map(str::to_owned).collect(),
            replaced: None,
        };
        let (candidates, directive) = answer(&typing, Duration::from_secs(20));
        let words = candidates.into_iter().map(|candidate| candidate.word);
        (words.collect(), directive)
    }

    #[test]
    fn the_demo_is_completed() {
        for (line, wanted) in [
            ("expl", "explain :NoFiles"),
            ("re", "reasons :NoFiles"),
            ("help su", "suggest :NoFiles"),
            ("completion p", "powershell :NoFiles"),
            ("explain --demo -n sho", "shop :NoFiles"),
            ("explain --demo -nsho", "-nshop :NoFiles"),
            ("explain --demo --namespace=sho", "shop :NoFiles"),
            ("explain --demo cart", "cart-0 :NoFiles"),
            ("explain --demo -n batch cart", " :NoFiles"),
            ("explain --demo -n shop cart-0 cart", " :NoFiles"),
            ("explain --demo statef", "statefulset/ :NoFilesNoSpace"),
            ("explain --demo sts/ca", "sts/cart :NoFiles"),
            ("explain --demo -n shop statefulset ca", "cart :NoFiles"),
            ("explain --demo statefulset ca/", " :NoFiles"),
            ("explain --demo service/c", " :NoFiles"),
            ("explain --demo -l app=web ca", " :NoFiles"),
            ("suggest --demo -n shop sts/ca", "sts/cart :NoFiles"),
            ("explain -o y", "yaml :NoFiles"),
            ("explain -o jsonp", "jsonpath= :NoFilesNoSpace"),
            ("explain --color=al", "always :NoFiles"),
            ("explain --kubeconfig ", " :Files"),
            ("explain --from=a", " :Files"),
            ("explain --profi", "--profiles :NoFiles"),
            ("explain --demo --conte", " :NoFiles"),
            ("explain --context x --conte", " :NoFiles"),
            ("explain --from x --fro", "--from :NoFiles"),
            ("--context x --clu", "--cluster :NoFiles"),
            ("reasons toob", "TooBig :NoFiles"),
            ("reasons TooBig TooB", " :NoFiles"),
            ("permissions ia", "iam :NoFiles"),
            ("nonsense ", " :NoFiles"),
            ("explain --nonsense=", " :NoFiles"),
            ("explain --at ", " :NoFiles"),
            ("explain --demo --from x ca", " :NoFiles"),
        ] {
            let (words, directive) = words(line);
            assert_eq!(
                format!("{} :{directive:?}", words.join(" ")),
                wanted,
                "{line}"
            );
        }
    }

    #[test]
    fn profiles_come_from_where_the_flags_say() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("profiles.json");
        let profile = |name: &str| {
            format!(
                r#"{{"fargateProfile":{{"fargateProfileName":"{name}","selectors":[{{"namespace":"shop"}}]}}}}"#
            )
        };
        let text = ["apps", "a$(id)", "batch"].map(profile).join("\n");
        std::fs::write(&path, text).expect("the folder is ours");
        let line = format!("profiles --profiles {} ", path.display());
        assert_eq!(words(&line).0, ["apps", "batch"]);
        assert!(!words("profiles --demo ").0.is_empty());
    }

    #[test]
    fn another_limit_is_taken_where_it_is_one() {
        assert_eq!(limit(Some("3s")), Duration::from_secs(3));
        for none in [None, Some(""), Some("0"), Some("soon")] {
            assert_eq!(limit(none), LIMIT, "{none:?}");
        }
    }
}
