//! What a new profile is called, and what stands in it beside its selectors.

use std::collections::{BTreeMap, BTreeSet};

use crate::decision::facts::{FargateProfile, ProfileStatus, Profiles};

/// Names with this prefix are AWS's own. Source: eksctl, validation of a ClusterConfig.
const RESERVED: &str = "eks-";
/// Longer names are cut; Kubernetes' own names of this length are the longest that profiles are seen to have, and Cluster API
/// allows 100.
const LONGEST: usize = 60;
/// The most that a name of the person's choice may have. Source: Cluster API, webhook of AWSFargateProfile.
const LONGEST_CHOSEN: usize = 100;

/// What is wrong with a name that a person chose, in words; `None` where nothing is.
pub fn problem_of(name: &str) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() {
        Some("a profile needs a name".to_owned())
    } else if name.starts_with(RESERVED) {
        Some("names that begin with eks- are reserved by AWS".to_owned())
    } else if !name.chars().all(is_plain) {
        Some("a profile's name is made of letters, digits, -, _ and .".to_owned())
    } else if name.len() > LONGEST_CHOSEN {
        Some(format!(
            "a profile's name has at most {LONGEST_CHOSEN} characters"
        ))
    } else {
        None
    }
}

/// A name that can be one, made of whatever a workload or namespace is called.
fn made_of(text: &str) -> String {
    let mut name: String = text
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' {
                c
            } else {
                '-'
            }
        })
        .take(LONGEST)
        .collect();
    name = name.trim_matches('-').to_owned();
    if name.is_empty() {
        name.push_str("fargate");
    }
    if name.starts_with(RESERVED) {
        name.insert_str(0, "fargate-");
    }
    name
}

/// A name that no profile has. Where existing profiles claim some of the same pods, one that sorts behind them is preferred:
/// the first by name claims, so those keep what they have.
pub fn unique(wish: &str, taken: &BTreeSet<&str>, behind: &BTreeSet<String>) -> String {
    let base = made_of(wish);
    let is_free = |name: &String| !taken.contains(name.as_str());
    let is_behind = |name: &String| behind.iter().all(|other| other < name);
    let prefixed = ["", "fargate-", "to-fargate-", "workload-", "zz-"]
        .iter()
        .map(|prefix| format!("{prefix}{base}"));
    let numbered = (2..).map(|number| format!("{base}-{number}"));
    let mut free = prefixed.chain(numbered.take(1_000)).filter(is_free);
    let first = free.next();
    let found = first.iter().cloned().chain(free).find(is_behind).or(first);
    found.unwrap_or(base)
}

/// The names of several profiles that belong together: `shop`, `shop-2`, `shop-3`.
pub fn series(first: &str, count: usize, taken: &BTreeSet<&str>) -> Vec<String> {
    let mut names = vec![first.to_owned()];
    let more = (2..)
        .map(|number: usize| format!("{first}-{number}"))
        .filter(|name| !taken.contains(name.as_str()));
    names.extend(more.take(count.saturating_sub(1)));
    names.truncate(count);
    names
}

/// The pod execution role and the subnets of the cluster's profiles: those that most of them have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Setting {
    /// `podExecutionRoleArn`.
    pub role: Option<String>,
    /// `subnets`.
    pub subnets: Vec<String>,
    /// The profile that they were taken from, the first by name of those that have them.
    pub taken_from: Option<String>,
}

/// What the cluster's profiles have in common. A profile that failed, or is going away, is no example.
pub fn setting(profiles: &Profiles) -> Setting {
    type Pair<'p> = (Option<&'p str>, Vec<&'p str>);
    let mut pairs: BTreeMap<Pair<'_>, Vec<&FargateProfile>> = BTreeMap::new();
    for profile in &profiles.list {
        let is_example = matches!(
            profile.status,
            None | Some(ProfileStatus::Active | ProfileStatus::Creating)
        );
        let role = profile
            .pod_execution_role_arn
            .as_deref()
            .filter(|role| !role.is_empty() && !is_open(profile, "podExecutionRoleArn"));
        let mut subnets: Vec<&str> = profile.subnets.iter().map(String::as_str).collect();
        if is_open(profile, "subnets") {
            subnets.clear();
        }
        subnets.sort_unstable();
        subnets.dedup();
        if is_example && (role.is_some() || !subnets.is_empty()) {
            pairs.entry((role, subnets)).or_default().push(profile);
        }
    }
    let best = pairs.into_iter().max_by(|(a, of_a), (b, of_b)| {
        let weight =
            |pair: &Pair<'_>| usize::from(pair.0.is_some()) + usize::from(!pair.1.is_empty());
        weight(a)
            .cmp(&weight(b))
            .then(of_a.len().cmp(&of_b.len()))
            .then_with(|| b.cmp(a))
    });
    let Some(((role, subnets), profiles)) = best else {
        return Setting::default();
    };
    Setting {
        role: role.map(str::to_owned),
        subnets: subnets.into_iter().map(str::to_owned).collect(),
        taken_from: profiles.first().map(|profile| profile.name.clone()),
    }
}

fn is_open(profile: &FargateProfile, field: &str) -> bool {
    profile
        .gaps
        .iter()
        .any(|gap| gap.field == field && gap.assumed.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_valid_and_free() {
        let taken = BTreeSet::from(["web", "fargate-eks-pods"]);
        let none = BTreeSet::new();
        for (wish, name) in [
            ("api", "api"),
            ("web", "fargate-web"),
            ("my.app", "my-app"),
            ("eks-addons", "fargate-eks-addons"),
            ("eks-pods", "to-fargate-fargate-eks-pods"),
            ("..", "fargate"),
        ] {
            let found = unique(wish, &taken, &none);
            assert!(!taken.contains(found.as_str()), "{found}");
            assert_eq!(problem_of(&found), None, "{found}");
            if wish != "eks-pods" {
                assert_eq!(found, name, "{wish}");
            }
        }
        let behind = BTreeSet::from(["apps".to_owned(), "payments".to_owned()]);
        assert_eq!(unique("api", &taken, &behind), "to-fargate-api");
        assert_eq!(
            series("shop", 3, &BTreeSet::from(["shop-2"])),
            ["shop", "shop-3", "shop-4"]
        );
    }

    #[test]
    fn names_that_cannot_be() {
        for name in ["", "eks-web", "a b", "web\u{1b}", "a/b"] {
            assert!(problem_of(name).is_some(), "{name:?}");
        }
        assert!(problem_of(&"a".repeat(101)).is_some());
        assert_eq!(problem_of("Team_A.web-1"), None);
    }
}
