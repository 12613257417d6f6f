//! Where a pod on Fargate gets its AWS credentials, and where not.

use super::super::{Family, Rule, RuleInfo, finding, fix, phrases, sources};
use super::containers::{LastWords, has_landed, is_crashing, last_words, lives_by_a_claim};
use super::containers::{says, spec_of};
use crate::decision::facts::companion::ROLE_ARN_ANNOTATION;
use crate::decision::facts::{
    Container, ContainerRole, ContainerState, ContainerStatus, Kind, ObjectRef, ServiceAccount,
};
use crate::decision::finding::{Certainty, Evidence, Finding, Fix, Severity, Strength};
use crate::decision::placement::PodCase;
use crate::decision::reason::Reason;

pub(super) const NO_INSTANCE_METADATA: Rule = Rule {
    info: RuleInfo {
        reason: Reason::NoInstanceMetadata,
        family: Family::WorthKnowing,
        title: "it seems to need the instance metadata service, which Fargate does not have",
        evidence: "the words of a failing container, and where it gets its credentials",
        fix: "give it region and VPC in its settings and a role by IAM roles for service accounts",
        source: sources::FARGATE,
        page: include_str!("../pages/NoInstanceMetadata.md"),
    },
    check: no_instance_metadata,
};

pub(super) const POD_IDENTITY_UNSUPPORTED: Rule = Rule {
    info: RuleInfo {
        reason: Reason::PodIdentityUnsupported,
        family: Family::WorthKnowing,
        title: "its AWS credentials come from EKS Pod Identity, which Fargate does not have",
        evidence: "the environment variables that the containers have, by name",
        fix: "use IAM roles for service accounts instead",
        source: "https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html",
        page: include_str!("../pages/PodIdentityUnsupported.md"),
    },
    check: pod_identity_unsupported,
};

/// Set by EKS Pod Identity's webhook. Source: EKS User Guide, "How EKS Pod Identity works".
const POD_IDENTITY: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
/// Set by the webhook of IAM roles for service accounts. Source: EKS User Guide, "Configure Pods to use a Kubernetes service account".
const WEB_IDENTITY: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";

/// Words about the instance metadata service itself.
const METADATA_WORDS: &[&[&str]] = &[
    &["169.254.169.254"],
    &["fd00:ec2::254"],
    &["instance metadata"],
    &["instance-metadata"],
    &["instancemetadata"],
    &["ec2metadata"],
    &["ec2 metadata"],
    &["latest/meta-data"],
    &["latest/api/token"],
    &["ec2 imds"],
    &["ec2imds"],
    &["=imds"],
    &["=imdsv1"],
    &["=imdsv2"],
    &["ec2rolerequesterror"],
    &["failed to get region", "metadata"],
    &["failed to get vpc", "metadata"],
];

/// Words of AWS SDKs that found no credentials anywhere; the last place where they look is the metadata service.
const CREDENTIAL_WORDS: &[&[&str]] = &[
    &["nocredentialproviders"],
    &["no valid providers in chain"],
    &["unable to locate credentials"],
    &["could not load credentials"],
    &["unable to load credentials from any"],
    &["unable to load aws credentials"],
    &["nocredentialserror"],
];

/// Controllers that ask the metadata service for Region, VPC or credentials where their settings do not say.
const AWS_CONTROLLERS: &[&str] = &[
    "aws-load-balancer-controller",
    "aws-ebs-csi-driver",
    "ebs-csi-controller",
    "aws-efs-csi-driver",
    "efs-csi-controller",
    "external-dns",
    "cluster-autoscaler",
    "karpenter",
    "aws-node-termination-handler",
];

