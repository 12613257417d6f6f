//! The annotation that keeps a pod off Fargate, CoreDNS's above all.

use crate::decision::facts::pod::COMPUTE_TYPE_ANNOTATION;
use crate::decision::facts::shell::{aws_option, quote};
use crate::decision::finding::{Command, Evidence, Finding, Fix, Strength};
use crate::decision::placement::PodCase;
use crate::decision::placement::expected::{is_core_dns, opt_out_certainty};
use crate::decision::reason::Reason;
use crate::decision::rules::{finding, fix};

pub(super) fn opted_out(case: &PodCase<'_>) -> Option<Finding> {
    let value = case.pod.annotations.get(COMPUTE_TYPE_ANNOTATION)?;
    if value != "ec2" || case.pod.is_claimed() {
        return None;
    }
    let core_dns = is_core_dns(&case.pod.namespace, &case.pod.labels);
    let mut message = format!(
        "The {} annotated {COMPUTE_TYPE_ANNOTATION}: ec2.",
        if case.is_template() {
            "template is"
        } else {
            "pod is"
        }
    );
    if !core_dns {
        message.push_str(" EKS documents this for CoreDNS; users saw it work for other pods.");
    }
    let still_there = case.recreated.is_opted_out();
    let advice = if let Some(leave) = fix::better_left(case, "the annotation") {
        leave
    } else if core_dns {
        fix_core_dns(case)
    } else if still_there {
        let path = "/metadata/annotations/eks.amazonaws.com~1compute-type";
        let in_template = case.chain.maker().is_some_and(|maker| {
            maker
                .template
                .annotations
                .contains_key(COMPUTE_TYPE_ANNOTATION)
        });
        let is_added = case.chain.maker().is_some() && !in_template;
        let text = if is_added {
            format!(
                "Leave it if EC2 is what you want; else find the webhook or policy that adds the annotation when the pod is \
                 created ({} does not have it) and exempt these pods.",
                fix::template_name(case)
            )
        } else {
            format!(
                "Leave it if EC2 is what you want; else remove the annotation from {}.",
                fix::template_name(case)
            )
        };
        fix::with_commands(
            text,
            in_template
                .then(|| fix::remove_from_template(case, path))
                .flatten(),
        )
    } else {
        fix::recreate_if_that_helps(case)
    };
    let decides = !case.matches.is_empty() || !case.can_show_absence();
    Some(
        finding(case, Reason::OptedOut, message)
            .certainty(opt_out_certainty(&case.pod.namespace, &case.pod.labels))
            .strength(if decides {
                Strength::Strong
            } else {
                Strength::Aside
            })
            .evidence([Evidence::found(
                case.object.clone(),
                match (case.is_template(), case.chain.maker()) {
                    (true, Some(maker)) => format!(
                        "{}.metadata.annotations[{COMPUTE_TYPE_ANNOTATION}]",
                        maker.template_path()
                    ),
                    _ => format!("metadata.annotations[{COMPUTE_TYPE_ANNOTATION}]"),
                },
                "ec2",
            )
            .wanted("absent")])
            .fix(advice),
    )
}

/// The managed add-on writes its own template back, so its setting comes first.
pub(super) fn fix_core_dns(case: &PodCase<'_>) -> Fix {
    let cluster = &case.snapshot.cluster;
    let Some(name) = &cluster.name else {
        let annotation = fix::remove_from_template(
            case,
            "/metadata/annotations/eks.amazonaws.com~1compute-type",
        );
        return fix::with_commands(
            "Where CoreDNS is the managed add-on, set its configuration value computeType to Fargate: a patched annotation \
             would be written back. Where it is not, remove the annotation (below). Both make the pods again.",
            annotation.map(Command::by_hand),
        );
    };
    let add_on = format!(
        "{}{} --addon-name coredns",
        aws_option("--cluster-name", name),
        fix::region_flag(case)
    );
    fix::with_commands(
        "Where CoreDNS is the managed add-on (the first command tells, and shows the values it has), set its computeType to \
         Fargate (second command; add the values it has, since they are replaced): a patched annotation would be written back. \
         Where it is not, remove the annotation from the Deployment's pod template instead. Both make the pods again.",
        [
            format!("aws eks describe-addon {add_on} --query addon.configurationValues"),
            format!(
                "aws eks update-addon {add_on} --configuration-values {}",
                quote(r#"{"computeType":"Fargate"}"#)
            ),
        ],
    )
}
