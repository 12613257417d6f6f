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
}

impl<'a> Page<'a> {
    pub(super) fn new(style: &'a Style, out: &'a mut dyn Write) -> Self {
        Self { style, out }
    }

    /// The output, for a table between two paragraphs.
    pub(super) fn out(&mut self) -> &mut dyn Write {
        self.out
    }

    pub(super) fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// A line as it is: everything in it is cleaned and painted.
    pub(super) fn line(&mut self, indent: usize, line: &str) -> io::Result<()> {
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
        let shown = self.style.text(command);
        self.line(PROOF, &self.style.paint(Role::Command, &shown))?;
        if shown != command {
            let remark = "do not paste the line above: it holds characters that cannot be shown";
            self.line(PROOF, &self.style.paint(Role::Care, remark))?;
        }
        Ok(())
    }
}
