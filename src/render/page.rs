//! A page of prose for a terminal: paragraphs, labels, commands, each text cleaned on its way.

use std::io::{self, Write};

use super::style::{Role, Style, columns, padded, split_at_column, wrap};

/// Where the sections of a story begin.
const SECTION: usize = 2;
/// Where what is said in a section begins.
const BODY: usize = 13;
/// Where proof and commands begin.
pub(super) const PROOF: usize = 6;

/// Writes prose to `out` in the manner of `style`.
pub(super) struct Page<'a> {
    pub(super) style: &'a Style,
    out: &'a mut dyn Write,
    /// Whether the last line was blank: a section that has nothing to say leaves no gap of its own.
    is_after_blank: bool,
}

impl<'a> Page<'a> {
    pub(super) fn new(style: &'a Style, out: &'a mut dyn Write) -> Self {
        Self {
            style,
            out,
            is_after_blank: false,
        }
    }

    /// The output, for a table between two paragraphs.
    pub(super) fn out(&mut self) -> &mut dyn Write {
        self.is_after_blank = false;
        self.out
    }

    /// A blank line, unless the last one was blank.
    pub(super) fn blank(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.is_after_blank, true) {
            return Ok(());
        }
        writeln!(self.out)
    }

    /// A line as it is: everything in it is cleaned and painted.
    pub(super) fn line(&mut self, indent: usize, line: &str) -> io::Result<()> {
        self.is_after_blank = false;
        writeln!(self.out, "{}{line}", " ".repeat(indent))
    }

    /// A paragraph, all at one indent.
    pub(super) fn prose(&mut self, indent: usize, text: &str) -> io::Result<()> {
        self.led(indent, None, text, usize::MAX)
    }

    /// A paragraph that begins with a painted lead, cut after `most` lines.
    pub(super) fn led(
        &mut self,
        indent: usize,
        lead: Option<(Role, &str)>,
        text: &str,
        most: usize,
    ) -> io::Result<()> {
        let text = self.style.text(text);
        let lead = lead.map(|(role, lead)| (role, self.style.text(lead)));
        let whole = match &lead {
            Some((_, lead)) if text.trim().is_empty() => lead.clone(),
            Some((_, lead)) => format!("{lead} {text}"),
            None => text,
        };
        let width = self.style.prose_width().saturating_sub(indent);
        let mut lines = wrap(&whole, width, width);
        if lines.len() > most {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                let ellipsis = self.style.ellipsis();
                let (kept, _) = split_at_column(last, width.saturating_sub(columns(ellipsis)));
                *last = format!("{}{ellipsis}", kept.trim_end());
            }
        }
        for (index, line) in lines.iter().enumerate() {
            let painted = match &lead {
                Some((role, lead)) if index == 0 && line.starts_with(lead.as_str()) => {
                    let rest = &line[lead.len()..];
                    format!("{}{rest}", self.style.paint(*role, lead))
                }
                _ => line.clone(),
            };
            self.line(indent, &painted)?;
        }
        Ok(())
    }

    /// The first line of a story: parts with a sign between them, broken between parts where they have no room in one line.
    /// The first part is the name of what is talked about. All texts are cleaned.
    pub(super) fn headline(&mut self, parts: &[String]) -> io::Result<()> {
        let width = self.style.prose_width();
        let lines = filled(parts, self.style.dot(), width, width - SECTION);
        for (index, line) in lines.iter().enumerate() {
            if index > 0 {
                self.line(SECTION, line)?;
                continue;
            }
            let (name, rest) = match parts.first() {
                Some(name) if line.starts_with(name.as_str()) => line.split_at(name.len()),
                _ => (line.as_str(), ""),
            };
            let name = self.style.paint(Role::Heading, name);
            self.line(0, &format!("{name}{rest}"))?;
        }
        Ok(())
    }

    /// Counts with commas between them, broken after commas only.
    pub(super) fn counts(&mut self, text: &str) -> io::Result<()> {
        let text = self.style.text(text);
        let count = text.split(", ").count();
        // A comma stays with what it follows, also where that is broken.
        let parts: Vec<String> = text
            .split(", ")
            .enumerate()
            .map(|(index, part)| match index + 1 < count {
                true => format!("{part},"),
                false => part.to_owned(),
            })
            .collect();
        let width = self.style.prose_width();
        for line in filled(&parts, " ", width, width) {
            self.line(0, &line)?;
        }
        Ok(())
    }

    /// What to type next: what it is for, and the command alone on its line.
    pub(super) fn next(&mut self, what_for: &str, command: &str) -> io::Result<()> {
        let what_for = self.style.paint(Role::Faint, &self.style.text(what_for));
        self.line(0, &what_for)?;
        self.pasted(SECTION, command)
    }

    /// A section: its label at the left, what is said in it beside the label, wrapped there.
    pub(super) fn section(&mut self, label: &str, text: &str) -> io::Result<()> {
        let width = self.style.prose_width().saturating_sub(BODY);
        let text = self.style.text(text);
        for (index, line) in wrap(&text, width, width).iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            let margin = padded(label, BODY - SECTION);
            let margin = margin.replacen(label, &self.style.paint(Role::Heading, label), 1);
            self.line(SECTION, &format!("{margin}{line}"))?;
        }
        Ok(())
    }

    /// Something more in the section above.
    pub(super) fn more_in_section(&mut self, text: &str) -> io::Result<()> {
        self.prose(BODY, text)
    }

    /// A command to paste, never wrapped. One that cannot be shown as it is must not be pasted, and that is said.
    pub(super) fn command(&mut self, command: &str) -> io::Result<()> {
        self.pasted(PROOF, command)
    }

    fn pasted(&mut self, indent: usize, command: &str) -> io::Result<()> {
        let Some(shown) = self.style.command(command) else {
            let length = command.chars().count();
            let remark = format!("a command of {length} characters is not shown here");
            return self.line(indent, &self.style.paint(Role::Care, &remark));
        };
        self.line(indent, &self.style.paint(Role::Command, &shown))?;
        if shown != command {
            let remark = "do not paste the line above: it holds characters that cannot be shown";
            self.line(indent, &self.style.paint(Role::Care, remark))?;
        }
        Ok(())
    }
}

/// Puts as many parts into each line as have room; a part that has none by itself is wrapped.
fn filled(parts: &[String], between: &str, first: usize, rest: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        let room = if lines.len() == 1 { first } else { rest };
        if let Some(line) = lines.last_mut()
            && columns(line) + columns(between) + columns(part) <= room
        {
            line.push_str(between);
            line.push_str(part);
            continue;
        }
        let room = if lines.is_empty() { first } else { rest };
        lines.extend(wrap(part, room, rest));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::filled;

    #[test]
    fn parts_are_kept_together_where_there_is_room() {
        let parts = [
            "14 on EC2 (ng-1)",
            "4 waiting",
            "3 refused by a Fargate node",
        ]
        .map(str::to_owned);
        assert_eq!(
            filled(&parts, ", ", 30, 28),
            ["14 on EC2 (ng-1), 4 waiting", "3 refused by a Fargate node"]
        );
        assert_eq!(
            filled(&parts, ", ", 20, 12),
            [
                "14 on EC2 (ng-1)",
                "4 waiting",
                "3 refused by",
                "a Fargate",
                "node"
            ]
        );
        assert!(filled(&[], ", ", 20, 12).is_empty());
    }
}
