//! One resource that makes a Fargate profile.

use serde_json::{Map, Value};

use super::expression::{function, short_form};
use super::selectors::{self, Selectors};
use super::template::{Found as Given, Resolved, Template};
use crate::decision::facts::{FargateProfile, Gap, ProfileOrigin};
use crate::sources::profiles::{Found, KnownCluster};

/// What stands in the place of a name that the template leaves to CloudFormation.
const MADE_UP: &str = "known after deployment";

/// The words of one resource type.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Words {
    /// Where the profile stands within the resource.
    pub(super) within: &'static [&'static str],
    cluster: &'static str,
    name: &'static str,
    role: &'static str,
    subnets: &'static str,
    pub(super) selectors: &'static str,
    pub(super) namespace: &'static str,
    pub(super) labels: &'static str,
    /// Whether labels are a list of pairs, not a map.
    pub(super) labels_are_pairs: bool,
}

/// `AWS::EKS::FargateProfile`. Source: CloudFormation Template Reference.
const NATIVE: Words = Words {
    within: &["Properties"],
    cluster: "ClusterName",
    name: "FargateProfileName",
    role: "PodExecutionRoleArn",
    subnets: "Subnets",
    selectors: "Selectors",
    namespace: "Namespace",
    labels: "Labels",
    labels_are_pairs: true,
};

/// The CDK's custom resource, which hands `Config` to the EKS API as it is. Source: aws-cdk, `aws-eks/lib/fargate-profile.ts`.
const CDK: Words = Words {
    within: &["Properties", "Config"],
    cluster: "clusterName",
    name: "fargateProfileName",
    role: "podExecutionRoleArn",
    subnets: "subnets",
    selectors: "selectors",
    namespace: "namespace",
    labels: "labels",
    labels_are_pairs: false,
};

/// The words of a resource type; `None` where it makes no Fargate profile.
pub(super) fn words_of(kind: &str) -> Option<&'static Words> {
    match kind {
        "AWS::EKS::FargateProfile" => Some(&NATIVE),
        "Custom::AWSCDK-EKS-FargateProfile" => Some(&CDK),
        _ => None,
    }
}

/// A resource that makes a profile.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resource<'t> {
    pub(super) template: &'t Template<'t>,
    pub(super) words: &'static Words,
    /// Its name in the template.
    pub(super) logical_id: &'t str,
    pub(super) value: &'t Value,
    /// The file, and the position in it where there are several.
    pub(super) place: &'t str,
}

/// What a part of a resource rests on that the template does not tell for sure: conditions, above all.
#[derive(Debug, Clone, Default)]
pub(super) struct Doubts {
    /// What cannot be told; then the part may or may not be there.
    pub(super) open: Option<String>,
    /// What a parameter's default decides.
    pub(super) assumed: Option<String>,
    /// The condition of the whole resource that holds by a parameter's default.
    pub(super) assumed_condition: Option<String>,
}

impl Doubts {
    /// Whether a parameter's default decides.
    pub(super) fn rests_on_defaults(&self) -> bool {
        self.assumed.is_some() || self.assumed_condition.is_some()
    }
}

/// What came of a resource.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) found: Found,
    pub(super) remarks: Vec<String>,
}

impl<'t> Resource<'t> {
    /// What the resource is called: the file and its name there.
    pub(super) fn called(&self) -> String {
        format!("{}:{}", self.place, self.logical_id)
    }

    /// The profile where an expression stands in place of all that it is.
    fn unknown(&self, expression: &str) -> Read {
        let gaps = [
            "fargateProfileName",
            "clusterName",
            "podExecutionRoleArn",
            "subnets",
            "selectors",
        ];
        Read {
            found: Found {
                home: KnownCluster::default(),
                profile: FargateProfile {
                    name_is_known: false,
                    gaps: gaps.map(|field| Gap::unknown(field, expression)).into(),
                    ..FargateProfile::named(self.called(), ProfileOrigin::File(self.called()))
                },
            },
            remarks: Vec::new(),
        }
    }

    /// Reads the profile; `doubts` is what its existence rests on.
    ///
    /// Errors: which field is wrong, and what was expected there.
    pub(super) fn read(&self, doubts: &Doubts) -> Result<Read, String> {
        let mut path = format!("Resources.{}", self.logical_id);
        let mut value = self.value;
        for step in self.words.within {
            path.push('.');
            path.push_str(step);
            value = match value.get(step) {
                None | Some(Value::Null) => {
                    return Err(format!("{path}: it is missing; a map is expected"));
                }
                Some(value) => value,
            };
        }
        let Some(written) = value.as_object() else {
            return Err(format!("{path}: a map is expected"));
        };
        let properties = match function(written) {
            None | Some(("Fn::Transform", _)) => written,
            Some(_) => match self.template.resolve(value) {
                Resolved {
                    value: Given::Map(properties),
                    is_assumed: false,
                } => properties,
                _ => return Ok(self.unknown(&short_form(value))),
            },
        };
        let fields = Fields {
            template: self.template,
            properties,
            path: &path,
        };
        let mut gaps = Vec::new();
        let name = fields.text(self.words.name, "fargateProfileName", &mut gaps)?;
        if name.is_none() && gaps.is_empty() {
            gaps.push(Gap::unknown("fargateProfileName", MADE_UP));
        }
        let cluster_name = fields.text(self.words.cluster, "clusterName", &mut gaps)?;
        let role = fields.text(self.words.role, "podExecutionRoleArn", &mut gaps)?;
        let subnets = fields.subnets(self.words.subnets, &mut gaps)?;
        let mut remarks = Vec::new();
        let selectors = match selectors::read(&fields, self.words, doubts)? {
            Selectors::Unknown(expression) => {
                gaps.push(Gap::unknown("selectors", expression));
                None
            }
            Selectors::Known { list, has_map } => {
                if has_map {
                    remarks.push(format!(
                        "{} writes labels as a map, which CloudFormation would refuse (a list of Key and Value is expected); \
                         they were taken as meant",
                        self.called()
                    ));
                }
                Some(list)
            }
        };
        let reference = properties
            .get(self.words.cluster)
            .filter(|_| cluster_name.is_none())
            .and_then(|value| self.template.resource_named_by(value))
            .map(|resource| format!("{}:{resource}", self.place));
        Ok(Read {
            found: Found {
                home: KnownCluster {
                    name: cluster_name.clone(),
                    reference,
                    ..KnownCluster::default()
                },
                profile: FargateProfile {
                    name_is_known: name.is_some(),
                    cluster_name,
                    selectors,
                    pod_execution_role_arn: role,
                    subnets,
                    gaps,
                    ..FargateProfile::named(
                        name.unwrap_or_else(|| self.called()),
                        ProfileOrigin::File(self.called()),
                    )
                },
            },
            remarks,
        })
    }
}

