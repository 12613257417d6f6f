//! What became of the profile that claimed a pod.

use super::PodCase;
use crate::decision::facts::ProfileKnowledge;

/// Why the profile that claimed a pod is not what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is not among the profiles.
    Absent,
    /// It is being deleted.
    Deleting,
    /// It is younger than the pod: another one of its name claimed the pod.
    Recreated,
}

/// What became of the profile that claimed the pod; `None` where it is there still, or where that cannot be told.
pub fn fate(case: &PodCase<'_>) -> Option<Fate> {
    let profiles = &case.snapshot.profiles;
    if !case.pod.is_claimed() || !profiles.are_read() {
        return None;
    }
    let Some(profile) = case.labelled_profile() else {
        let can_tell = profiles.knowledge != ProfileKnowledge::Partial && !profiles.has_nameless();
        return can_tell.then_some(Fate::Absent);
    };
    if profile.is_deleting() {
        return Some(Fate::Deleting);
    }
    match (profile.created_at, case.pod.created_at) {
        (Some(profile), Some(pod)) if profile.as_second() > pod.as_second() => {
            Some(Fate::Recreated)
        }
        _ => None,
    }
}
