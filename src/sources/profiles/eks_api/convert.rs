//! The SDK's profile as ours.

use aws_sdk_eks::types;
use jiff::Timestamp;

use crate::decision::facts::{FargateProfile, HealthIssue, ProfileOrigin, ProfileStatus, Selector};

/// The profile that was asked for by `name`. Every member may be absent.
pub fn profile(name: &str, profile: &types::FargateProfile) -> FargateProfile {
    let created_at = profile.created_at().and_then(|time| {
        Timestamp::new(time.secs(), i32::try_from(time.subsec_nanos()).ok()?).ok()
    });
    FargateProfile {
        name: profile.fargate_profile_name().unwrap_or(name).to_owned(),
        name_is_known: true,
        arn: profile.fargate_profile_arn().map(str::to_owned),
        cluster_name: profile.cluster_name().map(str::to_owned),
        status: profile
            .status()
            .and_then(|status| ProfileStatus::parse(status.as_str())),
        created_at,
        // An answer without them does not say that there are none.
        selectors: profile
            .selectors
            .as_ref()
            .map(|selectors| selectors.iter().map(selector).collect()),
        pod_execution_role_arn: profile.pod_execution_role_arn().map(str::to_owned),
        subnets: profile.subnets().to_vec(),
        health_issues: profile
            .health()
            .map(|health| health.issues().iter().map(health_issue).collect())
            .unwrap_or_default(),
        gaps: Vec::new(),
        origin: ProfileOrigin::EksApi,
    }
}

fn selector(selector: &types::FargateProfileSelector) -> Selector {
    let labels = selector.labels().into_iter().flatten();
    Selector::new(
        selector.namespace().unwrap_or_default(),
        labels.map(|(key, value)| (key.as_str(), value.as_str())),
    )
}

fn health_issue(issue: &types::FargateProfileIssue) -> HealthIssue {
    HealthIssue {
        code: issue
            .code()
            .map(|code| code.as_str().to_owned())
            .unwrap_or_default(),
        message: issue.message().unwrap_or_default().to_owned(),
        reporter: None,
        resource_ids: issue.resource_ids().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;

    use super::*;

    #[test]
    fn every_member_is_taken_and_none_is_required() {
        let full = types::FargateProfile::builder()
            .fargate_profile_name("apps")
            .fargate_profile_arn("arn:aws:eks:eu-west-1:1:fargateprofile/prod/apps/u")
            .cluster_name("prod")
            .created_at(DateTime::from_secs_and_nanos(1_700_000_000, 500_000_000))
            .status(types::FargateProfileStatus::Creating)
            .selectors(
                types::FargateProfileSelector::builder()
                    .namespace("shop-*")
                    .labels("tier", "backend")
                    .build(),
            )
            .selectors(
                types::FargateProfileSelector::builder()
                    .namespace("ops")
                    .build(),
            )
            .health(
                types::FargateProfileHealth::builder()
                    .issues(
                        types::FargateProfileIssue::builder()
                            .code(types::FargateProfileIssueCode::AccessDenied)
                            .message("no")
                            .resource_ids("role")
                            .build(),
                    )
                    .build(),
            )
            .build();
        let found = profile("apps", &full);
        assert_eq!(found.status, Some(ProfileStatus::Creating));
        assert_eq!(
            found.created_at.map(|time| time.to_string()).as_deref(),
            Some("2023-11-14T22:13:20.5Z")
        );
        assert_eq!(
            found.selectors,
            Some(vec![
                Selector::new("shop-*", [("tier", "backend")]),
                Selector::new("ops", [("", ""); 0]),
            ])
        );
        assert_eq!(found.health_issues[0].code, "AccessDenied");

        let bare = profile("bare", &types::FargateProfile::builder().build());
        assert_eq!(bare.name, "bare");
        assert_eq!(bare.selectors, None, "they were not told");
        assert!(
            bare.is_active(),
            "a profile without a status counts as ACTIVE"
        );
    }
}