/// The properties of a resource, or of a part of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a, 't> {
    pub(super) template: &'t Template<'t>,
    pub(super) properties: &'t Map<String, Value>,
    pub(super) path: &'a str,
}

impl<'t> Fields<'_, 't> {
    /// The value of a field; `null` counts as none.
    pub(super) fn get(&self, word: &str) -> Option<&'t Value> {
        self.properties.get(word).filter(|value| !value.is_null())
    }

    /// What may bring in more fields than are written here: a macro, a loop.
    pub(super) fn more_from(&self) -> Option<String> {
        self.properties
            .iter()
            .find(|(key, _)| *key == "Fn::Transform" || key.starts_with("Fn::ForEach"))
            .map(|(key, value)| {
                let object = Map::from_iter([(key.clone(), value.clone())]);
                short_form(&Value::Object(object))
            })
    }

    /// A field that is a text; `None` where it is not there or not known, and then a gap tells the latter.
    fn text(&self, word: &str, field: &str, gaps: &mut Vec<Gap>) -> Result<Option<String>, String> {
        let Some(value) = self.get(word) else {
            gaps.extend(self.more_from().map(|from| Gap::unknown(field, from)));
            return Ok(None);
        };
        let resolved = self.template.resolve(value);
        let text = match resolved.value {
            Given::Absent => return Ok(None),
            Given::Unknown => None,
            Given::Text(text) => text.whole().map(str::to_owned),
            Given::List(_) | Given::Map(_) => {
                return Err(format!("{}.{word}: a text is expected", self.path));
            }
        };
        match text.filter(|text| !text.is_empty()) {
            None if value.as_str() == Some("") => Ok(None),
            None => {
                gaps.push(Gap::unknown(field, short_form(value)));
                Ok(None)
            }
            Some(text) => {
                if resolved.is_assumed {
                    gaps.push(Gap {
                        field: field.to_owned(),
                        expression: short_form(value),
                        assumed: Some(text.clone()),
                    });
                }
                Ok(Some(text))
            }
        }
    }

    /// The subnets; none where one of them is not known, and then a gap tells that.
    fn subnets(&self, word: &str, gaps: &mut Vec<Gap>) -> Result<Vec<String>, String> {
        const FIELD: &str = "subnets";
        let Some(value) = self.get(word) else {
            gaps.extend(self.more_from().map(|from| Gap::unknown(FIELD, from)));
            return Ok(Vec::new());
        };
        let resolved = self.template.resolve(value);
        let list = match resolved.value {
            Given::Absent => return Ok(Vec::new()),
            Given::List(list) => list,
            Given::Text(_) if !value.is_object() => {
                return Err(format!("{}.{word}: a list is expected", self.path));
            }
            Given::Map(_) => return Err(format!("{}.{word}: a list is expected", self.path)),
            Given::Text(_) | Given::Unknown => {
                gaps.push(Gap::unknown(FIELD, short_form(value)));
                return Ok(Vec::new());
            }
        };
        let mut subnets = Vec::new();
        let mut unknown = Vec::new();
        let mut assumed = Vec::new();
        for (index, written) in list.iter().enumerate() {
            let element = self.template.element_of(&list, index);
            let text = match &element.value {
                Given::Absent => continue,
                Given::Text(text) => text.whole(),
                Given::Map(_) => {
                    return Err(format!("{}.{word}[{index}]: a text is expected", self.path));
                }
                Given::List(_) | Given::Unknown => None,
            };
            match text {
                Some(text) => {
                    subnets.push(text.to_owned());
                    if element.is_assumed {
                        assumed.push(short_form(written));
                    }
                }
                None => unknown.push(short_form(written)),
            }
        }
        if resolved.is_assumed {
            assumed = vec![short_form(value)];
        }
        if !unknown.is_empty() {
            gaps.push(Gap::unknown(FIELD, unknown.join(", ")));
            return Ok(Vec::new());
        }
        if !assumed.is_empty() {
            gaps.push(Gap {
                field: FIELD.to_owned(),
                expression: assumed.join(", "),
                assumed: Some(subnets.join(",")),
            });
        }
        Ok(subnets)
    }
}
