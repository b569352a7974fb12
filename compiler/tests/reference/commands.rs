//! The tree of commands as Markdown.

use clap::builder::PossibleValue;
use clap::{Arg, ArgAction, Command};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Options that at least as many commands have in the same words are told once.
const COMMON: usize = 4;

/// A section for each command, and one for the options that most of them share.
pub(crate) fn render(program: &Command) -> String {
    let mut program = program.clone();
    program.build();
    let commands = program.get_subcommands().filter(|command| command.get_name() != "help");
    let mut commands: Vec<_> = commands.collect();
    commands.sort_by_key(|command| command.get_display_order());
    let mut seen = BTreeMap::<String, usize>::new();
    for row in commands.iter().flat_map(|command| options(command)).map(row) {
        *seen.entry(row).or_default() += 1;
    }
    let is_common = |arg: &&Arg| seen[&row(arg)] >= COMMON;

    let mut text = String::from(
        "# Commands\n\nEvery command, as `kgwc COMMAND --help` has it. Files, folders and `-` for \
         standard input can be given in any number. Exit status: 0 fine; 1 the input has errors, or \
         a test failed; 2 wrong usage, or a file or program that is not there. Results go to \
         standard output, diagnostics to standard error.\n\n| command | what it does |\n|---|---|\n",
    );
    for command in &commands {
        let (name, about) = (command.get_name(), about(command));
        line(&mut text, &format!("| [`kgwc {name}`](#kgwc-{name}) | {about} |"));
    }
    for command in &commands {
        section(&mut text, command, &is_common);
    }
    line(&mut text, "\n## Options for reading routes\n");
    line(&mut text, "Every command that works on routes has them.\n");
    let richest = commands.iter().max_by_key(|c| options(c).filter(is_common).count());
    table(&mut text, richest.into_iter().flat_map(|c| options(c).filter(is_common)));
    text
}

fn section(text: &mut String, command: &Command, is_common: &impl Fn(&&Arg) -> bool) {
    line(text, &format!("\n## kgwc {}\n\n{}.\n", command.get_name(), about(command)));
    let usage = command.clone().render_usage().to_string();
    line(text, &format!("```text\n{}\n```\n", usage.trim_start_matches("Usage: ")));
    let own: Vec<_> =
        arguments(command).chain(options(command).filter(|arg| !is_common(arg))).collect();
    table(text, own.into_iter());
    if options(command).any(|arg| is_common(&arg)) {
        line(text, "\nAnd the [options for reading routes](#options-for-reading-routes).");
    }
    let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let examples = examples.trim_start_matches("Examples:").trim_start_matches("Example:");
    let examples: Vec<_> = examples.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    if !examples.is_empty() {
        line(text, &format!("\n```sh\n{}\n```", examples.join("\n")));
    }
}

fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

fn arguments(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_positionals().filter(|arg| !arg.is_hide_set())
}

/// Without the one that every command has and nobody looks up.
fn options(command: &Command) -> impl Iterator<Item = &Arg> {
    let is_own = |arg: &&Arg| {
        !arg.is_positional() && !arg.is_hide_set() && !matches!(arg.get_action(), ArgAction::Help)
    };
    command.get_arguments().filter(is_own)
}

fn table<'a>(text: &mut String, args: impl Iterator<Item = &'a Arg>) {
    let rows: Vec<_> = args.map(row).collect();
    if !rows.is_empty() {
        line(text, "| option | what it does |\n|---|---|");
        rows.iter().for_each(|row| line(text, row));
    }
}

fn row(arg: &Arg) -> String {
    let short = arg.get_short().filter(|_| arg.get_long().is_some());
    let name = short.map(|c| format!("-{c}, ")).unwrap_or_default() + &arg.to_string();
    let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string);
    let mut told = format!("{}.", help.unwrap_or_default().replace('\n', " "));
    let default: Vec<_> = arg.get_default_values().iter().map(|v| v.to_string_lossy()).collect();
    if !default.is_empty() && arg.get_action().takes_values() {
        told.push_str(&format!(" By default `{}`.", default.join(" ")));
    }
    if let Some(variable) = arg.get_env() {
        told.push_str(&format!(" Or the environment variable `{}`.", variable.to_string_lossy()));
    }
    told.push_str(&possible(&arg.get_possible_values()));
    format!("| `{}` | {} |", escape(&name), escape(&told))
}

/// The values that can be chosen from, with what they mean where they say it.
fn possible(values: &[PossibleValue]) -> String {
    let shown = values.iter().filter(|value| !value.is_hide_set());
    // On or off: the name of the option's value says it.
    let shown = shown.filter(|value| !["true", "false"].contains(&value.get_name()));
    let told: Vec<_> = shown
        .map(|value| match value.get_help() {
            Some(help) => format!("`{}`: {help}", value.get_name()),
            None => format!("`{}`", value.get_name()),
        })
        .collect();
    let has_help = values.iter().any(|value| value.get_help().is_some());
    match (told.is_empty(), has_help) {
        (true, _) => String::new(),
        (false, true) => format!("<br>{}.", told.join("<br>")),
        (false, false) => format!(" One of {}.", told.join(", ")),
    }
}

/// A cell of a table, also where it is code.
fn escape(cell: &str) -> String {
    cell.replace('|', "\\|")
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a string takes everything");
}
