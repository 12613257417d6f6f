//! A pod is told the same in company as alone: what is found once for all that are alike, and kept for the next, never reaches a
//! pod that it is not true of.

use std::sync::Arc;

use super::cases;
use crate::decision::facts::{ClusterSnapshot, Pod, PodPhase};
use crate::decision::placement::Cluster;
use crate::decision::verdict::{Verdict, explain, explain_among};

/// All that a verdict tells.
fn told(verdict: &Verdict<'_>) -> String {
    format!(
        "{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{} {:?}\n{:?}",
        verdict.findings,
        verdict.case.placement,
        verdict.case.expected,
        verdict.case.blockers,
        verdict.case.recreated_blockers,
        verdict.near_miss_count,
        verdict.near_misses,
        verdict.matches,
    )
}

/// The pods of a cluster, each with others that are like it but for one thing.
fn crowd(pods: &[Pod]) -> Vec<Pod> {
    let mut crowd = Vec::new();
    for (index, pod) in pods.iter().enumerate() {
        let other = &pods[(index + 1) % pods.len()];
        let mut add = |change: &dyn Fn(&mut Pod)| {
            let mut copy = pod.clone();
            copy.name = format!("{}-{}", pod.name, crowd.len());
            change(&mut copy);
            crowd.push(copy);
        };
        add(&|_| {});
        add(&|copy| copy.node_name = other.node_name.clone());
        add(&|copy| copy.node_name_by_creator = !copy.node_name_by_creator);
        add(&|copy| copy.created_at = other.created_at);
        add(&|copy| copy.spec = other.spec.clone());
        add(&|copy| copy.labels = other.labels.clone());
        add(&|copy| copy.owners = other.owners.clone());
        add(&|copy| copy.annotations = other.annotations.clone());
        add(&|copy| copy.namespace.clone_from(&other.namespace));
        add(&|copy| copy.labels.insert("of-its-own", "yes"));
        add(&|copy| {
            copy.labels
                .remove(crate::decision::facts::pod::PROFILE_LABEL);
        });
        add(&|copy| copy.phase = PodPhase::Failed);
        add(&|copy| {
            copy.status_reason = Some("UnsupportedPodSpec".into());
            copy.status_message = Some("Pod not supported: SchedulerName is not fargate".into());
        });
        crowd.push(pod.clone());
    }
    crowd
}

fn check(name: &str, snapshot: &ClusterSnapshot) {
    let cluster = Arc::new(Cluster::of(snapshot));
    // Two threads, one from each end, so that what one keeps is met by the other.
    let judged = std::thread::scope(|scope| {
        let forwards = scope.spawn(|| {
            let all = snapshot.pods.iter();
            all.map(|pod| told(&explain_among(&cluster, pod)))
                .collect::<Vec<_>>()
        });
        let backwards = scope.spawn(|| {
            let all = snapshot.pods.iter().rev();
            all.map(|pod| told(&explain_among(&cluster, pod)))
                .collect::<Vec<_>>()
        });
        let mut backwards = backwards.join().expect("judging does not panic");
        backwards.reverse();
        [forwards.join().expect("judging does not panic"), backwards]
    });
    for (index, pod) in snapshot.pods.iter().enumerate() {
        let alone = told(&explain(snapshot, pod));
        for in_company in &judged {
            assert_eq!(in_company[index], alone, "{name}: {}", pod.name);
        }
    }
}

#[test]
fn verdicts_are_the_same_in_company_as_alone() {
    // One scenario in four, as each becomes a crowd; any of them has pods that share parts.
    for case in cases().iter().step_by(4) {
        let mut snapshot = case.gathered.snapshot.clone();
        snapshot.pods.truncate(6);
        if snapshot.pods.is_empty() {
            continue;
        }
        snapshot.pods = crowd(&snapshot.pods);
        check(&case.name, &snapshot);
    }
}
