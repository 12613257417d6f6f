//! One pod (or template), with all that the rules look at: they see a case and nothing else.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use super::cluster::Cluster;
use super::creation::{CreationFailure, creation_failure};
use super::doubt::{Hole, assumptions, is_sure};
use super::expected::{ExpectedQuestion, WebhookSight, expected};
use super::matcher::{Fits, NearMisses};
use super::matching::Match;
use super::observed::{NodeSight, placement_of};
use super::owners::OwnerChain;
use super::recreated::Recreated;
use super::refusal::{Blocker, RefusalQuestion, blockers, told, told_again};
use super::words::{Word, Words};
use super::{Expected, Placement, PlacementKind};
use crate::decision::facts::pod::PROFILE_LABEL;
use crate::decision::facts::{
    ClusterSnapshot, FargateProfile, Labels, ObjectRef, Pod, PodPhase, Shared, Workload,
    WorkloadKind,
};

/// A new pod on Fargate takes a minute or two; up to this age its waiting is normal. The same span is granted to a
/// profile between the beginning of its creation and the moment when it is ACTIVE.
pub const GRACE_SECONDS: i64 = 300;

/// How many near misses a verdict keeps.
pub const NEAR_MISSES_KEPT: usize = 5;

/// One pod, and everything that its verdict depends on.
pub struct PodCase<'a> {
    /// The cluster.
    pub snapshot: &'a ClusterSnapshot,
    /// What the cases of the cluster share.
    pub cluster: Arc<Cluster<'a>>,
    /// The pod; for a template, the pod that it would make.
    pub pod: Cow<'a, Pod>,
    /// The workload, where the case is its template.
    pub template_of: Option<&'a Workload>,
    /// The pod (or workload) as an object.
    pub object: ObjectRef,
    /// Its owners.
    pub chain: OwnerChain<'a>,
    /// What its node is, where it is on one.
    pub node: Option<Arc<NodeSight>>,
    /// Where it is; `None` for templates.
    pub placement: Option<Placement>,
    /// What was said about it.
    pub words: Words,
    /// The pod as it would be if it were created again.
    pub recreated: Recreated,
    /// The profiles that match its own labels, restricted to the one that a label not written by a claim names.
    pub matches: Vec<Match<'a>>,
    /// The profiles that match its own labels, whatever such a label says.
    pub unrestricted_matches: Vec<Match<'a>>,
    /// How each profile fits its own labels.
    pub fits: Fits,
    /// How each profile fits the labels that it would have if it were created again.
    pub fits_again: Fits,
    /// What Fargate refuses in its own spec.
    pub blockers: Vec<Blocker>,
    /// What Fargate's words name in its own spec, though by what is documented Fargate would take it.
    pub told: Vec<Blocker>,
    /// What Fargate would refuse if it were created again.
    pub recreated_blockers: Vec<Blocker>,
    /// What would happen if it were created again.
    pub expected: Expected,
    /// What is known of Fargate's webhook.
    pub webhook: WebhookSight<'a>,
    /// Why the workload of a template has no pods, where its controller says so.
    pub creation_failure: Option<CreationFailure>,
    labelled_profile: Option<&'a FargateProfile>,
    can_show_absence: bool,
    near_misses: OnceLock<NearMisses<'a>>,
}

impl<'a> PodCase<'a> {
    /// The case of a pod.
    pub fn of_pod(cluster: &Arc<Cluster<'a>>, pod: &'a Pod) -> Self {
        let chain = OwnerChain::of_pod(cluster.snapshot, pod);
        let recreated = Recreated::of_pod(pod, &chain);
        let object = ObjectRef::namespaced("pod", &pod.namespace, &pod.name);
        Self::build(cluster, Cow::Borrowed(pod), None, object, chain, recreated)
    }

    /// The case of a workload's template.
    pub fn of_template(cluster: &Arc<Cluster<'a>>, workload: &'a Workload) -> Self {
        let chain = OwnerChain::of_workload(cluster.snapshot, workload);
        let maker = chain.maker().unwrap_or(workload);
        let recreated = Recreated::of_template(workload, maker);
        let object =
            ObjectRef::namespaced(workload.kind.as_str(), &workload.namespace, &workload.name);
        let pod = Pod {
            namespace: workload.namespace.clone(),
            name: workload.name.clone(),
            uid: String::new(),
            labels: recreated.labels.clone(),
            annotations: recreated.annotations.clone(),
            owners: Shared::default(),
            created_at: None,
            deleted_at: None,
            node_name_by_creator: false,
            spec: recreated.spec.clone(),
            node_name: recreated.spec.node_name.as_deref().map(Arc::from),
            phase: PodPhase::Unknown,
            status_reason: None,
            status_message: None,
            conditions: Shared::default(),
            containers: Shared::default(),
        };
        Self::build(
            cluster,
            Cow::Owned(pod),
            Some(workload),
            object,
            chain,
            recreated,
        )
    }