fn no_instance_metadata(case: &PodCase<'_>) -> Option<Finding> {
    if !has_landed(case) {
        return None;
    }
    let words = last_words(case);
    let word = words.iter().find(|word| speaks_of_metadata(case, word));
    let (container, controller) = match word {
        Some(word) => (word.container, None),
        None => {
            let (container, name) = crashing_controller(case)?;
            (container, Some(name))
        }
    };
    let name = &container.name;
    let account = AccountSight::of(case);
    let message = match controller {
        None => format!(
            "Container {name} seems to look for the instance metadata service, which Fargate does not have."
        ),
        Some(controller) => format!(
            "Container {name} crashes. It has no role by its ServiceAccount, and Fargate no instance metadata service, which \
             {controller} may use on EC2."
        ),
    };
    let mut evidence: Vec<Evidence> = word.map(|word| word.evidence(case)).into_iter().collect();
    let has_token = has_variable(case, container, WEB_IDENTITY);
    if !has_token && let Some(spec) = spec_of(case, container) {
        evidence.push(
            Evidence::absent(case.object.clone(), env_field(spec, WEB_IDENTITY))
                .wanted("set, by IAM roles for service accounts"),
        );
    }
    evidence.extend(account.evidence(case));
    Some(
        finding(case, Reason::NoInstanceMetadata, message)
            .severity(Severity::Info)
            .certainty(Certainty::Likely)
            .strength(Strength::Aside)
            .evidence(evidence)
            .fix(metadata_fix(case, &account, has_token)),
    )
}

/// Whether these are the words of a program that misses the metadata service, and that still fails.
fn speaks_of_metadata(case: &PodCase<'_>, word: &LastWords<'_>) -> bool {
    let container = word.container;
    // One restart of a container that has long been ready is past.
    let still_fails = !matches!(container.state, ContainerState::Running)
        || !container.ready
        || container.restart_count > 1;
    let has_role = has_variable(case, container, WEB_IDENTITY);
    still_fails
        && (says(word.text, METADATA_WORDS) || !has_role && says(word.text, CREDENTIAL_WORDS))
}

/// A well-known AWS controller without a role, one of whose containers crashes.
fn crashing_controller<'a>(case: &'a PodCase<'_>) -> Option<(&'a ContainerStatus, &'a str)> {
    let labels = ["app.kubernetes.io/name", "k8s-app"];
    let of_pod = labels
        .iter()
        .filter_map(|key| case.pod.labels.get(*key))
        .map(String::as_str)
        .find(|name| AWS_CONTROLLERS.contains(name));
    case.pod
        .containers
        .iter()
        .filter(|container| is_crashing(container) && container.role != ContainerRole::Ephemeral)
        .filter(|container| !has_variable(case, container, WEB_IDENTITY))
        .find_map(|container| {
            let of_container = Some(container.name.as_str());
            let name = of_pod.or(of_container.filter(|name| AWS_CONTROLLERS.contains(name)))?;
            Some((container, name))
        })
}

fn has_variable(case: &PodCase<'_>, status: &ContainerStatus, variable: &str) -> bool {
    spec_of(case, status).is_some_and(|container| container.credential_variables.contains(variable))
}

/// A variable as a field path. Values are never read.
fn env_field(container: &Container, variable: &str) -> String {
    format!(
        "{}[{}].env[{variable}]",
        container.role.field(),
        container.name
    )
}

fn metadata_fix(case: &PodCase<'_>, account: &AccountSight<'_>, has_token: bool) -> Fix {
    let name = &account.name;
    let settings =
        "Give the program its Region, and the VPC id where it asks for one, in its own settings";
    let kubectl = fix::kubectl(case);
    let look = format!(
        "{kubectl} get serviceaccount {} -o yaml",
        shell_words::quote(name)
    );
    if has_token {
        return fix::advice(format!(
            "{settings}. It has a role by ServiceAccount {name}; what it still wants of the metadata service must be told."
        ));
    }
    match account.role() {
        Some(_) => fix::with_commands(
            format!(
                "{settings}. ServiceAccount {name} names a role, but the container did not get it: the annotation may be younger \
                 than the pod. Make the pods again."
            ),
            fix::recreate(case).commands,
        ),
        None => fix::with_commands(
            format!(
                "{settings}. Give it a role by IAM roles for service accounts: annotate ServiceAccount {name} with \
                 {ROLE_ARN_ANNOTATION}, then make the pods again."
            ),
            [look],
        ),
    }
}

