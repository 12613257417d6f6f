//! The rights for people: what is read, what is lost without it, how to grant it, and the objects that do.

use std::io::{self, Write};

use super::manifest;
use super::words::{GRANTING, Lost, Named, lost, lost_of_aws};
use crate::render::json;
use crate::render::page::Page;
use crate::render::style::{Role, Style};
use crate::report::Permissions;
use crate::report::permissions::rights::{RIGHTS, RIGHTS_OF_FIX, Right};
use crate::report::permissions::roles::{Manifest, NAME_OF_FIX};

/// Writes the page.
pub(super) fn render(
    permissions: &Permissions,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page::new(style, out);
    let has_cluster_role = permissions
        .items
        .iter()
        .any(|item| matches!(item, Manifest::Role(role) if role.kind == "ClusterRole"));
    let one_namespace = permissions.items.iter().find_map(|item| match item {
        Manifest::Role(role) if role.kind == "Role" => Some(role.metadata.namespace.as_deref()),
        _ => None,
    });
    page.prose(
        0,
        "All that kubectl fargate reads. It never asks for a Secret, and writes nothing but by explain --fix, after it was told yes \
         (permissions --fix prints the rights for that). What may not be read is said in the answer, with what is lost by it.",
    )?;
    if !permissions.items.is_empty() {
        heading(&mut page, "Kubernetes")?;
        let namespace = one_namespace.flatten();
        let is_granted = |right: &&Right| has_cluster_role || right.is_of(namespace);
        told(&mut page, &lost(RIGHTS.iter().filter(is_granted)))?;
    }
    let is_of_fix =
        |item: &Manifest| matches!(item, Manifest::Role(role) if role.metadata.name == NAME_OF_FIX);
    if permissions.items.iter().any(is_of_fix) {
        heading(&mut page, "Only for explain --fix")?;
        told(&mut page, &lost(RIGHTS_OF_FIX))?;
    }
    if let Some(namespace) = one_namespace {
        let beyond = lost(RIGHTS.iter().filter(|right| !right.is_of(namespace)));
        let names: Vec<String> = beyond
            .iter()
            .flat_map(|lost| &lost.names)
            .map(shown)
            .collect();
        let whose = match namespace {
            Some(namespace) => format!("The Role of namespace {namespace}"),
            None => "A Role of one namespace".to_owned(),
        };
        page.blank()?;
        page.prose(0, &format!("{whose} cannot give: {}.", names.join(", ")))?;
    }
    if permissions.iam_policy.is_some() {
        heading(&mut page, "AWS")?;
        told(&mut page, &lost_of_aws())?;
    }
    heading(&mut page, "Grant it")?;
    for (what_for, commands) in GRANTING {
        page.prose(2, what_for)?;
        for command in *commands {
            page.command(command)?;
        }
    }
    for item in &permissions.items {
        heading(&mut page, kind(item))?;
        page.out().write_all(manifest::text(item).as_bytes())?;
    }
    if let Some(policy) = &permissions.iam_policy {
        heading(&mut page, "IAM policy")?;
        json::render(policy, page.out())?;
    }
    Ok(())
}

fn kind(item: &Manifest) -> &'static str {
    match item {
        Manifest::Role(role) => role.kind,
        Manifest::Binding(binding) => binding.kind,
    }
}

fn heading(page: &mut Page<'_>, text: &str) -> io::Result<()> {
    page.blank()?;
    page.line(0, &page.style.paint(Role::Heading, text))
}

fn told(page: &mut Page<'_>, all: &[Lost]) -> io::Result<()> {
    for lost in all {
        let names: Vec<String> = lost.names.iter().map(shown).collect();
        let names = names.join(", ");
        let names = match (lost.is_required, lost.is_only_if_served) {
            (true, _) => format!("{names}: needed"),
            (_, true) => format!("{names}: where the cluster has them"),
            _ => names,
        };
        page.prose(2, &names)?;
        page.prose(6, &format!("without: {}", lost.without))?;
    }
    Ok(())
}

/// The name, with how it is read where that tells it from another right.
fn shown(named: &Named) -> String {
    match named.is_one_of_several {
        true => format!("{} ({})", named.name, named.verbs),
        false => named.name.clone(),
    }
}
