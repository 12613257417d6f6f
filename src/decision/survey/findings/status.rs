//! What EKS says of a profile: its status and its health, and what a deletion holds up.

use super::{Ground, advice, counted, note, object};
use crate::decision::facts::shell::aws_option;
use crate::decision::facts::{FargateProfile, ProfileOrigin, ProfileStatus};
use crate::decision::finding::{Certainty, Command, Evidence, Finding, Fix, Severity};
use crate::decision::reason::Reason;
use crate::decision::rules;
use crate::decision::survey::{ProfileSight, Standing};

/// Whether the profile is as it should be.
pub(super) fn of_profile(ground: &Ground<'_, '_>, sight: &ProfileSight<'_>) -> Vec<Finding> {
    let Some(profile) = sight.profile else {
        return Vec::new();
    };
    let status = not_active(ground, profile, sight);
    status
        .into_iter()
        .chain(unhealthy(profile, sight))
        .collect()
}

fn not_active(
    ground: &Ground<'_, '_>,
    profile: &FargateProfile,
    sight: &ProfileSight<'_>,
) -> Option<Finding> {
    if profile.is_active() {
        return None;
    }
    let status = profile.status.as_ref()?;
    if let ProfileStatus::ByController(words) = status {
        return Some(not_there_yet(profile, words));
    }
    let name = &profile.name;
    let (waiting, held) = (
        sight.count(Standing::Waiting),
        sight.count(Standing::OnFargate),
    );
    let severity = match status {
        _ if waiting > 0 => Severity::Error,
        ProfileStatus::Creating => Severity::Info,
        _ => Severity::Warning,
    };
    let then = match status {
        ProfileStatus::Deleting if held > 0 => {
            format!(
                " Its {} on Fargate {} deleted with it.",
                counted(held, "pod"),
                if held == 1 { "is" } else { "are" }
            )
        }
        _ if waiting > 0 => format!(" By its claim {} no node.", wait(waiting)),
        _ => String::new(),
    };
    let message = format!(
        "Profile {name} is {}. Only ACTIVE profiles seem to claim pods; AWS does not document it.{then}",
        status.as_str()
    );
    let (text, command) = match status {
        ProfileStatus::Creating => (
            "Wait until it is ACTIVE, some minutes; pods made before are not claimed and have to be made again then.",
            "wait fargate-profile-active",
        ),
        ProfileStatus::Deleting => (
            "Wait until it is gone; where its pods still belong on Fargate, create another profile for them then.",
            "wait fargate-profile-deleted",
        ),
        _ => (
            "Read its health, remove the cause, then delete it and create it again: profiles cannot be edited.",
            "describe-fargate-profile",
        ),
    };
    let is_to_be_deleted = !matches!(status, ProfileStatus::Creating | ProfileStatus::Deleting);
    let warning = match is_to_be_deleted {
        true => ground.warning_of_deletion(name),
        false => String::new(),
    };
    let mut finding = note(Reason::ProfileNotActive, severity, message);
    finding.certainty = Certainty::Likely;
    finding.evidence =
        vec![Evidence::found(object(profile), "status", status.as_str()).wanted("ACTIVE")];
    finding.fix = Some(Fix {
        text: format!("{text}{warning}"),
        commands: aws_command(ground, command, name).into_iter().collect(),
    });
    Some(finding)
}

/// A profile of which EKS tells nothing: the controller that is to make it says what keeps it from that.
fn not_there_yet(profile: &FargateProfile, words: &str) -> Finding {
    let name = &profile.name;
    let message =
        format!("Profile {name} is {words}, its controller says; until it is, it claims no pods.");
    let mut finding = note(Reason::ProfileNotActive, Severity::Warning, message);
    finding.certainty = Certainty::Likely;
    finding.evidence = vec![Evidence::found(object(profile), "status", words).wanted("ACTIVE")];
    finding.fix =
        advice("Mend what the object's conditions name; its controller then goes on by itself.");
    finding
}

