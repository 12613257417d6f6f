//! `--demo`: a cluster that comes inside the binary, so that the main job runs with nothing else at hand.
//!
//! It is kept as what kubectl and the AWS CLI print, and read by the code that reads files.

use jiff::Timestamp;

use super::offline::gather_embedded;
use super::{Gathered, Question};
use crate::decision::facts::{ProfileKnowledge, ProfileOrigin};
use crate::error::Result;

/// The files of the demo, by name.
const FILES: &[(&str, &str)] = &[
    ("configmaps.yaml", include_str!("demo/configmaps.yaml")),
    ("cronjobs.yaml", include_str!("demo/cronjobs.yaml")),
    ("daemonsets.yaml", include_str!("demo/daemonsets.yaml")),
    ("deployments.yaml", include_str!("demo/deployments.yaml")),
    ("events.yaml", include_str!("demo/events.yaml")),
    ("jobs.yaml", include_str!("demo/jobs.yaml")),
    (
        "mutatingwebhookconfigurations.yaml",
        include_str!("demo/mutatingwebhookconfigurations.yaml"),
    ),
    ("namespaces.yaml", include_str!("demo/namespaces.yaml")),
    ("nodes.yaml", include_str!("demo/nodes.yaml")),
    (
        "persistentvolumeclaims.yaml",
        include_str!("demo/persistentvolumeclaims.yaml"),
    ),
    (
        "persistentvolumes.yaml",
        include_str!("demo/persistentvolumes.yaml"),
    ),
    (
        "poddisruptionbudgets.yaml",
        include_str!("demo/poddisruptionbudgets.yaml"),
    ),
    ("pods.yaml", include_str!("demo/pods.yaml")),
    ("profiles.json", include_str!("demo/profiles.json")),
    ("replicasets.yaml", include_str!("demo/replicasets.yaml")),
    (
        "securitygrouppolicies.yaml",
        include_str!("demo/securitygrouppolicies.yaml"),
    ),
    (
        "serviceaccounts.yaml",
        include_str!("demo/serviceaccounts.yaml"),
    ),
    ("services.yaml", include_str!("demo/services.yaml")),
    ("statefulsets.yaml", include_str!("demo/statefulsets.yaml")),
    (
        "storageclasses.yaml",
        include_str!("demo/storageclasses.yaml"),
    ),
    (
        "verticalpodautoscalers.yaml",
        include_str!("demo/verticalpodautoscalers.yaml"),
    ),
];

/// Reads the demo cluster; `at` is the moment to judge from, without it the newest time in it.
///
/// Errors: usage; something asked for that is not in it.
pub fn gather(question: &Question, at: Option<Timestamp>) -> Result<Gathered> {
    let mut gathered = gather_embedded(FILES, at, question)?;
    for profile in &mut gathered.snapshot.profiles.list {
        profile.origin = ProfileOrigin::Demo;
    }
    // The files stand for what the EKS API would list: all there is.
    gathered.snapshot.profiles.knowledge = ProfileKnowledge::Complete;
    Ok(gathered)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::decision::facts::{Kind, SourceStatus};

    #[test]
    fn everything_in_it_is_read() {
        let gathered = gather(&Question::default(), None).expect("the demo is whole");
        let snapshot = &gathered.snapshot;
        for note in &snapshot.sources {
            assert_eq!(note.status, SourceStatus::Read, "{note:?}");
        }
        assert!(gathered.subjects.len() > 12);
        assert_eq!(gathered.subjects.len(), snapshot.pods.len());
        assert_eq!(snapshot.profiles.knowledge, ProfileKnowledge::Complete);
        for profile in &snapshot.profiles.list {
            assert_eq!(profile.origin, ProfileOrigin::Demo);
            assert!(profile.created_at.is_some_and(|at| at < snapshot.taken_at));
        }
        for kind in [Kind::Pod, Kind::Node, Kind::Event, Kind::ReplicaSet] {
            assert!(snapshot.coverage.is_listed_everywhere(kind), "{kind:?}");
        }
        assert_eq!(
            snapshot.taken_at.to_string(),
            "2026-11-20T12:00:00Z",
            "the demo's README says so"
        );
        assert!(snapshot.cluster.name.is_some() && snapshot.cluster.region.is_some());
    }

    #[test]
    fn no_file_of_it_is_forgotten() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sources/demo");
        let there: BTreeSet<String> = fs::read_dir(folder)
            .expect("the demo's folder")
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .filter(|name| !name.ends_with(".md"))
            .collect();
        let embedded: BTreeSet<String> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(there, embedded);
    }
}
