//! Profiles that a plan takes away from what was read before it.

use super::choose::contradicts;
use super::compare::only_in_one;
use super::files::origin;
use super::{Removal, Sourced};
use crate::decision::facts::Disagreement;

/// A removal, and how many profiles were read before the plan that holds it.
pub(super) type Placed = (usize, Removal);

/// What came of the removals.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Outcome {
    /// What is worth saying, each a sentence without a full stop.
    pub(super) remarks: Vec<String>,
    /// Where another file has what a plan deletes.
    pub(super) disagreements: Vec<Disagreement>,
    /// Whether a profile was taken away.
    pub(super) took_any: bool,
}

/// Takes away what plans delete of the profiles that were read before them. What is read after a plan has the last word.
pub(super) fn apply(removals: &[Placed], found: &mut Vec<Sourced>) -> Outcome {
    let mut outcome = Outcome::default();
    let mut is_gone = vec![false; found.len()];
    for (before, removal) in removals {
        let Removal { profile, by, .. } = removal;
        let is_meant = |sourced: &Sourced| {
            let found = &sourced.found;
            found.profile.name_is_known
                && found.profile.name == *profile
                && !contradicts(&found.home, &removal.home)
        };
        let mut took_it = false;
        let mut last_word = None;
        let mut lost = None;
        for (index, sourced) in found.iter().enumerate() {
            if !is_meant(sourced) {
                continue;
            }
            if index < *before {
                took_it |= !std::mem::replace(&mut is_gone[index], true);
                lost = Some(&sourced.found.profile);
            } else {
                last_word = Some(&sourced.found.profile);
            }
        }
        outcome.took_any |= took_it;
        let (remark, disagreement) = match (last_word, lost) {
            (Some(kept), _) => (
                format!(
                    "{by} deletes profile {profile}, and {}, read after it, has it still",
                    origin(kept)
                ),
                Some(only_in_one(kept, origin(kept), by, true)),
            ),
            (None, Some(lost)) => (
                format!("{by} deletes profile {profile} of {}", origin(lost)),
                Some(only_in_one(lost, by, origin(lost), false)),
            ),
            (None, None) => (format!("{by} deletes profile {profile}"), None),
        };
        outcome.remarks.push(remark);
        outcome.disagreements.extend(disagreement);
    }
    let mut gone = is_gone.into_iter();
    found.retain(|_| !gone.next().unwrap_or_default());
    outcome
}

#[cfg(test)]
mod tests {
    use crate::decision::facts::{ClusterIdentity, ProfileKnowledge, Profiles};
    use crate::sources::input::Input;
    use crate::sources::profiles::{ProfilesRead, read_files};

    const STATE: (&str, &str) = (
        "state.json",
        r#"{"format_version": "1.0", "values": {"root_module": {"resources": [{
            "address": "aws_eks_fargate_profile.apps", "mode": "managed", "type": "aws_eks_fargate_profile", "name": "apps",
            "values": {"cluster_name": "prod", "fargate_profile_name": "apps", "selector": [{"namespace": "shop", "labels": {}}]}}]}}}"#,
    );

    fn plan(cluster: &str) -> (&'static str, String) {
        let plan = r#"{"format_version": "1.2", "resource_changes": [{
            "address": "aws_eks_fargate_profile.apps", "mode": "managed", "type": "aws_eks_fargate_profile", "name": "apps",
            "change": {"actions": ["delete"], "after": null, "before":
                {"cluster_name": "CLUSTER", "fargate_profile_name": "apps", "selector": [{"namespace": "shop", "labels": {}}]}}}]}"#;
        ("plan.json", plan.replace("CLUSTER", cluster))
    }

    fn read(files: &[(&str, &str)]) -> ProfilesRead {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let inputs: Vec<Input> = files
            .iter()
            .map(|(name, text)| {
                let path = folder.path().join(name);
                std::fs::write(&path, text).expect("a file");
                path.into()
            })
            .collect();
        read_files(&inputs, &ClusterIdentity::default()).expect("they can be read")
    }

    fn names(profiles: &Profiles) -> Vec<&str> {
        profiles
            .list
            .iter()
            .map(|each| each.name.as_str())
            .collect()
    }

    fn said(read: &ProfilesRead) -> &str {
        read.notes[0].detail.as_deref().unwrap_or_default()
    }

    #[test]
    fn a_plan_takes_away_what_was_read_before_it() {
        let (name, text) = plan("prod");
        let read = read(&[STATE, (name, &text)]);
        assert!(read.profiles.list.is_empty());
        assert_eq!(read.profiles.knowledge, ProfileKnowledge::FromFiles);
        let [gone] = read.profiles.disagreements.as_slice() else {
            panic!("one: {:?}", read.profiles.disagreements);
        };
        assert!(gone.other.contains("state.json") && gone.used_value.is_none());
        assert!(gone.used.starts_with("the plan ") && gone.used.ends_with("plan.json"));
        let said = said(&read);
        assert!(
            said.contains("plan.json deletes profile apps of "),
            "{said}"
        );
        assert!(!said.contains("passed over"), "{said}");
    }

    #[test]
    fn what_is_read_after_a_plan_has_the_last_word() {
        let (name, text) = plan("prod");
        let read = read(&[(name, &text), STATE]);
        assert_eq!(names(&read.profiles), ["apps"]);
        let [kept] = read.profiles.disagreements.as_slice() else {
            panic!("one: {:?}", read.profiles.disagreements);
        };
        assert!(kept.used.contains("state.json") && kept.other_value.is_none());
        let said = said(&read);
        assert!(said.contains("read after it, has it still"), "{said}");
    }

    #[test]
    fn a_plan_alone_and_that_of_another_cluster() {
        let (name, text) = plan("prod");
        let alone = read(&[(name, &text)]);
        assert_eq!(alone.profiles.knowledge, ProfileKnowledge::Unread);
        let said = said(&alone);
        assert!(
            said.ends_with("plan.json deletes profile apps, and no other profile was given"),
            "{said}"
        );
        let (name, text) = plan("dev");
        let other = read(&[STATE, (name, &text)]);
        assert_eq!(names(&other.profiles), ["apps"]);
        assert!(other.profiles.disagreements.is_empty());
    }
}
