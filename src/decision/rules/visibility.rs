//! What could not be seen, and what it would have told.

use super::phrases::capitalised;
use super::{Family, Rule, RuleInfo, finding, fix, sources};
use crate::decision::facts::{Fit, Kind, ObjectRef, ProfileKnowledge, SourceStatus};
use crate::decision::finding::{Certainty, Evidence, Finding, Fix, Severity, Strength};
use crate::decision::placement::PodCase;
use crate::decision::placement::expected::{FARGATE_WEBHOOK, WebhookSight};
use crate::decision::placement::observed::NodeBasis;
use crate::decision::reason::Reason;

pub(super) const RULES: &[Rule] = &[
    Rule {
        info: RuleInfo {
            reason: Reason::ProfilesUnknown,
            family: Family::Visibility,
            title: "the Fargate profiles could not be read",
            evidence: "how reading the profiles went",
            fix: "grant eks:ListFargateProfiles and eks:DescribeFargateProfile, or pass --profiles",
            source: "https://docs.aws.amazon.com/eks/latest/userguide/view-kubernetes-resources.html",
            page: include_str!("pages/ProfilesUnknown.md"),
        },
        check: profiles_unknown,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::NodesUnknown,
            family: Family::Visibility,
            title: "the pod's node could not be read",
            evidence: "how reading nodes went",
            fix: "grant get and list on nodes, or pass them with --from",
            source: sources::ACCESS_POLICIES,
            page: include_str!("pages/NodesUnknown.md"),
        },
        check: nodes_unknown,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::EventsUnknown,
            family: Family::Visibility,
            title: "the pod's events could not be read",
            evidence: "how reading events went",
            fix: "grant list on events, or pass them with --from",
            source: sources::USER_FACING_ROLES,
            page: include_str!("pages/EventsUnknown.md"),
        },
        check: events_unknown,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::WebhooksUnknown,
            family: Family::Visibility,
            title: "webhook configurations could not be read",
            evidence: "how reading webhook configurations went",
            fix: "grant get and list on mutatingwebhookconfigurations, or pass them with --from",
            source: sources::ACCESS_POLICIES,
            page: include_str!("pages/WebhooksUnknown.md"),
        },
        check: webhooks_unknown,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::VolumesUnknown,
            family: Family::Visibility,
            title: "volume claims or volumes could not be read",
            evidence: "how reading claims and volumes went",
            fix: "grant get and list on persistentvolumeclaims and persistentvolumes, or pass them with --from",
            source: sources::ACCESS_POLICIES,
            page: include_str!("pages/VolumesUnknown.md"),
        },
        check: volumes_unknown,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::OwnersUnknown,
            family: Family::Visibility,
            title: "the pod's owner could not be read",
            evidence: "how reading the owner's kind went",
            fix: "grant get and list on the owner's kind, or pass it with --from",
            source: sources::USER_FACING_ROLES,
            page: include_str!("pages/OwnersUnknown.md"),
        },
        check: owners_unknown,
    },
];

/// A finding about something that was not seen. It is as bad as the pod's state where it may decide, else only good to know.
fn unseen(case: &PodCase<'_>, reason: Reason, decides: bool, message: String) -> Finding {
    let found = finding(case, reason, message).certainty(Certainty::Undecided);
    match (decides, case.is_waiting()) {
        (true, true) => found,
        (true, false) => found.severity(Severity::Info),
        (false, _) => found.severity(Severity::Info).strength(Strength::Aside),
    }
}

/// Evidence that something was not read, which says nothing about whether it is there.
fn not_read(object: ObjectRef, field: &str) -> Evidence {
    Evidence::found(object, field, "not read")
}

/// `: forbidden …`, the words of the source that failed.
fn why(case: &PodCase<'_>, kind: Kind) -> String {
    match case.snapshot.why_unread(kind, &case.pod.namespace) {
        Some(note) => match &note.detail {
            Some(detail) => format!(" ({:?}: {detail})", note.status),
            None => format!(" ({:?})", note.status),
        },
        None => String::new(),
    }
}

