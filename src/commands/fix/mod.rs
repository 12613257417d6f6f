//! `explain --fix`: shows the fix of one pod, tries it out, asks, runs it and follows the pod. Nothing is changed unasked.

mod plan;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::Duration;

use jiff::Timestamp;

use super::watch::{self, Following, Replaced};
use super::{gathering, output, pick};
use crate::cli::ExplainArguments;
use crate::decision::facts::{ClusterSnapshot, Kind, Uid, WorkloadKind};
use crate::decision::finding::{Action, Deed};
use crate::error::{Error, ErrorKind, Result};
use crate::exit;
use crate::prompt::Prompt;
use crate::render::fix::{self as draw, TrialView};
use crate::render::watch::ChangeView;
use crate::render::{Style, clean};
use crate::report::PodReport;
use crate::report::until::Until;
use crate::sources::Gathered;
use crate::sources::cluster::Manner;
use crate::sources::cluster::act::{Actor, Trial};
use crate::sources::kubeconfig::Access;
use crate::sources::live::{self, LiveOptions};
use crate::sources::question::{NamespaceScope, Purpose, Question, Target};
use plan::Offer;

/// How long new pods are followed, unless `--timeout` says otherwise.
const PATIENCE: Duration = Duration::from_secs(30 * 60);

/// Refuses what cannot be meant together with `--fix`.
///
/// # Errors
/// Usage.
pub fn check(arguments: &ExplainArguments) -> Result<()> {
    if !arguments.deed.fix {
        return Ok(());
    }
    let usage = |message: &str| Error::new(ErrorKind::Usage, message);
    if arguments.output.is_some() {
        return Err(
            usage("--fix shows and asks, which -o has no room for").next("leave out -o, or --fix")
        );
    }
    if !arguments.source.from.is_empty() {
        return Err(
            usage("--fix changes a live cluster, and --from names files").next(
                "leave out --fix, and run the commands of the answer where the files came from",
            ),
        );
    }
    Ok(())
}

/// The error of a question about several pods.
pub fn which_of(count: usize) -> Error {
    Error::new(
        ErrorKind::Usage,
        format!("--fix is about one pod, and this is about {count}"),
    )
    .next("name the pod: kubectl fargate explain lists them")
}

/// Fixes the pod that was explained, as far as the person wants it. The explanation has been written.
///
/// # Errors
/// Nobody who could be asked; a change that is refused or no longer fits; a terminal that cannot be written to.
pub fn run(arguments: &ExplainArguments, gathered: &Gathered, pod: &PodReport) -> Result<u8> {
    let style = output::style(arguments.color);
    let mut out = io::stdout().lock();
    let offers = plan::offers(pod);
    if pod.template {
        let words =
            "There is no pod of this workload, and --fix is about a pod. Nothing was changed.";
        return said(words, &mut out);
    }
    if offers.is_empty() {
        return said(plan::nothing_to_run(pod), &mut out);
    }
    let prompt = pick::prompt(&arguments.interaction, arguments.color);
    let offer = chosen(&offers, prompt.as_ref().ok())?;
    output::written(draw::offer(&offer.steps, &offer.by_hand, &style, &mut out))?;
    if arguments.source.demo {
        return said("The demo is no cluster: nothing is run.", &mut out);
    }
    let (access, options) = gathering::reach(&arguments.source)?;
    let deeds = Deeds {
        pod,
        offer,
        judged: &gathered.snapshot,
        access: &access,
        options: &options,
        style: &style,
    };
    // Whatever is not there any more: nothing is to be picked in its place.
    let after = gathering::run(deeds.done(prompt, &mut out)).map_err(|error| error.candidates([]));
    match after? {
        After::Ended(code) => Ok(code),
        After::Follow(question, replaced) => follow(arguments, question, replaced, &mut out),
    }
}

/// What is left to do once a person has been asked.
enum After {
    /// Nothing; the exit code.
    Ended(u8),
    /// The pods of this question are made again, these by others.
    Follow(Question, Replaced),
}

/// Follows the new pods until they have landed.
fn follow(
    arguments: &ExplainArguments,
    question: Question,
    replaced: Replaced,
    out: &mut dyn Write,
) -> Result<u8> {
    let following = Following {
        source: &arguments.source,
        question,
        all_namespaces: false,
        view: ChangeView::Line { wide: false },
        color: arguments.color,
        until: Some(Until::Landed),
        limit: Some(arguments.watch.timeout.unwrap_or(PATIENCE)),
        replaced: Some(replaced),
    };
    let code = watch::follow(following, |_, _| Ok(()))
        .map_err(|error| error.next("the change was made; only following the pods ended"))?;
    said("Landed.", out)?;
    Ok(code)
}

/// The fix that is meant: the first, unless the person picks another.
fn chosen<'o, 'r>(offers: &'o [Offer<'r>], prompt: Option<&Prompt>) -> Result<&'o Offer<'r>> {
    let index = match prompt {
        Some(prompt) if offers.len() > 1 => {
            let row = |offer: &Offer<'_>| {
                let steps: Vec<&str> = offer.steps.iter().map(|step| step.as_str()).collect();
                format!("{}: {}", offer.reason, steps.join("; "))
            };
            let rows: Vec<String> = offers.iter().map(row).collect();
            prompt.pick("Which fix?", &rows)?
        }
        _ => 0,
    };
    Ok(&offers[index])
}

