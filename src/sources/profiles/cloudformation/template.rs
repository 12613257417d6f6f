//! A template, and what its expressions come to as far as the template alone tells.
//!
//! Source: CloudFormation Template Reference, "Intrinsic functions" and "Parameters".

use std::borrow::Cow;
use std::cell::Cell;

use serde_json::{Map, Value};

use super::expression::function;
use super::text::{self, Text};

/// Expressions within expressions, deeper than anyone writes them; it also ends circles of references.
const DEEPEST: usize = 48;
/// So many expressions are followed in one template; then nothing more is known. A limit for hostile templates.
const MOST_STEPS: usize = 200_000;

/// Longer lists are not looked into, nor conditions of more parts.
const MOST_ELEMENTS: usize = 1024;

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
    fn sure(value: Found<'t>) -> Self {
        Self {
            value,
            is_assumed: false,
        }
    }

    fn unknown() -> Self {
        Self::sure(Found::Unknown)
    }

    fn assumed_if(mut self, is_assumed: bool) -> Self {
        self.is_assumed |= is_assumed;
        self
    }

    /// It as a text; what is not one is unknown.
    fn into_text(self) -> Text {
        match self.value {
            Found::Text(text) => text,
            _ => Text::unknown(),
        }
    }
}

/// Whether a condition holds; `holds` is `None` where the template alone does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Truth {
    pub(super) holds: Option<bool>,
    /// Whether that rests on the default of a parameter.
    pub(super) is_assumed: bool,
}

impl Truth {
    const UNDECIDED: Self = Self {
        holds: None,
        is_assumed: false,
    };
}

