//! Terraform and OpenTofu: `show -json` of a state or a plan, and state files.
//!
//! A plan stands for what would be there after it. States hold secrets: only the fields of profiles are ever read from one, and
//! no message quotes it.

mod address;
mod configuration;
mod flat;
mod masks;
mod plan;
mod state;

use std::collections::BTreeSet;

use serde_json::Value;

use self::configuration::{AFTER_APPLY, Configuration};
use self::state::Instance;
use super::fields::{Names, Node, Resource};
use super::{Candidate, Form, Found, KnownCluster, Recognised, Removal};

/// What to give instead of anything that holds no selectors.
const HOW_TO_SHOW: &str = "give what `terraform show -json` prints of the plan or the state";

/// The form.
pub(super) const FORM: Form = Form {
    is_typed: |_, _| false,
    recognise,
};

/// `aws_eks_fargate_profile`. Source: Terraform Registry, provider hashicorp/aws.
const AWS: Names = Names {
    name: "fargate_profile_name",
    cluster: "cluster_name",
    arn: "arn",
    status: "status",
    role: "pod_execution_role_arn",
    subnets: "subnet_ids",
    selectors: "selector",
    namespace: "namespace",
    labels: "labels",
    key: "key",
    value: "value",
    region: "region",
    unnamed: None,
};

/// `awscc_eks_fargate_profile`. Source: Terraform Registry, provider hashicorp/awscc.
const AWSCC: Names = Names {
    subnets: "subnets",
    selectors: "selectors",
    ..AWS
};

fn recognise(candidate: Candidate<'_>) -> Option<Recognised> {
    let object = candidate.value;
    if !candidate.kind.is_empty() || !object.is_object() {
        return None;
    }
    if let Some(recognised) = without_selectors(object) {
        return Some(recognised);
    }
    if state::is_file(object) {
        return Some(state::read_file(object, candidate.place));
    }
    if is_profile(object) {
        return one_resource(object, candidate.place);
    }
    let is_plan = plan::is_plan(object);
    let version = object.get("format_version").and_then(Value::as_str);
    let is_state = object.pointer("/values/root_module").is_some() || version.is_some();
    if !is_plan && !is_state {
        return None;
    }
    let major = version.and_then(|version| version.split('.').next());
    if major.is_some_and(|major| !matches!(major, "0" | "1")) {
        return Some(malformed(
            "format_version: 0 or 1 is expected; this form is newer than what is understood here",
        ));
    }
    Some(if is_plan {
        plan::read(object, candidate.place)
    } else {
        state::read_shown(object, candidate.place)
    })
}

/// One resource, as it stands in a list of a state or a plan.
fn one_resource(resource: &Value, place: &str) -> Option<Recognised> {
    let mut reader = Reader::new(place);
    if resource.get("change").is_some() {
        plan::take_change(&mut reader, resource, &mut BTreeSet::new());
    } else if resource.get("values").is_some() {
        // Whether it is of a plan is not told, and what is missing there is not known yet; a state misses nothing.
        reader.take(&Instance {
            is_partial: true,
            ..state::instance(resource)
        });
    } else {
        return None;
    }
    Some(reader.recognised)
}

/// What Terraform and OpenTofu write as JSON that does not tell the selectors of profiles.
fn without_selectors(object: &Value) -> Option<Recognised> {
    let text = |field: &str| object.get(field).and_then(Value::as_str);
    let is_of_run = matches!(text("@module"), Some("terraform.ui" | "tofu.ui"))
        || (text("@level").is_some() && text("@message").is_some());
    if is_of_run {
        let is_of_profile = object
            .pointer("/change/resource/resource_type")
            .and_then(Value::as_str)
            .is_some_and(|kind| names(kind).is_some());
        return Some(if text("type") == Some("version") || is_of_profile {
            malformed(&format!(
                "the messages of a run with -json do not tell the selectors of profiles; {HOW_TO_SHOW}"
            ))
        } else {
            Recognised::default()
        });
    }
    if object.get("encrypted_data").is_some() && object.get("encryption_version").is_some() {
        return Some(malformed(
            "an encrypted state or plan of OpenTofu; give what `tofu show -json` prints of it",
        ));
    }
    let is_configuration = object
        .get("resource")
        .and_then(Value::as_object)
        .is_some_and(|kinds| kinds.keys().any(|kind| names(kind).is_some()));
    is_configuration.then(|| {
        malformed(&format!(
            "a configuration of Terraform does not tell what its expressions come to; {HOW_TO_SHOW}"
        ))
    })
}

fn malformed(problem: &str) -> Recognised {
    Recognised {
        malformed: vec![problem.to_owned()],
        ..Recognised::default()
    }
}

/// What the fields of a profile are called in resources of this type; `None` for other types.
fn names(kind: &str) -> Option<&'static Names> {
    match kind {
        "aws_eks_fargate_profile" => Some(&AWS),
        "awscc_eks_fargate_profile" => Some(&AWSCC),
        _ => None,
    }
}

/// Whether a resource is a profile that is managed; a data source only reads one.
fn is_profile(resource: &Value) -> bool {
    let text = |field: &str| resource.get(field).and_then(Value::as_str);
    text("mode") == Some("managed") && text("type").is_some_and(|kind| names(kind).is_some())
}

/// Reads one file's instances.
struct Reader<'a> {
    place: &'a str,
    configuration: Configuration<'a>,
    recognised: Recognised,
    /// Instances of a state that were replaced and not deleted yet, with their addresses.
    deposed: Vec<(String, Option<Found>)>,
}

