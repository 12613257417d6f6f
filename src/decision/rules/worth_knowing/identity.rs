//! Where a pod on Fargate gets its AWS credentials, and where not.

use super::super::{Family, Rule, RuleInfo, finding, fix, phrases, sources};
use super::containers::{LastWords, has_landed, is_crashing, last_words, lives_by_a_claim};
use super::containers::{says, spec_of, was_killed};
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

/// Set by EKS Pod Identity's webhook, both of them. Source: EKS User Guide, "How EKS Pod Identity works".
const POD_IDENTITY: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const POD_IDENTITY_TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
/// Set by the webhook of IAM roles for service accounts. Source: EKS User Guide, "Configure Pods to use a Kubernetes service account".
const WEB_IDENTITY: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";
/// Keys that somebody gave the container. Source: AWS SDKs and Tools Reference Guide, "AWS access keys".
const ACCESS_KEY: &str = "AWS_ACCESS_KEY_ID";

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
            "By its last words container {name} seems to look for the instance metadata service, which Fargate does not have."
        ),
        Some(controller) => format!(
            "Container {name} crashes. It has no role by its ServiceAccount, and Fargate no instance metadata service, which {} may \
             use on EC2.",
            if controller == name { "it" } else { controller }
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
    // What a container that runs and is ready again said before is past.
    let is_well = matches!(container.state, ContainerState::Running) && container.ready;
    !is_well
        && (says(&without_no_proxy(word.text), METADATA_WORDS)
            || !has_credentials(case, container) && says(word.text, CREDENTIAL_WORDS))
}

/// Whether a container has a way to credentials of its own, good or bad: then it is not the metadata service that it misses.
/// Of Pod Identity another note tells.
fn has_credentials(case: &PodCase<'_>, container: &ContainerStatus) -> bool {
    [WEB_IDENTITY, ACCESS_KEY, POD_IDENTITY]
        .iter()
        .any(|variable| has_variable(case, container, variable))
}

/// A text in lower case, without what is assigned to `NO_PROXY`: programs print that list when they start, and the address of
/// the metadata service stands in it by custom.
fn without_no_proxy(text: &str) -> String {
    let mut rest = text.to_lowercase();
    let mut kept = String::new();
    while let Some((start, name)) = ["no_proxy", "noproxy"]
        .iter()
        .filter_map(|name| Some((rest.find(name)?, *name)))
        .min()
    {
        let value = start + name.len();
        kept.push_str(&rest[..value]);
        rest = after_assignment(&rest[value..]).to_owned();
    }
    kept + &rest
}

/// What follows an assigned value, whose parts may stand apart behind their commas; all of the text where nothing is assigned.
fn after_assignment(text: &str) -> &str {
    const QUOTES: [char; 3] = ['"', '\'', '`'];
    let value = text.trim_start_matches(QUOTES).trim_start();
    let Some(value) = value.strip_prefix(['=', ':']) else {
        return text;
    };
    let value = value.trim_start();
    let quote = value.chars().next().filter(|first| QUOTES.contains(first));
    if let Some(quote) = quote {
        let value = &value[quote.len_utf8()..];
        return value.find(quote).map_or("", |end| &value[end..]);
    }
    let mut before = ' ';
    for (index, character) in value.char_indices() {
        let goes_on = character.is_whitespace() && matches!(before, ',' | ' ');
        if (character.is_whitespace() && !goes_on) || matches!(character, ';' | '}' | ')') {
            return &value[index..];
        }
        if !character.is_whitespace() {
            before = character;
        }
    }
    ""
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
        .filter(|container| !was_killed(container) && !has_credentials(case, container))
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
        Some(_) => {
            let again = fix::recreate_for_a_note(case);
            fix::with_commands(
                format!(
                    "{settings}. ServiceAccount {name} names a role, but the container did not get it: the annotation may be \
                     younger than the pod. {}",
                    again.text
                ),
                again.commands,
            )
        }
        None => fix::with_commands(
            format!(
                "{settings}. Give it a role by IAM roles for service accounts: annotate ServiceAccount {name} with \
                 {ROLE_ARN_ANNOTATION}{}",
                then_again(case)
            ),
            [look],
        ),
    }
}

