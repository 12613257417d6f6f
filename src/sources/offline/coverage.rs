//! What counts as read, judged from what files hold.
//!
//! A kind that is absent is *not read*, never *none exist*. It counts as read where at least one object of it is there: in that
//! namespace, or everywhere if its list holds objects of several namespaces; or where a list of it is there and is empty.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::decision::facts::{Coverage, Kind, Scope};
use crate::sources::reduce::is_namespaced;

/// What files were seen to hold.
#[derive(Debug, Default)]
pub(super) struct Seen {
    coverage: Coverage,
    read: BTreeSet<Kind>,
    partial: BTreeMap<Kind, String>,
    namespaces: Namespaces,
    document: Names,
    /// Objects of the present file that were documents of their own: a broken one beside them may be of their kind.
    singles: Names,
    /// Kinds of which the present file has more than could be read.
    lost: BTreeSet<Kind>,
    /// A document of the present file broke before anything told what it is.
    is_unknown_lost: bool,
    empty: Vec<(Kind, Option<String>)>,
}

impl Seen {
    /// An object of the present document.
    pub(super) fn object(&mut self, kind: Kind, namespace: &str, name: &str) {
        if kind == Kind::Namespace {
            self.namespaces.number(name);
        }
        let namespace = self.namespaces.number(namespace);
        self.document.push(kind, namespace, name);
    }

    /// The document has ended as it should; it was one object.
    pub(super) fn end_object(&mut self) {
        self.singles.append(&mut self.document);
    }

    /// The document has ended as it should; it was a list.
    pub(super) fn end_list(&mut self) {
        let document = std::mem::take(&mut self.document);
        self.mark_picked(&document);
        let scopes = document.scopes();
        let namespaces: BTreeSet<u32> = scopes
            .iter()
            .map(|(_, namespace)| *namespace)
            .filter(|namespace| *namespace != NO_NAMESPACE)
            .collect();
        let is_of_all = namespaces.len() > 1;
        for (kind, namespace) in scopes {
            let scope = if is_of_all {
                Scope::Cluster
            } else {
                whole(kind, self.namespaces.name(namespace))
            };
            self.mark(kind, scope);
        }
    }

    /// The document broke off: only what came is known of its kinds. Where nothing came, its own kind was lost, if that is known.
    pub(super) fn break_document(&mut self, kind: &str) {
        let document = std::mem::take(&mut self.document);
        let kinds = document.iter().map(|object| object.kind);
        self.lost.extend(kinds);
        match kind {
            _ if !document.is_empty() => {}
            "" | "List" => self.is_unknown_lost = true,
            kind => self
                .lost
                .extend(Kind::of(kind.strip_suffix("List").unwrap_or(kind))),
        }
        self.mark_objects(&document, |_| true);
    }

    /// The file has ended.
    pub(super) fn end_file(&mut self, file: &str) {
        let mut lost = std::mem::take(&mut self.lost);
        let singles = std::mem::take(&mut self.singles);
        if std::mem::take(&mut self.is_unknown_lost) {
            lost.extend(singles.iter().map(|object| object.kind));
        }
        for kind in &lost {
            self.partial
                .entry(*kind)
                .or_insert_with(|| format!("{file} could not be read in full"));
        }
        self.mark_objects(&singles, |kind| lost.contains(&kind));
        if !lost.contains(&Kind::ConfigMap) {
            self.mark_picked(&singles);
        }
        for (kind, namespace) in singles.scopes() {
            if !lost.contains(&kind) {
                self.mark(kind, whole(kind, self.namespaces.name(namespace)));
            }
        }
    }

    /// ConfigMaps are saved by name, so that one tells nothing of another.
    fn mark_picked(&mut self, objects: &Names) {
        self.mark_objects(objects, |kind| kind == Kind::ConfigMap);
        if objects.iter().any(|object| object.kind == Kind::ConfigMap) {
            self.read.insert(Kind::ConfigMap);
        }
    }

    fn mark_objects(&mut self, objects: &Names, is_wanted: impl Fn(Kind) -> bool) {
        for object in objects.iter().filter(|object| is_wanted(object.kind)) {
            self.coverage.mark_read(
                object.kind,
                Scope::Object {
                    namespace: self.namespaces.name(object.namespace).to_owned(),
                    name: object.name.to_owned(),
                },
            );
        }
    }

    /// A list of this kind was there and empty; `folder` is the name of the folder that its file stands in.
    pub(super) fn empty_list(&mut self, kind: Kind, folder: Option<String>) {
        self.empty.push((kind, folder));
    }

    /// Whether the kind counts as read anywhere.
    pub(super) fn is_read(&self, kind: Kind) -> bool {
        self.read.contains(&kind)
    }

    /// Why only part of the kind was read, where that is so.
    pub(super) fn partial(&self, kind: Kind) -> Option<&str> {
        self.partial.get(&kind).map(String::as_str)
    }

