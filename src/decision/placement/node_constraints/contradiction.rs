//! Places that no node is in at once: two zones, or a zone of another region.

use std::collections::{BTreeMap, BTreeSet};

use super::{Asked, Conflict, REGION_LABELS, ZONE_LABELS, node_requirements};
use crate::decision::facts::{NodeSelectorTerm, Operator, PodSpec, Requirement};

/// The zones or regions that requirements on these labels leave; `None` where they leave all.
fn places_left<'s>(
    labels: &[&str],
    selector: &'s BTreeMap<String, String>,
    term: Option<&'s NodeSelectorTerm>,
) -> Option<BTreeSet<&'s str>> {
    let mut left: Option<BTreeSet<&str>> = None;
    let mut keep = |values: BTreeSet<&'s str>| {
        left = Some(match left.take() {
            Some(before) => before.intersection(&values).copied().collect(),
            None => values,
        });
    };
    let pinned = selector
        .iter()
        .filter(|(key, _)| labels.contains(&key.as_str()));
    for (_, value) in pinned {
        keep(BTreeSet::from([value.as_str()]));
    }
    let expressions: Vec<&Requirement> = term
        .iter()
        .flat_map(|term| &term.expressions)
        .filter(|requirement| labels.contains(&requirement.key.as_str()))
        .collect();
    let values_of =
        |requirement: &'s Requirement| requirement.values.iter().map(String::as_str).collect();
    for requirement in &expressions {
        if requirement.operator == Operator::In {
            keep(values_of(requirement));
        }
    }
    for requirement in &expressions {
        if requirement.operator == Operator::NotIn
            && let Some(left) = &mut left
        {
            left.retain(|place| !requirement.values.iter().any(|value| value == place));
        }
    }
    left
}

/// Requirements on the place that no node meets together: two zones, or a zone of another region.
pub(super) fn contradiction(
    selector: &BTreeMap<String, String>,
    term: Option<(usize, &NodeSelectorTerm)>,
) -> Option<Conflict> {
    let of_term = term.map(|(_, term)| term);
    let zones = places_left(ZONE_LABELS, selector, of_term);
    let regions = places_left(REGION_LABELS, selector, of_term);
    let is_none = |places: &Option<BTreeSet<&str>>| places.as_ref().is_some_and(BTreeSet::is_empty);
    let are_apart = match (&zones, &regions) {
        // A zone is called after its region.
        (Some(zones), Some(regions)) => !zones
            .iter()
            .any(|zone| regions.iter().any(|region| zone.starts_with(region))),
        _ => false,
    };
    if !is_none(&zones) && !is_none(&regions) && !are_apart {
        return None;
    }
    let spec = PodSpec {
        node_selector: selector.clone(),
        required_node_affinity: of_term.map(|term| vec![term.clone()]),
        ..PodSpec::default()
    };
    let mut asked: Vec<Asked> = node_requirements(&spec);
    asked.retain(|one| one.is_place);
    let last = asked.pop()?;
    let others: Vec<String> = asked
        .iter()
        .map(|one| format!("{} {}", one.key, one.asked))
        .collect();
    let field = match term {
        Some((index, _)) => last.field.replace("Terms[0]", &format!("Terms[{index}]")),
        None => last.field,
    };
    Some(Conflict {
        field,
        key: last.key,
        asked: last.asked,
        offer: format!("no node meets that together with {}", others.join(", ")),
        wanted: "one zone and its region".to_owned(),
    })
}
