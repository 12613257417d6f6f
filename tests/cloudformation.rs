//! CloudFormation templates as they are in real life, through the same door as the command.

use std::path::Path;

use kubectl_fargate::decision::facts::{ClusterIdentity, SourceStatus};
use kubectl_fargate::decision::facts::{FargateProfile, Fit, Gap};
use kubectl_fargate::sources::profiles::{ProfilesRead, read_files};
use kubectl_fargate::sources::{Input, profiles};

/// Reads templates of `tests/forms/cloudformation`.
fn read(names: &[&str], cluster: &str) -> ProfilesRead {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/forms/cloudformation");
    let inputs: Vec<Input> = names
        .iter()
        .map(|name| Input::Path(folder.join(name)))
        .collect();
    read_files(
        &inputs,
        &ClusterIdentity {
            name: (!cluster.is_empty()).then(|| cluster.to_owned()),
            region: None,
        },
    )
    .expect("the templates are fine")
}

/// Name, without the folder of the file.
fn name(profile: &FargateProfile) -> &str {
    profile
        .name
        .rsplit_once('/')
        .map_or(profile.name.as_str(), |(_, name)| name)
}

fn names(read: &ProfilesRead) -> Vec<&str> {
    read.profiles.list.iter().map(name).collect()
}

fn find<'a>(read: &'a ProfilesRead, wanted: &str) -> &'a FargateProfile {
    read.profiles
        .list
        .iter()
        .find(|profile| name(profile) == wanted)
        .unwrap_or_else(|| panic!("no profile {wanted} among {:?}", names(read)))
}

fn fit(profile: &FargateProfile, namespace: &str, labels: &[(&str, &str)]) -> Fit {
    let labels = labels
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    profile.fit(namespace, &labels)
}

fn gaps(gaps: &[Gap]) -> Vec<String> {
    gaps.iter()
        .map(|gap| match &gap.assumed {
            Some(assumed) => format!("{} = {} ({assumed})", gap.field, gap.expression),
            None => format!("{} = {}", gap.field, gap.expression),
        })
        .collect()
}

fn detail(read: &ProfilesRead) -> &str {
    let note = read
        .notes
        .iter()
        .find(|note| note.what == profiles::WHAT)
        .expect("a note on the profiles");
    assert_eq!(note.status, SourceStatus::Read);
    note.detail.as_deref().unwrap_or_default()
}

#[test]
fn a_plain_template_and_its_twin_in_json() {
    let yaml = read(&["plain.yaml"], "");
    let json = read(&["plain.json"], "");
    assert_eq!(yaml.cluster.name.as_deref(), Some("prod"));
    assert_eq!(names(&yaml), ["plain.yaml:SystemProfile", "apps"]);
    assert_eq!(names(&json), ["plain.json:SystemProfile", "apps"]);
    for (one, other) in [
        (find(&yaml, "apps"), find(&json, "apps")),
        (
            find(&yaml, "plain.yaml:SystemProfile"),
            find(&json, "plain.json:SystemProfile"),
        ),
    ] {
        let other = FargateProfile {
            name: one.name.clone(),
            origin: one.origin.clone(),
            ..other.clone()
        };
        assert_eq!(*one, other);
    }
    let apps = find(&yaml, "apps");
    assert_eq!(apps.subnets, ["subnet-0a1", "subnet-0b2"]);
    assert_eq!(
        gaps(&apps.gaps),
        ["podExecutionRoleArn = !GetAtt PodRole.Arn"]
    );
    assert_eq!(
        fit(apps, "shop", &[("tier", "web"), ("team", "orders")]),
        Fit::Matches(0)
    );
    assert_eq!(fit(apps, "shop", &[("tier", "web")]), Fit::Misses);
    assert_eq!(fit(apps, "batch-7", &[]), Fit::Matches(1));
    let system = find(&yaml, "plain.yaml:SystemProfile");
    assert!(!system.name_is_known);
    assert_eq!(fit(system, "kube-system", &[]), Fit::Matches(0));
    assert_eq!(
        system.pod_execution_role_arn.as_deref(),
        Some("arn:aws:iam::111122223333:role/fargate-pods")
    );
}

#[test]
fn parameters_are_assumed_or_unknown_and_never_a_secret() {
    let read = read(&["parameters.yaml"], "prod");
    let apps = find(&read, "apps");
    assert!(apps.name_is_known);
    assert_eq!(
        gaps(&apps.gaps),
        [
            "fargateProfileName = !Ref ProfileName (apps)",
            "clusterName = !Ref ClusterName",
            "podExecutionRoleArn = !Ref PodExecutionRole",
            "subnets = !Ref PrivateSubnets (subnet-0a1,subnet-0b2)",
        ]
    );
    assert_eq!(apps.subnets, ["subnet-0a1", "subnet-0b2"]);
    assert_eq!(fit(apps, "shop", &[("tier", "web")]), Fit::Matches(0));
    assert!(
        apps.selectors
            .as_ref()
            .is_some_and(|all| all[0].is_assumed())
    );

    let team = find(&read, "parameters.yaml:TeamProfile");
    assert!(!team.name_is_known && team.subnets.is_empty());
    assert_eq!(
        gaps(&team.gaps),
        [
            "fargateProfileName = !Sub \"${Team}-pods\"",
            "clusterName = !Ref ClusterName",
            "podExecutionRoleArn = !ImportValue platform-pod-role",
            "subnets = !ImportValue platform-subnet-b",
        ]
    );
    assert_eq!(fit(team, "orders-live", &[]), Fit::Unknown);
    assert_eq!(fit(team, "orders", &[]), Fit::Misses);
    assert_eq!(fit(team, "jobs", &[]), Fit::Misses);
    let labels = [("team", "x"), ("token", "y"), ("wave", "z")];
    assert_eq!(fit(team, "jobs", &labels), Fit::Unknown);
    let selectors = team.selectors.as_ref().expect("selectors");
    assert_eq!(
        gaps(&selectors[1].gaps),
        [
            "labels[team] = !Ref Team",
            "labels[token] = !Ref DeployToken",
            "labels[wave] = {{resolve:ssm:/platform/wave}}",
        ]
    );
    assert!(!format!("{read:?}").contains("hunter2"));
}

