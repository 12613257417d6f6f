//! `configuration` of a plan: what a value that is not known yet refers to, and which cluster that leads to.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::address::{Step, split_modules, steps};
use crate::sources::profiles::KnownCluster;

/// What stands for a value that is known only once the plan is applied.
pub(super) const AFTER_APPLY: &str = "known after apply";
/// References of one expression that are looked at.
const MOST_REFERENCES: usize = 50;
/// References followed before the search for a cluster is given up.
const MOST_FOLLOWED: usize = 200;
/// Resources that hand on what they are given.
const PASSING_ON: [&str; 3] = ["time_sleep", "terraform_data", "null_resource"];

/// The configuration of a plan, and the clusters that would be there after it.
#[derive(Debug, Default)]
pub(super) struct Configuration<'a> {
    /// By their paths without keys, `module.eks.`; the root's is empty.
    modules: BTreeMap<String, &'a Value>,
    /// What stands in resources, by their addresses without keys.
    expressions: BTreeMap<String, &'a Value>,
    /// By their addresses without keys.
    clusters: BTreeMap<String, Vec<Cluster<'a>>>,
}

/// An EKS cluster of the plan.
#[derive(Debug)]
struct Cluster<'a> {
    address: Vec<Step<'a>>,
    /// Its name; `None` where it is not known yet.
    name: Option<&'a str>,
}

impl<'a> Configuration<'a> {
    /// Of a plan's `configuration.root_module`, and the names of its clusters by their addresses.
    pub(super) fn new(
        root: Option<&'a Value>,
        clusters: &BTreeMap<&'a str, Option<&'a str>>,
    ) -> Self {
        let mut found = Self::default();
        let mut open: Vec<(String, &Value)> =
            root.map(|root| (String::new(), root)).into_iter().collect();
        while let Some((path, module)) = open.pop() {
            let resources = module.get("resources").and_then(Value::as_array);
            for resource in resources.into_iter().flatten() {
                let text = |field: &str| {
                    resource
                        .get(field)
                        .and_then(Value::as_str)
                        .unwrap_or_default()
                };
                if text("mode") == "managed"
                    && let Some(expressions) = resource.get("expressions")
                {
                    let address = format!("{path}{}.{}", text("type"), text("name"));
                    found.expressions.insert(address, expressions);
                }
            }
            let calls = module.get("module_calls").and_then(Value::as_object);
            for (name, call) in calls.into_iter().flatten() {
                if let Some(module) = call.get("module") {
                    open.push((format!("{path}module.{name}."), module));
                }
            }
            found.modules.insert(path, module);
        }
        for (address, name) in clusters {
            let address = steps(address);
            found
                .clusters
                .entry(without_keys(&address))
                .or_default()
                .push(Cluster {
                    address,
                    name: *name,
                });
        }
        found
    }

    /// What stands in place of a field of this resource, or of a field of its selectors.
    pub(super) fn expression(&self, address: &str, field: &str, within: Option<&str>) -> String {
        let all = steps(address);
        let (modules, rest) = split_modules(&all);
        let mut found = Vec::new();
        if let Some(expression) = self
            .expressions(&modules, rest)
            .and_then(|all| all.get(field))
        {
            let parts: Vec<&Value> = match (expression, within) {
                (Value::Array(blocks), Some(within)) => blocks
                    .iter()
                    .filter_map(|block| block.get(within))
                    .collect(),
                (expression, _) => vec![expression],
            };
            for part in parts {
                let Some(reference) = most_telling(part) else {
                    continue;
                };
                let words = self.traced(&modules, reference);
                if !found.contains(&words) {
                    found.push(words);
                }
            }
        }
        found.truncate(3);
        match found.as_slice() {
            [] => AFTER_APPLY.to_owned(),
            found => format!("{AFTER_APPLY} ({})", found.join(", ")),
        }
    }

