//! CloudFormation: templates as they are written, as the CDK makes them, and as `aws cloudformation get-template` prints them.
//!
//! A template is a programme with inputs: what its expressions come to is worked out as far as the template alone tells, and the
//! rest is a gap of the field, in the words of the template.

mod conditions;
mod expression;
mod functions;
mod profile;
mod selectors;
mod template;
#[cfg(test)]
mod tests;
mod text;

use std::convert::Infallible;

use serde_json::{Map, Value};

use self::expression::short_form;
use self::profile::{Doubts, Resource, words_of};
use self::template::{Found as Given, Template};
use super::{Candidate, Form, Found, KnownCluster, Recognised};
use crate::decision::facts::{FargateProfile, Gap, ProfileOrigin};
use crate::sources::offline::documents::{Document, Item, Sink};
use crate::sources::offline::reader::read_documents;

/// The form.
pub(super) const FORM: Form = Form {
    is_typed: |_, _| false,
    recognise,
};

/// Macros of AWS itself, which neither make nor change Fargate profiles (but for `AWS::Include`, which brings in text).
const HARMLESS_MACROS: [&str; 4] = [
    "AWS::Serverless-",
    "AWS::LanguageExtensions",
    "AWS::CodeDeployBlueGreen",
    "AWS::SecretsManager-",
];

/// Takes a template, plain or as the `TemplateBody` of an answer of the API.
fn recognise(candidate: Candidate<'_>) -> Option<Recognised> {
    if !candidate.kind.is_empty() {
        return None;
    }
    let object = candidate.value.as_object()?;
    match object.get("TemplateBody") {
        Some(Value::Object(body)) => template(body, candidate.place),
        Some(Value::String(text)) => Some(template_in_text(text, candidate.place)),
        Some(_) => None,
        None => template(object, candidate.place)
            .or_else(|| template(serverless_resources(object)?, candidate.place)),
    }
}

/// The template within a `serverless.yml`. Source: Serverless Framework, "AWS Infrastructure Resources".
fn serverless_resources(object: &Map<String, Value>) -> Option<&Map<String, Value>> {
    let is_service = object.contains_key("service") && object.contains_key("provider");
    object.get("resources")?.as_object().filter(|_| is_service)
}

/// Reads the text of a template, JSON or YAML.
fn template_in_text(text: &str, place: &str) -> Recognised {
    struct Templates<'p>(Recognised, &'p str);
    impl Sink for Templates<'_> {
        type Ready = Infallible;

        fn item(&mut self, item: Item<'_>) {
            let Ok(Value::Object(object)) = serde_json::from_str(item.json) else {
                return;
            };
            if let Some(found) = template(&object, self.1) {
                self.0.profiles.extend(found.profiles);
                self.0.home = self.0.home.take().or(found.home);
                self.0.remarks.extend(found.remarks);
                self.0.malformed.extend(found.malformed);
            }
        }
        fn end(&mut self, _: Document<'_>) {}
        fn broken(&mut self, _: &str) {}
    }
    let mut templates = Templates(Recognised::default(), place);
    let outcome = read_documents(text.as_bytes(), &mut templates);
    let mut recognised = templates.0;
    recognised.malformed.extend(
        outcome
            .problems
            .into_iter()
            .map(|problem| format!("TemplateBody: {problem}")),
    );
    recognised
}

/// Reads a template; `None` where the object is none.
fn template(object: &Map<String, Value>, place: &str) -> Option<Recognised> {
    let is_marked = object.contains_key("AWSTemplateFormatVersion");
    let resources = match object.get("Resources") {
        Some(Value::Object(resources)) => resources,
        None | Some(Value::Null) if is_marked => return Some(Recognised::default()),
        Some(other)
            if is_marked
                || other
                    .as_array()
                    .is_some_and(|list| list.iter().any(makes_profile)) =>
        {
            return Some(Recognised {
                malformed: vec!["Resources: a map of resources is expected".to_owned()],
                ..Recognised::default()
            });
        }
        None if object.values().any(makes_profile) => {
            // Resources alone, as documents show them.
            let whole = Map::from_iter([("Resources".to_owned(), Value::from(object.clone()))]);
            return template(&whole, place);
        }
        _ => return None,
    };
    let is_template = is_marked
        || object.contains_key("Transform")
        || resources.iter().any(|(key, resource)| {
            kind_of(resource).is_some_and(|kind| kind.contains("::")) || key.starts_with("Fn::")
        });
    if !is_template {
        return None;
    }
    let template = Template::new(object);
    let mut recognised = Recognised {
        home: home(&template, resources),
        ..Recognised::default()
    };
    for (logical_id, value) in resources {
        if logical_id.starts_with("Fn::") {
            function_among_resources(logical_id, value, place, &mut recognised);
        } else if let Some(words) = kind_of(value).and_then(words_of) {
            let resource = Resource {
                template: &template,
                words,
                logical_id,
                value,
                place,
            };
            add(resource, &mut recognised);
        }
    }
    if !recognised.profiles.is_empty() {
        recognised
            .remarks
            .extend(macros(object).map(|name| format!("{place} is changed by the macro {name} before it is deployed, and was read as it is")));
    }
    Some(recognised)
}

