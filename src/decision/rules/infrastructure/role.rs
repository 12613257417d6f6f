//! How the profile's pod execution role is let into the cluster: by Fargate's own words, by aws-auth and by access entries.

use super::super::{finding, fix, phrases};
use super::stated::{Statement, with_detail};
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
    /// It was not read.
    Unknown,
    /// It could not be understood, with what is wrong.
    Broken(&'a str),
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
    /// Whether access entries are not in use.
    by_map_alone: bool,
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
            Some(map) => match &map.problem {
                Some(problem) => Listed::Broken(problem),
                None => listed(&map.roles, role),
            },
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
            by_map_alone: snapshot.aws.goes_by_aws_auth_alone,
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
            Listed::Broken(problem) => Some(Evidence::found(map(), "data.mapRoles", *problem)),
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
    if has_path(&entry.role_arn) {
        wrong.push("an ARN without its path".to_owned());
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

/// Whether the role's ARN has a path before its name (`role/team/pods`). In aws-auth it must stand without.
///
/// Source: EKS User Guide, "Grant access to Kubernetes APIs", aws-auth.
fn has_path(arn: &str) -> bool {
    parts_of(arn).is_some_and(|(_, name)| name.contains('/'))
}

/// The role's ARN as aws-auth wants it.
fn without_path(arn: &str) -> String {
    match arn.split_once(":role/") {
        Some((head, name)) => format!("{head}:role/{}", name_of(name)),
        None => arn.to_owned(),
    }
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

/// The role of the pod's profile, as the profile tells it.
fn role_of<'a>(case: &PodCase<'a>) -> Option<&'a str> {
    let role = case.labelled_profile()?.pod_execution_role_arn.as_deref();
    role.filter(|role| !role.is_empty())
}

/// The pod execution role in words, with its ARN where the profile tells it.
pub(super) fn named(case: &PodCase<'_>) -> String {
    match role_of(case) {
        Some(role) => format!("the pod execution role {role}"),
        None => "the pod execution role".to_owned(),
    }
}

/// How a role is let in that is not, up to the last step.
pub(super) fn restore(case: &PodCase<'_>) -> String {
    let by_entry = match case.snapshot.aws.goes_by_aws_auth_alone {
        true => "",
        false => ", or as an access entry of type FARGATE_LINUX",
    };
    let arn = match role_of(case) {
        Some(role) if has_path(role) => {
            format!("rolearn {}, without its path; ", without_path(role))
        }
        _ => String::new(),
    };
    format!(
        "Restore the entry of {}: in aws-auth ({arn}username {USERNAME}, groups {}){by_entry}.",
        named(case),
        GROUPS.join(", ")
    )
}

/// `ExecutionRoleNotAuthorized`: as AWS says it, else as a hint where nothing that was read lets the role in.
pub(super) fn not_authorized(case: &PodCase<'_>) -> Option<Finding> {
    let standing = Surroundings::of_waiting(case)
        .and_then(|around| Some((around.profile, Standing::of(case, around.profile)?)));
    if Statement::of(case, Reason::ExecutionRoleNotAuthorized).is_some() {
        return as_said(case, standing.map(|(_, standing)| standing));
    }
    let (profile, standing) = standing?;
    let message = silence(profile, &standing)?;
    if fellow_on_fargate(case, Some(profile)).is_some() {
        return None;
    }
    Some(
        finding(case, Reason::ExecutionRoleNotAuthorized, message)
            .severity(Severity::Warning)
            .certainty(Certainty::Likely)
            .strength(Strength::Aside)
            .evidence(standing.evidence())
            .fix(fix::advice(standing.mend())),
    )
}

/// What AWS said, with what is known of the role now.
fn as_said(case: &PodCase<'_>, standing: Option<Standing<'_>>) -> Option<Finding> {
    let since = match &standing {
        Some(standing) => standing.now(),
        None => "Likely still so: the role was not read.".to_owned(),
    };
    let advice = match &standing {
        Some(standing) if standing.is_let_in() => {
            let both = match standing.by_map_alone {
                true => "",
                false => {
                    " and stands in aws-auth as well as in an access entry of type FARGATE_LINUX (some clusters needed both)"
                }
            };
            format!(
                "See that {} has the policy AmazonEKSFargatePodExecutionRolePolicy{both}.{}",
                named(case),
                then_again(case)
            )
        }
        Some(standing) if matches!(standing.listed, Listed::Broken(_)) => {
            format!("{}{}", standing.mend(), then_again(case))
        }
        _ => format!("{}{}", restore(case), then_again(case)),
    };
    let reason = Reason::ExecutionRoleNotAuthorized;
    let found = with_detail(case, reason, &since, fix::advice(advice))?;
    Some(found.evidence(standing.iter().flat_map(Standing::evidence)))
}

impl Standing<'_> {
    /// What is known now, beside what AWS said before: a short sentence.
    fn now(&self) -> String {
        let role = self.name();
        match (&self.listed, self.entry) {
            (Listed::Well(_), _) => {
                format!("aws-auth lists role {role} now; it may lack permissions.")
            }
            _ if self.has_good_entry() => {
                format!("Role {role} has an access entry now; it may lack permissions.")
            }
            (Listed::Wrongly(..), _) => {
                format!("aws-auth names role {role}, but not as it should.")
            }
            (Listed::Broken(_), _) => {
                "aws-auth cannot be understood (see the evidence).".to_owned()
            }
            (_, Some(AccessEntry::Present(kind))) => {
                format!("The access entry of role {role} is of type {kind}.")
            }
            (Listed::No, Some(AccessEntry::Absent)) => {
                format!("Neither aws-auth nor an access entry names role {role}.")
            }
            (Listed::No, None) => format!("aws-auth does not name role {role}."),
            (Listed::NoMap, Some(AccessEntry::Absent)) => {
                format!("There is no aws-auth, and no access entry for role {role}.")
            }
            (Listed::NoMap, None) if self.by_map_alone => "There is no aws-auth.".to_owned(),
            (Listed::Unknown, Some(AccessEntry::Absent)) => {
                format!("Role {role} has no access entry; aws-auth was not read.")
            }
            (Listed::Unknown | Listed::NoMap, _) => {
                "Likely still so: what lets the role in was not read.".to_owned()
            }
        }
    }

    fn must_drop_its_path(&self) -> bool {
        let in_map = matches!(&self.listed, Listed::Wrongly(entry, _) if has_path(&entry.role_arn));
        in_map || has_path(self.role)
    }

    /// What to do where nobody complained.
    fn mend(&self) -> String {
        let map = format!(
            "{}username {USERNAME}, groups {}",
            match self.must_drop_its_path() {
                true => format!("rolearn {}, ", without_path(self.role)),
                false => String::new(),
            },
            GROUPS.join(", ")
        );
        let others = "Leave the entries of others as they are.";
        match (&self.listed, self.entry) {
            (Listed::Broken(_), _) => {
                "Mend data.mapRoles of the aws-auth ConfigMap: a list of rolearn, username and groups, in YAML.".to_owned()
            }
            _ if self.by_map_alone => {
                format!("Write the role's entry in aws-auth as it should be ({map}). {others}")
            }
            (Listed::Wrongly(..), _) => format!(
                "Complete the role's entry in aws-auth ({map}), or give it an access entry of type {ENTRY_TYPE}. {others}"
            ),
            (_, Some(AccessEntry::Present(_))) => format!(
                "An entry's type cannot be changed. If nobody else uses this one, delete it and create one of type \
                 {ENTRY_TYPE}; else create a profile with a role of its own."
            ),
            (_, None) => format!(
                "See whether the role has an access entry of type {ENTRY_TYPE}; if it has none, add one, or its entry in \
                 aws-auth ({map}). {others}"
            ),
            (_, Some(AccessEntry::Absent)) => format!(
                "Add an access entry of type {ENTRY_TYPE} for the role, or its entry in aws-auth ({map}). {others}"
            ),
        }
    }
}

