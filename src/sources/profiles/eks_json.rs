//! The EKS API's own JSON, as `aws eks describe-fargate-profile` and `list-fargate-profiles` print it.

use std::collections::BTreeMap;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::{Candidate, Form, Found, KnownCluster, Recognised, Source};
use crate::decision::facts::{FargateProfile, HealthIssue, ProfileOrigin, ProfileStatus, Selector};

/// `fargateProfile` of DescribeFargateProfile. Source: EKS API reference, `FargateProfile`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    fargate_profile_name: String,
    #[serde(default)]
    fargate_profile_arn: Option<String>,
    #[serde(default)]
    cluster_name: Option<String>,
    #[serde(default)]
    created_at: Option<Value>,
    #[serde(default)]
    pod_execution_role_arn: Option<String>,
    #[serde(default)]
    subnets: Option<Vec<String>>,
    #[serde(default)]
    selectors: Option<Vec<WireSelector>>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    health: Option<Health>,
}

/// A selector as the EKS API and eksctl write it.
#[derive(Debug, Deserialize)]
pub(super) struct WireSelector {
    namespace: String,
    #[serde(default)]
    labels: Option<BTreeMap<String, String>>,
}

impl From<WireSelector> for Selector {
    fn from(selector: WireSelector) -> Self {
        Selector::new(selector.namespace, selector.labels.unwrap_or_default())
    }
}

#[derive(Debug, Deserialize)]
struct Health {
    #[serde(default)]
    issues: Option<Vec<Issue>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Issue {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    resource_ids: Option<Vec<String>>,
}

/// The form.
pub(super) const FORM: Form = Form {
    is_typed: |_, _| false,
    recognise,
};

/// Takes `{"fargateProfile": {…}}`, the same without its wrapper (`--query fargateProfile`), many of it under `fargateProfiles`, and
/// `{"fargateProfileNames": […]}`.
fn recognise(candidate: Candidate<'_>) -> Option<Recognised> {
    if !candidate.kind.is_empty() {
        return None;
    }
    let object = candidate.value.as_object()?;
    let mut recognised = Recognised {
        source: Source::Eks,
        ..Recognised::default()
    };
    if let Some(names) = object.get("fargateProfileNames") {
        match Vec::<String>::deserialize(names) {
            Ok(names) => {
                // The API's own word, and that of the CLI where --max-items made it stop.
                recognised.goes_on = ["nextToken", "NextToken"]
                    .iter()
                    .any(|key| object.get(*key).is_some_and(|token| !token.is_null()));
                recognised.says_none = names.is_empty() && !recognised.goes_on;
                recognised.names = names;
            }
            Err(error) => recognised.malformed.push(format!(
                "fargateProfileNames: {error}, a list of names is expected"
            )),
        }
        return Some(recognised);
    }
    if let Some(list) = gathered(object) {
        for (index, profile) in list.iter().enumerate() {
            let place = format!("{}:fargateProfiles[{index}]", candidate.place);
            match read(profile, &place) {
                Ok(found) => recognised.profiles.push(found),
                Err(wrong) => {
                    let wrong = wrong.within(&format!("fargateProfiles[{index}]"));
                    recognised.malformed.push(wrong.to_string());
                }
            }
        }
        return Some(recognised);
    }
    let wrapped = object.get("fargateProfile");
    let profile = match wrapped {
        Some(profile) => profile,
        None if object.contains_key("fargateProfileName") => candidate.value,
        None if object.contains_key("fargateProfileArn") => candidate.value,
        None => return None,
    };
    match read(profile, candidate.place) {
        Ok(found) => recognised.profiles.push(found),
        Err(wrong) => {
            let wrong = match wrapped {
                Some(_) => wrong.within("fargateProfile"),
                None => wrong,
            };
            recognised.malformed.push(wrong.to_string());
        }
    }
    Some(recognised)
}

/// The profiles that a script has gathered under one key, as it might from many answers.
fn gathered(object: &serde_json::Map<String, Value>) -> Option<&[Value]> {
    let list = object.get("fargateProfiles")?.as_array()?;
    let is_of_eks = list
        .iter()
        .any(|profile| profile.get("fargateProfileName").is_some());
    is_of_eks.then_some(list)
}

fn read(value: &Value, place: &str) -> Result<Found, Wrong> {
    let profile: Profile = typed(value)?;
    let home = profile
        .fargate_profile_arn
        .as_deref()
        .map(home_of_arn)
        .unwrap_or_default();
    let created_at = match &profile.created_at {
        None | Some(Value::Null) => None,
        Some(value) => Some(time(value).ok_or_else(|| Wrong {
            field: "createdAt".to_owned(),
            words: format!("{value} is no time; an ISO 8601 time with its zone, or seconds since 1970, is expected"),
        })?),
    };
    let cluster_name = profile.cluster_name.or_else(|| home.name.clone());
    Ok(Found {
        home: KnownCluster {
            name: cluster_name.clone(),
            ..home
        },
        profile: FargateProfile {
            name: profile.fargate_profile_name,
            name_is_known: true,
            arn: profile.fargate_profile_arn,
            cluster_name,
            status: profile.status.as_deref().and_then(ProfileStatus::parse),
            created_at,
            selectors: profile
                .selectors
                .map(|selectors| selectors.into_iter().map(Selector::from).collect()),
            pod_execution_role_arn: profile.pod_execution_role_arn,
            subnets: profile.subnets.unwrap_or_default(),
            health_issues: profile
                .health
                .and_then(|health| health.issues)
                .unwrap_or_default()
                .into_iter()
                .map(|issue| HealthIssue {
                    code: issue.code.unwrap_or_default(),
                    message: issue.message.unwrap_or_default(),
                    resource_ids: issue.resource_ids.unwrap_or_default(),
                    reporter: None,
                })
                .collect(),
            gaps: Vec::new(),
            origin: ProfileOrigin::File(place.to_owned()),
        },
    })
}

/// A field that is wrong.
#[derive(Debug)]
pub(super) struct Wrong {
    /// Which; empty for the whole value.
    field: String,
    words: String,
}

impl Wrong {
    /// This field is wrong.
    pub(super) fn at(field: &str, words: &str) -> Self {
        Self {
            field: field.to_owned(),
            words: words.to_owned(),
        }
    }

