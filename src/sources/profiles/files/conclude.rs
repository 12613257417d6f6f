//! What all the files come to: whose profiles count, how far the list can be trusted, and what would help where it cannot.

use jiff::Timestamp;

use super::{ProfileCollector, joined, left_out, the_file};
use crate::decision::facts::{
    ClusterIdentity, FargateProfile, ProfileKnowledge, ProfileOrigin, Profiles, SourceNote,
    SourceStatus,
};
use crate::sources::profiles::bounds::MOST;
use crate::sources::profiles::choose::{Choice, choose, contradicts, named_by_all, words};
use crate::sources::profiles::compare::{given_twice, settle};
use crate::sources::profiles::{Found, KnownCluster, ProfilesRead, WHAT, removals};

/// What helps where no profiles could be had from files.
const HOW_TO_GIVE: &str = "Give them with --profiles FILE, where FILE is what `aws eks describe-fargate-profile` \
     prints for each name of `aws eks list-fargate-profiles`.";

impl ProfileCollector {
    /// Judges what was collected.
    pub(in crate::sources) fn finish(mut self, known: &KnownCluster) -> ProfilesRead {
        let newest = |found: &[Found]| -> Option<Timestamp> {
            found
                .iter()
                .filter_map(|found| found.profile.created_at)
                .max()
        };
        self.is_incomplete |= self.left_over > 0;
        let were_found = self.found.len();
        let mut found = std::mem::take(&mut self.found);
        self.removals
            .retain(|(_, removal)| !contradicts(&removal.home, known));
        let removed = removals::apply(&self.removals, &mut found);
        let mut choice = choose(found, &self.called, known);
        self.names.retain(|(_, _, home)| {
            let is_ours = !contradicts(home, known) && !contradicts(home, &choice.cluster);
            if !is_ours {
                *choice.left_out.entry(words(home)).or_default() += 1;
            }
            is_ours
        });
        let mut remarks = left_out(&choice);
        remarks.extend(removed.remarks.iter().cloned());
        let (ours, mut disagreements) = settle(std::mem::take(&mut choice.ours));
        disagreements.extend(removed.disagreements);
        let given_twice = given_twice(&ours);
        remarks.extend(given_twice.iter().cloned());
        remarks.append(&mut self.remarks);
        let mut list: Vec<FargateProfile> =
            ours.iter().map(|found| found.profile.clone()).collect();
        if choice.undecided.is_empty() {
            for (name, place, _) in &self.names {
                if !list.iter().any(|profile| profile.name == *name) {
                    list.push(FargateProfile::named(
                        name,
                        ProfileOrigin::File(place.clone()),
                    ));
                }
            }
        }
        let knowledge = if list.is_empty() {
            let is_none = self.says_none && were_found == 0 && !self.is_incomplete;
            if is_none {
                ProfileKnowledge::Complete
            } else if removed.took_any && choice.undecided.is_empty() && !self.is_incomplete {
                ProfileKnowledge::FromFiles
            } else {
                ProfileKnowledge::Unread
            }
        } else if self.is_incomplete || self.goes_on {
            ProfileKnowledge::Partial
        } else {
            ProfileKnowledge::FromFiles
        };
        let mut profiles = Profiles::new(list, knowledge);
        let (problem, remedy) = self.problem(&choice, &profiles, known);
        profiles.problem = problem;
        profiles.given_twice = joined(&given_twice);
        profiles.disagreements = disagreements;
        profiles.remedy = remedy;
        if profiles.knowledge != ProfileKnowledge::Unread {
            if !self.without.is_empty() {
                remarks.push(passed_over(&self.without));
            }
            remarks.extend(unread_sources(&self.unread_sources));
        }
        let is_read = profiles.are_read();
        let cluster = if choice.cluster == KnownCluster::default() && choice.undecided.is_empty() {
            named_by_all(&self.homes, known)
        } else {
            choice.cluster
        };
        let note = SourceNote {
            what: WHAT.to_owned(),
            namespace: None,
            status: match profiles.knowledge {
                ProfileKnowledge::Complete | ProfileKnowledge::FromFiles => SourceStatus::Read,
                ProfileKnowledge::Partial => SourceStatus::Partial,
                ProfileKnowledge::Unread => SourceStatus::NotGiven,
            },
            count: is_read.then_some(profiles.list.len() as u64),
            detail: match profiles.knowledge {
                ProfileKnowledge::Complete | ProfileKnowledge::FromFiles => joined(&remarks),
                ProfileKnowledge::Partial => {
                    remarks.splice(0..0, profiles.problem.clone());
                    joined(&remarks)
                }
                ProfileKnowledge::Unread => profiles.problem.clone(),
            },
        };
        self.notes.insert(0, note);
        ProfilesRead {
            profiles,
            notes: self.notes,
            newest: newest(&ours),
            cluster: ClusterIdentity {
                name: cluster.name,
                region: cluster.region,
            },
        }
    }

