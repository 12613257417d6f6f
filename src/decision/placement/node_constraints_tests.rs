use std::collections::BTreeMap;

use jiff::Timestamp;

use super::*;
use crate::decision::facts::aws::Subnet;
use crate::decision::facts::{FargateProfile, ProfileKnowledge, ProfileOrigin, Profiles, Selector};

fn requirement(key: &str, operator: Operator, values: &[&str]) -> Requirement {
    Requirement {
        key: key.to_owned(),
        operator,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    }
}

fn selecting(key: &str, value: &str) -> PodSpec {
    PodSpec {
        node_selector: BTreeMap::from([(key.to_owned(), value.to_owned())]),
        ..PodSpec::default()
    }
}

fn requiring(terms: Vec<NodeSelectorTerm>) -> PodSpec {
    PodSpec {
        required_node_affinity: Some(terms),
        ..PodSpec::default()
    }
}

fn term(expressions: Vec<Requirement>) -> NodeSelectorTerm {
    NodeSelectorTerm {
        expressions,
        fields: Vec::new(),
    }
}

const ZONE: &str = "topology.kubernetes.io/zone";

#[test]
fn node_selectors_against_the_labels_of_a_fargate_node() {
    let rows = [
        ("kubernetes.io/os", "linux", true),
        ("beta.kubernetes.io/os", "linux", true),
        ("kubernetes.io/os", "windows", false),
        ("kubernetes.io/arch", "amd64", true),
        ("kubernetes.io/arch", "arm64", false),
        ("beta.kubernetes.io/arch", "arm64", false),
        (COMPUTE_TYPE, "fargate", true),
        (COMPUTE_TYPE, "ec2", false),
        (COMPUTE_TYPE, "auto", false),
        (COMPUTE_TYPE, "hybrid", false),
        (ZONE, "eu-west-1a", true),
        ("failure-domain.beta.kubernetes.io/zone", "eu-west-1a", true),
        ("topology.kubernetes.io/region", "eu-west-1", true),
        ("kubernetes.io/hostname", "ip-10-0-1-9", false),
        ("eks.amazonaws.com/nodegroup", "ng-1", false),
        ("karpenter.sh/nodepool", "default", false),
        ("node.kubernetes.io/instance-type", "m6i.large", false),
        ("disk", "ssd", false),
    ];
    for (key, value, fits) in rows {
        let conflicts = conflicts_with_fargate(&selecting(key, value));
        assert_eq!(conflicts.is_empty(), fits, "{key}={value}");
        for conflict in conflicts {
            assert_eq!(conflict.field, format!("spec.nodeSelector[{key}]"));
        }
    }
}

#[test]
fn requirements_against_the_labels_of_a_fargate_node() {
    use Operator::*;
    let rows: &[(&str, Operator, &[&str], bool)] = &[
        (COMPUTE_TYPE, In, &["fargate"], true),
        (COMPUTE_TYPE, In, &["ec2", "fargate"], true),
        (COMPUTE_TYPE, In, &["ec2"], false),
        (COMPUTE_TYPE, NotIn, &["ec2"], true),
        (COMPUTE_TYPE, NotIn, &["fargate"], false),
        (COMPUTE_TYPE, NotIn, &["fargate", "hybrid", "auto"], false),
        (COMPUTE_TYPE, Exists, &[], true),
        (COMPUTE_TYPE, DoesNotExist, &[], false),
        ("kubernetes.io/arch", NotIn, &["arm64"], true),
        ("kubernetes.io/arch", In, &["arm64", "amd64"], true),
        ("karpenter.sh/nodepool", NotIn, &["gpu"], true),
        ("karpenter.sh/nodepool", DoesNotExist, &[], true),
        ("karpenter.sh/nodepool", Exists, &[], false),
        ("karpenter.sh/nodepool", In, &["gpu"], false),
        ("karpenter.k8s.aws/instance-cpu", Gt, &["3"], false),
        ("karpenter.k8s.aws/instance-cpu", Lt, &["9"], false),
        ("kubernetes.io/hostname", NotIn, &["ip-10-0-1-9"], true),
        ("kubernetes.io/hostname", Exists, &[], true),
        ("kubernetes.io/hostname", DoesNotExist, &[], false),
        (ZONE, In, &["eu-west-1a"], true),
        (ZONE, NotIn, &["eu-west-1a"], true),
        (ZONE, Exists, &[], true),
        (ZONE, DoesNotExist, &[], false),
        (ZONE, Gt, &["1"], false),
        // An operator of a later Kubernetes is no ground for a refusal.
        (COMPUTE_TYPE, Other("Like".to_owned()), &["x"], true),
    ];
    for (key, operator, values, fits) in rows {
        let asked = requirement(key, operator.clone(), values);
        let conflicts = conflicts_with_fargate(&requiring(vec![term(vec![asked.clone()])]));
        assert_eq!(conflicts.is_empty(), *fits, "{asked:?}");
    }
}

