use clap::CommandFactory as _;

use super::*;

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn help_lines_are_imperative_without_full_stop() {
    let mut command = Cli::command();
    command.build();
    for subcommand in command.get_subcommands() {
        for argument in subcommand.get_arguments() {
            let help = argument
                .get_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            assert!(!help.is_empty(), "{} has no help", argument.get_id());
            assert!(!help.ends_with('.'), "{}: {help}", argument.get_id());
        }
    }
}

/// Who has a file of some form learns from the help that it can be given.
#[test]
fn the_help_of_profiles_names_every_tool() {
    let mut command = Cli::command();
    let profiles = command
        .find_subcommand_mut("profiles")
        .expect("it is a subcommand");
    let help = profiles.render_long_help().to_string();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for tool in [
        "AWS CLI",
        "cloudcontrol",
        "eksctl",
        "cloudformation get-template",
        "cdk synth",
        "terraform show -json",
        "pulumi stack export",
        "ACK",
        "Crossplane",
        "Cluster API",
    ] {
        assert!(help.contains(tool), "{tool} is not in the help:\n{help}");
    }
}

#[test]
fn what_is_said_at_length_is_in_the_help() {
    let mut command = Cli::command();
    for (name, long) in [
        ("explain", EXPLAIN_LONG),
        ("profiles", profiles::LONG),
        ("suggest", suggest::LONG),
    ] {
        let subcommand = command.find_subcommand_mut(name).expect("there is one");
        let help = subcommand.render_long_help().to_string();
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words(&help).contains(&words(long)), "{name}:\n{help}");
    }
}
