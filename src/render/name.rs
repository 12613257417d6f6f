//! `-o name`: one line an object, in kubectl's own words.

use std::io::{self, Write};

use super::Answer;
use super::clean::clean_name;
use crate::report::PodReport;

/// Writes `node/NAME` for each node asked about, `pod/NAME` for each pod, and for a workload without pods its own name
/// (`deployment.apps/web`).
///
/// Errors: those of `out`.
pub(super) fn render(report: &Answer<'_>, out: &mut dyn Write) -> io::Result<()> {
    for node in &report.nodes {
        writeln!(out, "node/{}", clean_name(&node.name))?;
    }
    for index in 0..report.pods.len() {
        let title = report.pods.title(index);
        let resource = match title.template {
            true => resource(&report.pods.entry(index)),
            false => "pod".to_owned(),
        };
        writeln!(out, "{}/{}", clean_name(&resource), clean_name(title.name))?;
    }
    Ok(())
}

/// The resource of the workload that a template is of.
fn resource(template: &PodReport) -> String {
    let Some(owner) = &template.owner else {
        return "pod".to_owned();
    };
    let kind = owner.kind.to_lowercase();
    match kind.as_str() {
        "deployment" | "statefulset" | "daemonset" | "replicaset" => kind + ".apps",
        "job" | "cronjob" => kind + ".batch",
        _ => kind,
    }
}
