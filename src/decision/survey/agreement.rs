//! Our matching, compared with the labels that EKS wrote: how a reader learns whether to trust us on their own cluster.

use jiff::Timestamp;

use crate::decision::facts::Labels;
use crate::decision::facts::pod::PROFILE_LABEL;
use crate::decision::facts::{FargateProfile, Fit, ProfileKnowledge, ProfileStatus, Profiles};
use crate::decision::placement::case::GRACE_SECONDS;
use crate::decision::placement::matching::{Match, matching_profiles, order_is_ambiguous};
use crate::decision::placement::{PlacementKind, PodCase};

/// How the pods on Fargate compare.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgreementSight {
    /// How many could be compared.
    pub checked: usize,
    /// For how many the prediction is the label.
    pub agreed: usize,
    /// How many could not be compared.
    pub unchecked: usize,
    /// The others, by namespace, then name.
    pub disagreements: Vec<LabelDisagreement>,
}

/// A pod whose label is not what we predict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelDisagreement {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The profile that its label names.
    pub label: String,
    /// The profile that we predict; `None` where that is none.
    pub predicted: Option<String>,
    /// Why they differ, one sentence.
    pub why: String,
    /// Whether what happened since explains it.
    pub explained: bool,
}

impl AgreementSight {
    /// Compares one pod and counts it, where it is on Fargate by a claim.
    pub(super) fn add(&mut self, case: &PodCase<'_>) {
        let Some(label) = case.pod.profile_label() else {
            return;
        };
        if !case.pod.is_claimed() || case.placement_kind() != Some(PlacementKind::Fargate) {
            return;
        }
        let comparison = Comparison::of(case, label);
        let Some(predicted) = comparison.predicted() else {
            self.unchecked += 1;
            return;
        };
        self.checked += 1;
        let predicted = predicted.map(|profile| profile.name.clone());
        if predicted.as_deref() == Some(label) {
            self.agreed += 1;
            return;
        }
        let (why, explained) = comparison.why(predicted.as_deref());
        self.disagreements.push(LabelDisagreement {
            namespace: case.pod.namespace.to_string(),
            name: case.pod.name.clone(),
            label: label.to_owned(),
            predicted,
            why,
            explained,
        });
    }

    /// Puts the disagreements in order.
    pub(super) fn sort(&mut self) {
        self.disagreements
            .sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
    }

    /// How many disagreements nothing explains.
    pub fn unexplained(&self) -> usize {
        let all = self.disagreements.iter();
        all.filter(|one| !one.explained).count()
    }
}

/// A pod on Fargate and what its label is compared with.
struct Comparison<'c, 'a> {
    case: &'c PodCase<'a>,
    label: &'c str,
    /// Its labels as the webhook saw them: what a claim wrote is not among them, unless the template has it.
    labels: Labels,
    /// The profile that the template names, where it carries the label itself.
    chosen: Option<String>,
}

impl<'c, 'a> Comparison<'c, 'a> {
    fn of(case: &'c PodCase<'a>, label: &'c str) -> Self {
        let template = case.chain.made_from.or_else(|| {
            let maker = case.chain.maker()?;
            Some(&maker.template)
        });
        let chosen =
            template.and_then(|template| template.labels.get(PROFILE_LABEL).map(str::to_owned));
        let mut labels = case.pod.labels.clone();
        if chosen.is_none() {
            labels.remove(PROFILE_LABEL);
        }
        Self {
            case,
            label,
            labels,
            chosen,
        }
    }