#[test]
fn one_term_is_enough_and_an_empty_one_is_none() {
    use Operator::In;
    let arm = || requirement("kubernetes.io/arch", In, &["arm64"]);
    let linux = || requirement("kubernetes.io/os", In, &["linux"]);
    let pool = || requirement("karpenter.sh/nodepool", In, &["gpu"]);
    let count = |terms: Vec<Vec<Requirement>>| {
        conflicts_with_fargate(&requiring(terms.into_iter().map(term).collect())).len()
    };
    assert_eq!(count(vec![vec![arm()], vec![linux()]]), 0);
    assert_eq!(count(vec![vec![arm()], vec![pool()]]), 2);
    assert_eq!(count(vec![vec![arm(), linux()]]), 1);
    assert_eq!(count(vec![vec![]]), 1);
    assert_eq!(count(vec![vec![], vec![linux()]]), 0);
    assert_eq!(count(vec![vec![], vec![arm()]]), 2);
}

#[test]
fn a_new_pod_gets_a_node_of_a_new_name() {
    let named = |operator| {
        requiring(vec![NodeSelectorTerm {
            expressions: Vec::new(),
            fields: vec![requirement("metadata.name", operator, &["ip-10-0-1-9"])],
        }])
    };
    let conflicts = conflicts_with_fargate(&named(Operator::In));
    assert_eq!(conflicts.len(), 1);
    assert!(
        conflicts[0]
            .field
            .ends_with("[0].matchFields[metadata.name]")
    );
    assert!(conflicts_with_fargate(&named(Operator::NotIn)).is_empty());
    assert_eq!(
        nodes_named_by_affinity(&named(Operator::In)),
        ["ip-10-0-1-9"]
    );
}

fn snapshot(region: Option<&str>, subnets: &[(&str, &str)]) -> ClusterSnapshot {
    let mut snapshot = ClusterSnapshot::empty(Timestamp::UNIX_EPOCH);
    snapshot.cluster.region = region.map(str::to_owned);
    let profile = FargateProfile {
        name: "apps".to_owned(),
        name_is_known: true,
        arn: None,
        cluster_name: None,
        status: None,
        created_at: None,
        selectors: Some(vec![Selector::new("shop", Vec::<(String, String)>::new())]),
        pod_execution_role_arn: None,
        subnets: vec!["subnet-1".to_owned(), "subnet-2".to_owned()],
        health_issues: Vec::new(),
        gaps: Vec::new(),
        origin: ProfileOrigin::EksApi,
    };
    snapshot.profiles = Profiles::new(vec![profile], ProfileKnowledge::Complete);
    for (id, zone) in subnets {
        let subnet = Subnet {
            id: (*id).to_owned(),
            zone: (*zone).to_owned(),
            ..Subnet::default()
        };
        snapshot.aws.subnets.insert((*id).to_owned(), subnet);
    }
    snapshot
}