/// A template.
#[derive(Debug)]
pub(super) struct Template<'t> {
    parameters: Option<&'t Object>,
    mappings: Option<&'t Object>,
    conditions: Option<&'t Object>,
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

    /// Whether a condition of this name holds.
    pub(super) fn condition(&self, name: &str) -> Truth {
        self.condition_at(name, 0)
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
    fn may_go_on(&self, depth: usize) -> bool {
        self.steps.set(self.steps.get() + 1);
        depth < DEEPEST && self.steps.get() < MOST_STEPS
    }

    fn resolve_at(&self, value: &'t Value, depth: usize) -> Resolved<'t> {
        if !self.may_go_on(depth) {
            return Resolved::unknown();
        }
        match value {
            Value::Null => Resolved::sure(Found::Absent),
            Value::Bool(value) => Resolved::sure(Found::Text(Text::known(value.to_string()))),
            // How a number with a fraction was written is lost: 1.10 is 1.1 by now.
            Value::Number(number) => Resolved {
                value: Found::Text(Text::known(number.to_string())),
                is_assumed: number.is_f64(),
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

    fn reference(&self, name: &str, depth: usize) -> Resolved<'t> {
        if name == "AWS::NoValue" {
            return Resolved::sure(Found::Absent);
        }
        if let Some(parameter) = self.parameters.and_then(|all| all.get(name)) {
            return default_of(parameter);
        }
        self.resources
            .and_then(|all| all.get(name))
            .and_then(|resource| self.cluster_name_at(resource, depth))
            .unwrap_or_else(Resolved::unknown)
    }

    fn attribute(&self, resource: &str, attribute: &str, depth: usize) -> Resolved<'t> {
        match attribute {
            "Name" | "ClusterName" => self.reference_to_resource(resource, depth),
            _ => Resolved::unknown(),
        }
    }

    fn reference_to_resource(&self, name: &str, depth: usize) -> Resolved<'t> {
        self.resources
            .and_then(|all| all.get(name))
            .and_then(|resource| self.cluster_name_at(resource, depth))
            .unwrap_or_else(Resolved::unknown)
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

    fn substitute(
        &self,
        text: &'t str,
        variables: Option<&'t Object>,
        depth: usize,
    ) -> Resolved<'t> {
        if text.len() > text::LONGEST {
            return Resolved::unknown();
        }
        let mut found = Text::known("");
        let mut is_assumed = false;
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, behind)) = after.split_once('}') else {
                break;
            };
            found.push(&Text::literal(before));
            rest = behind;
            if let Some(literal) = name.strip_prefix('!') {
                found.push(&Text::known(format!("${{{literal}}}")));
                continue;
            }
            let piece = match variables.and_then(|variables| variables.get(name)) {
                Some(value) => self.resolve_at(value, depth + 1),
                None if !self.may_go_on(depth) => Resolved::unknown(),
                None => match name.split_once('.') {
                    Some((resource, attribute)) => self.attribute(resource, attribute, depth),
                    None => self.reference(name, depth),
                },
            };
            is_assumed |= piece.is_assumed;
            found.push(&piece.into_text());
        }
        found.push(&Text::literal(rest));
        Resolved {
            value: Found::Text(found),
            is_assumed,
        }
    }

    fn join(&self, parts: &'t [Value], depth: usize) -> Option<Resolved<'t>> {
        let [Value::String(delimiter), list] = parts else {
            return None;
        };
        let list = self.resolve_at(list, depth + 1);
        let Found::List(elements) = &list.value else {
            return None;
        };
        let delimiter = Text::literal(delimiter);
        let mut joined = Text::known("");
        let mut is_assumed = list.is_assumed;
        let mut is_first = true;
        for index in 0..elements.len() {
            let element = self.element(elements, index, depth);
            if matches!(element.value, Found::Absent) {
                continue;
            }
            // What an undecided `Fn::If` leaves out takes its delimiter with it.
            if self.may_be_absent(elements, index, &element) {
                return None;
            }
            if !is_first {
                joined.push(&delimiter);
            }
            is_first = false;
            is_assumed |= element.is_assumed;
            // A list within the list stands for an unknown number of elements; any text fits `*`.
            joined.push(&element.into_text());
        }
        Some(Resolved {
            value: Found::Text(joined),
            is_assumed,
        })
    }

    fn select(&self, parts: &'t [Value], depth: usize) -> Option<Resolved<'t>> {
        let [index, list] = parts else {
            return None;
        };
        let index = self.resolve_at(index, depth + 1);
        let list = self.resolve_at(list, depth + 1);
        let is_assumed = index.is_assumed || list.is_assumed;
        let Found::List(elements) = &list.value else {
            return None;
        };
        let mut to_go: usize = index.into_text().whole()?.trim().parse().ok()?;
        for position in 0..elements.len() {
            let element = self.element(elements, position, depth);
            if matches!(element.value, Found::Absent) {
                continue;
            }
            if self.may_be_absent(elements, position, &element) {
                return None;
            }
            if to_go == 0 {
                return Some(element.assumed_if(is_assumed));
            }
            to_go -= 1;
        }
        None
    }

    fn split(&self, parts: &'t [Value], depth: usize) -> Option<Resolved<'t>> {
        let [Value::String(delimiter), text] = parts else {
            return None;
        };
        let text = self.resolve_at(text, depth + 1);
        let is_assumed = text.is_assumed;
        let text = text.into_text();
        let elements: Vec<Value> = match text.whole()? {
            _ if delimiter.is_empty() => return None,
            text => text
                .split(delimiter.as_str())
                .take(MOST_ELEMENTS)
                .map(Value::from)
                .collect(),
        };
        Some(Resolved {
            value: Found::List(Cow::Owned(elements)),
            is_assumed,
        })
    }

    fn find_in_map(&self, parts: &'t [Value], depth: usize) -> Option<Resolved<'t>> {
        let (keys, otherwise) = match parts {
            [map, top, second] => ([map, top, second], None),
            [map, top, second, options] => ([map, top, second], options.get("DefaultValue")),
            _ => return None,
        };
        let mut is_assumed = false;
        let mut names = Vec::with_capacity(keys.len());
        for key in keys {
            let key = self.resolve_at(key, depth + 1);
            is_assumed |= key.is_assumed;
            names.push(key.into_text().whole()?.to_owned());
        }
        let [map, top, second] = names.as_slice() else {
            return None;
        };
        let found = self
            .mappings
            .and_then(|all| all.get(map)?.get(top)?.get(second))
            .or(otherwise)?;
        Some(self.resolve_at(found, depth + 1).assumed_if(is_assumed))
    }

    fn choose(&self, parts: &'t [Value], depth: usize) -> Option<Resolved<'t>> {
        let [Value::String(condition), then, otherwise] = parts else {
            return None;
        };
        let truth = self.condition_at(condition, depth + 1);
        let chosen = if truth.holds? { then } else { otherwise };
        Some(
            self.resolve_at(chosen, depth + 1)
                .assumed_if(truth.is_assumed),
        )
    }

    /// An element of a list, resolved.
    pub(super) fn element_of(&self, list: &Cow<'t, [Value]>, index: usize) -> Resolved<'t> {
        self.element(list, index, 0)
    }

    fn element(&self, list: &Cow<'t, [Value]>, index: usize, depth: usize) -> Resolved<'t> {
        match list {
            Cow::Borrowed(elements) => match elements.get(index) {
                Some(element) => self.resolve_at(element, depth + 1),
                None => Resolved::unknown(),
            },
            // Such lists come of splitting a text that is known, so they hold plain texts.
            Cow::Owned(elements) => match elements.get(index).and_then(Value::as_str) {
                Some(text) => Resolved::sure(Found::Text(Text::known(text))),
                None => Resolved::unknown(),
            },
        }
    }

    /// Whether an element that is not known may also be none at all.
    fn may_be_absent(&self, list: &[Value], index: usize, element: &Resolved<'t>) -> bool {
        let is_choice = || {
            list.get(index)
                .and_then(|element| function(element.as_object()?))
                .is_some_and(|(name, _)| name == "Fn::If")
        };
        matches!(element.value, Found::Unknown) && is_choice()
    }

    fn condition_at(&self, name: &str, depth: usize) -> Truth {
        match self.conditions.and_then(|all| all.get(name)) {
            Some(condition) => self.truth(condition, depth + 1),
            None => Truth::UNDECIDED,
        }
    }

    fn truth(&self, value: &'t Value, depth: usize) -> Truth {
        if !self.may_go_on(depth) {
            return Truth::UNDECIDED;
        }
        match value.as_object().and_then(function) {
            Some(("Condition", Value::String(name))) => self.condition_at(name, depth),
            Some(("Fn::Equals", Value::Array(sides))) => self.equal(sides, depth),
            Some(("Fn::And", Value::Array(all))) => self.all_are(true, all, depth),
            Some(("Fn::Or", Value::Array(all))) => not(self.all_are(false, all, depth)),
            Some(("Fn::Not", Value::Array(one))) => match one.as_slice() {
                [one] => not(self.truth(one, depth + 1)),
                _ => Truth::UNDECIDED,
            },
            _ => Truth::UNDECIDED,
        }
    }

    fn equal(&self, sides: &'t [Value], depth: usize) -> Truth {
        let [one, other] = sides else {
            return Truth::UNDECIDED;
        };
        let [one, other] = [one, other].map(|side| self.resolve_at(side, depth + 1));
        let is_assumed = one.is_assumed || other.is_assumed;
        let [one, other] = [one, other].map(Resolved::into_text);
        let holds = one
            .whole()
            .zip(other.whole())
            .map(|(one, other)| one == other);
        Truth {
            holds,
            is_assumed: is_assumed && holds.is_some(),
        }
    }

    /// Whether all of these are as `wanted`. One that surely is not decides, whatever the others are.
    fn all_are(&self, wanted: bool, all: &'t [Value], depth: usize) -> Truth {
        if all.len() > MOST_ELEMENTS {
            return Truth::UNDECIDED;
        }
        let truths: Vec<Truth> = all
            .iter()
            .map(|one| self.truth(one, depth + 1))
            .map(|truth| if wanted { truth } else { not(truth) })
            .collect();
        let against = || truths.iter().filter(|truth| truth.holds == Some(false));
        if against().next().is_some() {
            return Truth {
                holds: Some(false),
                is_assumed: against().all(|truth| truth.is_assumed),
            };
        }
        if truths.iter().any(|truth| truth.holds.is_none()) {
            return Truth::UNDECIDED;
        }
        Truth {
            holds: Some(true),
            is_assumed: truths.iter().any(|truth| truth.is_assumed),
        }
    }
}

fn not(truth: Truth) -> Truth {
    Truth {
        holds: truth.holds.map(|holds| !holds),
        ..truth
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
        Some(Value::Number(number)) => Text::known(number.to_string()),
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
