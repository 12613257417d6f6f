//! Good to know about a pod: what Fargate changes quietly, what misleads, and what is wrong that is not a matter of placement.

mod account;
mod budget;
mod containers;
mod ignored;
mod lifetime;
mod logging;
mod metadata;
mod network;
mod pod_identity;
mod size;
mod start_cause;
mod startup;
mod taint;

use super::Rule;

pub(super) const RULES: &[Rule] = &[
    size::ROUNDED_UP,
    size::LIMITS_ABOVE_REQUESTS,
    lifetime::FINISHED_POD_KEEPS_NODE,
    ignored::SPREAD_IGNORED,
    ignored::PRIORITY_CLASS_REPLACED,
    metadata::NO_INSTANCE_METADATA,
    pod_identity::POD_IDENTITY_UNSUPPORTED,
    logging::LOGGING_DISABLED,
    network::SECURITY_GROUP_POLICY_APPLIED,
    network::INSTANCE_TARGETS,
    budget::DISRUPTION_BUDGET_BLOCKS_PATCHING,
    lifetime::KUBELET_SKEW,
    startup::ULIMIT_REACHED,
    size::VERTICAL_AUTOSCALER_MODE,
    taint::MISLEADING_TAINT_EVENT,
    startup::STARTUP_FAILURE,
];
