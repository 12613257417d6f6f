//! One pod (or template), with all that the rules look at: they see a case and nothing else.

use std::sync::Arc;

use arcstr::ArcStr;
use std::borrow::Cow;

use super::cluster::Cluster;
use super::creation::{CreationFailure, creation_failure};
use super::doubt::{Hole, assumptions, is_sure};
use super::expected::WebhookSight;
use super::likeness::Common;
use super::matcher::NearMisses;
use super::matching::Match;
use super::observed::{NodeSight, placement_of};
use super::owners::OwnerChain;
use super::recreated::Recreated;
use super::refusal::{Blocker, Refusals, RefusalsQuestion};
use super::words::{Word, Words};
use super::{Expected, Placement, PlacementKind};
use crate::decision::facts::pod::PROFILE_LABEL;
use crate::decision::facts::{
    ClusterSnapshot, FargateProfile, Labels, ObjectRef, Pod, PodPhase, Shared, Uid, Workload,
    WorkloadKind,
};

/// A new pod on Fargate takes a minute or two; up to this age its waiting is normal. The same span is granted to a
/// profile between the beginning of its creation and the moment when it is ACTIVE.
pub const GRACE_SECONDS: i64 = 300;

/// Where a pod is and what was said about it: what is its own among all that are like it.
#[derive(Default)]
struct Sight {
    words: Words,
    node: Option<Arc<NodeSight>>,
    placement: Option<Placement>,
    runs_on_fargate: bool,
}

impl Sight {
    fn of_pod(cluster: &Cluster<'_>, pod: &Pod, object: &ObjectRef) -> Self {
        let words = Words::about(cluster.snapshot, pod, object);
        let node = pod.node_name.as_deref();
        let node = node.map(|name| cluster.sight_of_node(name));
        let refused = words.kubelet.iter().any(|word| word.place == "event");
        let placement = placement_of(pod, node.as_deref(), refused);
        Self {
            runs_on_fargate: pod.is_claimed() && placement.kind == PlacementKind::Fargate,
            words,
            node,
            placement: Some(placement),
        }
    }

    fn is_placed(&self, kind: PlacementKind) -> bool {
        let placement = self.placement.as_ref();
        placement.is_some_and(|placement| placement.kind == kind)
    }
}

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
    pub chain: Arc<OwnerChain<'a>>,
    /// What its node is, where it is on one.
    pub node: Option<Arc<NodeSight>>,
    /// Where it is; `None` for templates.
    pub placement: Option<Placement>,
    /// What was said about it.
    pub words: Words,
    /// The pod as it would be if it were created again.
    pub recreated: Arc<Recreated>,
    /// The profiles that match its own labels, restricted to the one that a label not written by a claim names.
    pub matches: Arc<[Match<'a>]>,
    /// The profiles that match its own labels, whatever such a label says.
    pub unrestricted_matches: Arc<[Match<'a>]>,
    /// What it has in common with others like it.
    pub common: Arc<Common<'a>>,
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
}

impl<'a> PodCase<'a> {
    /// The case of a pod.
    pub fn of_pod(cluster: &Arc<Cluster<'a>>, pod: &'a Pod) -> Self {
        let object = ObjectRef::namespaced("pod", &pod.namespace, &pod.name);
        let sight = Sight::of_pod(cluster, pod, &object);
        let common = cluster.kinds.of_pod(cluster, pod, sight.runs_on_fargate);
        Self::of(cluster, Cow::Borrowed(pod), None, object, sight, common)
    }

    /// The case of a workload's template.
    pub fn of_template(cluster: &Arc<Cluster<'a>>, workload: &'a Workload) -> Self {
        let chain = OwnerChain::of_workload(cluster.snapshot, workload);
        let maker = chain.maker().unwrap_or(workload);
        let recreated = Recreated::of_template(workload, maker);
        let object =
            ObjectRef::namespaced(workload.kind.as_str(), &workload.namespace, &workload.name);
        let pod = Pod {
            namespace: workload.namespace.as_str().into(),
            name: workload.name.clone(),
            uid: Uid::default(),
            labels: recreated.labels.clone(),
            annotations: recreated.annotations.clone(),
            owners: Shared::default(),
            created_at: None,
            deleted_at: None,
            node_name_by_creator: false,
            spec: recreated.spec.clone(),
            node_name: recreated.spec.node_name.as_deref().map(ArcStr::from),
            phase: PodPhase::Unknown,
            status_reason: None,
            status_message: None,
            conditions: Shared::default(),
            containers: Shared::default(),
        };
        let common = Common::of(cluster, &pod, Arc::new(chain), recreated);
        Self::of(
            cluster,
            Cow::Owned(pod),
            Some(workload),
            object,
            Sight::default(),
            Arc::new(common),
        )
    }

    fn of(
        cluster: &Arc<Cluster<'a>>,
        pod: Cow<'a, Pod>,
        template_of: Option<&'a Workload>,
        object: ObjectRef,
        sight: Sight,
        common: Arc<Common<'a>>,
    ) -> Self {
        let snapshot = cluster.snapshot;
        let said = words_of_fargate(&pod, sight.placement.as_ref(), &sight.words);
        let is_rejected = sight.is_placed(PlacementKind::Rejected);
        let plain = match said.is_empty() && !is_rejected {
            true => common.plain(&object),
            false => None,
        };
        let (refusals, expected) = plain.unwrap_or_else(|| {
            let refusals = Refusals::of(&RefusalsQuestion {
                snapshot,
                namespace: &pod.namespace,
                object: &object,
                spec: &pod.spec,
                again: &common.recreated.spec,
                chain: &common.chain,
                runs_on_fargate: sight.runs_on_fargate,
                is_template: template_of.is_some(),
                said,
            });
            let has_unknown_refusal = pod.is_claimed()
                && (said.iter().any(|word| word.has_unknown_words)
                    // A kubelet that names nothing which the pod's spec has refused it all the same.
                    || is_rejected && !said.iter().any(Word::names_refusal));
            let again = &refusals.again;
            let is_static = pod.is_static();
            let expected = common.expected(cluster, &pod, again, is_static, has_unknown_refusal);
            (refusals, expected)
        });
        Self {
            snapshot,
            cluster: Arc::clone(cluster),
            pod,
            template_of,
            object,
            chain: Arc::clone(&common.chain),
            node: sight.node,
            placement: sight.placement,
            words: sight.words,
            recreated: Arc::clone(&common.recreated),
            matches: Arc::clone(&common.matches),
            unrestricted_matches: Arc::clone(&common.unrestricted_matches),
            common,
            blockers: refusals.own,
            told: refusals.told,
            recreated_blockers: refusals.again,
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
        self.common.can_show_absence
    }

    /// The near misses of its own labels.
    pub fn near_misses(&self) -> &NearMisses<'a> {
        self.common.near_misses(&self.cluster, &self.pod)
    }

    /// The ACTIVE profiles of which it cannot be told whether they match the pod's own labels, and which count.
    pub fn unsettled_profiles(&self) -> impl Iterator<Item = &'a FargateProfile> {
        let claimed = self.pod.is_claimed();
        self.common
            .fits
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
        self.common.labelled_profile
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