    fn build(
        cluster: &Arc<Cluster<'a>>,
        pod: Cow<'a, Pod>,
        template_of: Option<&'a Workload>,
        object: ObjectRef,
        chain: OwnerChain<'a>,
        recreated: Recreated,
    ) -> Self {
        let snapshot = cluster.snapshot;
        let is_template = template_of.is_some();
        let words = if is_template {
            Words::default()
        } else {
            Words::about(snapshot, &pod, &object)
        };
        let node_name = pod.node_name.as_deref().filter(|_| !is_template);
        let node = node_name.map(|name| cluster.sight_of_node(name));
        let refused = words.kubelet.iter().any(|word| word.place == "event");
        let placement = (!is_template).then(|| placement_of(&pod, node.as_deref(), refused));
        let runs_on_fargate = pod.is_claimed()
            && placement
                .as_ref()
                .is_some_and(|placement| placement.kind == PlacementKind::Fargate);

        let matcher = &cluster.matcher;
        let fits = matcher.fits(&pod.namespace, &pod.labels);
        let fits_again = match recreated.labels == pod.labels {
            true => fits.clone(),
            false => matcher.fits(&pod.namespace, &recreated.labels),
        };
        let unrestricted = fits.matches(&snapshot.profiles);
        let mut matches = unrestricted.clone();
        if !pod.is_claimed()
            && let Some(name) = pod.profile_label()
        {
            matches.retain(|found| found.profile.name == name);
        }
        let question = RefusalQuestion {
            snapshot,
            namespace: &pod.namespace,
            object: &object,
            runs_with: runs_on_fargate.then_some(&pod.spec),
            claim_templates: &[],
        };
        let own_blockers = blockers(&pod.spec, question);
        let maker = chain
            .maker()
            .map(|maker| ObjectRef::namespaced(maker.kind.as_str(), &maker.namespace, &maker.name));
        let recreated_object = maker.as_ref().unwrap_or(&object);
        let recreated_question = RefusalQuestion {
            object: recreated_object,
            claim_templates: chain
                .maker()
                .map_or(&[][..], |maker| maker.claim_templates.as_slice()),
            ..question
        };
        let mut recreated_blockers = blockers(&recreated.spec, recreated_question);
        let said = words_of_fargate(&pod, placement.as_ref(), &words);
        let told_of_pod = told(&pod.spec, said, &own_blockers, question);
        recreated_blockers.extend(told_again(
            &recreated.spec,
            said,
            &recreated_blockers,
            &told_of_pod,
            recreated_question,
        ));
        recreated_blockers.sort_by_key(|blocker| blocker.reason);
        if let Some(maker) = chain.maker() {
            let mut in_template = blockers(&maker.template.spec, recreated_question);
            in_template.extend(told(
                &maker.template.spec,
                said,
                &in_template,
                recreated_question,
            ));
            for blocker in &mut recreated_blockers {
                if blocker.evidence.object != *recreated_object {
                    continue;
                }
                let stands_there = in_template
                    .iter()
                    .any(|other| other.reason == blocker.reason && other.what == blocker.what);
                if stands_there || is_template {
                    let path = maker.template_path();
                    blocker.evidence.field = format!("{path}.{}", blocker.evidence.field);
                } else {
                    // Admission added it to the pod, and will again.
                    blocker.evidence.object = object.clone();
                }
            }
        }
        let is_rejected = placement
            .as_ref()
            .is_some_and(|placement| placement.kind == PlacementKind::Rejected);
        let has_unknown_refusal = pod.is_claimed()
            && (said.iter().any(|word| word.has_unknown_words)
                // A kubelet that names nothing which the pod's spec has refused it all the same.
                || is_rejected && !said.iter().any(Word::names_refusal));
        let expected = expected(&ExpectedQuestion {
            cluster,
            namespace: &pod.namespace,
            recreated: &recreated,
            fits: &fits_again,
            blockers: &recreated_blockers,
            is_daemon_set: chain.is_daemon_set(),
            is_static: pod.is_static(),
            has_unknown_refusal,
        });
        let profiles = &snapshot.profiles;
        let label = pod.profile_label();
        let can_show_absence = match label.filter(|_| !pod.is_claimed()) {
            Some(name) => profiles.can_show_absence_of(name, &pod.namespace, &pod.labels),
            None => profiles.is_whole() && fits.are_all_known(),
        };
        Self {
            snapshot,
            cluster: Arc::clone(cluster),
            labelled_profile: label.and_then(|name| profiles.find(name)),
            can_show_absence,
            near_misses: OnceLock::new(),
            pod,
            template_of,
            object,
            chain,
            node,
            placement,
            words,
            recreated,
            matches,
            unrestricted_matches: unrestricted,
            fits,
            fits_again,
            blockers: own_blockers,
            told: told_of_pod,
            recreated_blockers,
            expected,
            webhook: cluster.webhook,
            creation_failure: template_of.and_then(|workload| creation_failure(cluster, workload)),
        }
    }

    /// What Fargate itself said about a pod that it claimed: its scheduler, or the kubelet that refused it.
    pub fn words_of_fargate(&self) -> &[Word] {
        words_of_fargate(&self.pod, self.placement.as_ref(), &self.words)
    }