    /// What keeps the list from being whole, and what would help.
    fn problem(
        &self,
        choice: &Choice,
        profiles: &Profiles,
        known: &KnownCluster,
    ) -> (Option<String>, Option<String>) {
        let first_note = || {
            let note = self.notes.first()?;
            let detail = note.detail.as_deref()?;
            Some(format!(
                "{} could not be read in full: {detail}",
                the_file(&note.what)
            ))
        };
        match profiles.knowledge {
            ProfileKnowledge::Complete => (None, None),
            ProfileKnowledge::FromFiles => {
                let unseen = profiles
                    .list
                    .iter()
                    .find(|profile| profile.selectors.is_none());
                match unseen {
                    None => (None, None),
                    Some(profile) => (
                        Some(format!(
                            "of profile {} only the name was given",
                            profile.name
                        )),
                        Some(
                            "Give the output of `aws eks describe-fargate-profile` for it too."
                                .to_owned(),
                        ),
                    ),
                }
            }
            ProfileKnowledge::Partial if self.goes_on && !self.is_incomplete => (
                Some("the list of profile names goes on beyond what was given".to_owned()),
                Some("Give all pages of `aws eks list-fargate-profiles`.".to_owned()),
            ),
            ProfileKnowledge::Partial if self.left_over > 0 => (
                Some(format!(
                    "{} profiles more were given than the {MOST} that are kept",
                    self.left_over
                )),
                Some("Give the profiles of one cluster only.".to_owned()),
            ),
            ProfileKnowledge::Partial => (
                first_note(),
                Some("Mend or leave out what could not be read.".to_owned()),
            ),
            ProfileKnowledge::Unread if !choice.undecided.is_empty() => {
                let names: Vec<_> = choice.undecided.iter().map(words).collect();
                let by_name = choice.undecided.windows(2).any(|pair| {
                    pair[0].name != pair[1].name || pair[0].reference != pair[1].reference
                });
                let by_region = choice
                    .undecided
                    .windows(2)
                    .any(|pair| pair[0].region != pair[1].region);
                let remedy = match (by_name, by_region) {
                    (true, true) => "Say which cluster is meant with --cluster-name and --region.",
                    (true, false) => "Say which cluster is meant with --cluster-name.",
                    (false, true) => "Say which cluster is meant with --region.",
                    (false, false) => "Give the profiles of one account only.",
                };
                (
                    Some(format!(
                        "the profiles given are those of {} clusters ({}), and nothing tells which is meant",
                        names.len(),
                        names.join("; ")
                    )),
                    Some(remedy.to_owned()),
                )
            }
            ProfileKnowledge::Unread if !choice.left_out.is_empty() => {
                let homes: Vec<_> = choice.left_out.keys().cloned().collect();
                (
                    Some(format!(
                        "the profiles given are those of {}, not of {}",
                        homes.join("; "),
                        words(known)
                    )),
                    Some(format!("Give the profiles of {}.", words(known))),
                )
            }
            ProfileKnowledge::Unread => {
                let by_plan = || {
                    let (_, removal) = self.removals.first()?;
                    Some(format!(
                        "{} deletes profile {}, and no other profile was given",
                        removal.by, removal.profile
                    ))
                };
                let of_terraform = unread_sources(&self.unread_sources);
                let remedy = match &of_terraform {
                    Some(_) => "Give what `terraform show -json` prints of the plan or the state.",
                    None => HOW_TO_GIVE,
                };
                let problem = first_note().or_else(by_plan).or(of_terraform).or_else(|| match self.without.as_slice() {
                    [] => Some("no Fargate profiles were given".to_owned()),
                    [one] => Some(format!("{} holds no Fargate profile, which does not prove that there are none", the_file(one))),
                    [one, more @ ..] => Some(format!(
                        "{} and {} more hold no Fargate profile, which does not prove that there are none",
                        the_file(one),
                        more.len()
                    )),
                });
                (problem, Some(remedy.to_owned()))
            }
        }
    }
}

/// What is said of files in Terraform's language; `None` where there are none.
fn unread_sources(files: &[String]) -> Option<String> {
    match files {
        [] => None,
        [one] => Some(format!(
            "{} is Terraform source, which is not read",
            the_file(one)
        )),
        [one, more @ ..] => Some(format!(
            "{} and {} more are Terraform source, which is not read",
            the_file(one),
            more.len()
        )),
    }
}

fn passed_over(files: &[String]) -> String {
    match files {
        [one] => format!("1 file without profiles was passed over ({one})"),
        [one, ..] => format!(
            "{} files without profiles were passed over ({one} and others)",
            files.len()
        ),
        [] => String::new(),
    }
}