    fn profiles(&self) -> &'a Profiles {
        &self.case.snapshot.profiles
    }

    fn active_matches(&self, labels: &Labels) -> Vec<Match<'a>> {
        let mut matches = matching_profiles(self.profiles(), &self.case.pod.namespace, labels);
        matches.retain(|found| found.profile.is_active());
        matches
    }

    /// The profile that our matching picks: the outer `None` where that cannot be told.
    fn predicted(&self) -> Option<Option<&'a FargateProfile>> {
        let profiles = self.profiles();
        let is_whole = matches!(
            profiles.knowledge,
            ProfileKnowledge::Complete | ProfileKnowledge::FromFiles
        );
        let may_be_the_labelled = profiles.find(self.label).is_none() && profiles.has_nameless();
        if !is_whole || may_be_the_labelled {
            return None;
        }
        let namespace = &self.case.pod.namespace;
        if let Some(chosen) = self.chosen.as_deref().and_then(|name| profiles.find(name))
            && chosen.is_active()
        {
            match chosen.fit(namespace, &self.labels) {
                Fit::Matches(_) => return Some(Some(chosen)),
                Fit::Unknown => return None,
                Fit::Misses => {}
            }
        }
        let matches = self.active_matches(&self.labels);
        if self.chosen.is_some() && !matches.is_empty() {
            // What EKS does where a template names a profile that does not match, and another does, is not documented.
            return None;
        }
        let winner = matches.first().map(|found| found.profile);
        let is_nameless = |found: &Match<'_>| !found.profile.name_is_known;
        if matches.iter().any(is_nameless) {
            return None;
        }
        // A profile of which it cannot be told may be the one, unless it comes after the winner.
        let mut others = profiles.list.iter().filter(|profile| profile.is_active());
        let may_come_first = others.any(|profile| {
            (!profile.name_is_known || winner.is_none_or(|winner| profile.name < winner.name))
                && profile.fit(namespace, &self.labels) == Fit::Unknown
        });
        (!may_come_first).then_some(winner)
    }

    /// Why they differ, and whether that explains it: what is sure first.
    fn why(&self, predicted: Option<&str>) -> (String, bool) {
        let profiles = self.profiles();
        let label = self.label;
        let created = self.case.pod.created_at;
        let Some(labelled) = profiles.find(label) else {
            return match profiles.knowledge {
                ProfileKnowledge::FromFiles => (
                    format!(
                        "profile {label} is not among those given: it was deleted since, or its file is missing"
                    ),
                    true,
                ),
                _ => (
                    format!("profile {label} no longer exists; it was deleted since"),
                    true,
                ),
            };
        };
        if !labelled.is_active() {
            let status = labelled.status.as_ref().map_or("", ProfileStatus::as_str);
            return (
                format!("profile {label} takes part no more: its status is {status}"),
                true,
            );
        }
        if is_younger(labelled, created) {
            return (
                format!("profile {label} was made anew after the pod was created"),
                true,
            );
        }
        if let Some(sentence) = self.others_are_younger(labelled, predicted) {
            return (sentence, true);
        }
        if let Some(sentence) = self.labels_changed(labelled) {
            return (sentence, true);
        }
        let matches = self.active_matches(&self.labels);
        let without_case = matches
            .iter()
            .min_by_key(|found| found.profile.name.to_lowercase());
        if order_is_ambiguous(&matches)
            && without_case.is_some_and(|found| found.profile.name == label)
        {
            return (
                "both match, and how EKS sorts capital letters in names is not documented; it seems to sort them like small ones"
                    .to_owned(),
                true,
            );
        }
        if let Some(sentence) = self.others_may_be_younger(labelled) {
            return (sentence, true);
        }
        let both_match = matches.iter().any(|found| found.profile.name == label);
        if both_match && created.is_some_and(is_before_name_order) {
            return (
                "both match, and before 2022 EKS chose among several at random".to_owned(),
                true,
            );
        }
        if both_match && self.case.chain.workloads.is_empty() {
            return (
                "both match; whether the label was chosen by hand cannot be told without the pod's owner".to_owned(),
                false,
            );
        }
        if self.rests_on_an_assumption(&matches) {
            return (
                "not known; a selector's value was taken from a default, which may not be what is in use".to_owned(),
                false,
            );
        }
        (
            "not known; our matching may be wrong here".to_owned(),
            false,
        )
    }

    /// Where, of the profiles that were usable when the pod was created, the labelled one comes first, or may.
    fn others_are_younger(
        &self,
        labelled: &FargateProfile,
        predicted: Option<&str>,
    ) -> Option<String> {
        let created = self.case.pod.created_at?;
        let predicted = self.profiles().find(predicted?)?;
        let matches = self.active_matches(&self.labels);
        let mut earlier = matches
            .iter()
            .map(|found| found.profile)
            .take_while(|profile| profile.name != labelled.name);
        let may_match = labelled.fit(&self.case.pod.namespace, &self.labels) != Fit::Misses;
        let name = &predicted.name;
        (may_match && earlier.all(|profile| was_unusable_at(profile, created))).then(|| {
            if is_younger(predicted, Some(created)) {
                format!("profile {name} was created after the pod")
            } else {
                format!(
                    "profile {name} was created minutes before the pod, and likely not usable yet"
                )
            }
        })
    }

    /// Where it is not told of an earlier profile when it was created: it may be younger than the pod.
    fn others_may_be_younger(&self, labelled: &FargateProfile) -> Option<String> {
        let created = self.case.pod.created_at?;
        let matches = self.active_matches(&self.labels);
        let is_among = matches
            .iter()
            .any(|found| found.profile.name == labelled.name);
        let usable: Vec<&FargateProfile> = matches
            .iter()
            .map(|found| found.profile)
            .take_while(|profile| profile.name != labelled.name)
            .filter(|profile| !was_unusable_at(profile, created))
            .collect();
        let first = usable.first()?;
        let is_told = |profile: &&FargateProfile| profile.created_at.is_some();
        (is_among && !usable.iter().any(is_told)).then(|| {
            format!(
                "it is not told when profile {} was created; likely after the pod",
                first.name
            )
        })
    }

    /// Where the pod's labels are not those that it was claimed with, as far as can be told.
    fn labels_changed(&self, labelled: &FargateProfile) -> Option<String> {
        let namespace = &self.case.pod.namespace;
        let misses_now = labelled.fit(namespace, &self.labels) == Fit::Misses;
        let Some(made_from) = self.case.made_from_labels() else {
            return misses_now.then(|| {
                format!(
                    "no selector of profile {} matches the labels that the pod has now; they seem to have been changed since",
                    self.label
                )
            });
        };
        let first_by_template = self.active_matches(&made_from);
        let first_by_template = first_by_template.first().map(|found| &found.profile.name);
        (first_by_template.is_some_and(|name| name == self.label)).then(|| {
            "the pod's labels differ from those of the template that it was made from; they were changed since".to_owned()
        })
    }

    fn rests_on_an_assumption(&self, matches: &[Match<'_>]) -> bool {
        matches.iter().any(|found| {
            let selectors = found.profile.selectors.iter().flatten();
            !found.profile.gaps.is_empty() || selectors.clone().any(|one| one.is_assumed())
        })
    }
}

/// Whether the profile's creation began after that.
fn is_younger(profile: &FargateProfile, than: Option<Timestamp>) -> bool {
    let times = profile.created_at.zip(than);
    times.is_some_and(|(profile, pod)| profile.as_second() > pod.as_second())
}

/// Whether its creation began after that, or so shortly before that it may not have been ACTIVE.
fn was_unusable_at(profile: &FargateProfile, time: Timestamp) -> bool {
    profile.created_at.is_some_and(|created| {
        created.as_second().saturating_add(GRACE_SECONDS) >= time.as_second()
    })
}

/// Whether that was before EKS chose by name. Source: the EKS User Guide has the rule since wildcards came, in 2022; older AWS
/// texts speak of a random choice.
fn is_before_name_order(time: Timestamp) -> bool {
    const BEGIN_OF_2022: i64 = 1_640_995_200;
    time.as_second() < BEGIN_OF_2022
}
