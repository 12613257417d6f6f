//! A profile out of the resource of a tool that makes profiles, whose fields may hold a value, or only what will become one.
//!
//! Each tool marks what is not known in its own way, so its form turns the fields into [`Node`]s; what they mean is told here, once.

use std::collections::BTreeMap;

use serde_json::Value;

use super::eks_json::home_of_arn;
use super::{Found, KnownCluster};
use crate::decision::facts::{FargateProfile, Gap, ProfileOrigin, ProfileStatus, Selector};

/// A part of a resource.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// It is not there, or null.
    Nothing,
    /// A text.
    Text(String),
    /// A text of which a part is not known.
    Partly {
        /// The widest pattern that it may be, with `*` for each part that is not known.
        widest: String,
        /// What stands in its place.
        expression: String,
    },
    /// A list.
    List(Vec<Node>),
    /// A map, or an object.
    Map(BTreeMap<String, Node>),
    /// Not known; with what stands in its place.
    Unknown(String),
    /// A number or a boolean, which no field of a profile is; with its kind in words.
    Other(&'static str),
}

impl Node {
    /// A value that is all there; `of_text` reads the texts in it.
    pub(super) fn new(value: &Value, of_text: impl Fn(&str) -> Self + Copy) -> Self {
        match value {
            Value::Null => Self::Nothing,
            Value::Bool(_) => Self::Other("a boolean"),
            Value::Number(_) => Self::Other("a number"),
            Value::String(text) => of_text(text),
            Value::Array(elements) => Self::List(
                elements
                    .iter()
                    .map(|element| Self::new(element, of_text))
                    .collect(),
            ),
            Value::Object(fields) => Self::Map(
                fields
                    .iter()
                    .map(|(key, value)| (key.clone(), Self::new(value, of_text)))
                    .collect(),
            ),
        }
    }

    /// A value that is all there, its texts taken as they are.
    pub(super) fn plain(value: &Value) -> Self {
        Self::new(value, |text| Self::Text(text.to_owned()))
    }

    /// What it is, for a sentence that says that something else is expected. Its content is never told: it may be a secret.
    fn kind(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Text(_) | Self::Partly { .. } => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "an object",
            Self::Unknown(_) => "something unknown",
            Self::Other(kind) => kind,
        }
    }
}

/// What a tool calls the fields of a profile.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) name: &'static str,
    pub(super) cluster: &'static str,
    pub(super) arn: &'static str,
    pub(super) status: &'static str,
    pub(super) role: &'static str,
    pub(super) subnets: &'static str,
    pub(super) selectors: &'static str,
    pub(super) namespace: &'static str,
    pub(super) labels: &'static str,
    /// Of a label, where labels are a list of pairs.
    pub(super) key: &'static str,
    /// The same.
    pub(super) value: &'static str,
    pub(super) region: &'static str,
    /// What stands for a name that is not given; `None` where a name must be given.
    pub(super) unnamed: Option<&'static str>,
}

/// A resource that makes a profile.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resource<'a> {
    /// What its tool calls it: its address, its logical name.
    pub(super) address: &'a str,
    /// The file that it stands in.
    pub(super) place: &'a str,
    /// What its fields are called.
    pub(super) names: &'a Names,
    /// The cluster that it belongs to, as far as that is known without its own fields.
    pub(super) cluster: &'a KnownCluster,
}

