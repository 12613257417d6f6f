//! `explain --fix`: shows the fix of one pod, tries it out, asks, runs it and follows the pod. Nothing is changed unasked.

mod follow;
mod plan;

use std::collections::BTreeSet;
use std::io::{self, Write};

use jiff::Timestamp;

use super::{gathering, output, pick};
use crate::cli::ExplainArguments;
use crate::decision::facts::{ClusterSnapshot, Kind, WorkloadKind};
use crate::decision::finding::{Action, Deed};
use crate::error::{Error, ErrorKind, Result};
use crate::exit;
use crate::prompt::Prompt;
use crate::render::fix::{self as draw, TrialView};
use crate::render::{Style, clean};
use crate::report::PodReport;
use crate::sources::Gathered;
use crate::sources::cluster::Manner;
use crate::sources::cluster::act::{Actor, Trial};
use crate::sources::kubeconfig::Access;
use crate::sources::live::LiveOptions;
use crate::sources::question::{NamespaceScope, Purpose, Question, Target};
use follow::{Followed, Landing};
use plan::Offer;

/// The exit code where the change was made, and the new pods did not land.
const NOT_LANDED: u8 = 1;

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
    gathering::run(deeds.done(prompt, &mut out)).map_err(|error| error.candidates([]))
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
    ) -> Result<u8> {
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
            return said("That is so already: nothing is run.", out);
        }
        let prompt = prompt.map_err(unasked)?;
        let follow = self.question();
        let old = self.old_pods(follow.as_ref()).await?;
        output::written(writeln!(out).and_then(|()| out.flush()))?;
        if !prompt.confirm("Run it now?")? {
            return said("Nothing was changed.", out);
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
        match follow {
            Some(question) => self.follow(&question, &old, &actions, out).await,
            None => said(
                "Nobody can be followed: who makes the pods was not read.",
                out,
            ),
        }
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

    fn followed<'f>(
        &'f self,
        question: &'f Question,
        old: &'f BTreeSet<String>,
        all: bool,
    ) -> Followed<'f> {
        Followed {
            access: self.access,
            options: self.options,
            question,
            judged: self.judged,
            old,
            all,
        }
    }

    async fn old_pods(&self, question: Option<&Question>) -> Result<BTreeSet<String>> {
        let none = BTreeSet::new();
        match question {
            Some(question) => follow::pods_of(&self.followed(question, &none, true)).await,
            None => Ok(none),
        }
    }

    /// Follows the pods, where the change makes new ones.
    async fn follow(
        &self,
        question: &Question,
        old: &BTreeSet<String>,
        actions: &[Action],
        out: &mut dyn Write,
    ) -> Result<u8> {
        let is_deletion = actions.iter().any(|action| action.deed == Deed::Delete);
        let waits_for_deletion = |action: &Action| {
            let kind = WorkloadKind::StatefulSet;
            let workload = self.judged.workload(kind, &action.namespace, &action.name);
            action.kind == Kind::StatefulSet && workload.is_some_and(|one| one.updates_on_delete)
                || action.kind == Kind::DaemonSet
        };
        if !is_deletion && actions.iter().all(waits_for_deletion) {
            return said(
                "The pods that are there stay; those made afterwards have it.",
                out,
            );
        }
        output::written(
            writeln!(out, "\nFollowing the new pods; Ctrl-C ends only that.")
                .and_then(|()| out.flush()),
        )?;
        let followed = self.followed(question, old, !is_deletion);
        let landing = follow::until_landed(&followed, self.style, out)
            .await
            .map_err(|error| error.next("the change was made; only following the pods failed"))?;
        let (code, words) = match landing {
            Landing::Landed => (exit::ANSWERED, "Landed."),
            Landing::Refused => (
                NOT_LANDED,
                "Fargate refused a new pod: explain it to see why.",
            ),
            Landing::Silent => (
                NOT_LANDED,
                "Nothing new for ten minutes; the change was made, and kubectl fargate explain tells how it is.",
            ),
        };
        said(words, out)?;
        Ok(code)
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