/// What is to be said where nobody complained; `None` where something lets the role in, or too little was read to tell.
fn silence(profile: &FargateProfile, standing: &Standing<'_>) -> Option<String> {
    if standing.is_let_in() {
        return None;
    }
    let role = standing.name();
    let of_profile = format!("role {role} of profile {}", profile.name);
    let cannot_join = "likely its nodes cannot join the cluster";
    Some(match (&standing.listed, standing.entry) {
        (Listed::Broken(problem), _) => format!(
            "aws-auth cannot be understood: {problem}. Whomever it should let in may be kept out, {of_profile} too."
        ),
        (Listed::Wrongly(entry, missing), access) => {
            let beside = match access {
                Some(AccessEntry::Absent) => " It has no access entry.".to_owned(),
                Some(AccessEntry::Present(kind)) => format!(" Its access entry is of type {kind}."),
                None => String::new(),
            };
            match has_path(&entry.role_arn) {
                true => format!(
                    "aws-auth names {}; there the ARN must stand without its path: {}. Its nodes may be kept out.{beside}",
                    entry.role_arn,
                    without_path(&entry.role_arn)
                ),
                false => format!(
                    "aws-auth names role {role} without {}, so its nodes may be kept out.{beside}",
                    phrases::list(missing)
                ),
            }
        }
        (Listed::NoMap, None) if standing.by_map_alone => format!(
            "There is no aws-auth, and this cluster goes by it alone: {of_profile} is not let in, {cannot_join}."
        ),
        (Listed::No, None) if standing.by_map_alone => format!(
            "aws-auth does not name {of_profile}, and this cluster goes by it alone: {cannot_join}."
        ),
        (Listed::Unknown, None | Some(AccessEntry::Absent)) | (Listed::NoMap, None) => return None,
        (_, Some(AccessEntry::Present(kind))) => format!(
            "The access entry of {of_profile} is of type {kind}; nodes on Fargate join by one of type {ENTRY_TYPE}."
        ),
        (Listed::NoMap, Some(AccessEntry::Absent)) => {
            format!("There is no aws-auth and no access entry for {of_profile}: {cannot_join}.")
        }
        (_, Some(AccessEntry::Absent)) => {
            format!("Neither aws-auth nor an access entry names {of_profile}: {cannot_join}.")
        }
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
        assert_eq!(what_is_missing_in(&with_path), ["an ARN without its path"]);
        // A second entry that is right lets the role in.
        assert_eq!(listed(&[node, good.clone()], ROLE), Listed::Well(&good));
        assert_eq!(listed(&[], ROLE), Listed::No);
    }
}
