//! `kgwc completions`

use super::{Outcome, command, output};
use anyhow::Result;
use clap::Args;
use clap_complete::{Shell, generate};

/// Prints a script that completes command lines of kgwc.
#[derive(Debug, Args)]
#[command(after_help = "Example: kgwc completions bash > kgwc.bash")]
pub(super) struct Completions {
    /// Shell that the script is for
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self) -> Result<Outcome> {
        let mut script = Vec::new();
        generate(self.shell, &mut command(), "kgwc", &mut script);
        output::print(&script)?;
        Ok(Outcome::Fine)
    }
}