    /// The same, told of the value that this one is a field of.
    pub(super) fn within(mut self, outer: &str) -> Self {
        self.field = match self.field.as_str() {
            "" => outer.to_owned(),
            field => format!("{outer}.{field}"),
        };
        self
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            "" => f.write_str(&self.words),
            field => write!(f, "{field}: {}", self.words),
        }
    }
}

/// Reads a value into a shape; the error names the field.
pub(super) fn typed<'de, T: Deserialize<'de>>(value: &'de Value) -> Result<T, Wrong> {
    serde_path_to_error::deserialize(value).map_err(|error| Wrong {
        words: error.inner().to_string(),
        field: match error.path().to_string().as_str() {
            "." => String::new(),
            path => path.to_owned(),
        },
    })
}

/// The cluster that a profile's ARN names: `arn:aws:eks:REGION:ACCOUNT:fargateprofile/CLUSTER/PROFILE/ID`.
///
/// Source: AWS Service Authorization Reference, resource types of Amazon EKS.
pub(super) fn home_of_arn(arn: &str) -> KnownCluster {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", _, "eks", region, account, resource] = parts[..] else {
        return KnownCluster::default();
    };
    let cluster = resource
        .strip_prefix("fargateprofile/")
        .and_then(|rest| rest.split('/').next());
    let not_empty = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    KnownCluster {
        name: cluster.and_then(not_empty),
        region: not_empty(region),
        account: not_empty(account),
        reference: None,
    }
}

