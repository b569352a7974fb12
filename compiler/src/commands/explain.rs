//! `kgwc explain`

use super::input::{OptionArgs, Target, load};
use super::{Outcome, output};
use crate::explain;
use crate::testing::Prepared;
use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum, ValueHint};
use route::RouteTable;
use std::path::PathBuf;

/// Says what becomes of one request, and why nothing else does.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  kgwc explain examples/matches -X POST http://httpbin.example.com/post?version=2")]
pub(super) struct Explain {
    /// Files, folders, or - for standard input; last the URL of the request, whose scheme and port
    /// choose the listener
    // One list, because options may stand between the inputs and the URL, as with curl.
    #[arg(value_name = "INPUT, URL", num_args = 1.., required = true,
        value_hint = ValueHint::AnyPath)]
    inputs_and_url: Vec<String>,
    /// Method
    #[arg(short = 'X', long = "request", value_name = "METHOD", default_value = "GET")]
    method: String,
    /// Header of the request, as `name: value`; can be repeated
    #[arg(short = 'H', long = "header", value_name = "HEADER")]
    headers: Vec<String>,
    /// Leave the path as it stands; without it dot segments and slashes are normalised as by Envoy
    #[arg(long)]
    raw_path: bool,
    /// Format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    output: Format,
    #[command(flatten)]
    pub(super) options: OptionArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Json,
}

impl Explain {
    /// All but the URL.
    pub(super) fn inputs(&self) -> Vec<PathBuf> {
        let paths = self.inputs_and_url.split_last().map_or(&[][..], |(_, paths)| paths);
        paths.iter().map(PathBuf::from).collect()
    }

    pub(super) fn run(self) -> Result<Outcome> {
        let Some(url) = self.inputs_and_url.last() else {
            bail!("name the input and a URL");
        };
        let paths = self.inputs();
        if paths.is_empty() {
            bail!("{url} stands alone: name the input, then the URL");
        }
        let headers = self.headers.iter().map(|header| parse_header(header));
        let headers = headers.collect::<Result<Vec<_>>>()?;
        let mut request = Prepared::new(&self.method, url, headers)?;
        if !self.raw_path {
            request = request.normalized().context("Envoy answers 400 to this path")?;
        }
        let loaded = load(&paths, &self.options, &Target::default())?;
        if !loaded.report(&self.options) {
            return Ok(loaded.failure());
        }
        let (gateway, lowered) = loaded.gateway(&self.options)?;
        let listeners = &lowered.config.listeners;
        if listeners.iter().all(|listener| listener.port != request.port) {
            let ports: Vec<_> =
                listeners.iter().map(|l| format!("{} ({})", l.port, l.name)).collect();
            bail!(
                "no listener of Gateway {gateway} has port {}; there are {}",
                request.port,
                ports.join(", ")
            );
        }
        let table = RouteTable::compile(lowered.config.clone())?;
        let explanation = explain::explain(&table, &request);
        let text = match self.output {
            Format::Text => route::explain::text(&explanation),
            Format::Json => serde_json::to_string_pretty(&explanation)? + "\n",
        };
        output::print(text.as_bytes())?;
        Ok(Outcome::Fine)
    }
}

fn parse_header(header: &str) -> Result<(String, String)> {
    match header.split_once(':') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => bail!("-H takes `name: value`, not `{header}`"),
    }
}
