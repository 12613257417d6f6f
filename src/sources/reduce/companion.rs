//! The objects that stand beside pods: budgets, services, accounts, policies, autoscalers, two ConfigMaps.

use super::spec::{not_empty, requirement};
use super::{Malformed, named, namespace_or_default, read};
use crate::decision::facts::companion::{ROLE_ARN_ANNOTATION, SERVICE_ANNOTATIONS};
use crate::decision::facts::{
    AwsAuth, AwsLogging, ClusterSnapshot, DisruptionBudget, IntOrPercent, Kind, LabelSelector,
    MappedRole, ObjectRef, SecurityGroupPolicy, Service, ServiceAccount, SourceNote, SourceStatus,
    VerticalAutoscaler,
};
use crate::sources::wire::companion as wire;
use crate::sources::yaml;

/// Namespace and name of the ConfigMap that says which IAM roles may log in.
pub(in crate::sources) const AWS_AUTH: (&str, &str) = ("kube-system", "aws-auth");
/// Namespace and name of the ConfigMap with the settings of Fargate's log router.
pub(in crate::sources) const AWS_LOGGING: (&str, &str) = ("aws-observability", "aws-logging");

/// An object that stands beside pods.
#[derive(Debug)]
pub(super) enum Companion {
    Budget(DisruptionBudget),
    Service(Service),
    ServiceAccount(ServiceAccount),
    SecurityGroupPolicy(SecurityGroupPolicy),
    VerticalAutoscaler(VerticalAutoscaler),
    AwsAuth(AwsAuth),
    AwsLogging(AwsLogging),
    OtherConfigMap,
}

impl Companion {
    /// Puts it into the snapshot; tells whether there was none of this name before.
    pub(super) fn put_into(self, snapshot: &mut ClusterSnapshot, key: (String, String)) -> bool {
        match self {
            Self::Budget(found) => snapshot.budgets.insert(key, found).is_none(),
            Self::Service(found) => snapshot.services.insert(key, found).is_none(),
            Self::ServiceAccount(found) => snapshot.service_accounts.insert(key, found).is_none(),
            Self::SecurityGroupPolicy(found) => snapshot
                .security_group_policies
                .insert(key, found)
                .is_none(),
            Self::VerticalAutoscaler(found) => {
                snapshot.vertical_autoscalers.insert(key, found).is_none()
            }
            Self::AwsAuth(found) => snapshot.aws_auth.replace(found).is_none(),
            Self::AwsLogging(found) => snapshot.aws_logging.replace(found).is_none(),
            Self::OtherConfigMap => false,
        }
    }
}

/// Understands an object of a kind that stands beside pods. Returns it with its namespace and name.
pub(super) fn companion(
    kind: Kind,
    json: &str,
) -> Result<((String, String), Companion), Malformed> {
    macro_rules! found {
        ($companion:ident, $reduce:ident) => {{
            let found = $reduce(read(kind, json)?)?;
            let key = (found.namespace.clone(), found.name.clone());
            (key, Companion::$companion(found))
        }};
    }
    Ok(match kind {
        Kind::PodDisruptionBudget => found!(Budget, budget),
        Kind::Service => found!(Service, service),
        Kind::ServiceAccount => found!(ServiceAccount, service_account),
        Kind::SecurityGroupPolicy => found!(SecurityGroupPolicy, security_group_policy),
        Kind::VerticalPodAutoscaler => found!(VerticalAutoscaler, vertical_autoscaler),
        _ => config_map(json)?,
    })
}

/// Of ConfigMaps two matter; the data of all others is not even looked at. What is wrong is said in our own words: a parser's
/// would quote the data.
fn config_map(json: &str) -> Result<((String, String), Companion), Malformed> {
    let kind = Kind::ConfigMap;
    let metadata = read::<wire::ConfigMapName>(kind, json)?.metadata;
    let name = named(kind, &metadata.name)?;
    let namespace = namespace_or_default(metadata.namespace);
    let found = match (namespace.as_str(), name.as_str()) {
        AWS_AUTH => {
            let map = serde_json::from_str(json).map_or_else(|_| not_understood(""), aws_auth);
            Companion::AwsAuth(map)
        }
        AWS_LOGGING => {
            let map = serde_json::from_str(json).map_err(|_| Malformed {
                object: Some(ObjectRef::namespaced("configmap", &namespace, &name)),
                problem: "data is no map of texts".to_owned(),
            })?;
            Companion::AwsLogging(aws_logging(map))
        }
        _ => Companion::OtherConfigMap,
    };
    Ok(((namespace, name), found))
}

