//! What was not seen, and how sure a suggestion is for that.

use std::collections::BTreeSet;

use super::answer::Unseen;
use super::group::Group;
use crate::decision::facts::{ClusterSnapshot, Kind, ProfileKnowledge, Selector};
use crate::decision::finding::Certainty;

/// The kinds that tell who may be claimed beside those asked about.
pub const BESIDE: [Kind; 6] = [
    Kind::Pod,
    Kind::Deployment,
    Kind::ReplicaSet,
    Kind::StatefulSet,
    Kind::Job,
    Kind::CronJob,
];

/// Which kinds were not read where a selector may claim: who else is there is not known of them. Each once, in order.
pub fn unseen(snapshot: &ClusterSnapshot, selectors: &[Selector]) -> Vec<Unseen> {
    let mut unseen = BTreeSet::new();
    for selector in selectors {
        for kind in BESIDE {
            let is_literal = selector.namespace.is_literal();
            let namespace = selector.namespace.as_str();
            let is_listed = match is_literal {
                true => snapshot.coverage.is_listed(kind, namespace),
                false => snapshot.coverage.is_listed_everywhere(kind),
            };
            if !is_listed && !is_read_elsewhere(snapshot, kind, namespace) {
                unseen.insert(Unseen {
                    kind,
                    namespace: is_literal.then(|| namespace.to_owned()),
                });
            }
        }
    }
    unseen.into_iter().collect()
}

/// Whether workloads of a kind were read in another namespace, and nothing says that it failed in this one: files hold such a
/// kind for all namespaces or for none. Pods are everywhere, so their absence says nothing.
fn is_read_elsewhere(snapshot: &ClusterSnapshot, kind: Kind, namespace: &str) -> bool {
    let mut workloads = snapshot.workloads.values();
    kind != Kind::Pod
        && snapshot.why_unread(kind, namespace).is_none()
        && workloads.any(|other| Kind::from(other.kind) == kind && other.namespace != namespace)
}

/// How sure it is that the selectors claim those that are wanted and nobody else: certain only where all profiles, everything
/// beside the pods and the templates of the wanted ones were read, and no wildcard leaves room for others.
pub fn certainty(
    snapshot: &ClusterSnapshot,
    groups: &[Group<'_>],
    selectors: &[Selector],
    unseen: &[Unseen],
) -> Certainty {
    let mut wanted = groups.iter().filter(|group| group.is_wanted());
    let may_be_claimed_already = matches!(
        snapshot.profiles.knowledge,
        ProfileKnowledge::Unread | ProfileKnowledge::Partial
    ) || wanted
        .clone()
        .any(|group| !group.unsure_profiles().is_empty());
    if may_be_claimed_already {
        return Certainty::Undecided;
    }
    let is_template_unread = wanted.any(|group| group.case.chain.unread.is_some());
    let has_wildcard = selectors.iter().any(|selector| {
        let mut pairs = selector.labels.iter();
        !selector.namespace.is_literal() || pairs.any(|pair| !pair.value.is_literal())
    });
    let is_sure = snapshot.profiles.knowledge == ProfileKnowledge::Complete
        && unseen.is_empty()
        && !has_wildcard
        && !is_template_unread;
    match is_sure {
        true => Certainty::Certain,
        false => Certainty::Likely,
    }
}
