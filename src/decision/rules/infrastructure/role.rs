//! How the profile's pod execution role is let into the cluster: by Fargate's own words, by aws-auth and by access entries.

use super::super::{finding, fix, phrases};
use super::stated::stated;
use super::surroundings::{Surroundings, fellow_on_fargate};
use super::then_again;
use crate::decision::facts::aws::AccessEntry;
use crate::decision::facts::companion::MappedRole;
use crate::decision::facts::{FargateProfile, Kind, ObjectRef};
use crate::decision::finding::{Certainty, Evidence, Finding, Severity, Strength};
use crate::decision::placement::PodCase;
use crate::decision::reason::Reason;

/// What an entry of aws-auth for a pod execution role says. Source: EKS User Guide, "Grant access to Kubernetes APIs".
const USERNAME: &str = "system:node:{{SessionName}}";
/// See [`USERNAME`].
const GROUPS: [&str; 3] = [
    "system:bootstrappers",
    "system:nodes",
    "system:node-proxier",
];
/// The type of an access entry for a pod execution role. Source: the same page.
const ENTRY_TYPE: &str = "FARGATE_LINUX";

/// What aws-auth says of the role.
#[derive(Debug, PartialEq, Eq)]
enum Listed<'a> {
    /// It was not read, or could not be understood.
    Unknown,
    /// There is no such ConfigMap.
    NoMap,
    /// It does not name the role.
    No,
    /// It names the role in an entry that does not let it in, with what the entry lacks.
    Wrongly(&'a MappedRole, Vec<String>),
    /// It names the role as it should.
    Well(&'a MappedRole),
}

/// What is known now of the way in for a role.
pub(super) struct Standing<'a> {
    role: &'a str,
    listed: Listed<'a>,
    entry: Option<&'a AccessEntry>,
}

impl<'a> Standing<'a> {
    /// `None` where the profile's role is not known.
    pub fn of(case: &PodCase<'a>, profile: &'a FargateProfile) -> Option<Self> {
        let role = profile
            .pod_execution_role_arn
            .as_deref()
            .filter(|role| !role.is_empty())?;
        let snapshot = case.snapshot;
        let listed = match &snapshot.aws_auth {
            Some(map) if map.problem.is_none() => listed(&map.roles, role),
            None if snapshot
                .coverage
                .is_read(Kind::ConfigMap, "kube-system", "aws-auth") =>
            {
                Listed::NoMap
            }
            _ => Listed::Unknown,
        };
        Some(Self {
            role,
            listed,
            entry: snapshot.aws.access_entries.get(role),
        })
    }

    /// Whether aws-auth or an access entry lets the role in as it should.
    pub fn is_let_in(&self) -> bool {
        matches!(self.listed, Listed::Well(_)) || self.has_good_entry()
    }

    fn has_good_entry(&self) -> bool {
        matches!(self.entry, Some(AccessEntry::Present(kind)) if kind == ENTRY_TYPE)
    }

    fn name(&self) -> &'a str {
        name_of(self.role)
    }

    fn evidence(&self) -> Vec<Evidence> {
        let map = || ObjectRef::namespaced("configmap", "kube-system", "aws-auth");
        let field = format!("data.mapRoles[{}]", self.role);
        let wanted = format!("username {USERNAME}, groups {}", GROUPS.join(", "));
        let in_map = match &self.listed {
            Listed::Unknown => None,
            Listed::NoMap | Listed::No => Some(Evidence::absent(map(), field)),
            Listed::Well(entry) | Listed::Wrongly(entry, _) => {
                let found = format!(
                    "username {}, groups {}",
                    entry.username,
                    entry.groups.join(", ")
                );
                let field = format!("data.mapRoles[{}]", entry.role_arn);
                Some(Evidence::found(map(), field, found))
            }
        };
        let object = || ObjectRef::cluster_wide("accessentry", self.role);
        let entry = self.entry.map(|entry| match entry {
            AccessEntry::Present(kind) => Evidence::found(object(), "type", kind.as_str()),
            AccessEntry::Absent => Evidence::absent(object(), "type"),
        });
        in_map
            .map(|evidence| evidence.wanted(wanted))
            .into_iter()
            .chain(entry.map(|evidence| evidence.wanted(ENTRY_TYPE)))
            .collect()
    }
}

