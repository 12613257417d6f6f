//! A pod whose AWS credentials are to come from EKS Pod Identity.

use super::super::{Family, Rule, RuleInfo, finding, fix, phrases};
use super::account::{
    AccountSight, POD_IDENTITY, POD_IDENTITY_TOKEN, WEB_IDENTITY, env_field, then_again,
};
use super::containers::lives_by_a_claim;
use crate::decision::facts::Container;
use crate::decision::facts::companion::ROLE_ARN_ANNOTATION;
use crate::decision::finding::{Certainty, Evidence, Finding, Severity, Strength};
use crate::decision::placement::PodCase;
use crate::decision::reason::Reason;

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
