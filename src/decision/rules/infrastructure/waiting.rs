//! A claimed pod that waits without a complaint: for how long, and what it likely waits for.

use super::super::{Family, Rule, RuleInfo, finding, fix, phrases, sources, word_evidence};
use super::role::Standing;
use super::surroundings::{Surroundings, fellow_on_fargate, subnet_object, vpc_object};
use super::{is_waiting_claim, replace_profile};
use crate::decision::facts::aws::DefaultRoute;
use crate::decision::finding::{Certainty, Evidence, Finding, Severity, Strength};
use crate::decision::placement::PodCase;
use crate::decision::placement::case::GRACE_SECONDS;
use crate::decision::reason::Reason;

pub(super) const NODE_NEVER_REGISTERED: Rule = Rule {
    info: RuleInfo {
        reason: Reason::NodeNeverRegistered,
        family: Family::Infrastructure,
        title: "no node came for a claimed pod; likely its machine could not join the cluster",
        evidence: "the pod's age, the event that says provisioning timed out, and what EC2 and EKS show of the profile",
        fix: "check the route out of the subnets, DNS, security groups and the pod execution role, in this order",
        source: "https://github.com/aws/containers-roadmap/issues/1890",
        page: include_str!("../pages/NodeNeverRegistered.md"),
    },
    check: node_never_registered,
};

pub(super) const PROVISIONING: Rule = Rule {
    info: RuleInfo {
        reason: Reason::Provisioning,
        family: Family::Infrastructure,
        title: "claimed moments ago; Fargate takes a minute or two",
        evidence: "the pod's age",
        fix: "wait",
        source: sources::FARGATE,
        page: include_str!("../pages/Provisioning.md"),
    },
    check: provisioning,
};

/// A claimed pod that waits for its node, or waited for one until somebody deleted it.
fn waits_or_waited(case: &PodCase<'_>) -> bool {
    let waited = case.pod.is_claimed()
        && case.pod.is_terminating()
        && !case.is_template()
        && !case.is_bound()
        && !case.pod.is_finished();
    // Of a pod that is going nothing will be said any more: what was said has to be known.
    is_waiting_claim(case) || waited && case.words.events_read
}

/// For how long it has waited, in seconds: up to now, or up to its deletion.
fn waited_seconds(case: &PodCase<'_>) -> Option<i64> {
    match (&case.pod.deleted_at, case.pod.created_at) {
        (Some(deleted), Some(created)) => Some(
            deleted
                .as_second()
                .saturating_sub(created.as_second())
                .max(0),
        ),
        _ => case.age_seconds(),
    }
}

fn node_never_registered(case: &PodCase<'_>) -> Option<Finding> {
    if !waits_or_waited(case) {
        return None;
    }
    let word = case
        .words
        .fargate
        .iter()
        .find(|word| word.clauses.contains(&Reason::NodeNeverRegistered));
    let waited = waited_seconds(case);
    let is_overdue =
        case.words.fargate.is_empty() && waited.is_some_and(|seconds| seconds > GRACE_SECONDS);
    if word.is_none() && !is_overdue {
        return None;
    }
    let waited = waited
        .map(|seconds| format!(" for {}", phrases::span(seconds)))
        .unwrap_or_default();
    let state = match case.pod.is_terminating() {
        true => format!("The pod is being deleted; it waited{waited} without a node"),
        false => format!("Fargate claimed the pod, which has waited{waited} without a node"),
    };
    let checks = Checks::of(case);
    let message = match checks.causes.first() {
        Some(cause) => format!("{state}. Likely cause: {cause}."),
        None => format!("{state}: likely its machine started and could not join the cluster."),
    };
    let advice = checks.in_words();
    let mut found = finding(case, Reason::NodeNeverRegistered, message)
        .certainty(Certainty::Likely)
        // Without Fargate's own word, what was not read comes first.
        .strength(if word.is_some() {
            Strength::Strong
        } else {
            Strength::Weak
        })
        .evidence(word.map(|word| word_evidence(case, word)))
        .evidence(checks.proof_of_causes)
        .fix(fix::advice(advice));
    if let Some(created) = case.pod.created_at {
        found = found.evidence([Evidence::found(
            case.object.clone(),
            "metadata.creationTimestamp",
            created.to_string(),
        )]);
    }
    Some(
        found
            .evidence([Evidence::absent(case.object.clone(), "spec.nodeName")
                .wanted("a node whose name begins with fargate-")])
            .evidence(checks.evidence),
    )
}

