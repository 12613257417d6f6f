//! What keeps a Fargate node for longer than it is good for.

use super::super::{Family, Rule, RuleInfo, finding, fix, sources};
use crate::decision::facts::shell::{quote, resource};
use crate::decision::facts::{ClusterSnapshot, Kind, Node, ObjectRef, Workload, WorkloadKind};
use crate::decision::finding::{Certainty, Command, Evidence, Finding, Fix, Severity, Strength};
use crate::decision::placement::{Cluster, PlacementKind, PodCase};
use crate::decision::reason::Reason;

pub(super) const FINISHED_POD_KEEPS_NODE: Rule = Rule {
    info: RuleInfo {
        reason: Reason::FinishedPodKeepsNode,
        family: Family::WorthKnowing,
        title: "it has ended, and its Fargate node stays until the pod is deleted",
        evidence: "the pod's phase and its node",
        fix: "delete the pod, or set ttlSecondsAfterFinished on the Job",
        source: sources::FARGATE,
        page: include_str!("../pages/FinishedPodKeepsNode.md"),
    },
    check: finished_pod_keeps_node,
};

pub(super) const KUBELET_SKEW: Rule = Rule {
    info: RuleInfo {
        reason: Reason::KubeletSkew,
        family: Family::WorthKnowing,
        title: "its node's kubelet is older than the cluster",
        evidence: "the kubelet version of the node, and the version of the cluster",
        fix: "recreate the pod before the next upgrade",
        source: "https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html",
        page: include_str!("../pages/KubeletSkew.md"),
    },
    check: kubelet_skew,
};

/// The Job of a pod, as far as it is known.
enum JobOfPod<'a> {
    Read(&'a Workload),
    Unread(&'a str),
    None,
}

fn finished_pod_keeps_node(case: &PodCase<'_>) -> Option<Finding> {
    let pod = &case.pod;
    if case.placement_kind() != Some(PlacementKind::Fargate)
        || !pod.is_claimed()
        || !pod.is_finished()
        || pod.is_terminating()
    {
        return None;
    }
    let node = pod.node_name.as_deref()?;
    let is_node_seen = case.snapshot.nodes.contains_key(node);
    if !is_node_seen && case.snapshot.coverage.is_read(Kind::Node, "", node) {
        return None;
    }
    let job = job_of(case);
    if let JobOfPod::Read(job) = job
        && job.ttl_seconds_after_finished.is_some()
    {
        return None;
    }
    let phase = pod.phase.as_str();
    let doubt = match (&job, is_node_seen) {
        (JobOfPod::Read(_), true) => None,
        (JobOfPod::Read(_), false) => Some("Its node was not seen."),
        (JobOfPod::Unread(_), true) => Some("Its Job, which may do that, was not seen."),
        (JobOfPod::Unread(_), false) => {
            Some("Neither its Job, which may do that, nor its node was seen.")
        }
        (JobOfPod::None, true) => Some("AWS says so of Jobs; likely it is the same here."),
        (JobOfPod::None, false) => {
            Some("AWS says so of Jobs; likely it is the same here. Its node was not seen.")
        }
    };
    let certainty = match doubt {
        None => Certainty::Certain,
        Some(_) => Certainty::Likely,
    };
    let stays = if is_node_seen {
        "stays"
    } else {
        "likely stays"
    };
    let ttl = match job {
        JobOfPod::Read(job) => Some(
            Evidence::absent(object_of(job), "spec.ttlSecondsAfterFinished").wanted("a number"),
        ),
        _ => None,
    };
    Some(
        finding(
            case,
            Reason::FinishedPodKeepsNode,
            format!(
                "It has ended ({phase}), yet its node {stays}, with its address and its bill, until the pod is deleted.{}",
                doubt.map(|doubt| format!(" {doubt}")).unwrap_or_default()
            ),
        )
        .severity(Severity::Info)
        .certainty(certainty)
        .strength(Strength::Aside)
        .evidence([
            Evidence::found(case.object.clone(), "status.phase", phase),
            Evidence::found(case.object.clone(), "spec.nodeName", node),
        ])
        .evidence(ttl)
        .fix(let_go(case, &job)),
    )
}

fn job_of<'c>(case: &'c PodCase<'_>) -> JobOfPod<'c> {
    let nearest = case.chain.workloads.first();
    let controller = case.pod.controller();
    match (nearest, controller) {
        (Some(job), _) if job.kind == WorkloadKind::Job => JobOfPod::Read(job),
        // Deleted since, perhaps: what it said of the time after its end is not known either.
        (_, Some(job))
            if WorkloadKind::of(&job.api_version, &job.kind) == Some(WorkloadKind::Job) =>
        {
            JobOfPod::Unread(&job.name)
        }
        _ => JobOfPod::None,
    }
}

fn object_of(workload: &Workload) -> ObjectRef {
    ObjectRef::namespaced(workload.kind.as_str(), &workload.namespace, &workload.name)
}

/// How the node is let go, and how the next one goes by itself.
fn let_go(case: &PodCase<'_>, job: &JobOfPod<'_>) -> Fix {
    let kubectl = fix::kubectl(case);
    let delete = fix::delete_pod(case);
    // For people alone: how long logs are kept is theirs to say.
    let patch = |kind: &str, name: &str, patch: &str| {
        let line = format!(
            "{kubectl} patch {} --type merge -p {}",
            resource(kind, name),
            quote(patch)
        );
        Command::from(line)
    };
    let cron_job = case
        .chain
        .top
        .as_ref()
        .filter(|owner| owner.known == Some(WorkloadKind::CronJob));
    match (job, cron_job) {
        (_, Some(cron_job)) => fix::with_commands(
            format!(
                "Delete the pod once its logs are read. So that the next ones go by themselves, set ttlSecondsAfterFinished in \
                 the job template of CronJob {}; successfulJobsHistoryLimit (3 by default) and failedJobsHistoryLimit (1) \
                 otherwise keep the pods of that many runs.",
                cron_job.name
            ),
            [
                delete,
                patch(
                    "cronjob",
                    &cron_job.name,
                    r#"{"spec":{"jobTemplate":{"spec":{"ttlSecondsAfterFinished":300}}}}"#,
                ),
            ],
        ),
        (JobOfPod::Read(job), None) => fix::with_commands(
            format!(
                "Delete the pod once its logs are read; or set ttlSecondsAfterFinished on Job {}, which deletes the Job with all \
                 its pods that long after its end.",
                job.name
            ),
            [
                delete,
                patch(
                    "job",
                    &job.name,
                    r#"{"spec":{"ttlSecondsAfterFinished":300}}"#,
                ),
            ],
        ),
        (JobOfPod::Unread(name), None) => fix::with_commands(
            format!(
                "Delete the pod once its logs are read, unless Job {name} has ttlSecondsAfterFinished and so does it by itself."
            ),
            [
                format!("{kubectl} get {} -o yaml", resource("job", name)).into(),
                delete,
            ],
        ),
        (JobOfPod::None, None) => {
            fix::with_commands("Delete the pod once its logs are read.", [delete])
        }
    }
}

/// A minor version of Kubernetes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Minor {
    major: u32,
    minor: u32,
}