    /// Ends looking: empty lists can be placed now that the namespaces are known.
    ///
    /// `kubectl cluster-info dump` writes one folder a namespace, so an empty list in a folder with a namespace's name speaks of that one.
    pub(super) fn settle(&mut self) {
        for (kind, folder) in std::mem::take(&mut self.empty) {
            let namespace = folder.filter(|folder| self.namespaces.contains(folder));
            let scope = match namespace {
                Some(namespace) if is_namespaced(kind) => Scope::Namespace(namespace),
                _ => Scope::Cluster,
            };
            self.mark(kind, scope);
        }
    }

    /// What counts as read.
    pub(super) fn into_coverage(self) -> Coverage {
        self.coverage
    }

    fn mark(&mut self, kind: Kind, scope: Scope) {
        self.read.insert(kind);
        self.coverage.mark_read(kind, scope);
    }
}

/// Namespaces, and a number for each.
#[derive(Debug, Default)]
struct Namespaces {
    names: Vec<String>,
    numbers: HashMap<String, u32>,
}

/// The number of no namespace.
const NO_NAMESPACE: u32 = 0;

impl Namespaces {
    fn number(&mut self, name: &str) -> u32 {
        if name.is_empty() {
            return NO_NAMESPACE;
        }
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        self.names.push(name.to_owned());
        let number = u32::try_from(self.names.len()).expect("files are not that large");
        self.numbers.insert(name.to_owned(), number);
        number
    }

    fn name(&self, number: u32) -> &str {
        let index = number.checked_sub(1).map(|index| index as usize);
        index
            .and_then(|index| self.names.get(index))
            .map_or("", String::as_str)
    }

    fn contains(&self, name: &str) -> bool {
        self.numbers.contains_key(name)
    }
}

/// The names of many objects, close together: a list of a whole cluster has hundreds of thousands, known until its end.
#[derive(Debug, Default)]
struct Names {
    texts: String,
    objects: Vec<(Kind, u32, u32)>,
}

/// An object of [`Names`].
struct Name<'n> {
    kind: Kind,
    namespace: u32,
    name: &'n str,
}

impl Names {
    fn push(&mut self, kind: Kind, namespace: u32, name: &str) {
        self.texts.push_str(name);
        let end = u32::try_from(self.texts.len()).expect("a file has less than 4 GiB of text");
        self.objects.push((kind, namespace, end));
    }

    fn append(&mut self, others: &mut Self) {
        for object in std::mem::take(others).iter() {
            self.push(object.kind, object.namespace, object.name);
        }
    }

    fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    fn iter(&self) -> impl Iterator<Item = Name<'_>> {
        let mut start = 0;
        self.objects.iter().map(move |(kind, namespace, end)| {
            let end = *end as usize;
            let name = self.texts.get(start..end).unwrap_or_default();
            start = end;
            Name {
                kind: *kind,
                namespace: *namespace,
                name,
            }
        })
    }

    /// Of which kinds there are objects in which namespaces, but for ConfigMaps.
    fn scopes(&self) -> BTreeSet<(Kind, u32)> {
        self.objects
            .iter()
            .filter(|(kind, ..)| *kind != Kind::ConfigMap)
            .map(|(kind, namespace, _)| (*kind, *namespace))
            .collect()
    }
}

/// All of the kind in this namespace, or in the cluster for kinds that stand in none.
fn whole(kind: Kind, namespace: &str) -> Scope {
    if is_namespaced(kind) {
        Scope::Namespace(namespace.to_owned())
    } else {
        Scope::Cluster
    }
}

