//! Changes as they happen, one line each: when, which pod, where it was and is, why.
//!
//! On a terminal a line takes one row. What does not fit is left out by what matters least: first the details, then where the pod
//! was, then the middle of its name. Elsewhere nothing is left out.

use std::io::{self, Write};

use jiff::Timestamp;

use super::detail::detail;
use super::style::{Role, columns, padded, split_at_column};
use super::words::{certainty, decisive, place_in_short, provisioner_in_short, severity};
use super::{Style, json, yaml};
use crate::decision::finding::Severity;
use crate::decision::placement::{Expected, ExpectedKind, PlacementKind};
use crate::report::PodReport;
use crate::report::change::{ChangeType, PlacementChange, Standing};

/// What stands between the parts of a line.
const GAP: &str = "  ";
/// Details of fewer columns tell nothing.
const NARROWEST_DETAIL: usize = 12;
/// No name is cut to less.
const NARROWEST_NAME: usize = 12;
/// Longer names do not move the columns of others.
const WIDEST_NAME: usize = 50;

/// The format of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeView {
    /// One line each.
    Line {
        /// With the node, and nothing left out.
        wide: bool,
    },
    /// One JSON document each.
    Json,
    /// One YAML document each, set apart by `---`.
    Yaml,
    /// `pod/NAME`, one line each.
    Name,
}

/// Writes changes, one after the other.
#[derive(Debug)]
pub struct Changes {
    view: ChangeView,
    style: Style,
    /// The day of the line before.
    day: Option<String>,
    /// The width of the longest name so far.
    name: usize,
    /// And of the longest place.
    place: usize,
}

impl Changes {
    /// Nothing was written yet.
    pub fn new(view: ChangeView, style: Style) -> Self {
        Self {
            view,
            style,
            day: None,
            name: 0,
            place: 0,
        }
    }

    /// Makes room for the name of a pod that may be told of.
    pub fn expect(&mut self, namespace: &str, name: &str) {
        let width = columns(&self.full_name(namespace, name));
        if width <= WIDEST_NAME {
            self.name = self.name.max(width);
        }
    }

    /// Writes one change.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&mut self, change: &PlacementChange, out: &mut dyn Write) -> io::Result<()> {
        match self.view {
            ChangeView::Json => json::render(change, out),
            ChangeView::Yaml => {
                writeln!(out, "---")?;
                yaml::render(change, out)
            }
            ChangeView::Name => match change.standing() {
                Some(pod) => writeln!(out, "pod/{}", super::clean::clean_name(&pod.name)),
                None => Ok(()),
            },
            ChangeView::Line { wide } => self.line(change, wide, out),
        }
    }

    fn line(
        &mut self,
        change: &PlacementChange,
        wide: bool,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let Some(standing) = change.standing() else {
            return Ok(());
        };
        self.expect(&standing.namespace, &standing.name);
        let (day, clock) = moment(change.time);
        let time = match self.style.width {
            // The day stands on a line of its own, where it is another one than before.
            Some(_) => {
                if self.day.as_ref() != Some(&day) {
                    let words = format!("{day}, times are UTC");
                    writeln!(out, "{}", self.style.paint(Role::Faint, &words))?;
                    self.day = Some(day);
                }
                clock
            }
            None => format!("{day}T{clock}Z"),
        };
        let parts = Parts {
            time,
            name: self.full_name(&standing.namespace, &standing.name),
            place: self.place(change, true),
            place_now: self.place(change, false),
            reason: self.reason(change, true),
            reason_now: self.reason(change, false),
            detail: self.detail(change, &standing, wide),
        };
        self.place = self.place.max(columns(&parts.place));
        let width = self.style.width.filter(|_| !wide);
        let laid = parts.laid_out(width, (self.name, self.place), &self.style);
        let role = self.role(change);
        let paint = |role, text: &str| self.style.paint(role, text);
        let place = match change.what {
            ChangeType::Deleted => paint(Role::Faint, &laid.place),
            _ => laid.place.clone(),
        };
        let cells = [
            paint(Role::Faint, &laid.time),
            laid.name,
            place,
            paint(role, &laid.reason),
            paint(Role::Faint, &laid.detail),
        ];
        let cells: Vec<String> = cells.into_iter().filter(|cell| !cell.is_empty()).collect();
        writeln!(out, "{}", cells.join(GAP).trim_end())
    }

    fn full_name(&self, namespace: &str, name: &str) -> String {
        match self.style.namespaces {
            true => self.style.cell(&format!("{namespace}/{name}")),
            false => self.style.cell(name),
        }
    }

    fn arrow(&self) -> &'static str {
        match self.style.unicode {
            true => "→",
            false => "->",
        }
    }

    /// Where the pod was and is, in the words that `--until` takes; or only where it is.
    fn place(&self, change: &PlacementChange, with_old: bool) -> String {
        let arrow = self.arrow();
        let old = change.before.as_ref().map(|before| word(before.place()));
        let new = change.now.as_ref().map(|now| {
            let kind = now.placement.as_ref().map(|placement| placement.kind);
            word(kind)
        });
        match (old, new) {
            (Some(old), Some(new)) if old == new => new.to_owned(),
            (Some(old), Some(new)) if with_old => format!("{old} {arrow} {new}"),
            (Some(old), None) if with_old => format!("{old} {arrow} gone"),
            (_, Some(new)) => format!("{arrow} {new}"),
            (_, None) => format!("{arrow} gone"),
        }
    }

    /// The reason; with the one before where only that has changed.
    fn reason(&self, change: &PlacementChange, with_old: bool) -> String {
        let Some(now) = &change.now else {
            return String::new();
        };
        match &change.before {
            Some(before) if with_old && before.reason != now.reason => {
                let place = now.placement.as_ref().map(|placement| placement.kind);
                match before.place() == place {
                    true => format!("{} {} {}", before.reason, self.arrow(), now.reason),
                    false => now.reason.to_string(),
                }
            }
            _ => now.reason.to_string(),
        }
    }

    fn detail(&self, change: &PlacementChange, standing: &Standing, wide: bool) -> String {
        let Some(now) = change.now.as_deref() else {
            return format!("was {}", standing.reason);
        };
        let mut words = Vec::new();
        if let Some(before) = &change.before
            && before.fate() != standing.fate()
        {
            let (old, new) = (fate(&before.expected), fate(&standing.expected));
            let arrow = self.arrow();
            words.push(format!("made again: {old} {arrow} {new}"));
        }
        words.extend(certainty(now.certainty).map(str::to_owned));
        words.extend(provider(now));
        words.extend(detail(now));
        if wide {
            words.extend(node(now));
        }
        self.style.cell(&words.join("; "))
    }

    fn role(&self, change: &PlacementChange) -> Role {
        let Some(now) = change.now.as_deref() else {
            return Role::Faint;
        };
        let of_reason = decisive(now).map_or(Severity::Info, |finding| finding.severity);
        Role::of(now.reason, of_reason.min(severity(now)))
    }
}

