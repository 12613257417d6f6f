//! eksctl's forms: a ClusterConfig, and what `eksctl get fargateprofile -o json` or `-o yaml` prints.

use serde::Deserialize;
use serde_json::Value;

use super::eks_json::{WireSelector, Wrong, typed};
use super::{Candidate, Form, Found, KnownCluster, Recognised};
use crate::decision::facts::{FargateProfile, Gap, ProfileOrigin, ProfileStatus, Selector};

/// An entry of `fargateProfiles`. Source: eksctl, `FargateProfile` of `eksctl.io/v1alpha5`.
#[derive(Debug, Deserialize)]
struct Profile {
    #[serde(default)]
    name: Option<String>,
    #[serde(default, rename = "podExecutionRoleARN")]
    pod_execution_role_arn: Option<String>,
    #[serde(default)]
    selectors: Option<Vec<WireSelector>>,
    #[serde(default)]
    subnets: Option<Vec<String>>,
    #[serde(default)]
    status: Option<String>,
}

/// The form.
pub(super) const FORM: Form = Form {
    is_typed: |api_version, kind| kind == "ClusterConfig" && api_version.starts_with("eksctl.io/"),
    recognise,
};

/// Takes a ClusterConfig, or one profile as `eksctl get fargateprofile` lists it.
fn recognise(candidate: Candidate<'_>) -> Option<Recognised> {
    if candidate.kind == "ClusterConfig" && candidate.api_version.starts_with("eksctl.io/") {
        return Some(cluster_config(candidate));
    }
    let object = candidate.value.as_object()?;
    let is_profile = candidate.kind.is_empty()
        && object.get("name").is_some_and(Value::is_string)
        && object.get("selectors").is_some_and(Value::is_array)
        && object.keys().all(|key| {
            matches!(
                key.as_str(),
                "name" | "podExecutionRoleARN" | "selectors" | "subnets" | "tags" | "status"
            )
        });
    if !is_profile {
        return None;
    }
    let mut recognised = Recognised::default();
    match read(
        candidate.value,
        candidate.place,
        candidate.place,
        None,
        &KnownCluster::default(),
    ) {
        Ok(found) => recognised.profiles.push(found),
        Err(wrong) => recognised.malformed.push(wrong.to_string()),
    }
    Some(recognised)
}

fn cluster_config(candidate: Candidate<'_>) -> Recognised {
    let text = |pointer: &str| {
        let found = candidate.value.pointer(pointer)?.as_str()?;
        (!found.is_empty()).then(|| found.to_owned())
    };
    let home = KnownCluster {
        name: text("/metadata/name"),
        region: text("/metadata/region"),
        account: None,
        reference: None,
    };
    let role = text("/iam/fargatePodExecutionRoleARN");
    let mut recognised = Recognised {
        home: Some(home.clone()),
        ..Recognised::default()
    };
    let profiles = match candidate.value.get("fargateProfiles") {
        None | Some(Value::Null) => return recognised,
        Some(Value::Array(profiles)) => profiles,
        Some(_) => {
            recognised
                .malformed
                .push("fargateProfiles: a list is expected".to_owned());
            return recognised;
        }
    };
    for (index, profile) in profiles.iter().enumerate() {
        let entry = format!("{}:fargateProfiles[{index}]", candidate.place);
        let place = if profiles.len() == 1 {
            candidate.place
        } else {
            &entry
        };
        if let Some(path) = unexpected(profile) {
            recognised.malformed.push(format!(
                "fargateProfiles[{index}].{path}: no such field in eksctl's schema, which refuses it"
            ));
            continue;
        }
        match read(profile, place, &entry, role.as_deref(), &home) {
            Ok(found) => recognised.profiles.push(found),
            Err(wrong) => {
                let wrong = wrong.within(&format!("fargateProfiles[{index}]"));
                let name = profile.get("name").and_then(Value::as_str);
                recognised.malformed.push(match name {
                    Some(name) => format!("profile {name}: {wrong}"),
                    None => wrong.to_string(),
                });
            }
        }
    }
    recognised
}

/// A field that eksctl does not know, with its path: a misspelt `label` would make a selector wider than it is meant.
///
/// Source: eksctl, `FargateProfile` and `FargateProfileSelector` of `eksctl.io/v1alpha5`, read with `yaml.UnmarshalStrict`.
fn unexpected(profile: &Value) -> Option<String> {
    const OF_PROFILE: [&str; 6] = [
        "name",
        "podExecutionRoleARN",
        "selectors",
        "subnets",
        "tags",
        "status",
    ];
    let odd = |value: &Value, known: &[&str]| {
        let mut keys = value.as_object()?.keys();
        keys.find(|key| !known.contains(&key.as_str())).cloned()
    };
    if let Some(key) = odd(profile, &OF_PROFILE) {
        return Some(key);
    }
    let selectors = profile.get("selectors")?.as_array()?;
    selectors.iter().enumerate().find_map(|(index, selector)| {
        let key = odd(selector, &["namespace", "labels"])?;
        Some(format!("selectors[{index}].{key}"))
    })
}

