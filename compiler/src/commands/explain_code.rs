//! `kgwc explain-code`

use super::{Outcome, output};
use crate::diagnostic::{Code, UnknownCode};
use clap::Args;
use std::fmt::Write;

/// Says what codes of diagnostics mean, with an example and how to mend it; without a code, lists
/// them all.
#[derive(Debug, Args)]
#[command(after_help = "Example: kgwc explain-code invalid-value")]
pub(super) struct ExplainCode {
    /// Codes, as they stand in brackets: error[CODE]
    #[arg(value_name = "CODE", value_parser = parse)]
    codes: Vec<Code>,
}

impl ExplainCode {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let text = match self.codes.as_slice() {
            [] => list(),
            codes => codes.iter().map(|code| code.page()).collect::<Vec<_>>().join("\n"),
        };
        output::print(text.as_bytes())?;
        Ok(Outcome::Fine)
    }
}

/// A code, also as it is printed with its severity.
fn parse(text: &str) -> Result<Code, UnknownCode> {
    let inside = text.split_once('[').and_then(|(_, rest)| rest.split(']').next());
    inside.unwrap_or(text).trim().to_ascii_lowercase().parse()
}

/// A line for each code, in the order in which an input meets them.
fn list() -> String {
    let width = Code::ALL.iter().map(|code| code.as_str().len()).max().unwrap_or_default();
    let mut text = String::new();
    for code in Code::ALL {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:width$}  {}", code.as_str(), code.summary());
    }
    text
}
