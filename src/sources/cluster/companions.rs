//! What stands beside the pods on Fargate: budgets, services, autoscalers, service accounts, policies, two ConfigMaps, and the
//! server's version. It is asked for only where there are such pods, and missing it never costs the answer about them.

use std::collections::BTreeSet;

use futures::future::{join, join_all, join3};

use super::needs::Need;
use super::reader::{List, Reader};
use crate::decision::facts::{ClusterSnapshot, ContainerState, Kind, ObjectRef, Pod};
use crate::sources::reduce::{AWS_AUTH, AWS_LOGGING};

/// Prefix of the names of Fargate's nodes.
const FARGATE_NODE: &str = "fargate-";
/// The annotation with the security groups that a SecurityGroupPolicy gave to a pod. Source: EKS User Guide, "Security groups
/// for Pods".
const SECURITY_GROUPS: &str = "fargate.amazonaws.com/pod-sg";
/// Set by EKS Pod Identity's webhook. Source: EKS User Guide, "How EKS Pod Identity works".
const POD_IDENTITY: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
/// From this many service accounts on, all of the cluster are listed where all of it was asked about.
const LIST_FROM: usize = 3;

/// What is asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Plan {
    /// Kinds to list, each in a namespace.
    lists: BTreeSet<(Kind, String)>,
    /// Objects to get.
    objects: BTreeSet<Need>,
    /// Whether the server's version is of use.
    version: bool,
}

impl Plan {
    fn of(snapshot: &ClusterSnapshot) -> Self {
        let mut plan = Self::default();
        for pod in snapshot.pods.iter().filter(|pod| concerns_fargate(pod)) {
            plan.add_pod(snapshot, pod);
        }
        plan
    }

    fn add_pod(&mut self, snapshot: &ClusterSnapshot, pod: &Pod) {
        let mut list = |kind| self.lists.insert((kind, pod.namespace.to_string()));
        let is_placed = pod.node_name.is_some();
        let is_waiting = !is_placed && !pod.is_finished() && !pod.is_terminating();
        if is_placed && !pod.is_finished() {
            list(Kind::PodDisruptionBudget);
            list(Kind::Service);
            list(Kind::VerticalPodAutoscaler);
        }
        if pod.annotations.contains_key(SECURITY_GROUPS) {
            list(Kind::SecurityGroupPolicy);
        }
        self.version |= is_placed;
        let mut get = |kind, (namespace, name): (&str, &str)| {
            self.objects.insert(Need::new(kind, Some(namespace), name));
        };
        if asks_for_credentials(pod) {
            let account = pod.spec.service_account.as_deref().unwrap_or("default");
            get(Kind::ServiceAccount, (&pod.namespace, account));
        }
        if is_waiting && pod.is_claimed() {
            get(Kind::ConfigMap, AWS_AUTH);
        }
        if has_logging_off(snapshot, pod) {
            get(Kind::ConfigMap, AWS_LOGGING);
        }
    }
}

fn concerns_fargate(pod: &Pod) -> bool {
    let on_fargate = |node: &str| node.starts_with(FARGATE_NODE);
    pod.is_claimed() || pod.node_name.as_deref().is_some_and(on_fargate)
}

/// Whether a rule would ask where the pod gets its AWS credentials: EKS Pod Identity is set up for it, or a container fails.
fn asks_for_credentials(pod: &Pod) -> bool {
    let has_pod_identity = pod
        .spec
        .containers
        .iter()
        .any(|container| container.credential_variables.contains(POD_IDENTITY));
    let fails = pod.containers.iter().any(|container| {
        container.restart_count > 0
            || matches!(&container.state, ContainerState::Waiting { reason, .. } if reason == "CrashLoopBackOff")
            || matches!(&container.state, ContainerState::Terminated { exit_code, .. } if *exit_code != 0)
    });
    has_pod_identity || fails
}

fn has_logging_off(snapshot: &ClusterSnapshot, pod: &Pod) -> bool {
    let by_annotation = pod
        .annotations
        .get("Logging")
        .is_some_and(|value| value.starts_with("LoggingDisabled"));
    let about = ObjectRef::namespaced("pod", &pod.namespace, &pod.name);
    by_annotation
        || snapshot
            .events
            .get(&about)
            .into_iter()
            .flatten()
            .any(|event| event.reason == "LoggingDisabled")
}

/// Reads them, all at once. With `everywhere` a kind is listed once for the whole cluster instead of once a namespace. What
/// cannot be read is noted.
pub async fn read(reader: &Reader<'_>, everywhere: bool) {
    let plan = reader.look(Plan::of);
    let mut lists: BTreeSet<(Kind, Option<String>)> = plan
        .lists
        .into_iter()
        .map(|(kind, namespace)| (kind, Some(namespace).filter(|_| !everywhere)))
        .collect();
    lists.retain(|(kind, namespace)| {
        let namespace = namespace.as_deref().unwrap_or_default();
        !reader.look(|snapshot| snapshot.coverage.is_listed(*kind, namespace))
    });
    let lists = lists.iter().map(|(kind, namespace)| async move {
        let list = List::all(namespace.as_deref());
        match kind {
            Kind::SecurityGroupPolicy | Kind::VerticalPodAutoscaler => {
                reader.list_if_served(*kind, &list).await;
            }
            _ => {
                let _ = reader.list(*kind, &list).await;
            }
        }
    });
    let version = async {
        if plan.version {
            reader.version().await;
        }
    };
    let objects = read_objects(reader, reader.untried(plan.objects), everywhere);
    join3(join_all(lists), objects, version).await;
}