impl Resource<'_> {
    /// Reads the profile; `field` gives a field by its name.
    ///
    /// Errors: a field that is not what it has to be, with its path and what is expected, and nothing of what stands there.
    pub(super) fn profile(self, field: impl Fn(&str) -> Node) -> Result<Found, String> {
        let names = self.names;
        let place = format!("{}:{}", self.place, self.address);
        let mut gaps = Vec::new();
        let name = match (text(&field(names.name), names.name)?, names.unnamed) {
            (Text::Known(name), _) if !name.is_empty() => Some(name),
            (Text::Open { expression, .. }, _) => {
                gaps.push(Gap::unknown("fargateProfileName", expression));
                None
            }
            (_, Some(expression)) => {
                gaps.push(Gap::unknown("fargateProfileName", expression));
                None
            }
            _ => return Err(format!("{}: it is missing, a text is expected", names.name)),
        };
        let cluster = text(&field(names.cluster), names.cluster)?;
        let arn = text(&field(names.arn), names.arn)?.known();
        let mut home = arn.as_deref().map(home_of_arn).unwrap_or_default();
        // The ARN names both; where one of them is not told, it may be a secret.
        let is_hidden = |text: &Text| matches!(text, Text::Open { .. });
        if is_hidden(&cluster) {
            home.name = None;
        }
        let arn = arn.filter(|_| name.is_some() && !is_hidden(&cluster));
        match cluster {
            Text::Known(cluster) if !cluster.is_empty() => home.name = Some(cluster),
            Text::Open { expression, .. } if home.name.is_none() => {
                home.name.clone_from(&self.cluster.name);
                home.reference.clone_from(&self.cluster.reference);
                if home.name.is_none() {
                    gaps.push(Gap::unknown("clusterName", expression));
                }
            }
            _ => {}
        }
        home.region = home
            .region
            .or(text(&field(names.region), names.region)?.known())
            .or_else(|| self.cluster.region.clone());
        let role = match text(&field(names.role), names.role)? {
            Text::Known(role) => Some(role).filter(|role| !role.is_empty()),
            Text::Open { expression, .. } => {
                gaps.push(Gap::unknown("podExecutionRoleArn", expression));
                None
            }
            Text::Absent => None,
        };
        let subnets = match subnets(&field(names.subnets), names.subnets)? {
            Ok(subnets) => subnets,
            Err(expression) => {
                gaps.push(Gap::unknown("subnets", expression));
                Vec::new()
            }
        };
        let selectors = match field(names.selectors) {
            Node::Nothing => None,
            Node::Unknown(expression) => {
                gaps.push(Gap::unknown("selectors", expression));
                None
            }
            Node::List(selectors) => Some(
                selectors
                    .iter()
                    .enumerate()
                    .map(|(index, node)| self.selector(node, index))
                    .collect::<Result<_, _>>()?,
            ),
            // One block may stand for a list of one.
            node @ Node::Map(_) => Some(vec![self.selector(&node, 0)?]),
            other => return Err(wrong(names.selectors, &other, "a list of selectors")),
        };
        Ok(Found {
            profile: FargateProfile {
                name_is_known: name.is_some(),
                name: name.unwrap_or_else(|| place.clone()),
                cluster_name: home.name.clone(),
                status: text(&field(names.status), names.status)?
                    .known()
                    .and_then(|status| ProfileStatus::parse(&status)),
                created_at: None,
                selectors,
                pod_execution_role_arn: role,
                subnets,
                health_issues: Vec::new(),
                gaps,
                origin: ProfileOrigin::File(place),
                arn,
            },
            home,
        })
    }

    fn selector(self, node: &Node, index: usize) -> Result<Selector, String> {
        let path = format!("{}[{index}]", self.names.selectors);
        let fields = match node {
            Node::Map(fields) => fields,
            Node::Unknown(expression) => {
                let mut selector = Selector::new("*", [] as [(&str, &str); 0]);
                selector.gaps = vec![
                    Gap::unknown("namespace", expression),
                    Gap::unknown("labels", expression),
                ];
                return Ok(selector);
            }
            other => return Err(wrong(&path, other, "a selector")),
        };
        let field = |name: &str| fields.get(name).unwrap_or(&Node::Nothing);
        let mut gaps = Vec::new();
        let namespace_path = format!("{path}.{}", self.names.namespace);
        let namespace = match text(field(self.names.namespace), &namespace_path)? {
            Text::Known(namespace) if !namespace.is_empty() => namespace,
            Text::Open { widest, expression } => {
                gaps.push(Gap::unknown("namespace", expression));
                widest
            }
            _ => {
                return Err(format!(
                    "{namespace_path}: it is missing, the pattern of a namespace is expected"
                ));
            }
        };
        let labels_path = format!("{path}.{}", self.names.labels);
        let mut labels = Vec::new();
        match field(self.names.labels) {
            Node::Nothing => {}
            Node::Unknown(expression) => gaps.push(Gap::unknown("labels", expression)),
            Node::Map(pairs) => {
                for (key, value) in pairs {
                    let path = format!("{labels_path}[{key}]");
                    labels.push(pair(key.clone(), value, &path, &mut gaps)?);
                }
            }
            Node::List(pairs) => {
                for (index, node) in pairs.iter().enumerate() {
                    let path = format!("{labels_path}[{index}]");
                    labels.extend(self.listed_pair(node, &path, &mut gaps)?);
                }
            }
            other => return Err(wrong(&labels_path, other, "a map of labels")),
        }
        let mut selector = Selector::new(namespace, labels);
        selector.gaps = gaps;
        Ok(selector)
    }

    /// A pair of a list; `None` where not even its key is known.
    fn listed_pair(
        self,
        node: &Node,
        path: &str,
        gaps: &mut Vec<Gap>,
    ) -> Result<Option<(String, String)>, String> {
        let fields = match node {
            Node::Map(fields) => fields,
            Node::Unknown(expression) => {
                gaps.push(Gap::unknown("labels", expression));
                return Ok(None);
            }
            other => return Err(wrong(path, other, "a key and its value")),
        };
        let key_path = format!("{path}.{}", self.names.key);
        let value = fields.get(self.names.value).unwrap_or(&Node::Nothing);
        let key = fields.get(self.names.key).unwrap_or(&Node::Nothing);
        match text(key, &key_path)? {
            Text::Known(key) => {
                let path = format!("{path}.{}", self.names.value);
                pair(key, value, &path, gaps).map(Some)
            }
            Text::Open { expression, .. } => {
                gaps.push(Gap::unknown("labels", expression));
                Ok(None)
            }
            Text::Absent => Err(wrong(&key_path, key, "the key of a label")),
        }
    }
}

