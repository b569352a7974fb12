//! `kgwc check`

use super::input::{DiagnosticFormat, InputArgs, Target};
use super::{Outcome, output};
use crate::graph::Graph;
use crate::render::status;
use anyhow::{Context, Result};
use clap::Args;

/// Reads routes and says everything that is wrong with them.
#[derive(Debug, Args)]
#[command(after_help = "Example: kgwc check examples/matches")]
pub(super) struct Check {
    #[command(flatten)]
    pub(super) input: InputArgs,
    /// Print the conditions that a controller would set, as YAML
    #[arg(long)]
    status: bool,
    /// Format of what is wrong: the same as --diagnostics
    #[arg(long, value_enum, value_name = "FORMAT", conflicts_with_all = ["diagnostics", "status"])]
    output: Option<DiagnosticFormat>,
}

impl Check {
    pub(super) fn run(mut self) -> Result<Outcome> {
        if let Some(format) = self.output {
            self.input.options.diagnostics = format;
        }
        let loaded = self.input.load(&Target::default())?;
        let options = &self.input.options;
        if options.gateway.is_some() && !loaded.has_errors() {
            loaded.gateway(options)?;
        }
        // The problems are the result here, unless the status is asked for.
        if self.status {
            output::say(&loaded.render(options, output::color_on_stderr()));
            let strictness = options.graph();
            let graph = Graph::build(&loaded.input.index, &strictness);
            let status = status::render(&graph).context("cannot write the status")?;
            output::print(status.as_bytes())?;
        } else {
            output::print(loaded.render(options, output::color_on_stdout()).as_bytes())?;
        }
        if loaded.has_errors() {
            return Ok(loaded.failure());
        }
        if options.diagnostics == DiagnosticFormat::Text && !self.status {
            let routes = loaded.input.index.http_routes.len();
            let gateways = loaded.compiled.gateways.len();
            let (s, t) = (plural(routes), plural(gateways));
            output::say(&format!("{routes} HTTPRoute{s} on {gateways} Gateway{t}: no errors\n"));
        }
        Ok(Outcome::Fine)
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