/// The annotation in which the security groups of a pod on Fargate stand, where a SecurityGroupPolicy gave it any.
const SECURITY_GROUPS: &str = "fargate.amazonaws.com/pod-sg";

/// What there is to check, the likeliest first, less what was seen to be fine.
#[derive(Default)]
struct Checks {
    /// What was seen to be wrong: likely causes, each the second half of a sentence.
    causes: Vec<String>,
    /// What to do about them, whole sentences.
    mend: Vec<String>,
    /// The proof of the causes.
    proof_of_causes: Vec<Evidence>,
    /// What to look at, in this order.
    open: Vec<String>,
    /// What was seen to be fine.
    fine: Vec<String>,
    /// The proof of the rest.
    evidence: Vec<Evidence>,
}

impl Checks {
    fn of(case: &PodCase<'_>) -> Self {
        let mut checks = Self::default();
        let around = Surroundings::of_waiting(case);
        if let Some(around) = &around {
            checks.dead_routes(around);
            checks.gone_subnets(case, around);
        }
        checks.route(around.as_ref());
        checks.dns(around.as_ref());
        checks.security_groups(case);
        checks.role(case, around.as_ref());
        checks
    }

    /// Default routes to something that no longer exists.
    fn dead_routes(&mut self, around: &Surroundings<'_, '_>) {
        let mut dead: Vec<(&str, &str)> = Vec::new();
        for (id, subnet) in around.known() {
            if let Some(DefaultRoute::Blackhole(target)) = &subnet.default_route {
                dead.push((id, target));
                let found = match target.as_str() {
                    "" => "blackhole".to_owned(),
                    target => format!("{target} (blackhole)"),
                };
                self.proof_of_causes.push(
                    Evidence::found(subnet_object(id), "default route", found)
                        .wanted("something that exists"),
                );
            }
        }
        let Some((_, target)) = dead.first() else {
            return;
        };
        let target = match *target {
            "" => "something",
            target => target,
        };
        let subnets = some_of(dead.iter().map(|(id, _)| *id));
        self.causes.push(format!(
            "the default route of {subnets} leads to {target}, which no longer exists (blackhole)"
        ));
        self.mend.push(format!(
            "Lead the default route of {subnets} to a NAT gateway that exists."
        ));
    }

    fn gone_subnets(&mut self, case: &PodCase<'_>, around: &Surroundings<'_, '_>) {
        let gone: Vec<&str> = around.gone().collect();
        if gone.is_empty() {
            return;
        }
        let does = if gone.len() == 1 { "does" } else { "do" };
        let subnets = some_of(gone.iter().copied());
        self.causes.push(format!(
            "{subnets} of profile {} {does} not exist any more",
            around.profile.name
        ));
        let replace = replace_profile(case, "with subnets that exist");
        self.mend.push(phrases::capitalised(&replace));
        let proof = gone
            .iter()
            .map(|id| Evidence::absent(subnet_object(id), "subnetId"));
        self.proof_of_causes.extend(proof);
    }

    fn route(&mut self, around: Option<&Surroundings<'_, '_>>) {
        let known: Vec<_> = around.iter().flat_map(|around| around.known()).collect();
        let mut ways_out: Vec<&str> = Vec::new();
        let mut shut: Vec<&str> = Vec::new();
        for (id, subnet) in &known {
            let found = match &subnet.default_route {
                Some(DefaultRoute::Other(way)) => {
                    ways_out.push(way);
                    way.as_str()
                }
                Some(DefaultRoute::None) => {
                    shut.push(id);
                    "none"
                }
                // A public subnet is a reason of its own, and a dead route a cause.
                Some(DefaultRoute::InternetGateway { .. } | DefaultRoute::Blackhole(_)) | None => {
                    continue;
                }
            };
            self.evidence
                .push(Evidence::found(subnet_object(id), "default route", found));
        }
        ways_out.sort_unstable();
        ways_out.dedup();
        let has_way_out = around.is_some_and(|around| {
            around.is_true_of_all(|subnet| {
                matches!(subnet.default_route, Some(DefaultRoute::Other(_)))
            })
        });
        if has_way_out {
            let ways = phrases::list(ways_out.iter().take(3));
            self.fine
                .push(format!("the subnets have a default route ({ways})"));
            self.open.push("whether that way out works".to_owned());
        } else if !shut.is_empty() {
            self.open.push(format!(
                "VPC endpoints for ECR, S3, STS and the cluster's private endpoint ({} without a default route)",
                some_of(shut)
            ));
        } else if self.causes.is_empty() {
            self.open.push(
                "a route out of the subnets (NAT gateway, or VPC endpoints for ECR, S3 and STS)"
                    .to_owned(),
            );
        }
    }

