//! What could not be seen, and what it would have told.

mod profiles;

use super::{Family, Rule, RuleInfo, finding, fix, sources};
use crate::decision::facts::{Kind, ObjectRef, SourceStatus};
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
        check: profiles::profiles_unknown,
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

fn nodes_unknown(case: &PodCase<'_>) -> Option<Finding> {
    let sight = case.node.as_ref()?;
    let node = case.pod.node_name.as_deref()?;
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
