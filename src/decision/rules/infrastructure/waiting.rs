//! A claimed pod that waits without a complaint: for how long, and what it likely waits for.

use super::super::{Family, Rule, RuleInfo, finding, fix, phrases, sources, word_evidence};
use super::is_waiting_claim;
use super::role::Standing;
use super::surroundings::{Surroundings, fellow_on_fargate, is_overdue, subnet_object, vpc_object};
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

fn node_never_registered(case: &PodCase<'_>) -> Option<Finding> {
    if !is_waiting_claim(case) {
        return None;
    }
    let word = case
        .words
        .fargate
        .iter()
        .find(|word| word.clauses.contains(&Reason::NodeNeverRegistered));
    if word.is_none() && !is_overdue(case) {
        return None;
    }
    let waited = case
        .age_seconds()
        .map(|age| format!(" for {}", phrases::span(age)))
        .unwrap_or_default();
    let message = format!(
        "Fargate claimed the pod, which has waited{waited} without a node: likely its machine started and could not join the cluster."
    );
    let checks = Checks::of(case);
    let mut found = finding(case, Reason::NodeNeverRegistered, message)
        .certainty(Certainty::Likely)
        // Without Fargate's own word, what was not read comes first.
        .strength(if word.is_some() {
            Strength::Strong
        } else {
            Strength::Weak
        })
        .evidence(word.map(|word| word_evidence(case, word)))
        .fix(fix::advice(checks.in_words(case)));
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
    /// What to look at, in this order.
    open: Vec<String>,
    /// What was seen to be fine.
    fine: Vec<String>,
    /// The proof of both.
    evidence: Vec<Evidence>,
}

impl Checks {
    fn of(case: &PodCase<'_>) -> Self {
        let mut checks = Self::default();
        let around = Surroundings::of_waiting(case);
        checks.route(around.as_ref());
        checks.dns(around.as_ref());
        checks.security_groups(case);
        checks.role(case, around.as_ref());
        checks
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
                // A public subnet is a reason of its own.
                Some(DefaultRoute::InternetGateway { .. }) | None => continue,
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
            self.fine.push(format!("the subnets' route out ({ways})"));
            self.open
                .push("that what the route leads to still works".to_owned());
        } else if shut.is_empty() {
            self.open.push(
                "a route out of the profile's subnets (NAT gateway or VPC endpoints for ECR, S3 and STS)".to_owned(),
            );
        } else {
            self.open.push(format!(
                "VPC endpoints for ECR, S3 and STS and the cluster's private endpoint ({} without a default route)",
                phrases::list(shut.iter().take(3))
            ));
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
        self.fine.push("DNS of the VPC".to_owned());
        for (id, _) in vpcs {
            for field in ["enableDnsSupport", "enableDnsHostnames"] {
                self.evidence
                    .push(Evidence::found(vpc_object(id), field, "true"));
            }
        }
    }

    fn security_groups(&mut self, case: &PodCase<'_>) {
        let Some(groups) = case.pod.annotations.get(SECURITY_GROUPS) else {
            self.open.push(
                "security groups (the cluster security group must let its pods reach the API server and DNS)".to_owned(),
            );
            return;
        };
        self.open.push(format!(
            "the pod's security groups {groups} (the cluster security group should be among them, or they must let it reach \
             the API server and DNS)"
        ));
        let field = format!("metadata.annotations[{SECURITY_GROUPS}]");
        self.evidence
            .push(Evidence::found(case.object.clone(), field, groups.as_str()));
    }

    fn role(&mut self, case: &PodCase<'_>, around: Option<&Surroundings<'_, '_>>) {
        let profile = around.map(|around| around.profile);
        if let Some(fellow) = profile.and_then(|profile| fellow_on_fargate(case, Some(profile))) {
            self.fine.push(format!(
                "the pod execution role (pod {} of the same profile runs)",
                fellow.name
            ));
            return;
        }
        let is_let_in = profile
            .and_then(|profile| Standing::of(case, profile))
            .is_some_and(|standing| standing.is_let_in());
        self.open.push(match is_let_in {
            true => "the pod execution role's trust and policy (the cluster lets it in)".to_owned(),
            false => "the pod execution role".to_owned(),
        });
    }

    fn in_words(&self, case: &PodCase<'_>) -> String {
        let mut text = format!("Check, in this order: {}.", self.open.join("; "));
        if !self.fine.is_empty() {
            text.push_str(&format!(" Seen to be fine: {}.", phrases::list(&self.fine)));
        }
        if let Some(problem) = &case.snapshot.aws.network_problem {
            text.push_str(&format!(
                " Not read: {}; that would have told of routes, free addresses and DNS.",
                problem.trim_end_matches('.')
            ));
        }
        text
    }
}

fn provisioning(case: &PodCase<'_>) -> Option<Finding> {
    let age = case.age_seconds()?;
    if !is_waiting_claim(case) || age > GRACE_SECONDS || !case.words.fargate.is_empty() {
        return None;
    }
    let profile = case.pod.profile_label().unwrap_or_default();
    Some(
        finding(
            case,
            Reason::Provisioning,
            format!(
                "Profile {profile} claimed the pod {} ago, and Fargate is starting a machine for it. So short a wait is normal.",
                phrases::span(age)
            ),
        )
        .severity(Severity::Info)
        .evidence(case.pod.created_at.map(|created| {
            Evidence::found(case.object.clone(), "metadata.creationTimestamp", created.to_string())
        }))
        .fix(fix::advice("Wait; ask again when it has waited for more than five minutes.")),
    )
}