/// The word of the report; a template is in no place.
fn word(kind: Option<PlacementKind>) -> &'static str {
    kind.map_or("template", PlacementKind::as_str)
}

/// What would happen if the pod were made again, in a word or two.
fn fate(expected: &Expected) -> String {
    let kind = match expected.kind {
        ExpectedKind::Fargate => "Fargate",
        ExpectedKind::Refused => "Refused",
        ExpectedKind::NotFargate => "NotFargate",
        ExpectedKind::Undecided => "Undecided",
    };
    match &expected.profile {
        Some(profile) => format!("{kind} ({profile})"),
        None => kind.to_owned(),
    }
}

/// Who provides the node, or the profile of a pod on Fargate.
fn provider(pod: &PodReport) -> Option<String> {
    let placement = pod.placement.as_ref()?;
    match (placement.kind, &placement.profile) {
        (PlacementKind::Fargate, Some(profile)) => Some(format!("profile {profile}")),
        (PlacementKind::EC2, _) => placement.provisioner.as_ref().map(provisioner_in_short),
        (PlacementKind::Rejected, _) => Some(place_in_short(placement.kind).to_owned()),
        _ => None,
    }
}

fn node(pod: &PodReport) -> Option<String> {
    let node = pod.placement.as_ref()?.node.as_ref()?;
    Some(format!("node {node}"))
}

/// Day and time of day, UTC.
fn moment(time: Timestamp) -> (String, String) {
    let text = time.strftime("%Y-%m-%d %H:%M:%S").to_string();
    match text.split_once(' ') {
        Some((day, clock)) => (day.to_owned(), clock.to_owned()),
        None => (text, String::new()),
    }
}

/// The parts of a line, none of them cut yet.
struct Parts {
    time: String,
    name: String,
    place: String,
    place_now: String,
    reason: String,
    reason_now: String,
    detail: String,
}

/// A line's cells as they fit.
struct Laid {
    time: String,
    name: String,
    place: String,
    reason: String,
    detail: String,
}