fn said(words: &str, out: &mut dyn Write) -> Result<u8> {
    output::written(writeln!(out, "\n{}", clean(words)).and_then(|()| out.flush()))?;
    Ok(exit::ANSWERED)
}

/// A fix on its way.
struct Deeds<'a> {
    pod: &'a PodReport,
    offer: &'a Offer<'a>,
    judged: &'a ClusterSnapshot,
    access: &'a Access,
    options: &'a LiveOptions,
    style: &'a Style,
}

impl Deeds<'_> {
    async fn done(
        &self,
        prompt: std::result::Result<Prompt, &'static str>,
        out: &mut dyn Write,
    ) -> Result<After> {
        let ended = |words: &str, out: &mut dyn Write| said(words, out).map(After::Ended);
        let manner = Manner {
            patience: self.options.patience,
            page_size: self.options.page_size,
        };
        let actor = Actor::connect(self.access, manner).await?;
        let actions = self.offer.actions();
        let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let mut trials = actor.try_out(&actions, self.judged, &now).await?;
        output::written(self.draw(&trials, out))?;
        if trials.iter().all(Trial::is_idle) {
            return ended("That is so already: nothing is run.", out);
        }
        let prompt = prompt.map_err(unasked)?;
        let follow = self.question();
        let old = self.pods_of(follow.as_ref()).await?;
        output::written(writeln!(out).and_then(|()| out.flush()))?;
        if !prompt.confirm("Run it now?")? {
            return ended("Nothing was changed.", out);
        }
        let mut done: Vec<String> = Vec::new();
        for trial in &mut trials {
            if let Err(error) = actor.perform(trial).await {
                return Err(match done.as_slice() {
                    [] => error,
                    done => error.next(format!("done before that: {}", done.join(", "))),
                });
            }
            let what = match trial.deletion {
                Some(_) => "deleted",
                None => "changed",
            };
            let line = format!("{} {what}", trial.name());
            output::written(writeln!(out, "{}", clean(&line)).and_then(|()| out.flush()))?;
            done.push(line);
        }
        let Some(question) = follow else {
            let words = "Nobody can be followed: who makes the pods was not read.";
            return ended(words, out);
        };
        if !self.makes_new_pods(&actions) {
            let words = "The pods that are there stay; those made afterwards have it.";
            return ended(words, out);
        }
        output::written(
            writeln!(out, "\nFollowing the new pods; Ctrl-C ends only that.")
                .and_then(|()| out.flush()),
        )?;
        let all = !actions.iter().any(|action| action.deed == Deed::Delete);
        Ok(After::Follow(question, Replaced { uids: old, all }))
    }

    fn draw(&self, trials: &[Trial], out: &mut dyn Write) -> io::Result<()> {
        let owner = self.pod.owner.as_ref();
        let owner = owner.map(|owner| format!("{} {}", owner.kind, owner.name));
        let names: Vec<String> = trials.iter().map(Trial::name).collect();
        let views = trials.iter().zip(&names).map(|(trial, name)| TrialView {
            object: name,
            changes: &trial.changes,
            deletion: trial.deletion,
            remade_by: owner.as_deref(),
            keeper: trial.keeper.filter(|_| trial.deletion.is_none()),
        });
        let views: Vec<TrialView<'_>> = views.collect();
        draw::trials(&views, self.style, out)?;
        out.flush()
    }

    /// The question about the pods that are made again: those of the top-most owner that is known.
    fn question(&self) -> Option<Question> {
        let owner = self.pod.owner.as_ref()?;
        let is_meant = |kind: &WorkloadKind| kind.as_str() == owner.kind;
        let kind = WorkloadKind::ALL.into_iter().find(is_meant)?;
        Some(Question {
            purpose: Purpose::Placement,
            targets: vec![Target::Workload(kind, owner.name.clone())],
            namespace: NamespaceScope::One(self.pod.namespace.clone()),
            ..Question::default()
        })
    }

    /// The uids of the pods that a question is about.
    async fn pods_of(&self, question: Option<&Question>) -> Result<BTreeSet<Uid>> {
        let Some(question) = question else {
            return Ok(BTreeSet::new());
        };
        let gathered = live::look_again(self.access, question, self.options, self.judged).await?;
        let uids = gathered.snapshot.pods.iter().map(|pod| pod.uid.clone());
        Ok(uids.collect())
    }

    /// Whether the change makes new pods by itself.
    fn makes_new_pods(&self, actions: &[Action]) -> bool {
        let is_deletion = actions.iter().any(|action| action.deed == Deed::Delete);
        let waits_for_deletion = |action: &Action| {
            let kind = WorkloadKind::StatefulSet;
            let workload = self.judged.workload(kind, &action.namespace, &action.name);
            action.kind == Kind::StatefulSet && workload.is_some_and(|one| one.updates_on_delete)
                || action.kind == Kind::DaemonSet
        };
        is_deletion || !actions.iter().all(waits_for_deletion)
    }
}

/// The error where nobody can be asked.
fn unasked(why: &'static str) -> Error {
    Error::new(
        ErrorKind::Usage,
        "nothing was changed: --fix never acts unasked",
    )
    .cause(why)
    .next("run the commands above yourself, or ask again on a terminal")
}
