//! A container that looks for the instance metadata service.

use super::super::{Family, Rule, RuleInfo, finding, fix, sources};
use super::account::{
    ACCESS_KEY, AccountSight, POD_IDENTITY, WEB_IDENTITY, env_field, has_variable, then_again,
};
use super::containers::{
    LastWords, has_landed, is_crashing, last_words, says, spec_of, was_killed,
};
use crate::decision::facts::companion::ROLE_ARN_ANNOTATION;
use crate::decision::facts::shell::resource;
use crate::decision::facts::{ContainerRole, ContainerState, ContainerStatus};
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
        .filter_map(|key| case.pod.labels.get(key))
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

fn metadata_fix(case: &PodCase<'_>, account: &AccountSight<'_>, has_token: bool) -> Fix {
    let name = &account.name;
    let settings =
        "Give the program its Region, and the VPC id where it asks for one, in its own settings";
    let kubectl = fix::kubectl(case);
    let look = format!("{kubectl} get {} -o yaml", resource("serviceaccount", name));
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
