//! Nodes, volumes, webhooks.

use super::pod::owners;
use super::spec::not_empty;
use super::{Malformed, named, namespace_or_default};
use crate::decision::facts::pod::PROVISIONER_ANNOTATIONS;
use crate::decision::facts::volume::{StorageClass, VolumeClaim};
use crate::decision::facts::webhook::MutatingWebhook;
use crate::decision::facts::{Kind, Node};
use crate::sources::wire::others as wire;

pub(super) fn node(node: wire::Node) -> Result<Node, Malformed> {
    Ok(Node {
        name: named(Kind::Node, &node.metadata.name)?,
        labels: node.metadata.labels.0.into(),
        owners: owners(node.metadata.owners),
        provider_id: node.spec.provider_id.and_then(not_empty),
        taints: node
            .spec
            .taints
            .into_iter()
            .map(|taint| (taint.key, taint.value, taint.effect))
            .collect(),
        kubelet_version: node.status.node_info.kubelet_version.and_then(not_empty),
        ready: node
            .status
            .conditions
            .iter()
            .find(|condition| condition.kind == "Ready")
            .map(|condition| condition.status == "True"),
        created_at: node.metadata.created_at.0,
    })
}

pub(super) fn claim(claim: wire::PersistentVolumeClaim) -> Result<VolumeClaim, Malformed> {
    Ok(VolumeClaim {
        name: named(Kind::PersistentVolumeClaim, &claim.metadata.name)?,
        namespace: namespace_or_default(claim.metadata.namespace),
        phase: claim.status.phase,
        volume_name: claim.spec.volume_name.and_then(not_empty),
        storage_class: claim.spec.storage_class_name,
        provisioner: PROVISIONER_ANNOTATIONS
            .iter()
            .find_map(|key| claim.metadata.annotations.kept.get(*key))
            .cloned()
            .and_then(not_empty),
    })
}

pub(super) fn storage_class(class: wire::StorageClass) -> Result<StorageClass, Malformed> {
    Ok(StorageClass {
        name: named(Kind::StorageClass, &class.metadata.name)?,
        provisioner: class.provisioner,
        provisioning_mode: class.parameters.provisioning_mode.and_then(not_empty),
        binding_mode: class.binding_mode,
    })
}

pub(super) fn webhook(
    webhook: wire::MutatingWebhookConfiguration,
) -> Result<MutatingWebhook, Malformed> {
    Ok(MutatingWebhook {
        name: named(Kind::MutatingWebhookConfiguration, &webhook.metadata.name)?,
        created_at: webhook.metadata.created_at.0,
        webhooks: webhook
            .webhooks
            .into_iter()
            .map(|webhook| webhook.name)
            .collect(),
    })
}