impl std::fmt::Display for Minor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Reads `v1.29.3-eks-ae9a62a` or `v1.33+`; `None` for what is no version.
fn minor_of(text: &str) -> Option<Minor> {
    let text = text.trim();
    let (major, rest) = text.strip_prefix('v').unwrap_or(text).split_once('.')?;
    let end = rest
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(rest.len());
    let (minor, rest) = rest.split_at(end);
    let is_whole = rest.is_empty() || rest.starts_with(['.', '+', '-']);
    let number = |digits: &str| {
        let is_number = !digits.is_empty() && digits.chars().all(|digit| digit.is_ascii_digit());
        is_number.then(|| digits.parse().ok())?
    };
    is_whole.then_some(())?;
    Some(Minor {
        major: number(major)?,
        minor: number(minor)?,
    })
}

/// The version of the cluster, and how it is known. A kubelet is never newer than its cluster's API server, so the newest
/// kubelet tells the least that the cluster can be. Source: Kubernetes, "Version Skew Policy".
fn version_of_cluster(cluster: &Cluster<'_>) -> Option<(Minor, Evidence, bool)> {
    let snapshot = cluster.snapshot;
    if let Some(text) = &snapshot.server_version
        && let Some(minor) = minor_of(text)
    {
        let name = snapshot.cluster.name.as_deref().unwrap_or("kubernetes");
        let object = ObjectRef::cluster_wide("cluster", name);
        return Some((
            minor,
            Evidence::found(object, "version", text.as_str()),
            false,
        ));
    }
    let node = cluster.newest_kubelet(newest_kubelet)?;
    let text = node.kubelet_version.as_deref()?;
    let object = ObjectRef::cluster_wide("node", &node.name);
    Some((
        minor_of(text)?,
        Evidence::found(object, "status.nodeInfo.kubeletVersion", text),
        true,
    ))
}

fn newest_kubelet(snapshot: &ClusterSnapshot) -> Option<&Node> {
    let version = |node: &Node| minor_of(node.kubelet_version.as_deref()?);
    let nodes = snapshot.nodes.values();
    nodes
        .filter_map(|node| Some((version(node)?, node)))
        .max_by(|(one, one_node), (other, other_node)| {
            one.cmp(other)
                .then_with(|| other_node.name.cmp(&one_node.name))
        })
        .map(|(_, node)| node)
}

/// How many minor versions a kubelet on Fargate may be behind. Source: EKS User Guide, "Understand the Kubernetes version
/// lifecycle on EKS"; Kubernetes, "Version Skew Policy".
fn most_behind(cluster: Minor) -> u32 {
    if cluster.minor >= 28 { 3 } else { 2 }
}