#[test]
fn conditions_and_mappings() {
    let read = read(&["conditions.yaml"], "staging-eks");
    assert_eq!(names(&read), ["apps-staging", "batch", "debug"]);
    let apps = find(&read, "apps-staging");
    assert_eq!(apps.cluster_name.as_deref(), Some("staging-eks"));
    assert_eq!(apps.subnets, ["subnet-0a1", "subnet-0b2"]);
    assert_eq!(fit(apps, "shop-staging", &[]), Fit::Matches(0));
    assert_eq!(fit(apps, "shop", &[]), Fit::Misses);
    assert_eq!(fit(apps, "batch", &[]), Fit::Unknown);
    let batch = find(&read, "batch");
    assert_eq!(fit(batch, "batch-jobs", &[]), Fit::Unknown);
    assert_eq!(fit(batch, "debug", &[]), Fit::Misses);
    let debug = find(&read, "debug");
    assert_eq!(fit(debug, "debug", &[]), Fit::Matches(0));
    let selectors = debug.selectors.as_ref().expect("selectors");
    assert_eq!(gaps(&selectors[0].gaps), ["Condition = IsStaging (true)"]);
    let detail = detail(&read);
    assert!(
        detail.contains(":BatchProfile is made only if its condition HasBatch holds"),
        "{detail}"
    );
    assert!(
        detail.contains(
            ":LiveProfile is not made: its condition IsProdWithBatch does not hold by the defaults of its parameters"
        ),
        "{detail}"
    );
}

#[test]
fn what_the_cdk_writes() {
    let second = read(&["cdk-v2.template.json"], "");
    assert_eq!(second.cluster.name.as_deref(), Some("prod"));
    assert_eq!(names(&second), ["apps", "system"]);
    let apps = find(&second, "apps");
    assert_eq!(fit(apps, "shop", &[("tier", "web")]), Fit::Matches(0));
    assert_eq!(fit(apps, "jobs", &[]), Fit::Matches(1));
    let system = find(&second, "system");
    assert_eq!(fit(system, "kube-system", &[]), Fit::Matches(0));
    assert_eq!(detail(&second), "");

    let first = read(&["cdk-v1.template.json"], "");
    let wanted = "cdk-v1.template.json:FargateClusterfargateprofiledefault10E54561";
    assert_eq!(names(&first), [wanted]);
    let profile = find(&first, wanted);
    assert!(!profile.name_is_known && profile.cluster_name.is_none());
    assert_eq!(fit(profile, "default", &[]), Fit::Matches(0));
    assert_eq!(fit(profile, "kube-system", &[]), Fit::Matches(1));
    assert_eq!(
        gaps(&profile.gaps)[1],
        "clusterName = !Ref FargateCluster019F03E8"
    );
}

#[test]
fn profiles_of_another_cluster_are_left_out() {
    let read = read(&["plain.yaml", "conditions.yaml"], "prod");
    assert_eq!(names(&read), ["plain.yaml:SystemProfile", "apps"]);
    assert!(detail(&read).contains("3 profiles of staging-eks were left out"));
}

#[test]
fn clusters_without_a_name_are_told_apart() {
    let folder = tempfile::TempDir::new().expect("a folder for the test");
    let path = folder.path().join("two.yaml");
    let resources: String = ["Blue", "Green"]
        .iter()
        .map(|color| {
            format!(
                "  {color}: {{Type: AWS::EKS::Cluster}}\n  {color}Apps:\n    Type: AWS::EKS::FargateProfile\n    \
                 Properties: {{ClusterName: !Ref {color}, FargateProfileName: apps-{color}, Selectors: [{{Namespace: a}}]}}\n"
            )
        })
        .collect();
    std::fs::write(&path, format!("Resources:\n{resources}")).expect("a file");
    let read = read_files(&[Input::Path(path)], &ClusterIdentity::default()).expect("it is fine");
    assert!(!read.profiles.are_read());
    let problem = read.profiles.problem.expect("a problem");
    assert!(problem.contains("two.yaml:Blue"), "{problem}");
}

#[test]
fn a_template_as_the_api_prints_it() {
    let template = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/forms/cloudformation/plain.yaml"),
    )
    .expect("the template");
    let folder = tempfile::TempDir::new().expect("a folder for the test");
    let path = folder.path().join("template.json");
    let answer =
        serde_json::json!({"StagesAvailable": ["Original", "Processed"], "TemplateBody": template});
    std::fs::write(&path, answer.to_string()).expect("a file");
    let read = read_files(&[Input::Path(path)], &ClusterIdentity::default()).expect("it is fine");
    assert_eq!(names(&read), ["template.json:SystemProfile", "apps"]);
}
