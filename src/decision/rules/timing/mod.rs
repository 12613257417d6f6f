//! What was there first: the pod, its profile, the webhook, its labels.

mod admission;
mod age;
mod changed;
mod profile;

pub(crate) use age::profile_told;

use crate::decision::placement::PodCase;
use crate::decision::reason::Reason;
use crate::decision::rules::{Family, Rule, RuleInfo, sources};
pub(super) const RULES: &[Rule] = &[
    Rule {
        info: RuleInfo {
            reason: Reason::OlderThanProfile,
            family: Family::Timing,
            title: "the pod was there before its profile could claim it",
            evidence: "the pod's creationTimestamp against the profile's createdAt",
            fix: "recreate the pod; a profile claims only pods that are created after it is ACTIVE",
            source: sources::FARGATE,
            page: include_str!("../pages/OlderThanProfile.md"),
        },
        check: age::older_than_profile,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::ProfileNotActive,
            family: Family::Timing,
            title: "no profile that matches is ACTIVE",
            evidence: "the status of the profiles that match",
            fix: "wait for the profile or replace it, then recreate the pod",
            source: "https://docs.aws.amazon.com/eks/latest/APIReference/API_FargateProfile.html",
            page: include_str!("../pages/ProfileNotActive.md"),
        },
        check: profile::profile_not_active,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::ProfileGone,
            family: Family::Timing,
            title: "the profile that claimed the pod is deleted, being deleted, or was recreated",
            evidence: "the pod's profile label against the profile's presence, status and createdAt",
            fix: "recreate the pod once another profile matches it",
            source: "https://docs.aws.amazon.com/eks/latest/userguide/delete-fargate-profile.html",
            page: include_str!("../pages/ProfileGone.md"),
        },
        check: profile::profile_gone,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::WebhookMissing,
            family: Family::Timing,
            title: "the webhook by which EKS claims pods is not in the cluster",
            evidence: "the MutatingWebhookConfigurations of the cluster",
            fix: "have the webhook restored, then recreate the pod",
            source: "https://github.com/aws/karpenter-provider-aws/issues/7455",
            page: include_str!("../pages/WebhookMissing.md"),
        },
        check: age::webhook_missing,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::WebhookSkipped,
            family: Family::Timing,
            title: "everything was in place, and the webhook did not claim the pod: it fails open",
            evidence: "a matching ACTIVE profile that is clearly older than the pod, and the webhook's presence",
            fix: "recreate the pod",
            source: "https://github.com/aws/karpenter-provider-aws/issues/7455",
            page: include_str!("../pages/WebhookSkipped.md"),
        },
        check: age::webhook_skipped,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::LabelsChangedLater,
            family: Family::Timing,
            title: "the pod's labels were changed after it was created",
            evidence: "the pod's labels against its template's, or against the profile that claimed it",
            fix: "put the labels into the pod template and recreate the pod",
            source: sources::FARGATE,
            page: include_str!("../pages/LabelsChangedLater.md"),
        },
        check: changed::labels_changed_later,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::ChangedAtAdmission,
            family: Family::Timing,
            title: "something stands in the pod that its template does not have",
            evidence: "the pod's spec and annotations against the template it was made from",
            fix: "find the webhook or policy that adds it, and exempt these pods",
            source: "https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/",
            page: include_str!("../pages/ChangedAtAdmission.md"),
        },
        check: admission::changed_at_admission,
    },
];

fn is_unclaimed_match(case: &PodCase<'_>) -> bool {
    !case.is_template()
        && !case.pod.is_claimed()
        && !case.matches.is_empty()
        && !case.chain.is_daemon_set()
}