fn kubelet_skew(case: &PodCase<'_>) -> Option<Finding> {
    let pod = &case.pod;
    if case.placement_kind() != Some(PlacementKind::Fargate)
        || !pod.is_claimed()
        || pod.is_finished()
        || pod.is_terminating()
    {
        return None;
    }
    let node = case.snapshot.nodes.get(pod.node_name.as_deref()?)?;
    let text = node.kubelet_version.as_deref()?;
    let kubelet = minor_of(text)?;
    let (cluster, evidence, is_least) = version_of_cluster(&case.cluster)?;
    let behind = cluster
        .minor
        .checked_sub(kubelet.minor)
        .filter(|behind| *behind > 0 && cluster.major == kubelet.major)?;
    let most = most_behind(cluster);
    let (at_least, or_more) = if is_least {
        ("at least ", " or more")
    } else {
        ("", "")
    };
    let versions = if behind == 1 && !is_least {
        "version"
    } else {
        "versions"
    };
    let limit = if behind > most {
        format!("EKS supports {most} at the most")
    } else if behind == most {
        format!("EKS supports {most}, so the next upgrade would be one too many")
    } else {
        format!("EKS supports up to {most}")
    };
    let mut again = fix::recreate_for_a_note(case);
    again.text = format!(
        "Upgrades of the cluster leave the kubelets of running Fargate pods as they are; a new pod gets a new one. {}",
        again.text
    );
    Some(
        finding(
            case,
            Reason::KubeletSkew,
            format!(
                "Its Fargate node runs kubelet {kubelet} and the cluster {at_least}{cluster}: {behind}{or_more} minor {versions} \
                 behind; {limit}. A Fargate pod keeps its kubelet for life."
            ),
        )
        .severity(Severity::Info)
        .strength(Strength::Aside)
        .evidence([
            Evidence::found(
                ObjectRef::cluster_wide("node", &node.name),
                "status.nodeInfo.kubeletVersion",
                text,
            )
            .wanted(cluster.to_string()),
            evidence,
        ])
        .fix(again),
    )
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::decision::facts::Node;

    #[test]
    fn versions_as_clusters_write_them() {
        let minor = |minor| Some(Minor { major: 1, minor });
        let rows = [
            ("v1.29.3-eks-ae9a62a", minor(29), "a kubelet of EKS"),
            ("v1.33+", minor(33), "a minor of a server"),
            ("v1.33.4-eks-5e0fdde", minor(33), "a server of EKS"),
            ("1.30", minor(30), "without its letter"),
            (" v1.9.11\n", minor(9), "one digit"),
            ("v1.31-beta.0", minor(31), "before its release"),
            ("", None, "nothing"),
            ("v1", None, "no minor"),
            ("v1.", None, "no minor"),
            ("v1.x", None, "no number"),
            ("v1.29x", None, "more than a number"),
            ("v.29", None, "no major"),
            ("v-1.29", None, "a sign"),
            ("v+1.29", None, "a sign that numbers may have"),
            ("v1.99999999999", None, "too large to be true"),
            ("unknown", None, "a word"),
        ];
        for (text, expected, why) in rows {
            assert_eq!(minor_of(text), expected, "{text:?}: {why}");
        }
    }

    #[test]
    fn the_server_tells_its_version_and_else_the_newest_kubelet_tells_the_least() {
        let mut snapshot = ClusterSnapshot::empty(Timestamp::UNIX_EPOCH);
        assert!(
            version_of_cluster(&Cluster::of(&snapshot)).is_none(),
            "nothing was read"
        );
        for (name, version) in [
            ("ip-10-0-1-5", "v1.31.2-eks-94953ac"),
            ("ip-10-0-1-6", "v1.9.1"),
            ("ip-10-0-1-7", "garbage"),
        ] {
            let node = Node {
                name: name.to_owned(),
                kubelet_version: Some(version.to_owned()),
                ..Node::default()
            };
            snapshot.nodes.insert(name.to_owned(), node);
        }
        let known = |snapshot: &ClusterSnapshot| {
            let (minor, _, is_least) =
                version_of_cluster(&Cluster::of(snapshot)).expect("a version is known");
            (minor.to_string(), is_least)
        };
        assert_eq!(known(&snapshot), ("1.31".to_owned(), true));
        snapshot.server_version = Some("?".to_owned());
        assert_eq!(known(&snapshot), ("1.31".to_owned(), true));
        snapshot.server_version = Some("v1.33.1-eks-1".to_owned());
        assert_eq!(known(&snapshot), ("1.33".to_owned(), false));
    }

    #[test]
    fn from_1_28_on_three_minor_versions_are_supported() {
        let most = |minor| most_behind(Minor { major: 1, minor });
        assert_eq!((most(27), most(28), most(33)), (2, 3, 3));
    }
}
