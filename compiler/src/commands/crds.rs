//! `kgwc crds`

use super::{Outcome, output};
use crate::api;
use anyhow::{Context, Result};
use clap::{Args, ValueHint};
use std::path::PathBuf;

/// Prints the CustomResourceDefinitions of the kinds that kgwc reads.
#[derive(Debug, Args)]
#[command(after_help = "Example: kgwc crds -o crds/")]
pub(super) struct Crds {
    /// Folder that gets a file for each
    #[arg(short, long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    output: Option<PathBuf>,
}

impl Crds {
    pub(super) fn run(self) -> Result<Outcome> {
        let crds = api::crds()?;
        match self.output {
            None => {
                let documents: Vec<_> = crds.into_iter().map(|(_, yaml)| yaml).collect();
                output::print(documents.join("---\n").as_bytes())?;
            }
            Some(folder) => {
                std::fs::create_dir_all(&folder)
                    .with_context(|| format!("cannot make {}", folder.display()))?;
                for (name, yaml) in crds {
                    output::write_file(
                        &folder.join(name),
                        yaml.as_bytes(),
                        output::Readers::Anybody,
                    )?;
                }
            }
        }
        Ok(Outcome::Fine)
    }
}
