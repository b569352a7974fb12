//! `kgwc filter`

use super::{Outcome, output};
use crate::digest::sha256;
use anyhow::{Result, bail};
use clap::Args;
use std::io::IsTerminal;
use std::path::PathBuf;

/// Writes the module that is in this program: the bytes that `kgwc test` tests.
#[derive(Debug, Args)]
#[command(after_help = "Example: kgwc filter -o kgwc.wasm")]
pub(super) struct Filter {
    /// File to write to; standard output when absent
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The SHA-256 of the module, in hexadecimal digits.
pub(super) fn digest() -> String {
    sha256(filter_module::MODULE)
}

impl Filter {
    pub(super) fn run(self) -> Result<Outcome> {
        match self.output {
            Some(path) => {
                output::write_file(&path, filter_module::MODULE, output::Readers::Anybody)?;
                output::say(&format!("kgwc: wrote {}, sha256:{}\n", path.display(), digest()));
            }
            None if std::io::stdout().is_terminal() => {
                bail!("the module is no text for a terminal: name a file with -o")
            }
            None => output::print(filter_module::MODULE)?,
        }
        Ok(Outcome::Fine)
    }
}