/// Whether the ConfigMap is one of the two that matter.
pub(in crate::sources) fn is_config_map_of_ours(json: &str) -> bool {
    serde_json::from_str::<wire::ConfigMapName>(json).is_ok_and(|map| {
        let name = (map.metadata.namespace.as_str(), map.metadata.name.as_str());
        [AWS_AUTH, AWS_LOGGING].contains(&name)
    })
}

/// The line of the report's `sources` about an aws-auth that was read and cannot be understood.
pub(in crate::sources) fn note_on_aws_auth(snapshot: &ClusterSnapshot) -> Option<SourceNote> {
    let problem = snapshot.aws_auth.as_ref()?.problem.as_deref()?;
    let (namespace, name) = AWS_AUTH;
    Some(SourceNote {
        what: Kind::ConfigMap.plural().to_owned(),
        namespace: Some(namespace.to_owned()),
        status: SourceStatus::Malformed,
        count: None,
        detail: Some(format!("{name}: {problem}")),
    })
}

fn budget(
    budget: wire::Object<wire::BudgetSpec, wire::BudgetStatus>,
) -> Result<DisruptionBudget, Malformed> {
    let wire::Object {
        metadata,
        spec,
        status,
    } = budget;
    Ok(DisruptionBudget {
        name: named(Kind::PodDisruptionBudget, &metadata.name)?,
        namespace: namespace_or_default(metadata.namespace),
        selector: spec.selector.map(label_selector),
        min_available: spec.min_available.map(int_or_percent),
        max_unavailable: spec.max_unavailable.map(int_or_percent),
        disruptions_allowed: status.disruptions_allowed,
        current_healthy: status.current_healthy,
        desired_healthy: status.desired_healthy,
        expected_pods: status.expected_pods,
    })
}

fn int_or_percent(value: wire::IntOrText) -> IntOrPercent {
    match value {
        wire::IntOrText::Int(number) => IntOrPercent::Number(number),
        wire::IntOrText::Text(text) => match text.strip_suffix('%').map(str::parse) {
            Some(Ok(percent)) => IntOrPercent::Percent(percent),
            _ => text
                .parse()
                .map_or(IntOrPercent::Other(text), IntOrPercent::Number),
        },
    }
}

fn label_selector(selector: wire::LabelSelector) -> LabelSelector {
    LabelSelector {
        labels: selector.labels.0.into(),
        expressions: selector.expressions.into_iter().map(requirement).collect(),
    }
}

fn service(service: wire::Object<wire::ServiceSpec>) -> Result<Service, Malformed> {
    let wire::Object { metadata, spec, .. } = service;
    Ok(Service {
        name: named(Kind::Service, &metadata.name)?,
        namespace: namespace_or_default(metadata.namespace),
        kind: not_empty(spec.kind).unwrap_or_else(|| "ClusterIP".to_owned()),
        selector: spec.selector.0.into(),
        load_balancer_class: spec.load_balancer_class.and_then(not_empty),
        annotations: metadata
            .annotations
            .0
            .into_iter()
            .filter(|(key, _)| SERVICE_ANNOTATIONS.contains(&key.as_str()))
            .collect(),
    })
}

fn service_account(
    account: wire::Object<wire::IgnoredStatus>,
) -> Result<ServiceAccount, Malformed> {
    let mut metadata = account.metadata;
    Ok(ServiceAccount {
        name: named(Kind::ServiceAccount, &metadata.name)?,
        namespace: namespace_or_default(metadata.namespace),
        role_arn: metadata
            .annotations
            .0
            .remove(ROLE_ARN_ANNOTATION)
            .and_then(not_empty),
    })
}