    /// A reference, told where it leaves the modules: what a variable of a module was given.
    fn traced(&self, modules: &[Step<'_>], reference: &str) -> String {
        let mut modules = modules;
        let mut reference = reference;
        while let Some(variable) = variable(reference)
            && let Some((module, outer)) = modules.split_last()
            && let Some(given) = self.argument(outer, module.name, variable)
            && let Some(given) = most_telling(given)
        {
            (modules, reference) = (outer, given);
        }
        in_modules(modules, reference)
    }

    /// The cluster that `field` of this resource refers to: its name where the plan has it, else what to call it.
    pub(super) fn cluster(&self, address: &str, field: &str) -> KnownCluster {
        let all = steps(address);
        let (modules, rest) = split_modules(&all);
        let Some(expression) = self
            .expressions(&modules, rest)
            .and_then(|all| all.get(field))
        else {
            return KnownCluster::default();
        };
        let mut search = Search {
            configuration: self,
            seen: BTreeSet::new(),
            found: BTreeSet::new(),
        };
        search.follow(&modules, expression);
        let found: Vec<_> = search.found.into_iter().collect();
        let [wanted] = found.as_slice() else {
            return KnownCluster::default();
        };
        let instances: Vec<_> = self
            .clusters
            .get(&without_keys(wanted))
            .into_iter()
            .flatten()
            .filter(|cluster| is_instance(&cluster.address, wanted))
            .take(2)
            .collect();
        match instances.as_slice() {
            [cluster] => KnownCluster {
                name: cluster.name.map(str::to_owned),
                reference: Some(joined(&cluster.address)),
                ..KnownCluster::default()
            },
            [] => KnownCluster {
                reference: Some(joined(wanted)),
                ..KnownCluster::default()
            },
            // Which of them cannot be told, so nothing is taken for the same.
            _ => KnownCluster {
                reference: Some(format!("{} of {address}", joined(wanted))),
                ..KnownCluster::default()
            },
        }
    }

    fn module(&self, path: &[Step<'_>]) -> Option<&'a Value> {
        let path: String = path
            .iter()
            .map(|step| format!("module.{}.", step.name))
            .collect();
        self.modules.get(&path).copied()
    }

    /// What a module is given for one of its variables.
    fn argument(&self, outer: &[Step<'_>], module: &str, variable: &str) -> Option<&'a Value> {
        let call = self.module(outer)?.get("module_calls")?.get(module)?;
        call.get("expressions")?.get(variable)
    }

    fn expressions(&self, modules: &[Step<'_>], resource: &[Step<'_>]) -> Option<&'a Value> {
        let [kind, name, ..] = resource else {
            return None;
        };
        let mut address: String = modules
            .iter()
            .map(|step| format!("module.{}.", step.name))
            .collect();
        address.push_str(&format!("{}.{}", kind.name, name.name));
        self.expressions.get(&address).copied()
    }
}

/// The search for the clusters that an expression leads to.
struct Search<'s, 'a> {
    configuration: &'s Configuration<'a>,
    seen: BTreeSet<String>,
    /// Each as the steps of its address.
    found: BTreeSet<Vec<Step<'a>>>,
}

impl<'a> Search<'_, 'a> {
    fn follow<'m>(&mut self, modules: &[Step<'m>], expression: &'a Value)
    where
        'm: 'a,
    {
        for reference in specific(expression) {
            if self.seen.len() >= MOST_FOLLOWED || !self.seen.insert(in_modules(modules, reference))
            {
                continue;
            }
            self.follow_one(modules, reference);
        }
    }

    fn follow_one<'m>(&mut self, modules: &[Step<'m>], reference: &'a str)
    where
        'm: 'a,
    {
        let configuration = self.configuration;
        if let Some(variable) = variable(reference) {
            if let Some((module, outer)) = modules.split_last()
                && let Some(given) = configuration.argument(outer, module.name, variable)
            {
                self.follow(outer, given);
            }
            return;
        }
        let parts = steps(reference);
        match parts.as_slice() {
            [word, module, output, ..] if word.name == "module" => {
                let mut inner: Vec<Step<'a>> = modules.to_vec();
                inner.push(*module);
                let output = configuration
                    .module(&inner)
                    .and_then(|module| module.get("outputs")?.get(output.name)?.get("expression"));
                if let Some(expression) = output {
                    self.follow(&inner, expression);
                }
            }
            [kind, name, ..] if is_cluster(kind.name) => {
                let mut address = Vec::new();
                for module in modules {
                    address.extend([
                        Step {
                            name: "module",
                            key: None,
                        },
                        *module,
                    ]);
                }
                address.extend([*kind, *name]);
                self.found.insert(address);
            }
            [kind, _, ..] if PASSING_ON.contains(&kind.name) => {
                let expressions = configuration.expressions(modules, &parts);
                for expression in expressions.and_then(Value::as_object).into_iter().flatten() {
                    self.follow(modules, expression.1);
                }
            }
            _ => {}
        }
    }
}

/// Whether a resource of this type is an EKS cluster.
pub(super) fn is_cluster(kind: &str) -> bool {
    matches!(kind, "aws_eks_cluster" | "awscc_eks_cluster")
}

fn variable(reference: &str) -> Option<&str> {
    let name = reference.strip_prefix("var.")?;
    name.split(['.', '[']).next()
}

/// The references of an expression, without those that are only the beginning of another: `a.b[0].c`, not `a.b[0]` and `a.b` too.
fn specific(expression: &Value) -> Vec<&str> {
    let all: Vec<&str> = expression
        .get("references")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .take(MOST_REFERENCES)
        .filter_map(Value::as_str)
        .collect();
    let is_beginning = |reference: &str| {
        all.iter().any(|other| {
            other
                .strip_prefix(reference)
                .is_some_and(|rest| rest.starts_with(['.', '[']))
        })
    };
    all.iter()
        .copied()
        .filter(|reference| !is_beginning(reference))
        .collect()
}

/// The reference of an expression that says most of where its value comes from: to a resource or a module, else the first.
fn most_telling(expression: &Value) -> Option<&str> {
    let all = specific(expression);
    let is_of_resource = |reference: &&&str| {
        let first = reference.split('.').next().unwrap_or_default();
        !matches!(first, "var" | "local" | "each" | "count" | "path")
    };
    all.iter().find(is_of_resource).or(all.first()).copied()
}

fn in_modules(modules: &[Step<'_>], reference: &str) -> String {
    let mut words = String::new();
    for module in modules {
        words.push_str("module.");
        words.push_str(&module.to_string());
        words.push('.');
    }
    words.push_str(reference);
    words
}

/// An address of all instances, however many modules around them are repeated.
fn without_keys(address: &[Step<'_>]) -> String {
    let names: Vec<_> = address.iter().map(|step| step.name).collect();
    names.join(".")
}

fn joined(address: &[Step<'_>]) -> String {
    let steps: Vec<_> = address.iter().map(ToString::to_string).collect();
    steps.join(".")
}

fn is_instance(address: &[Step<'_>], of: &[Step<'_>]) -> bool {
    address.len() == of.len()
        && address.iter().zip(of).all(|(step, wanted)| {
            step.name == wanted.name && (wanted.key.is_none() || wanted.key == step.key)
        })
}
