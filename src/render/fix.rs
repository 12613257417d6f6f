//! What `--fix` would run, what that changes, and what came of it.

use std::io::{self, Write};

use super::page::{PROOF, Page};
use super::style::{Role, Style};
use crate::decision::finding::{Change, ChangedBy, Command};

/// A change of one object that was tried out.
#[derive(Debug, Clone, Copy)]
pub struct TrialView<'t> {
    /// `deployment/web`.
    pub object: &'t str,
    /// Which of its fields become others.
    pub changes: &'t [Change],
    /// It is deleted, with this long to end, in seconds.
    pub deletion: Option<u64>,
    /// Who makes it again, for example `StatefulSet web`.
    pub remade_by: Option<&'t str>,
    /// The program that keeps the object as it wants it.
    pub keeper: Option<&'t str>,
}

/// Writes which commands would be run, and which are left to the person.
///
/// # Errors
/// Those of `out`.
pub fn offer(
    steps: &[&Command],
    by_hand: &[&Command],
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page::new(style, out);
    page.blank()?;
    page.line(0, &style.paint(Role::Heading, "To be run by --fix"))?;
    for step in steps {
        page.command(step)?;
    }
    if !by_hand.is_empty() {
        page.prose(2, "left to you afterwards:")?;
        for command in by_hand {
            page.command(command)?;
        }
    }
    Ok(())
}

/// Writes what the changes do, field by field. Values stand only beside what was asked for.
///
/// # Errors
/// Those of `out`.
pub fn trials(trials: &[TrialView<'_>], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(style, out);
    page.blank()?;
    page.line(
        0,
        &style.paint(
            Role::Heading,
            "Tried out on the server (dry run); nothing is changed yet",
        ),
    )?;
    for trial in trials {
        page.line(2, &style.text(trial.object))?;
        if let Some(seconds) = trial.deletion {
            let again = match trial.remade_by {
                Some(owner) => format!("; {owner} makes it again"),
                None => String::new(),
            };
            let words = format!("- deleted, with up to {seconds}s to end{again}");
            page.line(PROOF, &style.paint(Role::Bad, &style.text(&words)))?;
        }
        for change in trial.changes {
            changed(&mut page, change)?;
        }
        if let Some(keeper) = trial.keeper {
            page.prose(
                PROOF,
                &format!(
                    "{keeper} keeps this object and may undo the change: make it there as well"
                ),
            )?;
        }
    }
    Ok(())
}

fn changed(page: &mut Page<'_>, change: &Change) -> io::Result<()> {
    let style = page.style;
    let path = style.text(&change.path);
    let ChangedBy::Us { before, after } = &change.by else {
        let words = format!("~ {path}: the server or a webhook changes it, too (not shown)");
        return page.line(PROOF, &style.paint(Role::Care, &words));
    };
    for (sign, role, value) in [("-", Role::Bad, before), ("+", Role::Good, after)] {
        if let Some(value) = value {
            let words = format!("{sign} {path}: {}", style.text(value));
            page.line(PROOF, &style.paint(role, &words))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(trial: TrialView<'_>) -> String {
        let mut out = Vec::new();
        trials(&[trial], &Style::default(), &mut out).expect("a Vec takes everything");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn a_change_is_drawn_field_by_field_and_clean() {
        let changes = [
            Change {
                path: "metadata.labels[tier]".to_owned(),
                by: ChangedBy::Us {
                    before: Some("fr\u{1b}[2Jont".to_owned()),
                    after: Some("backend".to_owned()),
                },
            },
            Change {
                path: "spec.template.spec.containers".to_owned(),
                by: ChangedBy::Others,
            },
        ];
        let text = drawn(TrialView {
            object: "deployment/web",
            changes: &changes,
            deletion: None,
            remade_by: None,
            keeper: Some("Flux"),
        });
        assert_eq!(
            text,
            "\nTried out on the server (dry run); nothing is changed yet\n  deployment/web\n      \
             - metadata.labels[tier]: fr\\u{1b}[2Jont\n      + metadata.labels[tier]: backend\n      \
             ~ spec.template.spec.containers: the server or a webhook changes it, too (not shown)\n      \
             Flux keeps this object and may undo the change: make it there as well\n"
        );
    }

    #[test]
    fn a_deletion_says_who_makes_the_pod_again() {
        let text = drawn(TrialView {
            object: "pod/web-0",
            changes: &[],
            deletion: Some(30),
            remade_by: Some("StatefulSet web"),
            keeper: None,
        });
        assert!(
            text.ends_with("  pod/web-0\n      - deleted, with up to 30s to end; StatefulSet web makes it again\n"),
            "{text}"
        );
    }
}
