//! Pods that run by the profile for which another pod waits: where one runs, the profile's role and network let machines join.
//!
//! A list of the whole cluster has them; a question about one pod, or about one namespace, does not. That they are not found
//! costs nothing, so nothing is noted; that they may not be looked for is.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;

use super::reader::{List, Reader};
use crate::decision::facts::pod::PROFILE_LABEL;
use crate::decision::facts::{ClusterSnapshot, Kind, PodPhase};

/// How many are asked for: one that runs is enough, and a few more tell whether any is newer than a complaint.
const MOST: u64 = 10;

/// Reads a few pods that run by each profile for which a pod waits.
pub async fn read(reader: &Reader<'_>) {
    let wanted = reader.look(wanted);
    let samples = wanted.iter().map(|(profile, namespaces)| async move {
        let list = |namespace: Option<&str>| List {
            namespace: namespace.map(str::to_owned),
            labels: format!("{PROFILE_LABEL}={profile}"),
            fields: "status.phase=Running".to_owned(),
        };
        if reader.sample(Kind::Pod, &list(None), MOST).await.is_ok() {
            return;
        }
        // Not everybody may list the pods of the whole cluster.
        for namespace in namespaces {
            let here = reader.sample(Kind::Pod, &list(Some(namespace)), MOST).await;
            if let Err(failure) = here {
                reader.missed(Kind::Pod, namespace, &failure);
            }
        }
    });
    join_all(samples).await;
}

/// The profiles for which pods wait and by which none is known to run, each with the namespaces of those that wait.
fn wanted(snapshot: &ClusterSnapshot) -> BTreeMap<String, BTreeSet<String>> {
    let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    if snapshot.coverage.is_listed_everywhere(Kind::Pod) {
        return wanted;
    }
    for pod in &snapshot.pods {
        let is_waiting = pod.is_claimed()
            && pod.phase == PodPhase::Pending
            && pod.node_name.is_none()
            && !pod.is_terminating();
        if is_waiting && let Some(profile) = pod.profile_label() {
            let namespaces = wanted.entry(profile.to_owned()).or_default();
            namespaces.insert(pod.namespace.to_string());
        }
    }
    for pod in &snapshot.pods {
        let runs = pod.phase == PodPhase::Running && pod.node_name.is_some();
        if runs && let Some(profile) = pod.profile_label() {
            wanted.remove(profile);
        }
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::reduce::SnapshotBuilder;

    fn wanted_for(pods: &[&str]) -> Vec<String> {
        let mut builder = SnapshotBuilder::new();
        for pod in pods {
            builder.add(Kind::Pod, pod).expect("a good pod");
        }
        wanted(builder.snapshot())
            .iter()
            .map(|(profile, namespaces)| format!("{profile} in {namespaces:?}"))
            .collect()
    }

    const WAITS: &str = r#"{"metadata":{"name":"a","namespace":"shop","labels":{"eks.amazonaws.com/fargate-profile":"p"}},
        "spec":{"schedulerName":"fargate-scheduler"},"status":{"phase":"Pending"}}"#;
    const RUNS: &str = r#"{"metadata":{"name":"b","namespace":"shop","labels":{"eks.amazonaws.com/fargate-profile":"p"}},
        "spec":{"schedulerName":"fargate-scheduler","nodeName":"fargate-ip-10-0-0-1"},"status":{"phase":"Running"}}"#;

    #[test]
    fn fellows_are_wanted_only_of_pods_that_wait() {
        assert_eq!(wanted_for(&[WAITS]), [r#"p in {"shop"}"#]);
        assert!(wanted_for(&[RUNS]).is_empty());
        assert!(wanted_for(&[RUNS, WAITS]).is_empty(), "one is known");
    }
}
