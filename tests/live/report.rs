//! Looking things up in a `PlacementReport`.

use serde_json::Value;

/// Returns the entry of a pod.
pub fn pod_of<'a>(report: &'a Value, namespace: &str, name: &str) -> &'a Value {
    list(report, "pods")
        .find(|pod| pod["namespace"] == namespace && pod["name"] == name)
        .unwrap_or_else(|| panic!("pod {namespace}/{name} is not in the report: {report:#}"))
}

/// Returns the sources that were read, or not, as `status` says.
pub fn sources_with<'a>(report: &'a Value, status: &str) -> Vec<&'a Value> {
    list(report, "sources")
        .filter(|source| source["status"] == status)
        .collect()
}

/// Returns the reasons of a pod's findings, the decisive one among them.
pub fn reasons_of(pod: &Value) -> Vec<&str> {
    let mut reasons: Vec<&str> = list(pod, "findings")
        .filter_map(|finding| finding["reason"].as_str())
        .collect();
    reasons.extend(pod["reason"].as_str());
    reasons
}

fn list<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    value[field].as_array().into_iter().flatten()
}