    /// Whether "no profile matches it" can be concluded from what was read of the profiles.
    pub fn can_show_absence(&self) -> bool {
        self.can_show_absence
    }

    /// The near misses of its own labels.
    pub fn near_misses(&self) -> &NearMisses<'a> {
        self.near_misses.get_or_init(|| {
            let owners = &self.chain.workloads;
            let matcher = &self.cluster.matcher;
            matcher.near_misses(
                &self.pod.namespace,
                &self.pod.labels,
                owners,
                NEAR_MISSES_KEPT,
            )
        })
    }

    /// The ACTIVE profiles of which it cannot be told whether they match the pod's own labels, and which count.
    pub fn unsettled_profiles(&self) -> impl Iterator<Item = &'a FargateProfile> {
        let claimed = self.pod.is_claimed();
        self.fits
            .unknown(&self.snapshot.profiles)
            .filter(move |profile| {
                let is_meant = match self.pod.profile_label() {
                    Some(name) => profile.name == name || !claimed && !profile.name_is_known,
                    None => true,
                };
                is_meant && profile.is_active()
            })
    }

    /// The values that were taken for unknown ones, and on which it rests which profiles match the pod's own labels, or whether
    /// the one matches that its label names.
    pub fn assumptions(&self) -> Vec<Hole<'a>> {
        let name = self.pod.profile_label();
        let list = self.cluster.matcher.with_gaps();
        list.map(|(_, profile)| profile)
            .filter(|profile| name.is_none_or(|name| profile.name == name))
            .flat_map(|profile| assumptions(profile, &self.pod.namespace, &self.pod.labels))
            .collect()
    }

    /// Whether a matching ACTIVE profile matches whatever stands where a value was assumed.
    pub fn has_sure_match(&self) -> bool {
        self.active_matches()
            .any(|found| is_sure(found.profile, &self.pod.namespace, &self.pod.labels))
    }

    /// Whether the case is a workload's template, not a pod.
    pub fn is_template(&self) -> bool {
        self.template_of.is_some()
    }

    /// Where the pod is; `None` for templates.
    pub fn placement_kind(&self) -> Option<PlacementKind> {
        self.placement.as_ref().map(|placement| placement.kind)
    }

    /// Whether it is on a node.
    pub fn is_bound(&self) -> bool {
        self.node.is_some()
    }

    /// Whether it is a pod without a node that still wants one.
    pub fn is_waiting(&self) -> bool {
        !self.is_template()
            && !self.is_bound()
            && !self.pod.is_finished()
            && !self.pod.is_terminating()
    }

    /// Whether its node is a Fargate node.
    pub fn is_on_fargate(&self) -> bool {
        self.node.as_deref().is_some_and(NodeSight::is_fargate)
    }

    /// Its age in seconds, where its creation time is known.
    pub fn age_seconds(&self) -> Option<i64> {
        let created = self.pod.created_at?;
        Some(
            self.snapshot
                .taken_at
                .as_second()
                .saturating_sub(created.as_second())
                .max(0),
        )
    }

    /// The ACTIVE profiles among those that match.
    pub fn active_matches(&self) -> impl Iterator<Item = &Match<'a>> {
        self.matches
            .iter()
            .filter(|found| found.profile.is_active())
    }

    /// The profile that its label names, where that profile is known.
    pub fn labelled_profile(&self) -> Option<&'a FargateProfile> {
        self.labelled_profile
    }

    /// Its owner, the top-most one that was seen, or the pod itself.
    pub fn workload_object(&self) -> ObjectRef {
        match &self.chain.top {
            Some(owner) => owner.object(&self.pod.namespace),
            None => self.object.clone(),
        }
    }

    /// Its owner as people write it, `deployment/web`.
    pub fn workload_object_in_words(&self) -> String {
        let object = self.workload_object();
        format!("{}/{}", object.kind, object.name)
    }

    /// A profile as an object.
    pub fn profile_object(name: &str) -> ObjectRef {
        ObjectRef::cluster_wide("fargateprofile", name)
    }

    /// The labels of the template that the pod was made from, as a new pod's labels would be, where that is known.
    pub fn made_from_labels(&self) -> Option<Labels> {
        let template = self.chain.made_from.or_else(|| {
            self.chain
                .maker()
                .filter(|maker| maker.kind == WorkloadKind::Deployment)
                .map(|maker| &maker.template)
        })?;
        let mut labels = template.labels.clone();
        for (key, value) in &self.pod.labels {
            if super::owners::is_written_by_controllers(key) {
                labels.insert_if_absent(key, value);
            }
        }
        labels.remove(PROFILE_LABEL);
        Some(labels)
    }
}

fn words_of_fargate<'w>(pod: &Pod, placement: Option<&Placement>, words: &'w Words) -> &'w [Word] {
    if !pod.is_claimed() {
        return &[];
    }
    match placement.map(|placement| placement.kind) {
        Some(PlacementKind::Rejected) => &words.kubelet,
        Some(PlacementKind::FargatePending) => &words.fargate,
        _ => &[],
    }
}
