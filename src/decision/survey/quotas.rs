//! How many profiles, selectors and label pairs there are, beside what EKS gives by default.

use crate::decision::facts::{FargateProfile, Profiles};

/// Profiles of one cluster.
pub const PROFILES_PER_CLUSTER: usize = 10;
/// Selectors of one profile.
pub const SELECTORS_PER_PROFILE: usize = 5;
/// Label pairs of one selector.
pub const LABEL_PAIRS_PER_SELECTOR: usize = 5;

/// A quota, and how much of it is used. Source of the defaults: EKS service quotas; all three are adjustable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaUse {
    /// `ProfilesPerCluster`, `SelectorsPerProfile` or `LabelPairsPerSelector`.
    pub name: &'static str,
    /// The default.
    pub default: usize,
    /// How many there are; the most that any one has.
    pub used: usize,
    /// The profile that has the most.
    pub profile: Option<String>,
}

/// Returns the three quotas; those about selectors only where some were seen.
pub(super) fn of(profiles: &Profiles) -> Vec<QuotaUse> {
    if !profiles.are_read() {
        return Vec::new();
    }
    let mut quotas = vec![QuotaUse {
        name: "ProfilesPerCluster",
        default: PROFILES_PER_CLUSTER,
        used: profiles.list.len(),
        profile: None,
    }];
    let mut add = |name, default, count: fn(&FargateProfile) -> Option<usize>| {
        let counts = profiles.list.iter().rev();
        let most = counts
            .filter_map(|profile| Some((count(profile)?, profile)))
            .max_by_key(|(count, _)| *count);
        quotas.extend(most.map(|(used, profile)| QuotaUse {
            name,
            default,
            used,
            profile: Some(profile.name.clone()),
        }));
    };
    add("SelectorsPerProfile", SELECTORS_PER_PROFILE, |profile| {
        profile.selectors.as_ref().map(Vec::len)
    });
    add(
        "LabelPairsPerSelector",
        LABEL_PAIRS_PER_SELECTOR,
        most_pairs,
    );
    quotas
}

/// The most label pairs that a selector of the profile has.
pub(super) fn most_pairs(profile: &FargateProfile) -> Option<usize> {
    let selectors = profile.selectors.as_ref()?;
    selectors.iter().map(|selector| selector.labels.len()).max()
}