/// Reads one profile. eksctl makes up a name where the file gives none, so such a profile is called `in_place_of_name`.
fn read(
    value: &Value,
    place: &str,
    in_place_of_name: &str,
    role: Option<&str>,
    home: &KnownCluster,
) -> Result<Found, Wrong> {
    let profile: Profile = typed(value)?;
    let selectors: Option<Vec<Selector>> = profile
        .selectors
        .map(|selectors| selectors.into_iter().map(Selector::from).collect())
        // eksctl and EKS take no profile without selectors, so these were not given, or lost.
        .filter(|selectors: &Vec<_>| !selectors.is_empty());
    let gaps = match &selectors {
        Some(_) => Vec::new(),
        None => vec![Gap::unknown("selectors", "none are given")],
    };
    let name = profile.name.filter(|name| !name.is_empty());
    Ok(Found {
        home: home.clone(),
        profile: FargateProfile {
            name_is_known: name.is_some(),
            name: name.unwrap_or_else(|| in_place_of_name.to_owned()),
            arn: None,
            cluster_name: home.name.clone(),
            status: profile.status.as_deref().and_then(ProfileStatus::parse),
            created_at: None,
            selectors,
            pod_execution_role_arn: profile
                .pod_execution_role_arn
                .filter(|role| !role.is_empty())
                .or_else(|| role.map(str::to_owned)),
            subnets: profile.subnets.unwrap_or_default(),
            health_issues: Vec::new(),
            gaps,
            origin: ProfileOrigin::File(place.to_owned()),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn recognised(api_version: &str, kind: &str, value: &Value) -> Option<Recognised> {
        recognise(Candidate {
            api_version,
            kind,
            value,
            place: "cluster.yaml",
        })
    }

    #[test]
    fn a_cluster_config() {
        let config = json!({
            "metadata": {"name": "prod", "region": "eu-west-1"},
            "iam": {"fargatePodExecutionRoleARN": "arn:aws:iam::1:role/all"},
            "fargateProfiles": [
                {"name": "fp-default", "selectors": [{"namespace": "default"}, {"namespace": "kube-system", "labels": {}}], "status": ""},
                {"selectors": [{"namespace": "ops", "labels": {"a": "b"}}], "podExecutionRoleARN": "arn:aws:iam::1:role/ops"},
            ],
        });
        let found = recognised("eksctl.io/v1alpha5", "ClusterConfig", &config).expect("a config");
        assert_eq!(found.profiles.len(), 2);
        let [first, second] = [&found.profiles[0], &found.profiles[1]];
        assert_eq!(first.home.name.as_deref(), Some("prod"));
        assert_eq!(first.profile.status, None);
        assert_eq!(
            first.profile.pod_execution_role_arn.as_deref(),
            Some("arn:aws:iam::1:role/all")
        );
        assert_eq!(second.profile.name, "cluster.yaml:fargateProfiles[1]");
        assert!(first.profile.name_is_known && !second.profile.name_is_known);
        assert_eq!(
            second.profile.pod_execution_role_arn.as_deref(),
            Some("arn:aws:iam::1:role/ops")
        );
        assert!(recognised("other.io/v1", "ClusterConfig", &config).is_none());
    }

    #[test]
    fn the_only_profile_of_a_config_without_a_name() {
        let config = json!({"fargateProfiles": [{"name": "", "selectors": [{"namespace": "a"}]}]});
        let found = recognised("eksctl.io/v1alpha5", "ClusterConfig", &config).expect("a config");
        let profile = &found.profiles[0].profile;
        assert_eq!(profile.name, "cluster.yaml:fargateProfiles[0]");
        assert!(!profile.name_is_known);
    }

    #[test]
    fn a_config_without_profiles_is_ours_and_empty() {
        for config in [
            json!({}),
            json!({"fargateProfiles": null}),
            json!({"fargateProfiles": []}),
        ] {
            let found =
                recognised("eksctl.io/v1alpha5", "ClusterConfig", &config).expect("a config");
            assert!(found.profiles.is_empty() && found.malformed.is_empty() && !found.says_none);
        }
        let wrong = json!({"fargateProfiles": {"name": "a"}});
        let found = recognised("eksctl.io/v1alpha5", "ClusterConfig", &wrong).expect("a config");
        assert_eq!(found.malformed, ["fargateProfiles: a list is expected"]);
    }

    #[test]
    fn what_is_wrong_in_a_config_is_named_with_its_profile() {
        let config = json!({"fargateProfiles": [
            {"name": "good", "selectors": [{"namespace": "a"}]},
            {"name": "bad", "selectors": [{"labels": {}}]},
            {"selectors": {"namespace": "a"}},
        ]});
        let found = recognised("eksctl.io/v1alpha5", "ClusterConfig", &config).expect("a config");
        assert_eq!(found.profiles.len(), 1);
        let wanted = [
            "profile bad: fargateProfiles[1].selectors[0]: missing field `namespace`",
            "fargateProfiles[2].selectors: invalid type: map, expected a sequence",
        ];
        assert_eq!(found.malformed, wanted);
    }

    #[test]
    fn a_listed_profile() {
        let listed = json!({"name": "a", "podExecutionRoleARN": "r", "selectors": [{"namespace": "x"}], "subnets": ["s"], "status": "ACTIVE"});
        let found = recognised("", "", &listed).expect("a profile");
        assert_eq!(
            found.profiles[0].profile.status,
            Some(ProfileStatus::Active)
        );
        assert!(recognised("", "", &json!({"name": "a"})).is_none());
        assert!(recognised("", "", &json!({"name": "a", "selectors": [], "image": "x"})).is_none());
        let wrong = json!({"name": "a", "selectors": [{"labels": {}}]});
        assert!(
            recognised("", "", &wrong)
                .expect("it means to be one")
                .malformed[0]
                .contains("namespace")
        );
    }
}