fn profiles_unknown(case: &PodCase<'_>) -> Option<Finding> {
    let profiles = &case.snapshot.profiles;
    let unseen_selectors: Vec<&str> = profiles
        .list
        .iter()
        .filter(|profile| profile.fit(&case.pod.namespace, &case.pod.labels) == Fit::Unknown)
        .map(|profile| profile.name.as_str())
        .collect();
    let is_gap = !profiles.are_read()
        || profiles.knowledge == ProfileKnowledge::Partial
        || !unseen_selectors.is_empty();
    // A profile whose name is not told may be the one that the pod's label names.
    let hangs_on_a_name = profiles.has_nameless()
        && case.pod.profile_label().is_some()
        && case.labelled_profile().is_none();
    if hangs_on_a_name {
        let name = case.pod.profile_label().unwrap_or_default();
        let message = format!(
            "The pod's label names profile {name}, which is not among those given; a profile whose name was not given may be it."
        );
        return Some(
            unseen(case, Reason::ProfilesUnknown, true, message)
                .strength(Strength::Weak)
                .evidence([not_read(PodCase::profile_object(name), "name")])
                .fix(fix::advice(
                    "Give the profiles with their names, for example as the EKS API prints them.",
                )),
        );
    }
    let own_profile_is_seen = case.pod.is_claimed()
        && case.labelled_profile().is_some_and(|profile| {
            profile.fit(&case.pod.namespace, &case.pod.labels) != Fit::Unknown
        });
    if !is_gap {
        let problem = profiles.given_twice.as_deref()?.trim_end_matches('.');
        let found = unseen(
            case,
            Reason::ProfilesUnknown,
            false,
            format!("{}.", capitalised(problem)),
        );
        return Some(found.certainty(Certainty::Likely));
    }
    if own_profile_is_seen {
        return None;
    }
    // A claimed pod's own profile may be gone, unhealthy, or in a network that cannot work.
    let decides = case.pod.is_claimed() || case.matches.is_empty();
    let what = match (&profiles.problem, unseen_selectors.is_empty()) {
        (Some(problem), _) => problem.clone(),
        (None, false) => format!(
            "the selectors of {} could not be read",
            super::phrases::list(unseen_selectors)
        ),
        (None, true) => "the Fargate profiles were not given".to_owned(),
    };
    let told = match case.pod.profile_label() {
        Some(name) if case.pod.is_claimed() => {
            format!("they would tell what became of profile {name}, which claimed the pod")
        }
        _ => "they would tell which profile claims the pod, or why none does".to_owned(),
    };
    let what = capitalised(what.trim_end_matches('.'));
    // A long story of what went wrong needs no second half.
    let message = match what.chars().count() > LONG_PROBLEM {
        true => format!("{what}."),
        false => format!("{what}; {told}."),
    };
    let remedy = profiles.remedy.clone().unwrap_or_else(|| {
        "Pass the profiles with --profiles, or name the cluster with --cluster-name and --region.".to_owned()
    });
    Some(
        unseen(case, Reason::ProfilesUnknown, decides, message)
            .evidence([not_read(
                ObjectRef::cluster_wide(
                    "cluster",
                    case.snapshot.cluster.name.as_deref().unwrap_or("unknown"),
                ),
                "fargateProfiles",
            )])
            .fix(fix::advice(remedy)),
    )
}

/// From how many characters on a problem fills a message by itself.
const LONG_PROBLEM: usize = 90;

fn nodes_unknown(case: &PodCase<'_>) -> Option<Finding> {
    let sight = case.node.as_ref()?;
    let node = case.pod.spec.node_name.as_deref()?;
    if sight.basis == NodeBasis::Object {
        return None;
    }
    let decides = case.pod.is_claimed() && sight.basis == NodeBasis::Nothing;
    let told = match sight.basis {
        NodeBasis::Name => {
            "its name tells what it is, the object would tell which node group or pool made it"
        }
        _ => {
            "its labels would tell whether it is Fargate, a node group, Karpenter, Auto Mode or a hybrid node"
        }
    };
    // A Fargate node has no provider beside AWS: nothing is missing.
    if sight.is_fargate() {
        return None;
    }
    let is_absent = case.snapshot.coverage.is_read(Kind::Node, "", node);
    let message = if is_absent {
        format!("Node {node} is no longer in the cluster; {told}.")
    } else {
        format!("Node {node} was not read{}; {told}.", why(case, Kind::Node))
    };
    Some(
        unseen(case, Reason::NodesUnknown, decides, message)
            .evidence([not_read(
                ObjectRef::cluster_wide("node", node),
                "metadata.labels",
            )])
            .fix((!is_absent).then(|| read_it(case, Kind::Node, "nodes"))),
    )
}