impl<'a> Reader<'a> {
    fn new(place: &'a str) -> Self {
        Self {
            place,
            configuration: Configuration::default(),
            recognised: Recognised::default(),
            deposed: Vec::new(),
        }
    }

    /// Reads an instance of a profile and keeps it.
    fn take(&mut self, instance: &Instance<'_>) {
        match self.read(instance) {
            Some(Ok(found)) => self.recognised.profiles.push(found),
            Some(Err(problem)) => {
                let problem = format!("{}: {problem}", instance.address);
                self.recognised.malformed.push(problem);
            }
            None => {}
        }
    }

    /// Notes that the plan takes an instance away, if it tells what that is called.
    fn take_away(&mut self, instance: &Instance<'_>) {
        match self.read(instance) {
            Some(Ok(found)) if found.profile.name_is_known => {
                self.recognised.removals.push(Removal {
                    profile: found.profile.name,
                    home: found.home,
                    by: format!("the plan {}", self.place),
                });
            }
            _ => {
                let remark = format!(
                    "the plan {} deletes profile {}",
                    self.place, instance.address
                );
                self.recognised.remarks.push(remark);
            }
        }
    }

    /// Reads an instance; `None` where it is of another type.
    fn read(&self, instance: &Instance<'_>) -> Option<Result<Found, String>> {
        let names = names(instance.kind)?;
        let cluster = self.cluster(instance, names);
        let resource = Resource {
            address: &instance.address,
            place: self.place,
            names,
            cluster: &cluster,
        };
        if !instance.value.is_none_or(Value::is_object) {
            return Some(Err("its values are expected as an object".to_owned()));
        }
        Some(resource.profile(|field| self.field(instance, names, field)))
    }

    /// The cluster that an instance refers to, where it does not name it.
    fn cluster(&self, instance: &Instance<'_>, names: &Names) -> KnownCluster {
        if !matches!(self.field(instance, names, names.cluster), Node::Unknown(_)) {
            return KnownCluster::default();
        }
        let mut cluster = self.configuration.cluster(&instance.address, names.cluster);
        cluster.reference = cluster
            .reference
            .map(|reference| format!("{}:{reference}", self.place));
        cluster
    }

    fn field(&self, instance: &Instance<'_>, names: &Names, field: &str) -> Node {
        let unknown = instance.unknown.and_then(|mask| mask.get(field));
        let sensitive = match instance.sensitive {
            Some(whole @ Value::Bool(true)) => Some(whole),
            mask => mask.and_then(|mask| mask.get(field)),
        };
        let value = instance.value.and_then(|value| value.get(field));
        let expression = || {
            self.configuration
                .expression(&instance.address, field, None)
        };
        let is_whole_unknown = instance.unknown == Some(&Value::Bool(true));
        if is_whole_unknown || (instance.is_partial && value.is_none()) {
            return Node::Unknown(expression());
        }
        let mut node = masks::merged(value, unknown, sensitive, AFTER_APPLY);
        if field == names.selectors {
            self.tell_selectors(instance, names, &mut node);
        } else if node == Node::Unknown(AFTER_APPLY.to_owned()) {
            node = Node::Unknown(expression());
        }
        node
    }

    /// Tells what the fields of selectors refer to, where they are not known yet.
    fn tell_selectors(&self, instance: &Instance<'_>, names: &Names, node: &mut Node) {
        let expression = |within: Option<&str>| {
            self.configuration
                .expression(&instance.address, names.selectors, within)
        };
        let unknown = Node::Unknown(AFTER_APPLY.to_owned());
        let selectors = match node {
            Node::List(selectors) => selectors,
            node if *node == unknown => {
                *node = Node::Unknown(expression(None));
                return;
            }
            _ => return,
        };
        for selector in selectors {
            if *selector == unknown {
                *selector = Node::Unknown(expression(None));
            }
            let Node::Map(fields) = selector else {
                continue;
            };
            for field in [names.namespace, names.labels] {
                if instance.is_partial && !fields.contains_key(field) {
                    fields.insert(field.to_owned(), unknown.clone());
                }
                match fields.get_mut(field) {
                    Some(node) if *node == unknown => {
                        *node = Node::Unknown(expression(Some(field)))
                    }
                    Some(Node::Map(labels)) => {
                        for node in labels.values_mut().filter(|node| **node == unknown) {
                            *node = Node::Unknown(expression(Some(field)));
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    /// Keeps for later what a new one has replaced and what was not deleted yet: until then it claims pods as before.
    fn set_aside(&mut self, instance: &Instance<'_>) {
        let found = self.read(instance).and_then(Result::ok);
        self.deposed.push((instance.address.clone(), found));
    }

    /// All that was read.
    fn finish(mut self) -> Recognised {
        for (address, found) in self.deposed {
            let profiles = &mut self.recognised.profiles;
            let name = |found: &Found| (found.profile.name.clone(), found.home.name.clone());
            // A cluster has no two profiles of one name: then the deposed one is gone, or cannot be.
            let found = found.filter(|found| {
                found.profile.name_is_known
                    && profiles.iter().all(|other| name(other) != name(found))
            });
            let remark = match found {
                Some(found) => {
                    profiles.push(found);
                    format!(
                        "the profile {address}, deposed, is there until the next run deletes it"
                    )
                }
                None => format!("the profile {address}, deposed, is left out"),
            };
            self.recognised.remarks.push(remark);
        }
        self.recognised
    }

    fn say_tainted(&mut self, address: &str) {
        let remark = format!("the profile {address} is tainted: the next run makes it anew");
        self.recognised.remarks.push(remark);
    }
}

#[cfg(test)]
mod tests;
