//! How near a profile or the cluster is to what EKS gives by default.

use super::{Ground, advice, counted, note, object};
use crate::decision::facts::{FargateProfile, ObjectRef};
use crate::decision::finding::{Evidence, Finding, Severity};
use crate::decision::reason::Reason;
use crate::decision::survey::quotas::{
    LABEL_PAIRS_PER_SELECTOR, PROFILES_PER_CLUSTER, SELECTORS_PER_PROFILE, most_pairs,
};

/// So many profiles fewer than the default are near it.
const NEAR: usize = 2;

/// Whether the cluster has room for more profiles.
pub(super) fn of_cluster(ground: &Ground<'_, '_>) -> Option<Finding> {
    let quota = ground
        .quotas
        .iter()
        .find(|quota| quota.name == "ProfilesPerCluster")?;
    if quota.used + NEAR < PROFILES_PER_CLUSTER {
        return None;
    }
    let name = ground
        .snapshot
        .cluster
        .name
        .as_deref()
        .unwrap_or("this one");
    let object = ObjectRef::cluster_wide("cluster", name);
    Some(told(
        object,
        "fargateProfiles",
        quota.used,
        PROFILES_PER_CLUSTER,
        ["Fargate profile", "a cluster"],
    ))
}

/// Whether a profile has room for more selectors, and its selectors for more pairs.
pub(super) fn of_profile(profile: &FargateProfile) -> Vec<Finding> {
    let selectors = profile.selectors.as_ref().map_or(0, Vec::len);
    let pairs = most_pairs(profile).unwrap_or_default();
    let mut findings = Vec::new();
    if selectors >= SELECTORS_PER_PROFILE {
        let words = ["selector", "a profile"];
        let quota = SELECTORS_PER_PROFILE;
        findings.push(told(object(profile), "selectors", selectors, quota, words));
    }
    if pairs >= LABEL_PAIRS_PER_SELECTOR {
        let words = ["label pair", "a selector"];
        let quota = LABEL_PAIRS_PER_SELECTOR;
        findings.push(told(
            object(profile),
            "selectors.labels",
            pairs,
            quota,
            words,
        ));
    }
    findings
}

fn told(
    object: ObjectRef,
    field: &str,
    used: usize,
    default: usize,
    [what, of]: [&str; 2],
) -> Finding {
    let have = counted(used, what);
    let message = if used > default {
        format!(
            "{have}: more than the {default} that EKS gives {of} by default, so it takes a raised quota."
        )
    } else if used == default {
        format!("{have}: all that EKS gives {of} by default.")
    } else {
        format!("{have} of the {default} that EKS gives {of} by default.")
    };
    let mut finding = note(Reason::NearProfileQuota, Severity::Info, message);
    finding.evidence = vec![
        Evidence::found(object, field, used.to_string())
            .wanted(format!("{default} by default; AWS raises it on request")),
    ];
    finding.fix = advice(
        "Before you need more, ask for a higher quota in Service Quotas (Amazon EKS), or join selectors by wildcards.",
    );
    finding
}
