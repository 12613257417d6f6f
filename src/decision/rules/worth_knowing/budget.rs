//! Disruption budgets that keep AWS from patching Fargate nodes in an orderly way.

use super::super::{Family, Rule, RuleInfo, finding, fix, phrases};
use crate::decision::facts::shell::{quote, resource};
use crate::decision::facts::{DisruptionBudget, IntOrPercent, Kind, ObjectRef, PodPhase};
use crate::decision::finding::{Certainty, Evidence, Finding, Fix, Severity, Strength};
use crate::decision::placement::{PlacementKind, PodCase};
use crate::decision::reason::Reason;

pub(super) const DISRUPTION_BUDGET_BLOCKS_PATCHING: Rule = Rule {
    info: RuleInfo {
        reason: Reason::DisruptionBudgetBlocksPatching,
        family: Family::WorthKnowing,
        title: "its disruption budgets block the evictions with which AWS patches Fargate",
        evidence: "the PodDisruptionBudgets that select the pod",
        fix: "let the budget allow one disruption, and select each pod by one budget only",
        source: "https://docs.aws.amazon.com/eks/latest/userguide/fargate-pod-patching.html",
        page: include_str!("../pages/DisruptionBudgetBlocksPatching.md"),
    },
    check: disruption_budget_blocks_patching,
};

/// How many pods a budget speaks of, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
struct PodCount {
    pods: i64,
    from: &'static str,
    certainty: Certainty,
}

/// Why a budget never allows an eviction.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Never {
    field: &'static str,
    found: String,
    wanted: String,
    /// For the message, in brackets.
    words: String,
    certainty: Certainty,
}

fn disruption_budget_blocks_patching(case: &PodCase<'_>) -> Option<Finding> {
    let pod = &case.pod;
    if case.placement_kind() != Some(PlacementKind::Fargate)
        || !pod.is_claimed()
        || pod.phase != PodPhase::Running
        || pod.is_terminating()
    {
        return None;
    }
    let budgets = case.cluster.companions().budgets_of(pod);
    match budgets.as_slice() {
        [] => None,
        [budget] => {
            let never = never_allows(budget, pods_of(case, budget).as_ref())?;
            Some(blocked_by_one(case, budget, never))
        }
        several => Some(blocked_by_several(case, several)),
    }
}

fn blocked_by_one(case: &PodCase<'_>, budget: &DisruptionBudget, never: Never) -> Finding {
    let object = object_of(budget);
    let allowed = budget.disruptions_allowed.map(|allowed| {
        Evidence::found(
            object.clone(),
            "status.disruptionsAllowed",
            allowed.to_string(),
        )
    });
    let always = match never.certainty {
        Certainty::Certain => "never allows",
        _ => "likely never allows",
    };
    let message = format!(
        "PodDisruptionBudget {} {always} an eviction ({}). AWS evicts pods to patch Fargate, and later \
         deletes those that stay.",
        budget.name, never.words
    );
    finding(case, Reason::DisruptionBudgetBlocksPatching, message)
        .severity(Severity::Info)
        .certainty(never.certainty)
        .strength(Strength::Aside)
        .evidence([Evidence::found(object.clone(), never.field, never.found).wanted(never.wanted)])
        .evidence(allowed.filter(|evidence| evidence.field != never.field))
        .fix(allow_one(case, budget))
}

fn blocked_by_several(case: &PodCase<'_>, budgets: &[&DisruptionBudget]) -> Finding {
    let names: Vec<&str> = budgets.iter().map(|budget| budget.name.as_str()).collect();
    let shown = match names.as_slice() {
        [one, other] => format!("{one} and {other}"),
        [one, other, rest @ ..] => format!("{one}, {other} and {} more", rest.len()),
        _ => phrases::list(&names),
    };
    let all = if names.len() == 2 { "both" } else { "all" };
    let message = format!(
        "PodDisruptionBudgets {shown} {all} select it, and Kubernetes evicts no pod that has several. AWS evicts pods to \
         patch Fargate; where that fails, it deletes them later."
    );
    let resources: Vec<String> = names
        .iter()
        .map(|name| resource("poddisruptionbudget", name))
        .collect();
    finding(case, Reason::DisruptionBudgetBlocksPatching, message)
        .severity(Severity::Info)
        .strength(Strength::Aside)
        .evidence(budgets.iter().map(|budget| {
            Evidence::found(object_of(budget), "spec.selector", "selects this pod")
                .wanted("one budget a pod")
        }))
        .fix(fix::with_commands(
            "Keep one of these budgets for the pod, one that allows a disruption; delete the others, or narrow their selectors.",
            [format!(
                "{} get {} -o yaml",
                fix::kubectl(case),
                resources.join(" ")
            )],
        ))
}

