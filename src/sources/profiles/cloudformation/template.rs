//! A template, and what its expressions come to as far as the template alone tells.
//!
//! Source: CloudFormation Template Reference, "Intrinsic functions" and "Parameters".

use std::borrow::Cow;
use std::cell::Cell;

use serde_json::{Map, Value};

use super::expression::function;
use super::text::Text;

/// Expressions within expressions, deeper than anyone writes them; it also ends circles of references.
const DEEPEST: usize = 48;
/// So many expressions are followed in one template; then nothing more is known. A limit for hostile templates.
const MOST_STEPS: usize = 200_000;

/// Longer lists are not looked into, nor conditions of more parts.
pub(super) const MOST_ELEMENTS: usize = 1024;

type Object = Map<String, Value>;

/// What an expression comes to.
#[derive(Debug, Clone)]
pub(super) struct Resolved<'t> {
    pub(super) value: Found<'t>,
    /// Whether it rests on the default of a parameter, which whoever deploys the template may have changed.
    pub(super) is_assumed: bool,
}

/// What was found in the place of an expression.
#[derive(Debug, Clone)]
pub(super) enum Found<'t> {
    /// A text, a number or a boolean: CloudFormation takes them for one another.
    Text(Text),
    /// A list; its elements may be expressions.
    List(Cow<'t, [Value]>),
    /// A map; its values may be expressions.
    Map(&'t Object),
    /// Nothing: `null`, or `AWS::NoValue`, which takes a property away.
    Absent,
    /// It cannot be told.
    Unknown,
}

impl<'t> Resolved<'t> {
    pub(super) fn sure(value: Found<'t>) -> Self {
        Self {
            value,
            is_assumed: false,
        }
    }

    pub(super) fn unknown() -> Self {
        Self::sure(Found::Unknown)
    }

    pub(super) fn assumed_if(mut self, is_assumed: bool) -> Self {
        self.is_assumed |= is_assumed;
        self
    }

    /// It as a text; what is not one is unknown.
    pub(super) fn into_text(self) -> Text {
        match self.value {
            Found::Text(text) => text,
            _ => Text::unknown(),
        }
    }
}

/// A template.
#[derive(Debug)]
pub(super) struct Template<'t> {
    parameters: Option<&'t Object>,
    pub(super) mappings: Option<&'t Object>,
    pub(super) conditions: Option<&'t Object>,
    resources: Option<&'t Object>,
    steps: Cell<usize>,
}

impl<'t> Template<'t> {
    /// The template that this object is.
    pub(super) fn new(object: &'t Object) -> Self {
        let section = |name: &str| object.get(name).and_then(Value::as_object);
        Self {
            parameters: section("Parameters"),
            mappings: section("Mappings"),
            conditions: section("Conditions"),
            resources: section("Resources"),
            steps: Cell::new(0),
        }
    }