/// A time of the API: an ISO 8601 text with a zone (the CLI's version 2 writes the local offset, Python's `str()` a space for
/// the `T`), or seconds since 1970 as a number (the CLI's version 1, and the API itself).
fn time(value: &Value) -> Option<Timestamp> {
    let seconds = match value {
        Value::String(text) => match text.trim().parse() {
            Ok(time) => return Some(time),
            Err(_) => text.trim().parse().ok()?,
        },
        Value::Number(number) => number.as_f64()?,
        _ => return None,
    };
    let since_1970 = SignedDuration::try_from_secs_f64(seconds).ok()?;
    // Microseconds are what the API knows; beyond them a number that was a fraction of two is only noise.
    let since_1970 =
        SignedDuration::from_micros(i64::try_from((since_1970.as_nanos() + 500) / 1000).ok()?);
    Timestamp::from_duration(since_1970).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn recognised(value: &Value) -> Option<Recognised> {
        recognise(Candidate {
            api_version: "",
            kind: "",
            value,
            place: "p.json",
        })
    }

    #[test]
    fn times_of_every_client() {
        for (value, wanted) in [
            (
                json!("2023-06-17T14:33:46.240000+00:00"),
                "2023-06-17T14:33:46.24Z",
            ),
            (
                json!("2023-06-17T10:33:46.240000-04:00"),
                "2023-06-17T14:33:46.24Z",
            ),
            (json!("2023-06-17 14:33:46+00:00"), "2023-06-17T14:33:46Z"),
            (json!("2023-06-17T14:33:46Z"), "2023-06-17T14:33:46Z"),
            (json!(1_687_012_426), "2023-06-17T14:33:46Z"),
            (json!(1_687_012_426.24), "2023-06-17T14:33:46.24Z"),
            (json!("1687012426.24"), "2023-06-17T14:33:46.24Z"),
        ] {
            assert_eq!(time(&value), wanted.parse().ok(), "{value}");
        }
        for value in [
            json!("yesterday"),
            json!("2023-06-17T14:33:46"),
            json!(true),
            json!({}),
            json!(1e300),
            json!("NaN"),
        ] {
            assert_eq!(time(&value), None, "{value}");
        }
    }

    #[test]
    fn a_described_profile_with_and_without_its_wrapper() {
        let profile = json!({
            "fargateProfileName": "apps", "clusterName": "prod", "createdAt": 1_687_012_426.24, "status": "ACTIVE",
            "fargateProfileArn": "arn:aws:eks:eu-west-1:111122223333:fargateprofile/prod/apps/20c0",
            "podExecutionRoleArn": "arn:aws:iam::111122223333:role/pods", "subnets": ["subnet-1"], "tags": {},
            "selectors": [{"namespace": "shop", "labels": {"tier": "web"}}, {"namespace": "ops", "labels": null}, {"namespace": "dev"}],
        });
        let bare = recognised(&profile).expect("a profile");
        let wrapped = recognised(&json!({"fargateProfile": profile})).expect("a profile");
        assert_eq!(bare.profiles, wrapped.profiles);
        let found = &bare.profiles[0];
        assert_eq!(found.home.region.as_deref(), Some("eu-west-1"));
        assert_eq!(found.home.account.as_deref(), Some("111122223333"));
        let selectors = found.profile.selectors.as_ref().expect("selectors");
        assert_eq!(selectors.len(), 3);
        assert_eq!(selectors[0].labels.len(), 1);
        assert!(selectors[1].labels.is_empty() && selectors[2].labels.is_empty());
    }

    #[test]
    fn profiles_gathered_under_one_key() {
        let found = recognised(&json!({"fargateProfiles": [
            {"fargateProfileName": "a", "selectors": [{"namespace": "shop"}]},
            {"fargateProfileName": "b", "selectors": 1},
        ]}))
        .expect("profiles");
        assert_eq!(found.profiles.len(), 1);
        assert_eq!(
            found.profiles[0].profile.origin,
            ProfileOrigin::File("p.json:fargateProfiles[0]".to_owned())
        );
        assert!(
            found.malformed[0].starts_with("fargateProfiles[1].selectors"),
            "{:?}",
            found.malformed
        );
        assert!(recognised(&json!({"fargateProfiles": [{"name": "a"}]})).is_none());
    }

    #[test]
    fn names_alone() {
        let found = recognised(&json!({"fargateProfileNames": ["a", "b"], "nextToken": null}))
            .expect("names");
        assert_eq!(found.names, ["a", "b"]);
        assert!(!found.goes_on && !found.says_none);
        let none = recognised(&json!({"fargateProfileNames": []})).expect("names");
        assert!(none.says_none);
        let page =
            recognised(&json!({"fargateProfileNames": ["a"], "nextToken": "x"})).expect("names");
        assert!(page.goes_on);
        let cut =
            recognised(&json!({"fargateProfileNames": ["a"], "NextToken": "x"})).expect("names");
        assert!(cut.goes_on);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_field() {
        for (value, words) in [
            (
                json!({"fargateProfile": {"fargateProfileName": "a", "createdAt": "soon"}}),
                "createdAt: \"soon\"",
            ),
            (
                json!({"fargateProfile": {"fargateProfileName": "a", "selectors": [{"labels": {}}]}}),
                "selectors[0]: missing field `namespace`",
            ),
            (
                json!({"fargateProfile": {"fargateProfileName": "a", "selectors": [{"namespace": "b", "labels": {"x": 1}}]}}),
                "selectors[0].labels",
            ),
            (
                json!({"fargateProfile": null}),
                "fargateProfile: invalid type",
            ),
            (
                json!({"fargateProfile": {"fargateProfileArn": "arn:x"}}),
                "fargateProfile: missing field `fargateProfileName`",
            ),
            (json!({"fargateProfileArn": "arn:x"}), "fargateProfileName"),
            (
                json!({"fargateProfileNames": "a"}),
                "a list of names is expected",
            ),
        ] {
            let found = recognised(&value).expect("it means to be a profile");
            assert!(
                found.malformed[0].contains(words),
                "{value}: {:?}",
                found.malformed
            );
        }
        assert!(recognised(&json!({"clusterName": "prod"})).is_none());
        assert!(recognised(&json!([])).is_none());
    }
}
