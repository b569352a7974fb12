//! `kgwc man`

use super::{Outcome, command, output};
use anyhow::{Context, Result};
use clap::{Args, ValueHint};
use std::path::PathBuf;

/// Prints the manual page of kgwc; or writes a page for it and for each of its commands.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kgwc man > kgwc.1
  kgwc man -o man1/")]
pub(super) struct Man {
    /// Folder that gets a page for each command
    #[arg(short, long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    output: Option<PathBuf>,
}

impl Man {
    pub(super) fn run(self) -> Result<Outcome> {
        match self.output {
            None => {
                let mut page = Vec::new();
                clap_mangen::Man::new(command().bin_name("kgwc")).render(&mut page)?;
                output::print(&page)?;
            }
            Some(folder) => {
                std::fs::create_dir_all(&folder)
                    .with_context(|| format!("cannot make {}", folder.display()))?;
                clap_mangen::generate_to(command(), &folder)
                    .with_context(|| format!("cannot write to {}", folder.display()))?;
            }
        }
        Ok(Outcome::Fine)
    }
}