fn object_of(budget: &DisruptionBudget) -> ObjectRef {
    ObjectRef::namespaced("poddisruptionbudget", &budget.namespace, &budget.name)
}

/// How one disruption is allowed.
fn allow_one(case: &PodCase<'_>, budget: &DisruptionBudget) -> Fix {
    let pods = pods_of(case, budget).map(|count| count.pods);
    let is_single = pods == Some(1);
    let but = if is_single {
        "With one pod that means a gap while it is replaced; run a second one if that must not be."
    } else {
        "The pods are then replaced one after the other."
    };
    // For pods without a controller Kubernetes takes no percentage and no maxUnavailable.
    let patch = match pods {
        Some(pods) if case.chain.top.is_none() => {
            format!(
                r#"{{"spec":{{"minAvailable":{},"maxUnavailable":null}}}}"#,
                pods - 1
            )
        }
        _ => r#"{"spec":{"minAvailable":null,"maxUnavailable":1}}"#.to_owned(),
    };
    fix::with_commands(
        format!("Let the budget allow one pod to be away. {but}"),
        [format!(
            "{} patch {} --type merge -p {}",
            fix::kubectl(case),
            resource("poddisruptionbudget", &budget.name),
            quote(&patch)
        )],
    )
}

/// The number of pods that a budget speaks of: what its controller counted, else what the owner wants or what was seen,
/// whichever is more.
fn pods_of(case: &PodCase<'_>, budget: &DisruptionBudget) -> Option<PodCount> {
    if let Some(pods) = budget.expected_pods.filter(|pods| *pods > 0) {
        return Some(PodCount {
            pods,
            from: "status.expectedPods",
            certainty: Certainty::Certain,
        });
    }
    let namespace = case.pod.namespace.as_str();
    let wanted = case.chain.maker().and_then(|maker| maker.replicas);
    let is_listed = case.snapshot.coverage.is_listed(Kind::Pod, namespace);
    budget.selector.as_ref()?;
    let seen = || case.cluster.companions().pods_of_budget(budget);
    let seen = is_listed.then(seen);
    let (pods, from) = match (wanted, seen) {
        (Some(wanted), Some(seen)) if seen > wanted => (seen, "pods seen"),
        (Some(wanted), _) => (wanted, "replicas of its owner"),
        (None, Some(seen)) => (seen, "pods seen"),
        (None, None) => return None,
    };
    (pods > 0).then_some(PodCount {
        pods,
        from,
        certainty: Certainty::Likely,
    })
}

/// Returns why a budget allows no eviction even when all of its pods are healthy; `None` where it may allow one.
///
/// Percentages round up, as the disruption controller does it for both fields.
/// Source: Kubernetes, "Specifying a Disruption Budget for your Application".
fn never_allows(budget: &DisruptionBudget, count: Option<&PodCount>) -> Option<Never> {
    from_spec(budget, count).or_else(|| from_status(budget))
}

fn from_spec(budget: &DisruptionBudget, count: Option<&PodCount>) -> Option<Never> {
    const MOST: &str = "spec.maxUnavailable";
    const LEAST: &str = "spec.minAvailable";
    let plain = |field, found: String, wanted: &str| {
        let words = format!("{} {found}", field_name(field));
        Some(Never {
            field,
            found,
            wanted: wanted.to_owned(),
            words,
            certainty: Certainty::Certain,
        })
    };
    match budget.max_unavailable {
        Some(IntOrPercent::Number(number)) if number <= 0 => {
            return plain(MOST, number.to_string(), "1 or more");
        }
        Some(IntOrPercent::Percent(percent)) if percent <= 0 => {
            return plain(MOST, format!("{percent}%"), "more than 0%");
        }
        _ => {}
    }
    let (least, found) = match budget.min_available {
        Some(IntOrPercent::Percent(percent)) if percent >= 100 => {
            return plain(LEAST, format!("{percent}%"), "less than 100%");
        }
        Some(IntOrPercent::Percent(percent)) => {
            let part = count?.pods.saturating_mul(percent);
            let whole = part / 100 + i64::from(part % 100 > 0);
            (whole, format!("{percent}%"))
        }
        Some(IntOrPercent::Number(number)) => (number, number.to_string()),
        Some(IntOrPercent::Other(_)) | None => return None,
    };
    let count = count?;
    (least >= count.pods).then(|| {
        let rounded = match budget.min_available {
            Some(IntOrPercent::Percent(_)) => format!(" is {least}"),
            _ => String::new(),
        };
        let pods = if count.pods == 1 { "pod" } else { "pods" };
        Never {
            field: LEAST,
            words: match count.certainty {
                Certainty::Certain => {
                    format!("minAvailable {found}{rounded}, of {} {pods}", count.pods)
                }
                _ => format!(
                    "minAvailable {found}{rounded}, of {} {pods}; it has no status",
                    count.pods
                ),
            },
            found,
            wanted: format!("less than {} ({})", count.pods, count.from),
            certainty: count.certainty,
        }
    })
}

