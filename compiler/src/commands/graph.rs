//! `kgwc graph`

use super::input::{InputArgs, Target};
use super::{Outcome, output};
use crate::graph::Graph;
use crate::render::graph::{Diagram, Format};
use anyhow::Result;
use clap::Args;

/// Draws what is served where: Gateways, listeners, routes, rules, backends; and what is not
/// attached or leads nowhere, with the reason. Errors of the input do not stop it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kgwc graph examples/matches
  kgwc graph --output html examples/bookinfo > routes.html
  kgwc graph --output dot examples/bookinfo > routes.dot")]
pub(super) struct GraphCommand {
    #[command(flatten)]
    pub(super) input: InputArgs,
    /// Format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    output: Format,
}

impl GraphCommand {
    pub(super) fn run(self) -> Result<Outcome> {
        let loaded = self.input.load(&Target::default())?;
        let options = &self.input.options;
        let is_fine = loaded.report(options);
        let gateway = match options.gateway {
            Some(_) => Some(&loaded.gateway(options)?.0),
            None => None,
        };
        let strictness = options.graph();
        let graph = Graph::build(&loaded.input.index, &strictness);
        let diagram = Diagram::new(&graph, gateway);
        output::print(diagram.render(self.output).as_bytes())?;
        Ok(if is_fine { Outcome::Fine } else { loaded.failure() })
    }
}
