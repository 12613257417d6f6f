//! What a cluster may be called in EKS that a profile's object names by reference: the object that it refers to is another one,
//! whose own name says little, and that was not read.

use super::{ack, cluster_api, crossplane};

/// Whether the cluster that a source knows by this reference may be called so in EKS; `None` where the reference is of a kind
/// that may stand for any name.
pub(super) fn may_be_called(reference: &str, name: &str) -> Option<bool> {
    if let Some(plausible) = cluster_api::plausible_names(reference) {
        return Some(plausible.may_be(name));
    }
    let labels = reference
        .strip_prefix(crossplane::REFERENCE_PREFIX)
        .and_then(|rest| rest.strip_prefix(crossplane::LABELLED));
    if let Some(labels) = labels {
        let mut values = labels.split(',').filter_map(|pair| pair.split_once('='));
        return Some(values.any(|(_, value)| is_namesake(value, name)));
    }
    let (object, may_be_generated) = match reference.strip_prefix(ack::REFERENCE_PREFIX) {
        Some(object) => (object, false),
        None => (reference.strip_prefix(crossplane::REFERENCE_PREFIX)?, true),
    };
    let object = object.rsplit('/').next().unwrap_or(object);
    Some(
        is_namesake(object, name)
            || (may_be_generated
                && without_generated_suffix(object)
                    .is_some_and(|object| is_namesake(object, name))),
    )
}

/// Whether two names are one, but for words that only say that it is a cluster.
fn is_namesake(object: &str, name: &str) -> bool {
    bare(object) == bare(name)
}

fn bare(name: &str) -> &str {
    let mut bare = name;
    for word in ["cluster", "eks"] {
        for shorter in [
            bare.strip_suffix(word)
                .and_then(|rest| rest.strip_suffix('-')),
            bare.strip_prefix(word)
                .and_then(|rest| rest.strip_prefix('-')),
        ] {
            bare = shorter.filter(|rest| !rest.is_empty()).unwrap_or(bare);
        }
    }
    bare
}

/// The name that a Composition gave, where the API server made the object's name of it.
///
/// Source: Kubernetes, `apiserver/pkg/storage/names` and `apimachinery/pkg/util/rand`: five characters of an alphabet that spells
/// no words, behind a dash.
fn without_generated_suffix(object: &str) -> Option<&str> {
    const ALPHABET: &str = "bcdfghjklmnpqrstvwxz2456789";
    let (name, suffix) = object.rsplit_once('-')?;
    (suffix.len() == 5 && suffix.chars().all(|char| ALPHABET.contains(char))).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_stands_for_names_that_are_its_own() {
        for (reference, name, wanted) in [
            ("ACK cluster infra/prod", "prod", Some(true)),
            ("ACK cluster prod", "prod", Some(true)),
            ("ACK cluster infra/prod-cluster", "prod", Some(true)),
            ("ACK cluster infra/eks-prod", "prod-eks-cluster", Some(true)),
            ("ACK cluster infra/stage", "prod", Some(false)),
            ("ACK cluster infra/non-prod", "prod", Some(false)),
            ("ACK cluster infra/prod-eu", "prod", Some(false)),
            ("ACK cluster infra/prod-7xk2p", "prod", Some(false)),
            ("ACK cluster infra/cluster", "prod", Some(false)),
            ("Crossplane cluster prod-7xk2p", "prod", Some(true)),
            ("Crossplane cluster prod-house", "prod", Some(false)),
            (
                "Crossplane cluster labelled env=prod,team=a",
                "prod",
                Some(true),
            ),
            ("Crossplane cluster labelled env=dev", "prod", Some(false)),
            ("Cluster API cluster infra/prod", "infra_prod", Some(true)),
            ("Cluster API cluster infra/prod", "stage", Some(false)),
            ("stack.yaml:Cluster", "prod", None),
        ] {
            assert_eq!(may_be_called(reference, name), wanted, "{reference}");
        }
    }
}
