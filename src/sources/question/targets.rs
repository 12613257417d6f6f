//! `POD…`, `TYPE/NAME…` and `TYPE NAME…`, with kubectl's names for the types.

use super::{Target, near_names};
use crate::decision::facts::{Kind, WorkloadKind};
use crate::error::{Error, ErrorKind, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Pod,
    Node,
    Workload(WorkloadKind),
}

/// kubectl's names for a type, its API group, and the type.
const TYPES: &[(&[&str], &str, Type)] = &[
    (&["pod", "pods", "po"], "", Type::Pod),
    (
        &["deployment", "deployments", "deploy"],
        "apps",
        Type::Workload(WorkloadKind::Deployment),
    ),
    (
        &["statefulset", "statefulsets", "sts"],
        "apps",
        Type::Workload(WorkloadKind::StatefulSet),
    ),
    (
        &["daemonset", "daemonsets", "ds"],
        "apps",
        Type::Workload(WorkloadKind::DaemonSet),
    ),
    (
        &["replicaset", "replicasets", "rs"],
        "apps",
        Type::Workload(WorkloadKind::ReplicaSet),
    ),
    (&["job", "jobs"], "batch", Type::Workload(WorkloadKind::Job)),
    (
        &["cronjob", "cronjobs", "cj"],
        "batch",
        Type::Workload(WorkloadKind::CronJob),
    ),
    (&["node", "nodes", "no"], "", Type::Node),
];

/// Types of kubectl that hold no pods, so that `service web` is not taken for two pods.
const OTHER_TYPES: &[&str] = &[
    "cm",
    "configmap",
    "configmaps",
    "endpoints",
    "ep",
    "ev",
    "event",
    "events",
    "hpa",
    "horizontalpodautoscaler",
    "horizontalpodautoscalers",
    "ing",
    "ingress",
    "ingresses",
    "namespace",
    "namespaces",
    "networkpolicies",
    "networkpolicy",
    "ns",
    "pdb",
    "persistentvolume",
    "persistentvolumeclaim",
    "persistentvolumeclaims",
    "persistentvolumes",
    "poddisruptionbudget",
    "poddisruptionbudgets",
    "pv",
    "pvc",
    "replicationcontroller",
    "replicationcontrollers",
    "sa",
    "sc",
    "secret",
    "secrets",
    "service",
    "serviceaccount",
    "serviceaccounts",
    "services",
    "storageclass",
    "storageclasses",
    "svc",
];

/// kubectl's names for the types that can be asked about, in the singular.
pub fn type_names() -> impl Iterator<Item = &'static str> {
    TYPES
        .iter()
        .filter_map(|(names, ..)| names.first().copied())
}

/// The kind that a type's name means, in any of the forms that [`parse_targets`] takes.
pub fn kind_of_type(word: &str) -> Option<Kind> {
    Some(match type_of(word)? {
        Type::Pod => Kind::Pod,
        Type::Node => Kind::Node,
        Type::Workload(kind) => kind.into(),
    })
}