fn pod_identity_unsupported(case: &PodCase<'_>) -> Option<Finding> {
    if !lives_by_a_claim(case) {
        return None;
    }
    let with = |variable: &'static str| -> Vec<&Container> {
        let containers = case.pod.spec.containers.iter();
        containers
            .filter(|container| container.credential_variables.contains(variable))
            .collect()
    };
    let containers = with(POD_IDENTITY);
    let first = containers.first()?;
    let account = AccountSight::of(case);
    let names = match containers.len() {
        1 => format!("Container {}", first.name),
        2 | 3 => format!(
            "Containers {}",
            phrases::list(containers.iter().map(|container| &container.name))
        ),
        count => format!("{count} containers"),
    };
    let expect = if containers.len() == 1 {
        "expects"
    } else {
        "expect"
    };
    let mut message = format!(
        "{names} {expect} AWS credentials from EKS Pod Identity, which does not run on Fargate: none will come."
    );
    let has_token = !with(WEB_IDENTITY).is_empty();
    let steps_aside = account.role().is_some() && !has_token;
    if steps_aside {
        message.push_str(" It likely kept the ServiceAccount's role out.");
    }
    let evidence = containers.iter().map(|container| {
        Evidence::found(
            case.object.clone(),
            env_field(container, POD_IDENTITY),
            "set",
        )
    });
    let name = &account.name;
    let text = if has_token {
        format!(
            "Remove the Pod Identity association of ServiceAccount {name} and make the pods again. They also have a token of IAM \
             roles for service accounts, which works on Fargate; which of the two a program takes depends on its SDK."
        )
    } else if steps_aside {
        format!(
            "Remove the Pod Identity association of ServiceAccount {name}, then make the pods again: its annotation \
             {ROLE_ARN_ANNOTATION} can then take effect."
        )
    } else {
        format!(
            "Use IAM roles for service accounts: annotate ServiceAccount {name} with {ROLE_ARN_ANNOTATION}, remove its Pod \
             Identity association, then make the pods again."
        )
    };
    Some(
        finding(case, Reason::PodIdentityUnsupported, message)
            .severity(Severity::Info)
            .strength(Strength::Aside)
            .evidence(evidence)
            .evidence(account.evidence(case))
            .fix(fix::advice(text)),
    )
}

/// The pod's ServiceAccount, as far as it was read.
struct AccountSight<'a> {
    name: String,
    account: Option<&'a ServiceAccount>,
    is_read: bool,
}

impl<'a> AccountSight<'a> {
    fn of(case: &PodCase<'a>) -> Self {
        let namespace = &case.pod.namespace;
        let name = case.pod.spec.service_account.as_deref();
        let name = name.unwrap_or("default").to_owned();
        let snapshot = case.snapshot;
        Self {
            account: snapshot
                .service_accounts
                .get(&(namespace.clone(), name.clone())),
            is_read: snapshot
                .coverage
                .is_read(Kind::ServiceAccount, namespace, &name),
            name,
        }
    }

    fn role(&self) -> Option<&'a str> {
        self.account?.role_arn.as_deref()
    }

    /// Whether it names a role; nothing where it was not read.
    fn evidence(&self, case: &PodCase<'_>) -> Option<Evidence> {
        let object = ObjectRef::namespaced("serviceaccount", &case.pod.namespace, &self.name);
        let field = format!("metadata.annotations[{ROLE_ARN_ANNOTATION}]");
        match self.role() {
            Some(role) => Some(Evidence::found(object, field, role)),
            None if self.account.is_some() || self.is_read => {
                Some(Evidence::absent(object, field).wanted("the ARN of an IAM role"))
            }
            None => None,
        }
    }
}
