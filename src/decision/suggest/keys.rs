//! Which labels serve in a selector, and which serve better: a profile cannot be edited, so its labels have to last.

use crate::decision::facts::WorkloadKind;
use crate::decision::facts::pod::PROFILE_LABEL;
use crate::decision::placement::owners::is_written_by_controllers;

/// The label by which one pod of a StatefulSet can be told from its fellows, created again or not.
pub const POD_OF_STATEFUL_SET: &str = "statefulset.kubernetes.io/pod-name";

/// How well a label lasts and tells one workload from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Worth {
    /// It names a workload or what it belongs to.
    Telling,
    /// Many workloads carry it alike (`app.kubernetes.io/managed-by`): a selector by it is as wide as a namespace.
    Wide,
    /// It changes with versions, charts, hashes, dates, or is one pod's own.
    Passing,
}

/// Whether a label comes again on every pod that is created anew, with the same value.
///
/// Left out is what controllers write on each pod or each revision, and the label by which EKS notes a claim. The name of a Job
/// is left out for pods of a CronJob, whose Jobs have a new name each time.
pub fn is_lasting(key: &str, maker: Option<WorkloadKind>) -> bool {
    if matches!(key, "job-name" | "batch.kubernetes.io/job-name") {
        return maker == Some(WorkloadKind::Job);
    }
    key != PROFILE_LABEL && key != "rollouts-pod-template-hash" && !is_written_by_controllers(key)
}

/// Whether a selector can ask for exactly this label: it takes no empty values, and would read `*` and `?` as wildcards.
///
/// Source: the CloudFormation schema of AWS::EKS::FargateProfile (a label's value has at least one character); EKS User Guide,
/// "Fargate profile wildcards".
pub fn can_be_asked_for(key: &str, value: &str) -> bool {
    let is_plain = |text: &str| !text.is_empty() && !text.contains(['*', '?']);
    is_plain(key) && is_plain(value)
}

/// How well a label serves.
pub fn worth(key: &str, value: &str) -> Worth {
    let word = last_part(key).to_ascii_lowercase();
    const PASSING: &[&str] = &[
        "version",
        "chart",
        "hash",
        "revision",
        "commit",
        "sha",
        "build",
        "date",
        "time",
        "checksum",
        "image",
        "tag",
        "generation",
        "pod-name",
        "pod-index",
    ];
    const WIDE: &[&str] = &[
        "managed-by",
        "heritage",
        "environment",
        "env",
        "stage",
        "created-by",
        "owner",
        "cluster",
        "region",
        "inject",
    ];
    let has = |words: &[&str]| {
        words.iter().any(|wanted| {
            word == *wanted || word.split(['-', '_', '.']).any(|part| part == *wanted)
        })
    };
    if has(PASSING) || looks_passing(value) {
        Worth::Passing
    } else if has(WIDE) || matches!(value, "true" | "false" | "enabled" | "disabled") {
        Worth::Wide
    } else {
        Worth::Telling
    }
}

/// The place of a label in the order of preference; the lowest first.
pub fn rank(key: &str, value: &str) -> usize {
    const FIRST: &[&str] = &[
        "app.kubernetes.io/name",
        "app.kubernetes.io/instance",
        "app",
        "k8s-app",
        "app.kubernetes.io/component",
        "component",
        "app.kubernetes.io/part-of",
        "tier",
        "name",
        "service",
        "role",
        "release",
    ];
    match worth(key, value) {
        Worth::Telling => FIRST
            .iter()
            .position(|first| *first == key)
            .unwrap_or(FIRST.len()),
        Worth::Wide => 40,
        Worth::Passing => 80,
    }
}

fn last_part(key: &str) -> &str {
    key.rsplit_once('/').map_or(key, |(_, name)| name)
}

/// Whether a value reads like a version, a date or a hash.
fn looks_passing(value: &str) -> bool {
    let is_hex = value.len() >= 8
        && value.chars().all(|c| c.is_ascii_hexdigit())
        && value.chars().any(|c| c.is_ascii_digit());
    let numbers: Vec<&str> = value
        .strip_prefix('v')
        .unwrap_or(value)
        .split(['.', '-'])
        .collect();
    let leading = numbers
        .iter()
        .take_while(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit()))
        .count();
    is_hex || leading >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lasts_is_preferred() {
        let mut labels = [
            ("app.kubernetes.io/version", "1.2.3"),
            ("helm.sh/chart", "web-1.2.3"),
            ("app.kubernetes.io/managed-by", "Helm"),
            ("tier", "backend"),
            ("team", "orders"),
            ("app", "web"),
            ("app.kubernetes.io/instance", "web-prod"),
            ("app.kubernetes.io/name", "web"),
        ];
        labels.sort_by_key(|(key, value)| rank(key, value));
        let keys: Vec<&str> = labels.iter().map(|(key, _)| *key).collect();
        assert_eq!(
            keys,
            [
                "app.kubernetes.io/name",
                "app.kubernetes.io/instance",
                "app",
                "tier",
                "team",
                "app.kubernetes.io/managed-by",
                "app.kubernetes.io/version",
                "helm.sh/chart",
            ]
        );
    }

    #[test]
    fn values_that_pass() {
        for (value, passes) in [
            ("1.2.3", true),
            ("v1.2", true),
            ("2026-11-20", true),
            ("5d9c7f8b6a", true),
            ("web", false),
            ("orders-2", false),
            ("facade", false),
            ("v1", false),
        ] {
            assert_eq!(looks_passing(value), passes, "{value}");
        }
    }

    #[test]
    fn what_controllers_write_does_not_last() {
        for (key, maker, lasts) in [
            ("app", None, true),
            ("pod-template-hash", Some(WorkloadKind::Deployment), false),
            (
                "controller-revision-hash",
                Some(WorkloadKind::StatefulSet),
                false,
            ),
            (POD_OF_STATEFUL_SET, Some(WorkloadKind::StatefulSet), false),
            ("job-name", Some(WorkloadKind::CronJob), false),
            ("job-name", Some(WorkloadKind::Job), true),
            (
                "batch.kubernetes.io/controller-uid",
                Some(WorkloadKind::Job),
                false,
            ),
            (PROFILE_LABEL, None, false),
            ("rollouts-pod-template-hash", None, false),
        ] {
            assert_eq!(is_lasting(key, maker), lasts, "{key} of {maker:?}");
        }
    }
}