/// Reads what only the events about the pods could tell, where those were not there yet.
pub async fn read_after_events(reader: &Reader<'_>) {
    let objects = reader.look(Plan::of).objects;
    reader.read_needs(reader.untried(objects)).await;
}

async fn read_objects(reader: &Reader<'_>, mut objects: BTreeSet<Need>, everywhere: bool) {
    let is_account = |need: &Need| need.kind == Kind::ServiceAccount;
    let accounts: BTreeSet<Need> = objects
        .iter()
        .filter(|need| is_account(need))
        .cloned()
        .collect();
    objects.retain(|need| !is_account(need));
    let is_one_list = everywhere && accounts.len() >= LIST_FROM;
    let accounts = async {
        let list = List::all(None);
        if !is_one_list || reader.list(Kind::ServiceAccount, &list).await.is_err() {
            reader.read_needs(accounts).await;
        }
    };
    join(accounts, reader.read_needs(objects)).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::reduce::SnapshotBuilder;

    fn plan(pods: &[&str]) -> Vec<String> {
        let mut builder = SnapshotBuilder::new();
        for pod in pods {
            builder.add(Kind::Pod, pod).expect("a good pod");
        }
        let plan = Plan::of(builder.snapshot());
        let lists = plan
            .lists
            .iter()
            .map(|(kind, namespace)| format!("{} of {namespace}", kind.plural()));
        let objects = plan.objects.iter().map(|need| {
            format!(
                "{} {}/{}",
                need.kind.plural(),
                need.namespace.as_deref().unwrap_or_default(),
                need.name
            )
        });
        let version = plan.version.then(|| "version".to_owned());
        lists.chain(objects).chain(version).collect()
    }

    #[test]
    fn of_a_pod_on_ec2_nothing_more_is_asked() {
        let on_ec2 = r#"{"metadata":{"name":"a","namespace":"shop","annotations":{"Logging":"LoggingDisabled: X"}},
            "spec":{"nodeName":"ip-10-0-0-1","containers":[{"name":"a","env":[{"name":"AWS_WEB_IDENTITY_TOKEN_FILE"}]}]}}"#;
        assert!(plan(&[on_ec2]).is_empty());
    }

    #[test]
    fn of_a_running_pod_on_fargate_the_lists_of_its_namespace() {
        let running = r#"{"metadata":{"name":"a","namespace":"shop","labels":{"eks.amazonaws.com/fargate-profile":"p"}},
            "spec":{"schedulerName":"fargate-scheduler","nodeName":"fargate-ip-10-0-0-1","containers":[{"name":"a"}]}}"#;
        assert_eq!(
            plan(&[running, running]),
            [
                "poddisruptionbudgets of shop",
                "services of shop",
                "verticalpodautoscalers of shop",
                "version"
            ]
        );
    }

    #[test]
    fn of_a_waiting_pod_who_may_log_in_and_the_settings_of_the_log_router() {
        let waiting = r#"{"metadata":{"name":"a","namespace":"shop","labels":{"eks.amazonaws.com/fargate-profile":"p"},
            "annotations":{"Logging":"LoggingDisabled: LOGGING_CONFIGMAP_NOT_FOUND","fargate.amazonaws.com/pod-sg":"sg-1"}},
            "spec":{"schedulerName":"fargate-scheduler","containers":[{"name":"a"}]}}"#;
        assert_eq!(
            plan(&[waiting]),
            [
                "securitygrouppolicies of shop",
                "configmaps aws-observability/aws-logging",
                "configmaps kube-system/aws-auth"
            ]
        );
    }

    #[test]
    fn a_role_by_its_service_account_is_no_question_while_the_pod_is_well() {
        let pod = |variable: &str| {
            format!(
                r#"{{"metadata":{{"name":"a","namespace":"shop","labels":{{"eks.amazonaws.com/fargate-profile":"p"}}}},
                    "spec":{{"schedulerName":"fargate-scheduler","containers":[{{"name":"a","env":[{{"name":"{variable}"}}]}}]}},
                    "status":{{"phase":"Succeeded"}}}}"#
            )
        };
        assert!(plan(&[&pod("AWS_WEB_IDENTITY_TOKEN_FILE")]).is_empty());
        assert_eq!(
            plan(&[&pod(POD_IDENTITY)]),
            ["serviceaccounts shop/default"]
        );
    }

    #[test]
    fn of_a_failing_pod_its_service_account() {
        let failing = r#"{"metadata":{"name":"a","namespace":"shop","labels":{"eks.amazonaws.com/fargate-profile":"p"}},
            "spec":{"schedulerName":"fargate-scheduler","serviceAccountName":"orders","containers":[{"name":"a"}]},
            "status":{"phase":"Failed","containerStatuses":[{"name":"a","restartCount":3}]}}"#;
        assert_eq!(plan(&[failing]), ["serviceaccounts shop/orders"]);
    }
}