fn makes_profile(resource: &Value) -> bool {
    kind_of(resource).and_then(words_of).is_some()
}

fn kind_of(resource: &Value) -> Option<&str> {
    resource.get("Type")?.as_str()
}

/// Reads a resource that makes a profile, if its condition lets it.
fn add(resource: Resource<'_>, recognised: &mut Recognised) {
    let called = resource.called();
    let mut doubts = Doubts::default();
    match resource.value.get("Condition") {
        None | Some(Value::Null) => {}
        Some(Value::String(name)) => {
            let truth = resource.template.condition(name);
            let expression = name.clone();
            match truth.holds {
                Some(true) if truth.is_assumed => doubts.assumed_condition = Some(expression),
                Some(true) => {}
                Some(false) => {
                    let basis = if truth.is_assumed {
                        " by the defaults of its parameters"
                    } else {
                        ""
                    };
                    recognised.remarks.push(format!(
                        "{called} is not made: its condition {name} does not hold{basis}"
                    ));
                    return;
                }
                None => {
                    recognised.remarks.push(format!(
                        "{called} is made only if its condition {name} holds, which the template does not tell"
                    ));
                    doubts.open = Some(expression);
                }
            }
        }
        Some(_) => {
            recognised.malformed.push(format!(
                "Resources.{}.Condition: the name of a condition is expected",
                resource.logical_id
            ));
            return;
        }
    }
    match resource.read(&doubts) {
        Ok(read) => {
            recognised.profiles.push(read.found);
            recognised.remarks.extend(read.remarks);
        }
        Err(wrong) => recognised.malformed.push(wrong),
    }
}

/// A loop or a macro in the place of a resource: it may make profiles of which nothing is known.
fn function_among_resources(key: &str, value: &Value, place: &str, recognised: &mut Recognised) {
    let called = format!("{place}:{key}");
    if !key.starts_with("Fn::ForEach") {
        recognised.remarks.push(format!(
            "{called} brings in resources from elsewhere, which were not read"
        ));
        return;
    }
    let makes_profiles = ["AWS::EKS::FargateProfile", "AWSCDK-EKS-FargateProfile"]
        .iter()
        .any(|kind| value.to_string().contains(kind));
    if !makes_profiles {
        return;
    }
    recognised.remarks.push(format!(
        "{called} makes profiles in a loop, which was not followed; \
         `aws cloudformation get-template --stack-name STACK --template-stage Processed` prints them one by one"
    ));
    let expression = short_form(&Value::Object(Map::from_iter([(
        key.to_owned(),
        value.clone(),
    )])));
    let gaps = ["fargateProfileName", "clusterName", "selectors"]
        .map(|field| Gap::unknown(field, expression.as_str()));
    recognised.profiles.push(Found {
        home: KnownCluster::default(),
        profile: FargateProfile {
            name_is_known: false,
            gaps: gaps.into(),
            ..FargateProfile::named(called.as_str(), ProfileOrigin::File(called.clone()))
        },
    });
}

/// The one cluster that the template makes, where it plainly names it.
fn home<'t>(template: &'t Template<'t>, resources: &'t Map<String, Value>) -> Option<KnownCluster> {
    let mut names = resources
        .values()
        .filter_map(|resource| template.cluster_name(resource));
    let (name, None) = (names.next()?, names.next()) else {
        return None;
    };
    match name.value {
        Given::Text(text) if !name.is_assumed => Some(KnownCluster {
            name: Some(text.whole().filter(|name| !name.is_empty())?.to_owned()),
            ..KnownCluster::default()
        }),
        _ => None,
    }
}

/// The macros that a template is put through as a whole and that may change its profiles.
fn macros(object: &Map<String, Value>) -> impl Iterator<Item = String> {
    let all = match object.get("Transform") {
        None => &[],
        Some(Value::Array(all)) => all.as_slice(),
        Some(one) => std::slice::from_ref(one),
    };
    all.iter()
        .filter_map(|one| one.as_str().or_else(|| one.get("Name")?.as_str()))
        .filter(|name| !HARMLESS_MACROS.iter().any(|known| name.starts_with(known)))
        .map(str::to_owned)
}