#[test]
fn zones_are_those_of_the_profiles_subnets_where_all_are_known() {
    let fits = |snapshot: &ClusterSnapshot, namespace: &str, zone: &str| {
        let places = Places::of_namespace(snapshot, namespace);
        conflicts_with(&selecting(ZONE, zone), &places).is_empty()
    };
    let both = [("subnet-1", "eu-west-1a"), ("subnet-2", "eu-west-1b")];
    let known = snapshot(None, &both);
    assert!(fits(&known, "shop", "eu-west-1a"));
    assert!(fits(&known, "shop", "eu-west-1b"));
    assert!(!fits(&known, "shop", "eu-west-1c"));
    // Of a namespace that no profile selects nothing is known.
    assert!(fits(&known, "other", "eu-west-1c"));
    let half = snapshot(None, &both[..1]);
    assert!(fits(&half, "shop", "eu-west-1c"));
    let nameless = snapshot(None, &[both[0], ("subnet-2", "")]);
    assert!(fits(&nameless, "shop", "eu-west-1c"));
    // A zone is called after its region.
    let in_region = snapshot(Some("eu-west-1"), &[]);
    assert!(fits(&in_region, "shop", "eu-west-1c"));
    assert!(!fits(&in_region, "shop", "us-east-1a"));
    let nowhere = snapshot(None, &[]);
    assert!(fits(&nowhere, "shop", "us-east-1a"));
}

#[test]
fn zones_left_out_and_other_regions() {
    use Operator::{In, NotIn};
    let known = snapshot(
        Some("eu-west-1"),
        &[("subnet-1", "eu-west-1a"), ("subnet-2", "eu-west-1a")],
    );
    let places = Places::of_namespace(&known, "shop");
    let region = "topology.kubernetes.io/region";
    let rows = [
        (requirement(ZONE, NotIn, &["eu-west-1a"]), false),
        (requirement(ZONE, NotIn, &["eu-west-1b"]), true),
        (requirement(region, In, &["eu-west-1"]), true),
        (requirement(region, In, &["us-east-1"]), false),
        (requirement(region, NotIn, &["eu-west-1"]), false),
    ];
    for (asked, fits) in rows {
        let spec = requiring(vec![term(vec![asked.clone()])]);
        assert_eq!(conflicts_with(&spec, &places).is_empty(), fits, "{asked:?}");
    }
    let conflict = &conflicts_with(&selecting(ZONE, "eu-west-1b"), &places)[0];
    assert_eq!(conflict.offer, "its Fargate nodes have eu-west-1a");
}

#[test]
fn places_that_no_node_is_in_at_once() {
    use Operator::{In, NotIn};
    const OLD_ZONE: &str = "failure-domain.beta.kubernetes.io/zone";
    const REGION: &str = "topology.kubernetes.io/region";
    let zone = |operator, values: &[&str]| term(vec![requirement(ZONE, operator, values)]);
    let with = |terms: Vec<NodeSelectorTerm>| PodSpec {
        required_node_affinity: Some(terms),
        ..selecting(ZONE, "eu-west-1a")
    };
    let mut both = selecting(ZONE, "eu-west-1a");
    both.node_selector
        .insert(OLD_ZONE.to_owned(), "eu-west-1b".to_owned());
    let mut abroad = selecting(ZONE, "eu-west-1a");
    abroad
        .node_selector
        .insert(REGION.to_owned(), "us-east-1".to_owned());
    let mut home = selecting(ZONE, "eu-west-1a");
    home.node_selector
        .insert(REGION.to_owned(), "eu-west-1".to_owned());
    let rows = [
        (both, false, "two labels, two zones"),
        (abroad, false, "a zone of another region"),
        (home, true, "a zone of its region"),
        (with(vec![zone(In, &["eu-west-1b"])]), false, "another zone"),
        (
            with(vec![zone(In, &["eu-west-1b", "eu-west-1a"])]),
            true,
            "one of two",
        ),
        (with(vec![zone(NotIn, &["eu-west-1a"])]), false, "left out"),
        (
            with(vec![zone(In, &["eu-west-1b"]), zone(In, &["eu-west-1a"])]),
            true,
            "one term holds",
        ),
        (
            with(vec![
                zone(In, &["eu-west-1b"]),
                term(vec![requirement("disk", In, &["ssd"])]),
            ]),
            false,
            "every term fails, each for a reason of its own",
        ),
    ];
    for (spec, fits, why) in rows {
        assert_eq!(conflicts_with_fargate(&spec).is_empty(), fits, "{why}");
    }
    let conflict = &conflicts_with_fargate(&with(vec![zone(In, &["eu-west-1b"])]))[0];
    assert!(conflict.field.contains("nodeSelectorTerms[0]"));
    assert!(conflict.offer.ends_with(&format!("{ZONE} eu-west-1a")));
}
