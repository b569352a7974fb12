//! The command line.

mod check;
mod compile;
mod crds;
mod explain;
mod explain_code;
mod input;
mod migrate;
mod output;
mod schema;
mod test;

#[cfg(feature = "module")]
mod filter;
#[cfg(feature = "module")]
mod serve;

use clap::{Parser, Subcommand};
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
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Everything is fine.
    Fine,
    /// The input has errors, or a test failed.
    Errors,
    /// A file of the input cannot be read, which has been told.
    Unreadable,
}

/// Runs the command line: 0 fine, 1 the input has errors or a test failed, 2 wrong usage or I/O.
pub fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Compile(command) => command.run(),
        Command::Check(command) => command.run(),
        Command::Test(command) => command.run(),
        Command::Explain(command) => command.run(),
        #[cfg(feature = "module")]
        Command::Serve(command) => command.run(),
        #[cfg(feature = "module")]
        Command::Filter(command) => command.run(),
        Command::ExplainCode(command) => command.run(),
        Command::Migrate(command) => command.run(),
        Command::Crds(command) => command.run(),
        Command::Schema(command) => command.run(),
    };
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
