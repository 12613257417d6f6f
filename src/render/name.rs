//! `-o name`: one line an object, in kubectl's own words.

use std::io::{self, Write};

use super::clean::clean_name;
use crate::report::{PodReport, Report};

/// Writes `node/NAME` for each node asked about, `pod/NAME` for each pod, and for a workload without pods its own name
/// (`deployment.apps/web`).
///
/// Errors: those of `out`.
pub fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for node in &report.nodes {
        writeln!(out, "node/{}", clean_name(&node.name))?;
    }
    for pod in &report.pods {
        writeln!(
            out,
            "{}/{}",
            clean_name(&resource(pod)),
            clean_name(&pod.name)
        )?;
    }
    Ok(())
}

fn resource(pod: &PodReport) -> String {
    match &pod.owner {
        Some(owner) if pod.template => {
            let kind = owner.kind.to_lowercase();
            match kind.as_str() {
                "deployment" | "statefulset" | "daemonset" | "replicaset" => kind + ".apps",
                "job" | "cronjob" => kind + ".batch",
                _ => kind,
            }
        }
        _ => "pod".to_owned(),
    }
}