/// The kind that a file is named after (`nodes.yaml`, `deploy.json`, `deployments.apps.yaml`), from its name without the ending.
pub(super) fn kind_of_file(stem: &str) -> Option<Kind> {
    let name = stem.split('.').next().unwrap_or_default();
    let short = match name {
        "po" => Some(Kind::Pod),
        "no" => Some(Kind::Node),
        "ev" => Some(Kind::Event),
        "ns" => Some(Kind::Namespace),
        "deploy" => Some(Kind::Deployment),
        "rs" => Some(Kind::ReplicaSet),
        "sts" => Some(Kind::StatefulSet),
        "ds" => Some(Kind::DaemonSet),
        "cj" => Some(Kind::CronJob),
        "pvc" => Some(Kind::PersistentVolumeClaim),
        "pv" => Some(Kind::PersistentVolume),
        "sc" => Some(Kind::StorageClass),
        "pdb" => Some(Kind::PodDisruptionBudget),
        "svc" => Some(Kind::Service),
        "sa" => Some(Kind::ServiceAccount),
        "sgp" => Some(Kind::SecurityGroupPolicy),
        "vpa" => Some(Kind::VerticalPodAutoscaler),
        "cm" => Some(Kind::ConfigMap),
        _ => None,
    };
    short.or_else(|| {
        Kind::ALL
            .into_iter()
            .find(|kind| kind.plural() == name || crate::sources::reduce::singular(*kind) == name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_namespace_is_that_one_several_are_all() {
        let mut seen = Seen::default();
        seen.object(Kind::Pod, "shop", "a");
        seen.object(Kind::Event, "shop", "b");
        seen.object(Kind::Node, "", "n");
        seen.end_list();
        seen.object(Kind::Job, "a", "a");
        seen.object(Kind::CronJob, "b", "b");
        seen.end_list();
        assert!(seen.is_read(Kind::Pod) && !seen.is_read(Kind::Deployment));
        let coverage = seen.into_coverage();
        assert!(coverage.is_listed(Kind::Pod, "shop") && !coverage.is_listed(Kind::Pod, "ops"));
        assert!(coverage.is_listed_everywhere(Kind::Node));
        assert!(
            coverage.is_listed_everywhere(Kind::Job),
            "its list holds several namespaces"
        );
        assert!(!coverage.is_listed_everywhere(Kind::Event));
        assert!(!coverage.is_listed(Kind::Deployment, "shop"));
    }

    #[test]
    fn one_config_map_tells_nothing_of_another() {
        let mut seen = Seen::default();
        seen.object(Kind::ConfigMap, "kube-system", "aws-auth");
        seen.end_object();
        seen.end_file("aws-auth.yaml");
        seen.object(Kind::Pod, "shop", "a");
        seen.end_list();
        assert!(seen.is_read(Kind::ConfigMap));
        let coverage = seen.into_coverage();
        assert!(coverage.is_read(Kind::ConfigMap, "kube-system", "aws-auth"));
        assert!(!coverage.is_read(Kind::ConfigMap, "aws-observability", "aws-logging"));
    }

    #[test]
    fn single_objects_of_several_namespaces_are_no_list() {
        let mut seen = Seen::default();
        for namespace in ["a", "b"] {
            seen.object(Kind::Pod, namespace, "x");
            seen.end_object();
        }
        seen.end_file("more.yaml");
        let coverage = seen.into_coverage();
        assert!(coverage.is_listed(Kind::Pod, "a") && coverage.is_listed(Kind::Pod, "b"));
        assert!(!coverage.is_listed_everywhere(Kind::Pod));
    }

    #[test]
    fn empty_lists() {
        let mut seen = Seen::default();
        seen.object(Kind::Pod, "shop", "a");
        seen.end_list();
        seen.empty_list(Kind::Event, Some("shop".to_owned()));
        seen.empty_list(Kind::Job, Some("cluster".to_owned()));
        seen.empty_list(Kind::Node, Some("shop".to_owned()));
        seen.empty_list(Kind::CronJob, None);
        seen.settle();
        let coverage = seen.into_coverage();
        assert!(
            coverage.is_listed(Kind::Event, "shop") && !coverage.is_listed_everywhere(Kind::Event)
        );
        for kind in [Kind::Job, Kind::Node, Kind::CronJob] {
            assert!(coverage.is_listed_everywhere(kind), "{kind:?}");
        }
    }

    #[test]
    fn what_broke_off_is_known_object_by_object() {
        let mut seen = Seen::default();
        seen.object(Kind::Node, "", "n1");
        seen.break_document("");
        seen.end_file("nodes.yaml");
        assert_eq!(
            seen.partial(Kind::Node),
            Some("nodes.yaml could not be read in full")
        );
        let coverage = seen.into_coverage();
        assert!(coverage.is_read(Kind::Node, "", "n1") && !coverage.is_read(Kind::Node, "", "n2"));
    }

    #[test]
    fn a_broken_document_casts_doubt_on_its_own_kind_alone() {
        for (kind, is_pods, is_jobs) in [
            ("Job", true, false),
            ("PodList", false, true),
            ("Secret", true, true),
            ("", false, false),
        ] {
            let mut seen = Seen::default();
            seen.object(Kind::Event, "shop", "e");
            seen.end_list();
            seen.object(Kind::Pod, "shop", "a");
            seen.end_object();
            seen.break_document(kind);
            seen.object(Kind::Job, "shop", "j");
            seen.end_object();
            seen.end_file("all.yaml");
            seen.object(Kind::Job, "ops", "j");
            seen.end_object();
            seen.end_file("more.yaml");
            assert_eq!(seen.partial(Kind::Pod).is_none(), is_pods, "{kind}");
            assert_eq!(seen.partial(Kind::Job).is_none(), is_jobs, "{kind}");
            let coverage = seen.into_coverage();
            assert_eq!(coverage.is_listed(Kind::Pod, "shop"), is_pods, "{kind}");
            assert_eq!(coverage.is_listed(Kind::Job, "shop"), is_jobs, "{kind}");
            assert!(coverage.is_listed(Kind::Job, "ops"), "another file");
            assert!(coverage.is_listed(Kind::Event, "shop"), "a whole list");
            assert!(coverage.is_read(Kind::Pod, "shop", "a"));
        }
    }

    #[test]
    fn names_of_files() {
        for (stem, kind) in [
            ("nodes", Some(Kind::Node)),
            ("node", Some(Kind::Node)),
            ("deploy", Some(Kind::Deployment)),
            ("deployments.apps", Some(Kind::Deployment)),
            (
                "mutatingwebhookconfigurations",
                Some(Kind::MutatingWebhookConfiguration),
            ),
            ("everything", None),
            ("", None),
        ] {
            assert_eq!(kind_of_file(stem), kind, "{stem}");
        }
    }
}