fn listed<'a>(roles: &'a [MappedRole], role: &str) -> Listed<'a> {
    let mut first_incomplete = None;
    for entry in roles {
        if !is_same_role(&entry.role_arn, role) {
            continue;
        }
        let wrong = what_is_missing_in(entry);
        if wrong.is_empty() {
            return Listed::Well(entry);
        }
        first_incomplete.get_or_insert((entry, wrong));
    }
    match first_incomplete {
        Some((entry, wrong)) => Listed::Wrongly(entry, wrong),
        None => Listed::No,
    }
}

fn what_is_missing_in(entry: &MappedRole) -> Vec<String> {
    let mut wrong = Vec::new();
    if parts_of(&entry.role_arn).is_some_and(|(_, path)| path.contains('/')) {
        wrong.push("an ARN free of a path".to_owned());
    }
    if entry.username != USERNAME {
        wrong.push(format!("username {USERNAME}"));
    }
    let missing: Vec<&str> = GROUPS
        .into_iter()
        .filter(|group| !entry.groups.iter().any(|has| has == group))
        .collect();
    match missing.as_slice() {
        [] => {}
        [one] => wrong.push(format!("group {one}")),
        several => wrong.push(format!("groups {}", several.join(", "))),
    }
    wrong
}

/// The account of a role's ARN, and its name with its path.
fn parts_of(arn: &str) -> Option<(&str, &str)> {
    let (head, name) = arn.split_once(":role/")?;
    Some((head.rsplit(':').next()?, name))
}

/// The role's name without its path.
fn name_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// Whether two ARNs name one role: a role's name is the only one in its account whatever its path and letter case.
///
/// Source: IAM User Guide, "IAM and AWS STS quotas" (names must be unique within an account, case-insensitively).
fn is_same_role(one: &str, other: &str) -> bool {
    if one.eq_ignore_ascii_case(other) {
        return true;
    }
    match (parts_of(one), parts_of(other)) {
        (Some((account, _)), Some((other_account, _))) => {
            account == other_account && name_of(one).eq_ignore_ascii_case(name_of(other))
        }
        _ => false,
    }
}

/// `ExecutionRoleNotAuthorized`: as AWS says it, else as a hint where nothing that was read lets the role in.
pub(super) fn not_authorized(case: &PodCase<'_>) -> Option<Finding> {
    let standing = Surroundings::of_waiting(case)
        .and_then(|around| Some((around.profile, Standing::of(case, around.profile)?)));
    if let Some(found) = stated(case, Reason::ExecutionRoleNotAuthorized) {
        let Some((_, standing)) = standing else {
            return Some(found);
        };
        let found = found.evidence(standing.evidence());
        if !standing.is_let_in() {
            return Some(found);
        }
        let advice = format!(
            "The role {} is let in as it should be (see the evidence), so see what it lacks: the policy \
             AmazonEKSFargatePodExecutionRolePolicy, and its entry in aws-auth as well as an access entry of type {ENTRY_TYPE} \
             (some clusters needed both).{}",
            standing.name(),
            then_again(case)
        );
        return Some(found.fix(fix::advice(advice)));
    }
    let (profile, standing) = standing?;
    let message = silence(profile, &standing)?;
    if fellow_on_fargate(case, Some(profile)).is_some() {
        return None;
    }
    let first = match (&standing.listed, standing.entry) {
        (Listed::Wrongly(..), _) => {
            "Complete the role's entry in aws-auth, or give it an access entry"
        }
        (_, None) => {
            "See whether the role has an access entry; if it has none, add one, or its entry in aws-auth"
        }
        (_, Some(_)) => "Add an access entry for the role, or its entry in aws-auth",
    };
    let advice = format!(
        "{first} (type {ENTRY_TYPE}; in aws-auth username {USERNAME}, groups {}). Leave the entries of others as they are.",
        GROUPS.join(", ")
    );
    Some(
        finding(case, Reason::ExecutionRoleNotAuthorized, message)
            .severity(Severity::Warning)
            .certainty(Certainty::Likely)
            .strength(Strength::Aside)
            .evidence(standing.evidence())
            .fix(fix::advice(advice)),
    )
}