fn security_group_policy(
    policy: wire::Object<wire::SecurityGroupPolicySpec>,
) -> Result<SecurityGroupPolicy, Malformed> {
    let wire::Object { metadata, spec, .. } = policy;
    Ok(SecurityGroupPolicy {
        name: named(Kind::SecurityGroupPolicy, &metadata.name)?,
        namespace: namespace_or_default(metadata.namespace),
        pod_selector: spec.pod_selector.map(label_selector),
        service_account_selector: spec.service_account_selector.map(label_selector),
        groups: spec.security_groups.ids,
    })
}

fn vertical_autoscaler(
    autoscaler: wire::Object<wire::VerticalAutoscalerSpec>,
) -> Result<VerticalAutoscaler, Malformed> {
    let wire::Object { metadata, spec, .. } = autoscaler;
    Ok(VerticalAutoscaler {
        name: named(Kind::VerticalPodAutoscaler, &metadata.name)?,
        namespace: namespace_or_default(metadata.namespace),
        target_kind: spec.target_ref.kind,
        target_name: spec.target_ref.name,
        update_mode: spec.update_policy.mode.and_then(not_empty),
    })
}

/// Reads `mapRoles`, which is YAML within the ConfigMap. What cannot be understood is said, not guessed.
fn aws_auth(map: wire::AwsAuthMap) -> AwsAuth {
    let text = map.data.roles.unwrap_or_default();
    match yaml::read_one::<Vec<wire::MappedRole>>(&text) {
        Ok(roles) => AwsAuth {
            roles: roles
                .unwrap_or_default()
                .into_iter()
                .map(|role| MappedRole {
                    role_arn: role.rolearn,
                    username: role.username,
                    groups: role.groups,
                })
                .collect(),
            problem: None,
        },
        Err(problem) => {
            let line = problem.place.map(|(line, _)| format!(" (its line {line})"));
            not_understood(&line.unwrap_or_default())
        }
    }
}

fn not_understood(place: &str) -> AwsAuth {
    AwsAuth {
        roles: Vec::new(),
        problem: Some(format!("data.mapRoles is no list of roles in YAML{place}")),
    }
}