/// How to have a kind read: put it into the files, or get the right to it.
fn read_it(case: &PodCase<'_>, kind: Kind, plural: &str) -> Fix {
    let is_of_namespace = matches!(kind, Kind::Event | Kind::PersistentVolumeClaim);
    let kubectl = match is_of_namespace {
        true => fix::kubectl(case),
        false => fix::kubectl_everywhere(case),
    };
    let note = case.snapshot.why_unread(kind, &case.pod.namespace);
    if note.is_some_and(|note| note.status == SourceStatus::Forbidden) {
        return fix::with_commands(
            format!("Ask again with the right to list {plural}, or have somebody ask who has it."),
            [format!("{kubectl} auth can-i list {plural}")],
        );
    }
    fix::with_commands(
        format!(
            "Ask again once {plural} can be read; with --from, add a file with what this prints."
        ),
        [format!("{kubectl} get {plural} -o yaml > {plural}.yaml")],
    )
}

fn events_unknown(case: &PodCase<'_>) -> Option<Finding> {
    if case.words.events_read || !case.is_waiting() {
        return None;
    }
    let told = if case.pod.is_claimed() {
        "a refusal or problem that Fargate has recorded would be there"
    } else {
        "what its scheduler lacks would be there"
    };
    Some(
        unseen(
            case,
            Reason::EventsUnknown,
            case.pod.is_claimed(),
            format!(
                "Events in namespace {} were not read{}; {told}.",
                case.pod.namespace,
                why(case, Kind::Event)
            ),
        )
        .evidence([not_read(case.object.clone(), "events")])
        .fix(read_it(case, Kind::Event, "events")),
    )
}

fn webhooks_unknown(case: &PodCase<'_>) -> Option<Finding> {
    let matched = !case.pod.is_claimed()
        && case.active_matches().next().is_some()
        && !case.chain.is_daemon_set();
    if !matched || case.is_template() || case.webhook != WebhookSight::Unread {
        return None;
    }
    Some(
        unseen(
            case,
            Reason::WebhooksUnknown,
            true,
            format!(
                "Webhook configurations were not read{}; {FARGATE_WEBHOOK} being there or not would tell why the pod was not claimed.",
                why(case, Kind::MutatingWebhookConfiguration)
            ),
        )
        .evidence([not_read(
            ObjectRef::cluster_wide("mutatingwebhookconfiguration", FARGATE_WEBHOOK),
            "metadata.name",
        )])
        .fix(read_it(
            case,
            Kind::MutatingWebhookConfiguration,
            "mutatingwebhookconfigurations",
        )),
    )
}

fn volumes_unknown(case: &PodCase<'_>) -> Option<Finding> {
    let is_waiting_claim = case.pod.is_claimed() && case.is_waiting();
    let hangs_on_it = case.expected.because.contains(&Reason::VolumesUnknown);
    if !is_waiting_claim && !hangs_on_it {
        return None;
    }
    let source = if is_waiting_claim {
        &case.blockers
    } else {
        &case.recreated_blockers
    };
    let blocker = source
        .iter()
        .find(|blocker| blocker.reason == Reason::VolumesUnknown)?;
    let kind = if blocker.evidence.object.kind == "persistentvolume" {
        Kind::PersistentVolume
    } else {
        Kind::PersistentVolumeClaim
    };
    Some(
        unseen(
            case,
            Reason::VolumesUnknown,
            is_waiting_claim,
            format!(
                "Fargate mounts EFS volumes only, and whether that is one cannot be told: {}{}.",
                blocker.what,
                why(case, kind)
            ),
        )
        .evidence([blocker.evidence.clone()])
        .fix(read_it(
            case,
            kind,
            match kind {
                Kind::PersistentVolume => "persistentvolumes",
                _ => "persistentvolumeclaims",
            },
        )),
    )
}

fn owners_unknown(case: &PodCase<'_>) -> Option<Finding> {
    let (kind, name) = case.chain.unread.as_ref()?;
    Some(
        unseen(
            case,
            Reason::OwnersUnknown,
            false,
            format!(
                "{} {name} was not read{}; its template would tell what the next pod looks like.",
                kind.as_str(),
                why(case, Kind::from(*kind))
            ),
        )
        .evidence([not_read(
            ObjectRef::namespaced(kind.as_str(), &case.pod.namespace, name),
            "spec.template",
        )]),
    )
}
