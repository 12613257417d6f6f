use super::*;
use crate::decision::facts::{Gap, ProfileStatus};

fn profile(origin: ProfileOrigin) -> FargateProfile {
    FargateProfile {
        status: Some(ProfileStatus::Active),
        selectors: Some(vec![
            Selector::new("shop", [("tier", "web"), ("app", "cart")]),
            Selector::new("ops", [("", ""); 0]),
        ]),
        pod_execution_role_arn: Some("arn:aws:iam::1:role/pods".to_owned()),
        subnets: vec!["subnet-1".to_owned(), "subnet-2".to_owned()],
        ..FargateProfile::named("apps", origin)
    }
}

fn object() -> FargateProfile {
    profile(ProfileOrigin::Object(
        "fargateprofiles.eks.services.k8s.aws/apps".to_owned(),
    ))
}

#[test]
fn order_means_nothing() {
    let mut other = object();
    other.selectors.as_mut().expect("selectors").reverse();
    other.subnets.reverse();
    assert_eq!(differences(&profile(ProfileOrigin::EksApi), &other), []);
}

#[test]
fn what_is_not_told_plainly_is_not_compared() {
    let used = profile(ProfileOrigin::EksApi);
    let bare = FargateProfile::named("apps", ProfileOrigin::Demo);
    assert_eq!(differences(&used, &bare), []);
    assert_eq!(differences(&bare, &used), []);
    let mut open = object();
    let selector = &mut open.selectors.as_mut().expect("selectors")[0];
    selector.namespace = crate::decision::facts::Pattern::new("*");
    selector.gaps.push(Gap::unknown("namespace", "?"));
    assert_eq!(differences(&used, &open), []);
}

#[test]
fn each_field_that_differs_is_one_disagreement() {
    let mut other = object();
    other.status = Some(ProfileStatus::Deleting);
    other.selectors = Some(vec![Selector::new("shop", [("tier", "api")])]);
    other.pod_execution_role_arn = Some("arn:aws:iam::1:role/others".to_owned());
    other.subnets = vec!["subnet-3".to_owned()];
    let found = differences(&profile(ProfileOrigin::EksApi), &other);
    let told: Vec<_> = found
        .iter()
        .map(|each| {
            (
                each.field.as_deref().unwrap_or_default(),
                each.used_value.as_deref().unwrap_or_default(),
                each.other_value.as_deref().unwrap_or_default(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (
                "selectors",
                "namespace ops; namespace shop with app=cart, tier=web",
                "namespace shop with tier=api"
            ),
            ("status", "ACTIVE", "DELETING"),
            (
                "podExecutionRoleArn",
                "arn:aws:iam::1:role/pods",
                "arn:aws:iam::1:role/others"
            ),
            ("subnets", "subnet-1, subnet-2", "subnet-3"),
        ]
    );
    assert_eq!(found[0].used, "the EKS API");
    assert_eq!(found[0].other, "fargateprofiles.eks.services.k8s.aws/apps");
}