fn aws_logging(map: wire::AwsLoggingMap) -> AwsLogging {
    AwsLogging {
        characters: map.data.0.values().sum(),
        keys: map.data.0.into_keys().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::reduce::SnapshotBuilder;

    fn read<T: serde::de::DeserializeOwned>(json: &str) -> T {
        serde_json::from_str(json).expect("the test's JSON is well-formed")
    }

    #[test]
    fn budgets() {
        let budget = budget(read(
            r#"{"metadata":{"name":"web","namespace":"shop"},
                "spec":{"minAvailable":"100%","maxUnavailable":0,"selector":{"matchLabels":{"app":"web"},
                        "matchExpressions":[{"key":"tier","operator":"In","values":["a"]}]}},
                "status":{"disruptionsAllowed":0,"currentHealthy":2,"desiredHealthy":2,"expectedPods":2,"conditions":[]}}"#,
        ))
        .expect("it has a name");
        assert_eq!(budget.min_available, Some(IntOrPercent::Percent(100)));
        assert_eq!(budget.max_unavailable, Some(IntOrPercent::Number(0)));
        assert_eq!(budget.disruptions_allowed, Some(0));
        let selector = budget.selector.expect("a selector was given");
        assert_eq!((selector.labels.len(), selector.expressions.len()), (1, 1));
        assert_eq!(
            int_or_percent(wire::IntOrText::Text("3".to_owned())),
            IntOrPercent::Number(3)
        );
        assert_eq!(
            int_or_percent(wire::IntOrText::Text("most".to_owned())),
            IntOrPercent::Other("most".to_owned())
        );
    }

    #[test]
    fn services_keep_only_annotations_about_targets() {
        let service = service(read(
            r#"{"metadata":{"name":"web","annotations":{"a":"b","service.beta.kubernetes.io/aws-load-balancer-nlb-target-type":"ip"}},
                "spec":{"selector":{"app":"web"},"ports":[{"port":80}]},"status":{"loadBalancer":{}}}"#,
        ))
        .expect("it has a name");
        assert_eq!(
            (service.namespace.as_str(), service.kind.as_str()),
            ("default", "ClusterIP")
        );
        assert_eq!(service.annotations.len(), 1);
    }

    #[test]
    fn roles_of_aws_auth() {
        let map = |text: &str| wire::AwsAuthMap {
            data: wire::AwsAuthData {
                roles: Some(text.to_owned()),
            },
        };
        let auth = aws_auth(map(
            "- rolearn: arn:aws:iam::123456789012:role/pods\n  username: system:node:{{SessionName}}\n  groups:\n  - system:nodes\n",
        ));
        assert_eq!(auth.roles.len(), 1);
        assert_eq!(auth.roles[0].username, "system:node:{{SessionName}}");
        assert_eq!(auth.problem, None);
        assert_eq!(aws_auth(map("")), AwsAuth::default());
        assert_eq!(aws_auth(map("[]")), AwsAuth::default());
        let broken = aws_auth(map("rolearn: [secret"));
        assert!(
            broken
                .problem
                .is_some_and(|words| !words.contains("secret"))
        );
    }

    #[test]
    fn what_is_wrong_with_a_config_map_is_said_without_its_data() {
        let deep = format!("- x: {}", "[".repeat(20_000));
        for data in [
            r#""hunter2""#,
            r#"{"mapRoles":12345}"#,
            r#"{"mapRoles":["hunter2"]}"#,
            r#"{"mapRoles":"- rolearn: {hunter2: [hunter2"}"#,
            r#"{"mapRoles":"hunter2"}"#,
            r#"{"mapRoles":"- 12345"}"#,
            &format!("{{\"mapRoles\":\"{deep}\"}}"),
        ] {
            let mut builder = SnapshotBuilder::new();
            let map = format!(
                r#"{{"metadata":{{"namespace":"kube-system","name":"aws-auth"}},"data":{data}}}"#
            );
            builder
                .add(Kind::ConfigMap, &map)
                .expect("a broken map is no broken object");
            let auth = builder.snapshot().aws_auth.clone().expect("it was there");
            let problem = auth.problem.unwrap_or_default();
            assert!(
                problem.starts_with("data.mapRoles is no list of roles in YAML")
                    && !problem.contains("hunter2"),
                "{data}: {problem}"
            );
        }
        for data in [r#""hunter2""#, r#"{"output.conf":12345}"#] {
            let map = format!(
                r#"{{"metadata":{{"namespace":"aws-observability","name":"aws-logging"}},"data":{data}}}"#
            );
            let wrong = SnapshotBuilder::new()
                .add(Kind::ConfigMap, &map)
                .expect_err("no map of texts");
            assert_eq!(wrong.problem, "data is no map of texts");
            assert_eq!(
                wrong.object.map(|object| object.to_string()).as_deref(),
                Some("configmap/aws-observability/aws-logging")
            );
        }
    }

    #[test]
    fn of_config_maps_two_are_ours() {
        let map = |namespace: &str, name: &str| {
            format!(
                r#"{{"metadata":{{"namespace":"{namespace}","name":"{name}"}},"data":{{"a":"b"}}}}"#
            )
        };
        assert!(is_config_map_of_ours(&map("kube-system", "aws-auth")));
        assert!(is_config_map_of_ours(&map(
            "aws-observability",
            "aws-logging"
        )));
        for (namespace, name) in [("kube-system", "coredns"), ("shop", "aws-auth"), ("", "")] {
            let map = map(namespace, name);
            assert!(!is_config_map_of_ours(&map), "{map}");
        }
        assert!(!is_config_map_of_ours(r#"{"metadata":"aws-auth"}"#));
    }

    #[test]
    fn of_the_logging_settings_only_sizes_are_kept() {
        let logging = aws_logging(read(
            r#"{"data":{"output.conf":"[OUTPUT]","filters.conf":null},"metadata":{"name":"aws-logging"}}"#,
        ));
        assert_eq!(logging.keys, ["filters.conf", "output.conf"]);
        assert_eq!(logging.characters, 8);
    }
}
