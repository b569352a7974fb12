//! `kgwc explain`

use super::input::{OptionArgs, Target, load};
use super::progress::Progress;
use super::{Outcome, output};
use crate::replay::{Base, Reader};
use crate::testing::Prepared;
use crate::{explain, render};
use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum, ValueHint};
use route::RouteTable;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// Says what becomes of one request, and why nothing else does.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kgwc explain examples/matches -X POST http://httpbin.example.com/post?version=2
  kgwc explain examples/matches --access-log examples/matches/access.log")]
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
    /// Play this access log in place of one request, and sum up where its requests would go: Envoy's
    /// and Istio's default formats, the combined format, JSON lines; - for standard input. A URL
    /// says scheme, host and port where the log does not
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath,
        conflicts_with_all = ["method", "headers"])]
    access_log: Option<PathBuf>,
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
        self.split().0.iter().map(PathBuf::from).collect()
    }

    /// The inputs and the URL, which a log can do without.
    fn split(&self) -> (&[String], Option<&str>) {
        match self.inputs_and_url.split_last() {
            Some((last, _)) if self.access_log.is_some() && !last.contains("://") => {
                (&self.inputs_and_url, None)
            }
            Some((last, paths)) => (paths, Some(last)),
            None => (&[], None),
        }
    }

    pub(super) fn run(self) -> Result<Outcome> {
        let (paths, url) = self.split();
        if paths.is_empty() {
            let url = url.unwrap_or_default();
            bail!("{url} stands alone: name the input, then the URL");
        }
        if let Some(log) = &self.access_log {
            return self.replay(log, url);
        }
        let Some(url) = url else {
            bail!("name the input and a URL");
        };
        let headers = self.headers.iter().map(|header| parse_header(header));
        let headers = headers.collect::<Result<Vec<_>>>()?;
        let mut request = Prepared::new(&self.method, url, headers)?;
        if !self.raw_path {
            request = request.normalized().context("Envoy answers 400 to this path")?;
        }
        let loaded = load(&self.inputs(), &self.options, &Target::default())?;
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
        let explanation = explain::explain(&table, &request, usize::MAX);
        let text = match self.output {
            Format::Text => explain::lines(&explanation).map(|line| line + "\n").collect(),
            Format::Json => serde_json::to_string_pretty(&explanation)? + "\n",
        };
        output::print(text.as_bytes())?;
        Ok(Outcome::Fine)
    }
}

impl Explain {
    fn replay(&self, log: &Path, url: Option<&str>) -> Result<Outcome> {
        let request = url.map(|url| Prepared::new("GET", url, [])).transpose()?;
        let base = Base {
            https: request.as_ref().map(|request| request.https),
            port: request.as_ref().map(|request| request.port),
            authority: request.map(|request| request.authority),
            raw_path: self.raw_path,
        };
        let inputs = self.inputs();
        let is_stdin = log == Path::new("-");
        if is_stdin && inputs.iter().any(|input| input == log) {
            bail!("standard input is either the routes or the log");
        }
        let loaded = load(&inputs, &self.options, &Target::default())?;
        if !loaded.report(&self.options) {
            return Ok(loaded.failure());
        }
        let (_, lowered) = loaded.gateway(&self.options)?;
        let mut lines: Box<dyn BufRead> = match is_stdin {
            true => Box::new(std::io::stdin().lock()),
            false => {
                let file = File::open(log);
                Box::new(BufReader::new(file.with_context(|| cannot_read(log))?))
            }
        };
        // RFC 1952, section 2.3.1.
        let is_compressed = lines.fill_buf().is_ok_and(|start| start.starts_with(&[0x1f, 0x8b]));
        let mut reader = Reader::new(base, &lowered.config);
        let mut line = Vec::new();
        let progress = Progress::start("reading the log", None);
        while lines.read_until(b'\n', &mut line).with_context(|| cannot_read(log))? > 0 {
            reader.line(&line);
            line.clear();
        }
        drop(progress);
        let replay = reader.finish(&RouteTable::compile(lowered.config.clone())?);
        if replay.requests == 0 {
            let name = log.display();
            match (replay.without_host.lines, replay.not_understood.first) {
                (0, None) => bail!("{name} has no line"),
                (0, Some(_)) if is_compressed => {
                    bail!("{name} is compressed: zcat {name} | kgwc explain ... --access-log -")
                }
                (0, Some(_)) => bail!("{name} has no line in a format that is known"),
                (_, _) => bail!("{name} names no hosts: name a URL with the host after the inputs"),
            }
        }
        let text = match self.output {
            Format::Text => render::replay::text(&replay),
            Format::Json => serde_json::to_string_pretty(&replay)? + "\n",
        };
        output::print(text.as_bytes())?;
        Ok(Outcome::Fine)
    }
}

fn cannot_read(log: &Path) -> String {
    format!("cannot read {}", log.display())
}

fn parse_header(header: &str) -> Result<(String, String)> {
    match header.split_once(':') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.to_owned(), value.trim_matches([' ', '\t']).to_owned()))
        }
        _ => bail!("-H takes `name: value`, not `{header}`"),
    }
}
