//! The rights that all of this takes: a page for people, and what `kubectl apply` and `aws iam` take.

mod document;
mod manifest;
mod page;
mod words;

use std::io::{self, BufWriter, Write};

pub use document::document;

use super::{Style, json, yaml};
use crate::report::Permissions;

/// The format of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PermissionsView {
    /// What is read, what is lost without it, and how it is granted.
    Page,
    /// One `v1` List.
    Json,
    /// A document for each object, and last an empty List with what is not of Kubernetes.
    Yaml,
}

/// Writes the answer to `out`. A policy alone is written as IAM takes it, without anything around it.
///
/// # Errors
/// Those of `out`; a closed pipe is one of them ([`io::ErrorKind::BrokenPipe`]).
pub fn render(
    permissions: &Permissions,
    view: PermissionsView,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(64 * 1024, out);
    let alone = permissions
        .iam_policy
        .as_ref()
        .filter(|_| permissions.items.is_empty());
    match (view, alone) {
        (PermissionsView::Page, _) => page::render(permissions, style, &mut out),
        (PermissionsView::Json, Some(policy)) => json::render(policy, &mut out),
        (PermissionsView::Json, None) => json::render(permissions, &mut out),
        (PermissionsView::Yaml, Some(policy)) => yaml::render(policy, &mut out),
        (PermissionsView::Yaml, None) => documents(permissions, &mut out),
    }?;
    out.flush()
}

/// Each object is a document of its own, as people keep them in files. The policy is none of Kubernetes' objects: it comes in a
/// List without items, from which `kubectl apply` takes nothing, and which a parser reads like the others.
fn documents(permissions: &Permissions, out: &mut dyn Write) -> io::Result<()> {
    for item in &permissions.items {
        writeln!(out, "---")?;
        out.write_all(manifest::text(item).as_bytes())?;
    }
    writeln!(out, "---")?;
    let what = match permissions.iam_policy {
        Some(_) => "the IAM policy, and what each right is for",
        None => "what each right is for",
    };
    writeln!(out, "# Nothing to apply: {what}")?;
    let beside = Permissions {
        items: Vec::new(),
        ..permissions.clone()
    };
    yaml::render(&beside, out)
}
