//! What is taken for a profile at most, far beyond what the EKS API takes, so that a hostile file costs neither memory nor time.

use crate::decision::facts::{FargateProfile, Selector};

/// Profiles that are kept; a cluster has ten by default, and files may hold those of many clusters.
pub(super) const MOST: usize = 5000;
/// The longest name, namespace pattern, label key or value, in bytes. The longest that EKS takes is a name of 100 characters;
/// a place in a file may stand for a name.
pub(super) const LONGEST_TEXT: usize = 4096;
/// The longest sentence about what is wrong, in characters.
pub(super) const LONGEST_PROBLEM: usize = 600;
/// Selectors of one profile, labels of one selector, subnets and health issues; EKS takes five of each of the first two.
const MOST_IN_ONE: usize = 1000;

/// What is too long or too much of a profile; `None` where nothing is.
pub(super) fn beyond_limits(profile: &FargateProfile) -> Option<String> {
    let selectors = profile.selectors.as_deref().unwrap_or_default();
    let counts = [
        ("selectors", selectors.len()),
        ("subnets", profile.subnets.len()),
        ("health.issues", profile.health_issues.len()),
    ];
    if let Some((field, count)) = counts.iter().find(|(_, count)| *count > MOST_IN_ONE) {
        return Some(format!(
            "{field}: {count} of them, at most {MOST_IN_ONE} are read"
        ));
    }
    if profile.name.len() > LONGEST_TEXT {
        return Some(format!(
            "its name has {} bytes, at most {LONGEST_TEXT} are read",
            profile.name.len()
        ));
    }
    let (index, selector) = selectors
        .iter()
        .enumerate()
        .find(|(_, selector)| is_too_large(selector))?;
    let what = if selector.labels.len() > MOST_IN_ONE {
        format!(
            "{} labels, at most {MOST_IN_ONE} are read",
            selector.labels.len()
        )
    } else {
        format!(
            "a namespace or label of more than {LONGEST_TEXT} bytes, which is the most that is read"
        )
    };
    Some(format!("selectors[{index}]: {what}"))
}

fn is_too_large(selector: &Selector) -> bool {
    let is_too_long = |text: &str| text.len() > LONGEST_TEXT;
    selector.labels.len() > MOST_IN_ONE
        || is_too_long(selector.namespace.as_str())
        || selector
            .labels
            .iter()
            .any(|label| is_too_long(label.key.as_str()) || is_too_long(label.value.as_str()))
}

/// The text, cut where it is longer than `longest` characters.
pub(super) fn shortened(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