/// What is to be said where nobody complained; `None` where something lets the role in, or too little was read to tell.
fn silence(profile: &FargateProfile, standing: &Standing<'_>) -> Option<String> {
    if standing.is_let_in() {
        return None;
    }
    let role = standing.name();
    let of_profile = format!("role {role} of profile {}", profile.name);
    Some(match (&standing.listed, standing.entry) {
        (Listed::Unknown, None | Some(AccessEntry::Absent)) | (Listed::NoMap, None) => return None,
        (Listed::Wrongly(_, missing), entry) => {
            let beside = match entry {
                Some(AccessEntry::Absent) => " It has no access entry.".to_owned(),
                Some(AccessEntry::Present(kind)) => format!(" Its access entry is of type {kind}."),
                None => String::new(),
            };
            format!(
                "aws-auth names role {role} without {}: its nodes may be kept out.{beside}",
                phrases::list(missing)
            )
        }
        (_, Some(AccessEntry::Present(kind))) => format!(
            "The access entry of {of_profile} is of type {kind}; nodes on Fargate join by one of type {ENTRY_TYPE}."
        ),
        (Listed::NoMap, Some(AccessEntry::Absent)) => format!(
            "There is no aws-auth and no access entry for {of_profile}: likely its nodes cannot join the cluster."
        ),
        (_, Some(AccessEntry::Absent)) => format!(
            "Neither aws-auth nor an access entry names {of_profile}: likely its nodes cannot join the cluster."
        ),
        (_, None) => format!(
            "aws-auth does not name {of_profile}: its nodes cannot join the cluster, unless an access entry, which was not \
             read, lets them in."
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: &str = "arn:aws:iam::111122223333:role/pods";

    fn entry(role_arn: &str, username: &str, groups: &[&str]) -> MappedRole {
        MappedRole {
            role_arn: role_arn.to_owned(),
            username: username.to_owned(),
            groups: groups.iter().map(|&group| group.to_owned()).collect(),
        }
    }

    #[test]
    fn one_role_is_known_by_account_and_name() {
        let rows = [
            (ROLE, true, "the same"),
            (
                "arn:aws:iam::111122223333:role/team/pods",
                true,
                "with a path",
            ),
            (
                "arn:aws:iam::111122223333:role/Pods",
                true,
                "in other letters",
            ),
            (
                "arn:aws:iam::444455556666:role/pods",
                false,
                "another account",
            ),
            (
                "arn:aws:iam::111122223333:role/nodes",
                false,
                "another name",
            ),
            ("arn:aws:iam::111122223333:user/pods", false, "a user"),
            ("pods", false, "no ARN"),
            ("", false, "nothing"),
        ];
        for (arn, same, why) in rows {
            assert_eq!(is_same_role(arn, ROLE), same, "{why}");
        }
    }

    #[test]
    fn an_entry_says_what_it_lacks() {
        let good = entry(ROLE, USERNAME, &GROUPS);
        assert!(what_is_missing_in(&good).is_empty());
        let node = entry(
            ROLE,
            "system:node:{{EC2PrivateDNSName}}",
            &["system:bootstrappers", "system:nodes"],
        );
        assert_eq!(
            what_is_missing_in(&node),
            [
                "username system:node:{{SessionName}}",
                "group system:node-proxier"
            ]
        );
        let with_path = entry(
            "arn:aws:iam::111122223333:role/team/pods",
            USERNAME,
            &GROUPS,
        );
        assert_eq!(what_is_missing_in(&with_path), ["an ARN free of a path"]);
        // A second entry that is right lets the role in.
        assert_eq!(listed(&[node, good.clone()], ROLE), Listed::Well(&good));
        assert_eq!(listed(&[], ROLE), Listed::No);
    }
}
