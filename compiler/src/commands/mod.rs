//! The command line.

mod check;
mod compile;
mod completions;
mod crds;
mod explain;
mod explain_code;
mod graph;
mod input;
mod man;
mod migrate;
mod output;
mod progress;
mod schema;
mod test;
mod token;

#[cfg(feature = "module")]
mod filter;
#[cfg(feature = "module")]
mod serve;

use crate::settings::Problems;
use anyhow::Result;
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use input::OptionArgs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Routes of the Kubernetes Gateway API in the proxy you already run.
#[derive(Debug, Parser)]
#[command(name = "kgwc", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Compile routes into configuration for the module, or for a whole Envoy
    Compile(compile::Compile),
    /// Say what is wrong with routes
    Check(check::Check),
    /// Run RouteTests
    Test(test::Test),
    /// Say what becomes of one request, and why
    Explain(explain::Explain),
    /// Draw what is served where, and what is not
    Graph(graph::GraphCommand),
    /// Serve routes on this machine with a real Envoy
    #[cfg(feature = "module")]
    Serve(serve::Serve),
    /// Write the module that is in this program
    #[cfg(feature = "module")]
    Filter(filter::Filter),
    /// Say what a code such as `invalid-value` means, and how to mend it
    ExplainCode(explain_code::ExplainCode),
    /// Print objects in older shapes in their current one
    Migrate(migrate::Migrate),
    /// Print the CustomResourceDefinitions
    Crds(crds::Crds),
    /// Print the JSON schema of a kind, or of the plugin configuration
    Schema(schema::Schema),
    /// Print a script that completes command lines in a shell
    Completions(completions::Completions),
    /// Print the manual
    Man(man::Man),
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Everything is fine.
    Fine,
    /// The input has errors, or a test failed.
    Errors,
    /// A file of the input or the settings cannot be read, which has been told.
    Unreadable,
}

/// Runs the command line: 0 fine, 1 the input has errors or a test failed, 2 wrong usage or I/O.
pub fn main() -> ExitCode {
    let parsed = command().try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) if error.kind() == ErrorKind::DisplayVersion => {
            return exit(output::print(version().as_bytes()).map(|()| Outcome::Fine));
        }
        Err(error) => error.exit(),
    };
    exit(cli.command.run())
}

/// The command line as clap has it, for its help, completions and manual. Where the program is
/// called as a plugin of kubectl, it is shown as kubectl calls it.
pub fn command() -> clap::Command {
    let program = std::env::args_os().next().unwrap_or_default();
    let program = Path::new(&program).file_stem().unwrap_or_default();
    let name = if program == PLUGIN { "kubectl kgwc" } else { "kgwc" };
    Cli::command().bin_name(name).mut_subcommand("explain", |explain| {
        explain.override_usage(format!("{name} explain [OPTIONS] <INPUT>... <URL>"))
    })
}

/// The name by which kubectl finds `kubectl kgwc` on the path.
const PLUGIN: &str = "kubectl-kgwc";

/// The version of the program and which module is in it.
fn version() -> String {
    let version = concat!("kgwc ", env!("CARGO_PKG_VERSION"), "\n");
    #[cfg(feature = "module")]
    let version = format!("{version}module sha256:{}\n", filter::digest());
    version.to_string()
}

fn exit(result: Result<Outcome>) -> ExitCode {
    match result {
        Ok(Outcome::Fine) => ExitCode::SUCCESS,
        Ok(Outcome::Errors) => ExitCode::from(1),
        Ok(Outcome::Unreadable) => ExitCode::from(2),
        Err(error) => {
            output::complain(&format!("{error:#}"));
            ExitCode::from(2)
        }
    }
}

impl Command {
    fn run(mut self) -> Result<Outcome> {
        if let Some((inputs, options)) = self.input()
            && let Err(problems) = options.settle(&inputs)
        {
            let Problems { sources, diagnostics } = &*problems;
            let color = output::color_on_stderr();
            output::say(&options.diagnostics.render(diagnostics, sources, color));
            return Ok(Outcome::Unreadable);
        }
        match self {
            Self::Compile(command) => command.run(),
            Self::Check(command) => command.run(),
            Self::Test(command) => command.run(),
            Self::Explain(command) => command.run(),
            Self::Graph(command) => command.run(),
            #[cfg(feature = "module")]
            Self::Serve(command) => command.run(),
            #[cfg(feature = "module")]
            Self::Filter(command) => command.run(),
            Self::ExplainCode(command) => command.run(),
            Self::Migrate(command) => command.run(),
            Self::Crds(command) => command.run(),
            Self::Schema(command) => command.run(),
            Self::Completions(command) => command.run(),
            Self::Man(command) => command.run(),
        }
    }

    /// The inputs of a command that works on routes, with the options that settings are for.
    fn input(&mut self) -> Option<(Vec<PathBuf>, &mut OptionArgs)> {
        let input = match self {
            Self::Compile(command) => &mut command.input,
            Self::Check(command) => &mut command.input,
            Self::Test(command) => &mut command.input,
            Self::Graph(command) => &mut command.input,
            Self::Explain(command) => return Some((command.inputs(), &mut command.options)),
            #[cfg(feature = "module")]
            Self::Serve(command) => return Some((command.paths.clone(), &mut command.options)),
            _ => return None,
        };
        Some((input.paths.clone(), &mut input.options))
    }
}