    fn dns(&mut self, around: Option<&Surroundings<'_, '_>>) {
        let vpcs = around.map(Surroundings::vpcs).unwrap_or_default();
        let is_on = |(_, vpc): &(&str, &crate::decision::facts::aws::Vpc)| {
            vpc.dns_support == Some(true) && vpc.dns_hostnames == Some(true)
        };
        if vpcs.is_empty() || !vpcs.iter().all(is_on) {
            self.open
                .push("DNS support and hostnames of the VPC".to_owned());
            return;
        }
        self.fine.push("DNS of the VPC is on".to_owned());
        for (id, _) in vpcs {
            for field in ["enableDnsSupport", "enableDnsHostnames"] {
                self.evidence
                    .push(Evidence::found(vpc_object(id), field, "true"));
            }
        }
    }

    fn security_groups(&mut self, case: &PodCase<'_>) {
        let Some(groups) = case.pod.annotations.get(SECURITY_GROUPS) else {
            self.open
                .push("security groups (the API server and DNS must be reachable)".to_owned());
            return;
        };
        self.open.push(format!(
            "the pod's security groups {groups} (best with the cluster security group; the API server and DNS must be reachable)"
        ));
        let field = format!("metadata.annotations[{SECURITY_GROUPS}]");
        self.evidence
            .push(Evidence::found(case.object.clone(), field, groups.as_str()));
    }

    fn role<'a>(&mut self, case: &PodCase<'a>, around: Option<&Surroundings<'_, 'a>>) {
        let profile = around.map(|around| around.profile);
        if let Some(fellow) = profile.and_then(|profile| fellow_on_fargate(case, Some(profile))) {
            self.fine
                .push(format!("the role lets pod {} run", fellow.name));
            return;
        }
        let is_let_in = profile
            .and_then(|profile| Standing::of(case, profile))
            .is_some_and(|standing| standing.is_let_in());
        self.open.push(match is_let_in {
            true => "trust and policy of the pod execution role".to_owned(),
            false => "the pod execution role".to_owned(),
        });
    }

    fn in_words(&self) -> String {
        let mut sentences = self.mend.clone();
        sentences.push(match self.mend.is_empty() {
            true => format!("Check, in this order: {}.", self.open.join("; ")),
            false => format!("If that is not it, check: {}.", self.open.join("; ")),
        });
        if !self.fine.is_empty() {
            sentences.push(format!("Seen to be fine: {}.", self.fine.join("; ")));
        }
        sentences.join(" ")
    }
}

/// Up to three names, and how many more.
fn some_of<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    match names.len() {
        0..=3 => phrases::list(names),
        count => format!("{} and {} more", names[..3].join(", "), count - 3),
    }
}

fn provisioning(case: &PodCase<'_>) -> Option<Finding> {
    let waited = waited_seconds(case)?;
    if !waits_or_waited(case) || waited > GRACE_SECONDS || !case.words.fargate.is_empty() {
        return None;
    }
    let profile = case.pod.profile_label().unwrap_or_default();
    let waited = phrases::span(waited);
    let is_going = case.pod.is_terminating();
    let message = match is_going {
        true => format!(
            "The pod is being deleted, {waited} after profile {profile} claimed it; Fargate takes a minute or two to start a \
             machine, so that it had none is normal."
        ),
        false if !case.words.events_read => format!(
            "Profile {profile} claimed the pod {waited} ago; Fargate takes a minute or two to start a machine, so this is likely \
             normal. Its events, where a complaint would be, were not read."
        ),
        false => format!(
            "Profile {profile} claimed the pod {waited} ago; Fargate takes a minute or two to start a machine, so this is normal."
        ),
    };
    let advice = (!is_going)
        .then(|| fix::advice("Wait; ask again when it has waited for more than five minutes."));
    // What Fargate complains of stands in events alone: unread, they may hold why it will never come.
    let certainty = match case.words.events_read {
        true => Certainty::Certain,
        false => Certainty::Likely,
    };
    Some(
        finding(case, Reason::Provisioning, message)
            .certainty(certainty)
            .severity(Severity::Info)
            .evidence(case.pod.created_at.map(|created| {
                Evidence::found(
                    case.object.clone(),
                    "metadata.creationTimestamp",
                    created.to_string(),
                )
            }))
            .fix(advice),
    )
}
