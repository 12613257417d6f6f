//! The forms of `tests/forms/eks` and `tests/forms/eksctl`: what the AWS CLI, boto3 and eksctl write is read whole.

use std::path::Path;

use kubectl_fargate::decision::facts::profile::ProfileStatus;
use kubectl_fargate::decision::facts::{FargateProfile, ProfileKnowledge};
use kubectl_fargate::sources::Input;
use kubectl_fargate::sources::profiles::{KnownCluster, ProfilesRead, read_files};

fn read(form: &str) -> ProfilesRead {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/forms")
        .join(form);
    read_files(&[Input::Path(path)], KnownCluster::default())
        .unwrap_or_else(|error| panic!("{form}: {error}: {:?}", error.cause))
}

/// `apps*(shop{tier=web},batch-*)`: the name, a star for ACTIVE, the selectors.
fn sketch(profile: &FargateProfile) -> String {
    let selectors: Vec<String> = profile
        .selectors
        .iter()
        .flatten()
        .map(|selector| {
            let labels: Vec<String> = selector
                .labels
                .iter()
                .map(|label| format!("{}={}", label.key.as_str(), label.value.as_str()))
                .collect();
            match labels.as_slice() {
                [] => selector.namespace.as_str().to_owned(),
                labels => format!("{}{{{}}}", selector.namespace.as_str(), labels.join(",")),
            }
        })
        .collect();
    let star = if profile.status == Some(ProfileStatus::Active) {
        "*"
    } else {
        ""
    };
    format!("{}{star}({})", profile.name, selectors.join(","))
}

#[test]
fn every_form_is_read_whole() {
    let apps = "apps*(shop{tier=web},batch-*)";
    let both = "apps*(shop{tier=web},batch-*) batch(batch)";
    for (form, wanted) in [
        ("eks/cli-v1-describe.json", apps),
        ("eks/cli-v2-describe.json", apps),
        ("eks/cli-v2-describe.yaml", apps),
        ("eks/cli-v2-yaml-stream.yaml", apps),
        ("eks/boto3-dump.json", apps),
        ("eks/query-fargate-profile.json", apps),
        ("eks/unhealthy.json", apps),
        ("eks/array-of-wrapped.json", both),
        ("eks/array.json", both),
        ("eks/concatenated.json", both),
        ("eksctl/cluster-config.json", "fp-default(default)"),
        (
            "eksctl/cluster-config.yaml",
            "fp-default(default,kube-system) fp-dev(dev{checks=passed,env=dev})",
        ),
        (
            "eksctl/get-fargateprofile.json",
            "fp-default*(default,dev{env=dev})",
        ),
        (
            "eksctl/get-fargateprofile.yaml",
            "fp-default*(default,dev{env=dev})",
        ),
    ] {
        let read = read(form);
        assert_eq!(
            read.profiles.knowledge,
            ProfileKnowledge::FromFiles,
            "{form}"
        );
        assert_eq!(read.profiles.problem, None, "{form}");
        let list = &read.profiles.list;
        let found: Vec<_> = list.iter().map(sketch).collect();
        assert_eq!(found.join(" "), wanted, "{form}");
        if form.starts_with("eks/") {
            let created_at = list[0].created_at.map(|time| time.to_string());
            assert_eq!(
                created_at.as_deref(),
                Some("2023-06-17T14:33:46.24Z"),
                "{form}"
            );
            assert_eq!(list[0].subnets.len(), 2, "{form}");
        }
        if form != "eksctl/get-fargateprofile.json" && form != "eksctl/get-fargateprofile.yaml" {
            assert_eq!(read.cluster.name.as_deref(), Some("prod"), "{form}");
            assert_eq!(read.cluster.region.as_deref(), Some("eu-west-1"), "{form}");
        }
    }
}

#[test]
fn names_alone_are_names_alone() {
    for (form, names, knowledge) in [
        (
            "eks/list.json",
            &["apps", "batch"][..],
            ProfileKnowledge::FromFiles,
        ),
        (
            "eks/list-first-page.json",
            &["apps"],
            ProfileKnowledge::Partial,
        ),
        (
            "eks/list-max-items.json",
            &["apps"],
            ProfileKnowledge::Partial,
        ),
    ] {
        let profiles = read(form).profiles;
        let found: Vec<_> = profiles
            .list
            .iter()
            .map(|profile| profile.name.as_str())
            .collect();
        assert_eq!(
            (found.as_slice(), profiles.knowledge),
            (names, knowledge),
            "{form}"
        );
        assert!(
            profiles
                .list
                .iter()
                .all(|profile| profile.selectors.is_none()),
            "{form}"
        );
        assert!(
            profiles.problem.is_some() && profiles.remedy.is_some(),
            "{form}"
        );
    }
}
