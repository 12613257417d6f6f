//! What counts as read, judged from what files hold.
//!
//! A kind that is absent is *not read*, never *none exist*. It counts as read where at least one object of it is there: in that
//! namespace, or everywhere if its list holds objects of several namespaces; or where a list of it is there and is empty.

use std::collections::{BTreeMap, BTreeSet};

use crate::decision::facts::{Coverage, Kind, Scope};
use crate::sources::reduce::{Added, is_namespaced};

/// What files were seen to hold.
#[derive(Debug, Default)]
pub(super) struct Seen {
    coverage: Coverage,
    read: BTreeSet<Kind>,
    partial: BTreeMap<Kind, String>,
    namespaces: BTreeSet<String>,
    document: Vec<(Kind, Added)>,
    /// Objects of the present file that were documents of their own: a broken one beside them may be of their kind.
    singles: Vec<(Kind, Added)>,
    /// Kinds of which the present file has more than could be read.
    lost: BTreeSet<Kind>,
    /// A document of the present file broke before anything told what it is.
    is_unknown_lost: bool,
    empty: Vec<(Kind, Option<String>)>,
}

impl Seen {
    /// An object of the present document.
    pub(super) fn object(&mut self, kind: Kind, added: Added) {
        if kind == Kind::Namespace {
            self.namespaces.insert(added.name.clone());
        } else if !added.namespace.is_empty() {
            self.namespaces.insert(added.namespace.clone());
        }
        self.document.push((kind, added));
    }

    /// The document has ended as it should; it was one object.
    pub(super) fn end_object(&mut self) {
        self.singles.append(&mut self.document);
    }

    /// The document has ended as it should; it was a list.
    pub(super) fn end_list(&mut self) {
        let document = std::mem::take(&mut self.document);
        let document = self.mark_picked(document);
        let namespaces: BTreeSet<&str> = document
            .iter()
            .map(|(_, added)| added.namespace.as_str())
            .filter(|namespace| !namespace.is_empty())
            .collect();
        let is_of_all = namespaces.len() > 1;
        let scopes: BTreeSet<(Kind, &str)> = document
            .iter()
            .map(|(kind, added)| (*kind, added.namespace.as_str()))
            .collect();
        for (kind, namespace) in scopes {
            let scope = if is_of_all {
                Scope::Cluster
            } else {
                whole(kind, namespace)
            };
            self.mark(kind, scope);
        }
    }

    /// The document broke off: only what came is known of its kinds. Where nothing came, its own kind was lost, if that is known.
    pub(super) fn break_document(&mut self, kind: &str) {
        let document = std::mem::take(&mut self.document);
        self.lost.extend(document.iter().map(|(kind, _)| *kind));
        match kind {
            _ if !document.is_empty() => {}
            "" | "List" => self.is_unknown_lost = true,
            kind => self
                .lost
                .extend(Kind::of(kind.strip_suffix("List").unwrap_or(kind))),
        }
        self.mark_objects(document);
    }

    /// The file has ended.
    pub(super) fn end_file(&mut self, file: &str) {
        let mut lost = std::mem::take(&mut self.lost);
        if std::mem::take(&mut self.is_unknown_lost) {
            lost.extend(self.singles.iter().map(|(kind, _)| *kind));
        }
        for kind in &lost {
            self.partial
                .entry(*kind)
                .or_insert_with(|| format!("{file} could not be read in full"));
        }
        let (in_part, of_whole): (Vec<_>, Vec<_>) = std::mem::take(&mut self.singles)
            .into_iter()
            .partition(|(kind, _)| lost.contains(kind));
        self.mark_objects(in_part);
        let of_whole = self.mark_picked(of_whole);
        let scopes: BTreeSet<(Kind, &str)> = of_whole
            .iter()
            .map(|(kind, added)| (*kind, added.namespace.as_str()))
            .collect();
        for (kind, namespace) in scopes {
            self.mark(kind, whole(kind, namespace));
        }
    }

    /// ConfigMaps are saved by name, so that one tells nothing of another. Returns the objects of all other kinds.
    fn mark_picked(&mut self, objects: Vec<(Kind, Added)>) -> Vec<(Kind, Added)> {
        let (picked, others): (Vec<_>, Vec<_>) = objects
            .into_iter()
            .partition(|(kind, _)| *kind == Kind::ConfigMap);
        self.read.extend(picked.iter().map(|(kind, _)| *kind));
        self.mark_objects(picked);
        others
    }

    fn mark_objects(&mut self, objects: Vec<(Kind, Added)>) {
        for (kind, added) in objects {
            self.coverage.mark_read(
                kind,
                Scope::Object {
                    namespace: added.namespace,
                    name: added.name,
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

    fn added(namespace: &str, name: &str) -> Added {
        Added {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    #[test]
    fn one_namespace_is_that_one_several_are_all() {
        let mut seen = Seen::default();
        seen.object(Kind::Pod, added("shop", "a"));
        seen.object(Kind::Event, added("shop", "b"));
        seen.object(Kind::Node, added("", "n"));
        seen.end_list();
        seen.object(Kind::Job, added("a", "a"));
        seen.object(Kind::CronJob, added("b", "b"));
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
        seen.object(Kind::ConfigMap, added("kube-system", "aws-auth"));
        seen.end_object();
        seen.end_file("aws-auth.yaml");
        seen.object(Kind::Pod, added("shop", "a"));
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
            seen.object(Kind::Pod, added(namespace, "x"));
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
        seen.object(Kind::Pod, added("shop", "a"));
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
        seen.object(Kind::Node, added("", "n1"));
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
            seen.object(Kind::Event, added("shop", "e"));
            seen.end_list();
            seen.object(Kind::Pod, added("shop", "a"));
            seen.end_object();
            seen.break_document(kind);
            seen.object(Kind::Job, added("shop", "j"));
            seen.end_object();
            seen.end_file("all.yaml");
            seen.object(Kind::Job, added("ops", "j"));
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