/// How a sentence about a ServiceAccount ends: only pods that are made afterwards get what it says.
fn then_again(case: &PodCase<'_>) -> String {
    match fix::warning_before_remaking(case) {
        None => ", then make the pods again.".to_owned(),
        Some(warning) => format!("; only new pods get it. {warning}"),
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
    let mut containers = with(POD_IDENTITY);
    containers.retain(|container| !is_set_by_hand(case, container));
    let first = containers.first()?;
    // The webhook sets both variables; one alone may point anywhere.
    let is_sure = containers
        .iter()
        .all(|container| container.credential_variables.contains(POD_IDENTITY_TOKEN));
    let account = AccountSight::of(case);
    let names = match containers.len() {
        1 => format!("Container {}", first.name),
        2 | 3 => format!(
            "Containers {}",
            phrases::list(containers.iter().map(|container| &container.name))
        ),
        count => format!("{count} containers"),
    };
    let expect = match (containers.len(), is_sure) {
        (1, true) => "expects",
        (1, false) => "seems to expect",
        (_, true) => "expect",
        (_, false) => "seem to expect",
    };
    let so = match (is_sure, containers.len()) {
        (true, _) => "none will come",
        (false, 1) => "it has the URI for them, though no token file",
        (false, _) => "not all have a token file beside the URI for them",
    };
    let mut message = format!(
        "{names} {expect} AWS credentials from EKS Pod Identity, which does not run on Fargate: {so}."
    );
    let has_token = !with(WEB_IDENTITY).is_empty();
    let steps_aside = account.role().is_some() && !has_token;
    if steps_aside {
        message.push_str(" It likely kept the ServiceAccount's role out.");
    }
    let evidence = containers.iter().flat_map(|container| {
        let object = || case.object.clone();
        let is_whole = container.credential_variables.contains(POD_IDENTITY_TOKEN);
        let lacks = || {
            Evidence::absent(object(), env_field(container, POD_IDENTITY_TOKEN))
                .wanted("set, as Pod Identity's webhook does")
        };
        let has = Evidence::found(object(), env_field(container, POD_IDENTITY), "set");
        std::iter::once(has).chain((!is_whole).then(lacks))
    });
    let name = &account.name;
    let text = if has_token {
        format!(
            "They also have a token of IAM roles for service accounts, which works on Fargate; which of the two a program takes \
             depends on its SDK. Remove the Pod Identity association of ServiceAccount {name}{}",
            then_again(case)
        )
    } else if steps_aside {
        format!(
            "So that annotation {ROLE_ARN_ANNOTATION} of ServiceAccount {name} can take effect, remove its Pod Identity \
             association{}",
            then_again(case)
        )
    } else {
        format!(
            "Use IAM roles for service accounts: annotate ServiceAccount {name} with {ROLE_ARN_ANNOTATION} and remove its Pod \
             Identity association{}",
            then_again(case)
        )
    };
    Some(
        finding(case, Reason::PodIdentityUnsupported, message)
            .severity(Severity::Info)
            .certainty(if is_sure {
                Certainty::Certain
            } else {
                Certainty::Likely
            })
            .strength(Strength::Aside)
            .evidence(evidence)
            .evidence(account.evidence(case))
            .fix(fix::advice(text)),
    )
}

/// Whether the template that the pod was made from sets the variable itself: the webhook writes on pods only, so somebody
/// points the program to something of his own, in the pod perhaps.
fn is_set_by_hand(case: &PodCase<'_>, container: &Container) -> bool {
    let maker = || case.chain.maker().map(|maker| &maker.template);
    let template = case.chain.made_from.or_else(maker);
    template.is_some_and(|template| {
        template.spec.containers.iter().any(|found| {
            found.name == container.name && found.credential_variables.contains(POD_IDENTITY)
        })
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_hosts_to_reach_without_a_proxy_is_no_word_about_metadata() {
        let rows = [
            (
                "NO_PROXY=10.0.0.0/8,169.254.169.254 panic: no database",
                false,
            ),
            ("no_proxy: \"localhost, 169.254.169.254\"; exit", false),
            ("{\"NO_PROXY\":\"169.254.169.254\",\"x\":1}", false),
            ("env NO_PROXY=.svc, 169.254.169.254", false),
            ("noProxy=169.254.169.254", false),
            (
                "NO_PROXY is not set: dial tcp 169.254.169.254:80: i/o timeout",
                true,
            ),
            (
                "NO_PROXY=.svc dial tcp 169.254.169.254:80: i/o timeout",
                true,
            ),
            (
                "NO_PROXY='.svc' NO_PROXY=\"a\": 169.254.169.254 timed out",
                true,
            ),
            (
                "Get \"http://169.254.169.254/latest\": NO_PROXY=169.254.169.254",
                true,
            ),
            ("NO_PROXY", false),
            ("NO_PROXY=\"never closed 169.254.169.254", false),
        ];
        for (text, expected) in rows {
            let text_less = without_no_proxy(text);
            assert_eq!(
                says(&text_less, METADATA_WORDS),
                expected,
                "{text}: {text_less}"
            );
        }
    }
}