/// `1 pod has`, `3 pods have`.
fn wait(pods: usize) -> String {
    let has = if pods == 1 {
        "waits and has"
    } else {
        "wait and have"
    };
    format!("{} {has}", counted(pods, "pod"))
}

/// A command of the AWS CLI about a profile, where the cluster's name is known.
fn aws_command(ground: &Ground<'_, '_>, what: &str, profile: &str) -> Option<Command> {
    let cluster = &ground.snapshot.cluster;
    let region = cluster.region.as_deref();
    let region = region.map_or_else(String::new, |region| {
        format!(" {}", aws_option("--region", region))
    });
    let line = format!(
        "aws eks {what} {}{region} {}",
        aws_option("--cluster-name", cluster.name.as_deref()?),
        aws_option("--fargate-profile-name", profile)
    );
    Some(line.into())
}

fn unhealthy(profile: &FargateProfile, sight: &ProfileSight<'_>) -> Option<Finding> {
    let first = profile.health_issues.first()?;
    let severity = match sight.count(Standing::Waiting) {
        0 => Severity::Warning,
        _ => Severity::Error,
    };
    let mut codes: Vec<&str> = Vec::new();
    for issue in &profile.health_issues {
        if !codes.contains(&issue.code.as_str()) {
            codes.push(&issue.code);
        }
    }
    let by_controller = first.reporter.is_some();
    let who = first.reporter();
    let mut words = profile.health_issues.iter().map(|issue| &issue.message);
    let words = words.find(|words| !words.trim().is_empty());
    let words = words.map_or_else(
        || ".".to_owned(),
        |words| {
            let words: Vec<&str> = words.split_whitespace().collect();
            format!(": {}", rules::phrases::quoted_at_the_end(&words.join(" ")))
        },
    );
    let message = format!("{who} reports {}{words}", rules::list(codes));
    let mut finding = note(Reason::ProfileUnhealthy, severity, message);
    let issues = profile.health_issues.iter();
    finding.evidence = issues
        .map(|issue| {
            let resources = match issue.resource_ids.as_slice() {
                [] => String::new(),
                ids => format!(" ({})", ids.join(", ")),
            };
            let found = format!("{}{resources}", issue.message);
            let field = format!("health.issues[{}]", issue.code);
            Evidence::found(object(profile), field, found)
        })
        .collect();
    finding.fix = match (by_controller, &profile.origin) {
        (true, ProfileOrigin::File(place) | ProfileOrigin::Object(place)) => advice(format!(
            "Mend the object ({place}); its controller tries again by itself."
        )),
        _ => advice(
            "See to what the issue names (role, subnets, endpoint); new pods of the profile may not start before.",
        ),
    };
    Some(finding)
}

/// What a deletion holds up.
pub(super) fn of_cluster(ground: &Ground<'_, '_>) -> Option<Finding> {
    let list = &ground.snapshot.profiles.list;
    let deleting: Vec<_> = list
        .iter()
        .filter(|profile| profile.is_deleting())
        .collect();
    let first = deleting.first()?;
    let names = rules::list(deleting.iter().map(|profile| profile.name.as_str()));
    let message = format!(
        "{} being deleted; until that is over, EKS neither creates nor deletes another profile of this cluster.",
        match deleting.len() {
            1 => format!("Profile {names} is"),
            _ => format!("Profiles {names} are"),
        }
    );
    let mut finding = note(Reason::DeletionBlocksOthers, Severity::Info, message);
    finding.evidence = deleting
        .iter()
        .map(|profile| Evidence::found(object(profile), "status", "DELETING"))
        .collect();
    finding.fix = Some(Fix {
        text: "Wait until it is gone before you create or delete another.".to_owned(),
        commands: aws_command(ground, "wait fargate-profile-deleted", &first.name)
            .into_iter()
            .collect(),
    });
    Some(finding)
}