/// Reads the arguments of a command.
///
/// `TYPE/NAME` and plain pod names may be mixed; `TYPE NAME…` may not be mixed with `TYPE/NAME`, as for kubectl.
/// `pods` alone asks for every pod, as no argument does.
///
/// Errors: usage, with near types where the type is not known.
pub fn parse_targets(arguments: &[String]) -> Result<Vec<Target>> {
    let Some(first) = arguments.first() else {
        return Ok(Vec::new());
    };
    if !first.contains('/')
        && let Some(known) = type_of(first)
    {
        return type_and_names(first, known, &arguments[1..]);
    }
    if arguments.len() > 1 && OTHER_TYPES.contains(&first.to_lowercase().as_str()) {
        return Err(unknown_type(first));
    }
    let mut targets = Vec::with_capacity(arguments.len());
    for argument in arguments {
        let target = match argument.split_once('/') {
            None if argument.is_empty() => return Err(wrong_form(argument)),
            None => Target::Pod(argument.clone()),
            Some((kind, name)) => {
                if kind.is_empty() || name.is_empty() || name.contains('/') {
                    return Err(wrong_form(argument));
                }
                let known = type_of(kind).ok_or_else(|| unknown_type(kind))?;
                target(known, name)
            }
        };
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    Ok(targets)
}

fn type_and_names(word: &str, known: Type, names: &[String]) -> Result<Vec<Target>> {
    if names.is_empty() {
        if known == Type::Pod {
            return Ok(Vec::new());
        }
        return Err(
            Error::new(ErrorKind::Usage, format!("which {word}? no name was given"))
                .next(format!("name it: kubectl fargate explain {word}/NAME"))
                .next("or name nothing, and every pod is meant"),
        );
    }
    let mut targets = Vec::with_capacity(names.len());
    for name in names {
        if name.contains('/') {
            return Err(Error::new(
                ErrorKind::Usage,
                format!("{word} and {name} cannot stand together: the type is given twice"),
            )
            .next("write either TYPE NAME… or TYPE/NAME…"));
        }
        if name.is_empty() {
            return Err(wrong_form(name));
        }
        let target = target(known, name);
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    Ok(targets)
}

fn target(known: Type, name: &str) -> Target {
    match known {
        Type::Pod => Target::Pod(name.to_owned()),
        Type::Node => Target::Node(name.to_owned()),
        Type::Workload(kind) => Target::Workload(kind, name.to_owned()),
    }
}

/// The type of a word such as `deploy`, `deployments.apps` or `deployments.v1.apps`.
fn type_of(word: &str) -> Option<Type> {
    let word = word.to_lowercase();
    let (name, suffix) = word.split_once('.').unwrap_or((&word, ""));
    let (_, group, found) = TYPES.iter().find(|(names, ..)| names.contains(&name))?;
    let is_version = |text: &str| {
        text.strip_prefix('v')
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    let fits = suffix.is_empty()
        || suffix == *group
        || (group.is_empty() && is_version(suffix.trim_end_matches('.')))
        || suffix
            .split_once('.')
            .is_some_and(|(version, rest)| is_version(version) && rest == *group);
    fits.then_some(*found)
}

fn wrong_form(argument: &str) -> Error {
    Error::new(ErrorKind::Usage, format!("{argument:?} names nothing"))
        .next("write POD, TYPE/NAME or TYPE NAME, for example deployment/web")
}

fn unknown_type(word: &str) -> Error {
    let base = word.to_lowercase();
    if OTHER_TYPES.contains(&base.as_str()) {
        return Error::new(
            ErrorKind::Usage,
            format!("{word} is no resource type that has pods of its own"),
        )
        .next(types_help());
    }
    let error = Error::new(
        ErrorKind::Usage,
        format!("there is no resource type {word:?} to ask about"),
    );
    let names = TYPES.iter().flat_map(|(names, ..)| names.iter().copied());
    let near = near_names(&base, names);
    let error = match near.as_slice() {
        [] => error,
        near => error.next(format!("did you mean {}?", near.join(" or "))),
    };
    error.next(types_help())
}

fn types_help() -> String {
    let names: Vec<_> = TYPES.iter().map(|(names, ..)| names[0]).collect();
    format!("types: {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Vec<Target>> {
        let arguments: Vec<_> = arguments.iter().map(|text| (*text).to_owned()).collect();
        parse_targets(&arguments)
    }

    fn pod(name: &str) -> Target {
        Target::Pod(name.to_owned())
    }

    fn workload(kind: WorkloadKind, name: &str) -> Target {
        Target::Workload(kind, name.to_owned())
    }

    #[test]
    fn every_form() {
        use WorkloadKind::{CronJob, DaemonSet, Deployment, Job, ReplicaSet, StatefulSet};
        for (arguments, wanted) in [
            (&[][..], vec![]),
            (&["pods"], vec![]),
            (&["web-1"], vec![pod("web-1")]),
            (
                &["web-1", "web-2", "web-1"],
                vec![pod("web-1"), pod("web-2")],
            ),
            (&["pod", "web-1", "web-2"], vec![pod("web-1"), pod("web-2")]),
            (&["po/web-1"], vec![pod("web-1")]),
            (
                &["web-1", "deploy/web"],
                vec![pod("web-1"), workload(Deployment, "web")],
            ),
            (
                &["pod/a", "sts/b", "ds/c"],
                vec![
                    pod("a"),
                    workload(StatefulSet, "b"),
                    workload(DaemonSet, "c"),
                ],
            ),
            (&["deployments.apps/web"], vec![workload(Deployment, "web")]),
            (
                &["deployment.v1.apps", "web"],
                vec![workload(Deployment, "web")],
            ),
            (&["Deployment/web"], vec![workload(Deployment, "web")]),
            (
                &["rs/a", "jobs/b", "cj/c"],
                vec![
                    workload(ReplicaSet, "a"),
                    workload(Job, "b"),
                    workload(CronJob, "c"),
                ],
            ),
            (&["job.batch/b"], vec![workload(Job, "b")]),
            (&["pods.v1/a"], vec![pod("a")]),
            (&["no", "n1"], vec![Target::Node("n1".to_owned())]),
            (&["service"], vec![pod("service")]),
        ] {
            assert_eq!(
                parse(arguments).expect("a good form"),
                wanted,
                "{arguments:?}"
            );
        }
    }

    #[test]
    fn wrong_forms_say_what_to_write() {
        for (arguments, words) in [
            (&["deployment"][..], "which deployment?"),
            (&["pod", "deployment/web"], "cannot stand together"),
            (&["deploymnt/web"], "deployment"),
            (&["jobs.example.com/a"], "no resource type"),
            (&["svc", "web"], "svc is no resource type"),
            (&["service/web"], "service is no resource type"),
            (&["pod/"], "names nothing"),
            (&["/web"], "names nothing"),
            (&["pod/a/b"], "names nothing"),
            (&[""], "names nothing"),
        ] {
            let error = parse(arguments).expect_err("a wrong form");
            let text = format!("{error} {:?}", error.next);
            assert!(text.contains(words), "{arguments:?}: {text}");
            assert!(!error.next.is_empty(), "{arguments:?}");
        }
    }
}
