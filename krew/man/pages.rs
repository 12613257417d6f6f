//! The man pages, made from the command line's own description: one for the program, one for each subcommand.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use clap::{Arg, Command, CommandFactory as _};
use clap_mangen::Man;
use kubectl_fargate::cli::Cli;

/// A heading of help, which says where the rest is, and that of a page, which has all.
const CUT: (&str, &str) = (
    "How to reach the cluster (more with --help)",
    "How to reach the cluster",
);

/// Writes `kubectl-fargate.1`, `kubectl-fargate-explain.1` and so on into the folder, which is made where it is missing.
///
/// # Errors
/// Those of the files.
pub fn write(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    // Whoever reads a page has typed the program's own name.
    let mut command = Cli::command()
        .bin_name("kubectl-fargate")
        .disable_help_subcommand(true);
    command.build();
    for described in std::iter::once(&command).chain(command.get_subcommands()) {
        if !described.is_hide_set() {
            let name = name_of(described);
            let file = File::create(folder.join(format!("{name}.1")))?;
            let mut out = BufWriter::new(file);
            page(described, &mut out)?;
            out.flush()?;
        }
    }
    Ok(())
}

/// What a page is called: `kubectl-fargate-explain`.
fn name_of(command: &Command) -> &str {
    command.get_display_name().unwrap_or(command.get_name())
}

fn page(command: &Command, out: &mut dyn Write) -> io::Result<()> {
    let man = Man::new(command.clone().mut_args(in_full))
        .title(name_of(command).to_uppercase())
        .source(concat!("kubectl-fargate ", env!("CARGO_PKG_VERSION")))
        .manual("kubectl-fargate");
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    man.render_options_section(out)?;
    if command.get_subcommands().next().is_some() {
        man.render_subcommands_section(out)?;
    }
    let after = command.get_after_help().map(ToString::to_string);
    below(&after.unwrap_or_default(), out)
}

/// The flag with what help keeps back in its short form.
fn in_full(argument: Arg) -> Arg {
    let is_cut = argument.get_help_heading() == Some(CUT.0);
    let argument = argument.hide_short_help(false);
    match is_cut {
        true => argument.help_heading(CUT.1),
        false => argument,
    }
}

/// The text below the help, line by line as it stands there. A line that begins in the first column and ends in a colon is a heading.
fn below(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut is_open = false;
    for line in text.lines() {
        let heading = line.strip_suffix(':').filter(|line| !line.starts_with(' '));
        if let Some(heading) = heading {
            if is_open {
                writeln!(out, ".fi")?;
            }
            writeln!(out, ".SH \"{}\"\n.nf", heading.to_uppercase())?;
            is_open = true;
        } else if is_open {
            writeln!(out, "{}", escaped(line))?;
        }
    }
    match is_open {
        true => writeln!(out, ".fi"),
        false => Ok(()),
    }
}

/// A line of text that roff takes for nothing else.
fn escaped(line: &str) -> String {
    let line = line
        .strip_prefix("  ")
        .unwrap_or(line)
        .replace('\\', "\\e")
        .replace('-', "\\-")
        .replace('\'', "\\(aq");
    match line.starts_with('.') {
        true => format!("\\&{line}"),
        false => line,
    }
}