    /// What a value of the template comes to.
    pub(super) fn resolve(&self, value: &'t Value) -> Resolved<'t> {
        self.resolve_at(value, 0)
    }

    /// The resource that a `Ref` or `Fn::GetAtt` names.
    pub(super) fn resource_named_by(&self, value: &'t Value) -> Option<&'t str> {
        let name = match function(value.as_object()?)? {
            ("Ref", Value::String(name)) => name,
            ("Fn::GetAtt", Value::String(path)) => path.split_once('.')?.0,
            ("Fn::GetAtt", Value::Array(parts)) => parts.first()?.as_str()?,
            _ => return None,
        };
        self.resources?.contains_key(name).then_some(name)
    }

    /// The name that a resource which makes an EKS cluster gives it; `None` where it is no such resource.
    pub(super) fn cluster_name(&self, resource: &'t Value) -> Option<Resolved<'t>> {
        self.cluster_name_at(resource, 0)
    }

    /// Counts one more expression that is followed; false where it is one too many.
    pub(super) fn may_go_on(&self, depth: usize) -> bool {
        self.steps.set(self.steps.get() + 1);
        depth < DEEPEST && self.steps.get() < MOST_STEPS
    }

    pub(super) fn resolve_at(&self, value: &'t Value, depth: usize) -> Resolved<'t> {
        if !self.may_go_on(depth) {
            return Resolved::unknown();
        }
        match value {
            Value::Null => Resolved::sure(Found::Absent),
            Value::Bool(value) => Resolved::sure(Found::Text(Text::known(value.to_string()))),
            // How a number was written is lost where it is no integer: 1.10 is 1.1 by now, and 010 or 1e1 are 10.0.
            Value::Number(number) => match number.as_f64() {
                Some(value) if number.is_f64() && value.fract() == 0.0 => Resolved::unknown(),
                _ => Resolved {
                    value: Found::Text(Text::known(number.to_string())),
                    is_assumed: number.is_f64(),
                },
            },
            Value::String(text) => Resolved::sure(Found::Text(Text::literal(text))),
            Value::Array(elements) if elements.len() > MOST_ELEMENTS => Resolved::unknown(),
            Value::Array(elements) => Resolved::sure(Found::List(Cow::Borrowed(elements))),
            Value::Object(object) => match function(object) {
                Some((name, argument)) => self.call(name, argument, depth + 1),
                None => Resolved::sure(Found::Map(object)),
            },
        }
    }

    fn call(&self, name: &str, argument: &'t Value, depth: usize) -> Resolved<'t> {
        let result = match (name, argument) {
            ("Ref", Value::String(name)) => Some(self.reference(name, depth)),
            ("Fn::GetAtt", Value::String(path)) => path
                .split_once('.')
                .map(|(resource, attribute)| self.attribute(resource, attribute, depth)),
            ("Fn::GetAtt", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(resource), Value::String(attribute)] => {
                    Some(self.attribute(resource, attribute, depth))
                }
                _ => None,
            },
            ("Fn::Sub", Value::String(text)) => Some(self.substitute(text, None, depth)),
            ("Fn::Sub", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(text)] => Some(self.substitute(text, None, depth)),
                [Value::String(text), Value::Object(variables)] => {
                    Some(self.substitute(text, Some(variables), depth))
                }
                _ => None,
            },
            ("Fn::Join", Value::Array(parts)) => self.join(parts, depth),
            ("Fn::Select", Value::Array(parts)) => self.select(parts, depth),
            ("Fn::Split", Value::Array(parts)) => self.split(parts, depth),
            ("Fn::FindInMap", Value::Array(parts)) => self.find_in_map(parts, depth),
            ("Fn::If", Value::Array(parts)) => self.choose(parts, depth),
            _ => None,
        };
        result.unwrap_or_else(Resolved::unknown)
    }

    pub(super) fn reference(&self, name: &str, depth: usize) -> Resolved<'t> {
        if name == "AWS::NoValue" {
            return Resolved::sure(Found::Absent);
        }
        if let Some(parameter) = self.parameters.and_then(|all| all.get(name)) {
            return default_of(parameter);
        }
        self.name_of(name, depth)
    }

    /// The name of the cluster that a resource makes: what a `Ref` to it is.
    fn name_of(&self, resource: &str, depth: usize) -> Resolved<'t> {
        self.resources
            .and_then(|all| all.get(resource))
            .and_then(|resource| self.cluster_name_at(resource, depth))
            .unwrap_or_else(Resolved::unknown)
    }

    pub(super) fn attribute(&self, resource: &str, attribute: &str, depth: usize) -> Resolved<'t> {
        match attribute {
            "Name" | "ClusterName" => self.name_of(resource, depth),
            _ => Resolved::unknown(),
        }
    }

    fn cluster_name_at(&self, resource: &'t Value, depth: usize) -> Option<Resolved<'t>> {
        let name = match resource.get("Type")?.as_str()? {
            "AWS::EKS::Cluster" => resource.pointer("/Properties/Name"),
            "Custom::AWSCDK-EKS-Cluster" => resource.pointer("/Properties/Config/name"),
            _ => return None,
        };
        let resolved = name.map(|name| self.resolve_at(name, depth + 1));
        Some(match resolved {
            // CloudFormation makes up a name where none is given.
            None => Resolved::unknown(),
            Some(resolved) => match resolved.value {
                Found::Text(_) => resolved,
                _ => Resolved::unknown(),
            },
        })
    }
}

/// What a parameter is if nobody sets it. One with `NoEcho` is a secret, and its default is left alone; that of an
/// `AWS::SSM::Parameter::Value` is the name of the place where the value lies.
fn default_of<'t>(parameter: &'t Value) -> Resolved<'t> {
    let kind = parameter
        .get("Type")
        .and_then(Value::as_str)
        .unwrap_or("String");
    let is_secret = parameter
        .get("NoEcho")
        .is_some_and(|value| !matches!(value, Value::Bool(false)) && value != "false");
    if is_secret || kind.starts_with("AWS::SSM::Parameter::Value") {
        return Resolved::unknown();
    }
    let text = match parameter.get("Default") {
        Some(Value::String(text)) => Text::literal(text),
        Some(Value::Number(number)) if !number.is_f64() => Text::known(number.to_string()),
        Some(Value::Bool(value)) => Text::known(value.to_string()),
        _ => return Resolved::unknown(),
    };
    let value = if kind == "CommaDelimitedList" || kind.starts_with("List<") {
        match text.whole() {
            Some(text) => Found::List(Cow::Owned(
                text.split(',')
                    .map(str::trim)
                    .filter(|element| !element.is_empty())
                    .map(Value::from)
                    .collect(),
            )),
            None => Found::Unknown,
        }
    } else {
        Found::Text(text)
    };
    Resolved {
        value,
        is_assumed: true,
    }
}