/// What the disruption controller found: nothing may go although every pod is healthy.
fn from_status(budget: &DisruptionBudget) -> Option<Never> {
    let expected = budget.expected_pods.filter(|pods| *pods > 0)?;
    let healthy = budget.current_healthy?;
    let is_never = budget.disruptions_allowed == Some(0) && healthy >= expected;
    is_never.then(|| Never {
        field: "status.disruptionsAllowed",
        found: "0".to_owned(),
        wanted: "1 or more".to_owned(),
        words: format!(
            "0 allowed with {healthy} of {expected} pods healthy, by its status, which may change"
        ),
        certainty: Certainty::Likely,
    })
}

fn field_name(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(pods: i64) -> PodCount {
        PodCount {
            pods,
            from: "status.expectedPods",
            certainty: Certainty::Certain,
        }
    }

    #[test]
    fn budgets_that_never_allow_an_eviction() {
        use IntOrPercent::{Number, Other, Percent};
        let least = |value| DisruptionBudget {
            min_available: Some(value),
            ..DisruptionBudget::default()
        };
        let most = |value| DisruptionBudget {
            max_unavailable: Some(value),
            ..DisruptionBudget::default()
        };
        let rows = [
            (most(Number(0)), None, true, "none may be away"),
            (most(Percent(0)), None, true, "no part may be away"),
            (most(Number(1)), Some(1), false, "the only pod may be away"),
            (
                most(Percent(1)),
                Some(3),
                false,
                "a little rounds up to one",
            ),
            (least(Percent(100)), None, true, "all must be there"),
            (least(Percent(120)), None, true, "more than all"),
            (least(Percent(90)), Some(5), true, "4.5 rounds up to all"),
            (least(Percent(80)), Some(5), false, "exactly 4 of 5"),
            (least(Percent(81)), Some(5), true, "4.05 rounds up to 5"),
            (least(Percent(50)), Some(1), true, "half of one is one"),
            (least(Percent(0)), Some(1), false, "none must be there"),
            (least(Percent(90)), None, false, "the number is not known"),
            (least(Number(2)), Some(2), true, "all of two"),
            (least(Number(3)), Some(2), true, "more than there are"),
            (least(Number(1)), Some(2), false, "one of two"),
            (least(Number(0)), Some(1), false, "none must be there"),
            (least(Number(1)), None, false, "the number is not known"),
            (least(Other("most".into())), Some(1), false, "no number"),
            (DisruptionBudget::default(), Some(1), false, "asks nothing"),
        ];
        for (budget, pods, expected, why) in rows {
            let count = pods.map(counted);
            let never = never_allows(&budget, count.as_ref());
            assert_eq!(never.is_some(), expected, "{why}: {never:?}");
        }
    }

    #[test]
    fn a_status_blocks_only_where_all_pods_are_healthy() {
        let rows = [
            (Some(0), Some(3), Some(3), true, "all healthy, none allowed"),
            (Some(0), Some(4), Some(3), true, "one more than wanted"),
            (Some(0), Some(2), Some(3), false, "one is unhealthy now"),
            (Some(1), Some(3), Some(3), false, "one is allowed"),
            (None, Some(3), Some(3), false, "no status yet"),
            (Some(0), Some(0), Some(0), false, "nothing was counted yet"),
        ];
        for (disruptions_allowed, current_healthy, expected_pods, expected, why) in rows {
            let budget = DisruptionBudget {
                min_available: Some(IntOrPercent::Number(1)),
                disruptions_allowed,
                current_healthy,
                expected_pods,
                ..DisruptionBudget::default()
            };
            let count = expected_pods.filter(|pods| *pods > 0).map(counted);
            let never = never_allows(&budget, count.as_ref());
            assert_eq!(never.is_some(), expected, "{why}: {never:?}");
        }
    }

    #[test]
    fn what_is_said_names_field_and_number() {
        let budget = DisruptionBudget {
            min_available: Some(IntOrPercent::Percent(90)),
            ..DisruptionBudget::default()
        };
        let never = never_allows(&budget, Some(&counted(5))).expect("4.5 rounds up");
        assert_eq!(never.words, "minAvailable 90% is 5, of 5 pods");
        assert_eq!(never.wanted, "less than 5 (status.expectedPods)");
    }
}
