//! The binary against real parts: etcd, kube-apiserver, kube-scheduler and an EKS API, all on loopback.
//!
//! `tests/run` builds the parts and says where they are in `LAB_…` variables; without them the tests count as ignored (and
//! one line says why), except under `CI=true`, where that is a failure. The runner is libtest-mimic, because the servers
//! must be stopped after the last test, and because a test that cannot run here should not count as passed.
//!
//! To add a test: write `fn what_is_true(lab: &Lab)` in the module it belongs to and name it in that module's `tests!` list
//! (a test left out of the list is dead code, which the lints refuse). [`lab::Lab`] has everything a test needs.

mod completion;
mod documents;
mod eks;
mod eks_faults;
mod fix;
mod flags;
mod harness;
mod krew;
mod lab;
mod logins;
mod missing;
mod permissions;
mod placement;
mod profile_objects;
mod profiles;
mod report;
mod rights;
mod scale;
mod scenarios;
mod suggest;
mod surroundings;
mod watch;

#[path = "../support/markdown.rs"]
#[allow(dead_code, reason = "tests/readme.rs uses the rest")]
mod markdown;
#[path = "../support/promises.rs"]
mod promises;
#[path = "../support/running.rs"]
mod running;
#[path = "../support/scenario.rs"]
mod scenario;
#[path = "../support/shell.rs"]
mod shell;
#[path = "../support/terminal.rs"]
#[expect(dead_code, reason = "tests of pickers press the other keys")]
mod terminal;

// The cluster that the benchmark measures, and how it comes into an API server.
#[path = "../../benches/figures/cluster/mod.rs"]
mod cluster;
#[path = "../../benches/figures/server.rs"]
#[allow(dead_code, reason = "the benchmark uses the rest")]
mod server;

use std::{
    io::Write as _,
    process::ExitCode,
    sync::{Arc, OnceLock},
};

// Where the benchmark's modules look for it.
use lab::process;
use lab::{Lab, parts::Parts};
use libtest_mimic::{Arguments, Trial};

/// One live test: its name in the runner's output, and what it does.
#[derive(Clone, Copy)]
pub struct Test {
    name: &'static str,
    run: fn(&Lab),
}

/// Lists the tests of a module as its `TESTS`.
macro_rules! tests {
    ($($test:ident),* $(,)?) => {
        pub const TESTS: &[crate::Test] = &[$(crate::Test { name: concat!(module_path!(), "::", stringify!($test)), run: $test }),*];
    };
}
pub(crate) use tests;

/// The laboratory of this run: started by the first test that asks for it, stopped when the last owner lets go.
struct Shared {
    parts: Result<Parts, String>,
    lab: OnceLock<Result<Lab, String>>,
}

impl Shared {
    fn lab(&self) -> Result<&Lab, String> {
        let parts = self.parts.as_ref().map_err(Clone::clone)?;
        self.lab
            .get_or_init(|| Lab::start(parts))
            .as_ref()
            .map_err(|error| format!("the laboratory did not start: {error}"))
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let shared = Arc::new(Shared {
        parts: Parts::from_environment(),
        lab: OnceLock::new(),
    });
    let cannot_run = shared.parts.as_ref().err().cloned();
    if let Some(why) = &cannot_run {
        let _ = writeln!(
            std::io::stderr(),
            "live tests not run: {why}; tests/run sets that up"
        );
        if std::env::var("CI").is_ok_and(|ci| ci == "true") && !arguments.list {
            return ExitCode::FAILURE;
        }
    }

    let krew = krew::Krew::from_environment();
    if let Err(why) = &krew {
        let _ = writeln!(
            std::io::stderr(),
            "tests with krew not run: {why}; tests/run sets that up"
        );
        if std::env::var("CI").is_ok_and(|ci| ci == "true") && !arguments.list {
            return ExitCode::FAILURE;
        }
    }

    let mut trials = Vec::new();
    for test in [
        completion::TESTS,
        documents::TESTS,
        harness::TESTS,
        rights::TESTS,
        logins::TESTS,
        eks::TESTS,
        eks_faults::TESTS,
        fix::TESTS,
        flags::TESTS,
        missing::TESTS,
        permissions::TESTS,
        placement::TESTS,
        profile_objects::TESTS,
        profiles::TESTS,
        scale::TESTS,
        suggest::TESTS,
        surroundings::TESTS,
        watch::TESTS,
    ]
    .concat()
    {
        let shared = Arc::clone(&shared);
        trials.push(Trial::test(
            test.name.trim_start_matches("live::"),
            move || {
                (test.run)(shared.lab()?);
                Ok(())
            },
        ));
    }
    for scenario in scenarios::live_scenarios() {
        let shared = Arc::clone(&shared);
        trials.push(Trial::test(
            format!("scenarios::{}", scenario::name_of(&scenario.folder)),
            move || {
                scenarios::run(&scenario, shared.lab()?);
                Ok(())
            },
        ));
    }
    let mut trials: Vec<Trial> = trials
        .into_iter()
        .map(|trial| trial.with_ignored_flag(cannot_run.is_some()))
        .collect();
    // They need krew and an archive, and no cluster.
    let krew = Arc::new(krew);
    for (name, run) in krew::TESTS {
        let is_missing = krew.is_err();
        let krew = Arc::clone(&krew);
        let trial = Trial::test(format!("krew::{name}"), move || {
            run(krew.as_ref().as_ref().map_err(Clone::clone)?);
            Ok(())
        });
        trials.push(trial.with_ignored_flag(is_missing));
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    // Of every test that ran, whatever it was about.
    let requests = match shared.lab.get() {
        Some(Ok(lab)) => lab.our_requests(),
        _ => Vec::new(),
    };
    let beyond = permissions::beyond_the_table(&requests);
    drop(shared);
    for request in &beyond {
        let _ = writeln!(
            std::io::stderr(),
            "asked for what no right in src/report/permissions covers: {request:?}"
        );
    }
    if !beyond.is_empty() {
        return ExitCode::FAILURE;
    }
    conclusion.exit_code()
}