fn pair(
    key: String,
    value: &Node,
    path: &str,
    gaps: &mut Vec<Gap>,
) -> Result<(String, String), String> {
    match text(value, path)? {
        Text::Known(value) => Ok((key, value)),
        Text::Open { widest, expression } => {
            gaps.push(Gap::unknown(format!("labels[{key}]"), expression));
            Ok((key, widest))
        }
        Text::Absent => Err(wrong(path, value, "the pattern of a label's value")),
    }
}

/// What a field of text tells.
enum Text {
    Known(String),
    Open { widest: String, expression: String },
    Absent,
}

impl Text {
    fn known(self) -> Option<String> {
        match self {
            Self::Known(text) => Some(text).filter(|text| !text.is_empty()),
            Self::Open { .. } | Self::Absent => None,
        }
    }
}

fn text(node: &Node, path: &str) -> Result<Text, String> {
    Ok(match node {
        Node::Nothing => Text::Absent,
        Node::Text(text) => Text::Known(text.clone()),
        Node::Partly { widest, expression } => Text::Open {
            widest: widest.clone(),
            expression: expression.clone(),
        },
        Node::Unknown(expression) => Text::Open {
            widest: "*".to_owned(),
            expression: expression.clone(),
        },
        other => return Err(wrong(path, other, "a text")),
    })
}

/// The subnets; the inner error is the expression of one that is not known.
fn subnets(node: &Node, path: &str) -> Result<Result<Vec<String>, String>, String> {
    let nodes = match node {
        Node::Nothing => return Ok(Ok(Vec::new())),
        Node::Unknown(expression) => return Ok(Err(expression.clone())),
        Node::List(nodes) => nodes,
        other => return Err(wrong(path, other, "a list of subnets")),
    };
    let mut subnets = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        match text(node, &format!("{path}[{index}]"))? {
            Text::Known(subnet) => subnets.push(subnet),
            Text::Open { expression, .. } => return Ok(Err(expression)),
            Text::Absent => {}
        }
    }
    Ok(Ok(subnets))
}

fn wrong(path: &str, found: &Node, expected: &str) -> String {
    match found {
        Node::Nothing => format!("{path}: it is missing, {expected} is expected"),
        found => format!("{path}: {expected} is expected, not {}", found.kind()),
    }
}

#[cfg(test)]
pub(super) mod shown;
