//! `kgwc migrate`

use super::input::DiagnosticFormat;
use super::{Outcome, output};
use crate::api::kgateway::legacy::UNKNOWN_ACCOUNT;
use crate::diagnostic::{Code, Severity};
use crate::migrate::Migration;
use crate::source;
use anyhow::{Context, Result};
use clap::Args;
use std::path::{Path, PathBuf};

/// Prints objects in older shapes in their current one.
#[derive(Debug, Args)]
#[command(after_help = "Example: kgwc migrate --aws-account 123456789012 examples/lambda")]
pub(super) struct Migrate {
    /// Files, folders, or - for standard input
    #[arg(value_name = "INPUT", required = true)]
    paths: Vec<PathBuf>,
    /// AWS account of Lambda functions, which the older shape does not name
    #[arg(long, value_name = "ACCOUNT", value_parser = parse_account)]
    aws_account: Option<String>,
    /// File to write to, none of the input; standard output when absent
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Format of diagnostics, on standard error
    #[arg(long, value_enum, default_value_t = DiagnosticFormat::Text, value_name = "FORMAT")]
    diagnostics: DiagnosticFormat,
}

impl Migrate {
    pub(super) fn run(self) -> Result<Outcome> {
        let (sources, found) = source::read(&self.paths, &mut std::io::stdin().lock());
        let problems: Vec<_> =
            found.into_iter().filter(|d| d.severity == Severity::Error).collect();
        if !problems.is_empty() {
            let color = output::color_on_stderr();
            output::say(&self.diagnostics.render(&problems, &sources, color));
            let is_unreadable = problems.iter().any(|d| d.code == Code::Unreadable);
            return Ok(if is_unreadable { Outcome::Unreadable } else { Outcome::Errors });
        }
        let output = self.output.as_deref().filter(|path| *path != Path::new("-"));
        if let Some(path) = output {
            output::spare_input(path, &sources)?;
        }
        let objects = || sources.documents.iter().map(|document| &document.value);
        let migration = Migration::new(objects());
        let account = self.aws_account.as_deref().unwrap_or(UNKNOWN_ACCOUNT);
        let mut documents = Vec::new();
        for object in objects() {
            let migrated = migration.migrate(object, account);
            for left in migrated.left {
                output::say(&format!("kgwc: {left}\n"));
            }
            for new in migrated.documents {
                documents.push(serde_saphyr::to_string(&new).context("cannot write YAML")?);
            }
        }
        if migration.is_empty() {
            output::say("kgwc: nothing to migrate: every object is in its current shape\n");
        } else if self.aws_account.is_none() {
            output::say(&format!(
                "kgwc: {UNKNOWN_ACCOUNT} stands where your AWS account belongs; --aws-account \
                 fills it in\n"
            ));
        }
        let text = documents.join("---\n");
        match output {
            Some(path) => output::write_file(path, text.as_bytes(), output::Readers::Anybody)?,
            None => output::print(text.as_bytes())?,
        }
        Ok(Outcome::Fine)
    }
}

fn parse_account(text: &str) -> Result<String, &'static str> {
    match text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        true => Ok(text.to_owned()),
        false => Err("an AWS account has twelve digits"),
    }
}