impl Parts {
    fn laid_out(&self, width: Option<usize>, widths: (usize, usize), style: &Style) -> Laid {
        let wide_name = padded(&self.name, widths.0);
        let wide_place = padded(&self.place, widths.1);
        let ways = [
            (&wide_name, &wide_place, &self.reason),
            (&wide_name, &self.place, &self.reason),
            (&self.name, &self.place, &self.reason),
            (&self.name, &self.place_now, &self.reason),
            (&self.name, &self.place_now, &self.reason_now),
        ];
        let Some(width) = width else {
            return self.of(&wide_name, &wide_place, &self.reason, self.detail.clone());
        };
        for (name, place, reason) in ways {
            let taken = self.taken(name, place, reason);
            if taken <= width {
                let room = width.saturating_sub(taken + columns(GAP));
                let detail = match room >= NARROWEST_DETAIL {
                    true => style.cut(&self.detail, room),
                    false => String::new(),
                };
                return self.of(name, place, reason, detail);
            }
        }
        let others = self.taken("", &self.place_now, &self.reason_now);
        let room = width.saturating_sub(others).max(NARROWEST_NAME);
        let name = without_its_middle(&self.name, room, style);
        let room = width.saturating_sub(self.taken(&name, &self.place_now, ""));
        let reason = style.cut(&self.reason_now, room);
        self.of(&name, &self.place_now, &reason, String::new())
    }

    fn taken(&self, name: &str, place: &str, reason: &str) -> usize {
        let parts = [self.time.as_str(), name, place, reason];
        let gaps = match reason.is_empty() {
            true => 2,
            false => 3,
        };
        parts.into_iter().map(columns).sum::<usize>() + gaps * columns(GAP)
    }

    fn of(&self, name: &str, place: &str, reason: &str, detail: String) -> Laid {
        Laid {
            time: self.time.clone(),
            name: name.to_owned(),
            place: place.to_owned(),
            reason: reason.to_owned(),
            detail,
        }
    }
}

/// The beginning and the end of a name, which tell the workload and which of its pods it is.
fn without_its_middle(name: &str, width: usize, style: &Style) -> String {
    if columns(name) <= width {
        return name.to_owned();
    }
    let sign = style.ellipsis();
    let room = width.saturating_sub(columns(sign));
    let (head, rest) = split_at_column(name, room.div_ceil(2));
    let mut tail = rest;
    while columns(tail) > room / 2 {
        let mut letters = tail.chars();
        letters.next();
        tail = letters.as_str();
    }
    format!("{head}{sign}{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(name: &str) -> Parts {
        Parts {
            time: "14:03:12".to_owned(),
            name: name.to_owned(),
            place: "FargatePending → Fargate".to_owned(),
            place_now: "→ Fargate".to_owned(),
            reason: "Provisioning → NodeNeverRegistered".to_owned(),
            reason_now: "NodeNeverRegistered".to_owned(),
            detail: "profile apps; it took a while and was then told at length".to_owned(),
        }
    }

    fn line(name: &str, width: Option<usize>) -> String {
        let style = Style {
            width,
            ..Style::default()
        };
        let Laid {
            time,
            name,
            place,
            reason,
            detail,
        } = parts(name).laid_out(width, (20, 24), &style);
        let cells = [time, name, place, reason, detail];
        let cells: Vec<String> = cells.into_iter().filter(|cell| !cell.is_empty()).collect();
        cells.join(GAP).trim_end().to_owned()
    }

    #[test]
    fn every_line_fits_whatever_the_name() {
        let long = "a-very-long-name-of-a-deployment-6d5b8f7c9-zzzzz".repeat(5);
        for width in [60, 72, 80, 100, 120, 200, 400] {
            for length in 1..long.len() {
                let line = line(&long[..length], Some(width));
                assert!(columns(&line) <= width, "{width}: {line}");
                assert!(line.contains("→ Fargate"), "{line}");
            }
        }
    }

    #[test]
    fn what_matters_least_is_left_out_first() {
        for (name, width, wanted) in [
            (
                "web",
                None,
                "14:03:12  web                   FargatePending → Fargate  Provisioning → NodeNeverRegistered  profile apps; it took a while and was then told at length",
            ),
            (
                "web",
                Some(112),
                "14:03:12  web                   FargatePending → Fargate  Provisioning → NodeNeverRegistered  profile apps; it…",
            ),
            (
                "web",
                Some(80),
                "14:03:12  web  FargatePending → Fargate  Provisioning → NodeNeverRegistered",
            ),
            (
                "web-7d9f4c-abcde",
                Some(80),
                "14:03:12  web-7d9f4c-abcde  → Fargate  Provisioning → NodeNeverRegistered",
            ),
            (
                "web-of-many-words-7d9f4c-abcde",
                Some(80),
                "14:03:12  web-of-many-words-7d9f4c-abcde  → Fargate  NodeNeverRegistered",
            ),
            (
                "web-of-so-many-words-that-nobody-counts-7d9f4c-abcde",
                Some(80),
                "14:03:12  web-of-so-many-word…ounts-7d9f4c-abcde  → Fargate  NodeNeverRegistered",
            ),
        ] {
            assert_eq!(line(name, width), wanted);
        }
    }
}
