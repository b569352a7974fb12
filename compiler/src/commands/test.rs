//! `kgwc test`

mod engine;

use super::Outcome;
use super::input::{DiagnosticFormat, InputArgs, Loaded, Target};
use super::output::{self, Readers};
use super::progress::Progress;
use super::token::{Token, TokenParser};
use crate::digest::sha256;
use crate::render::report;
use crate::source::Snapshot;
use crate::testing::{self, Options, Report, Suite, Target as LiveTarget, Verdict};
use anyhow::{Context, Result, bail};
use clap::Args;
use engine::{EngineArg, Engines};
use route::config::Observe;
use std::path::{Path, PathBuf};

/// Runs the RouteTests of the input against its routes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kgwc test examples/matches
  kgwc test --filter prefix --output junit examples/matches
  kgwc test --fail-under 80 --lcov lcov.info examples/matches
  kgwc test --record examples/matches/routes.yaml")]
pub(super) struct Test {
    #[command(flatten)]
    pub(super) input: InputArgs,
    /// What decides; the module where nothing says otherwise
    #[arg(long, value_enum)]
    engine: Option<EngineArg>,
    /// Send the requests to a gateway that is live, as http://HOST:PORT, or PORT=URL for one port of
    /// the Gateway; can be repeated. What a response shows is checked, the rest is named. TLS
    /// certificates are not
    #[arg(long, value_name = "URL", conflicts_with_all = ["engine", "fail_under", "lcov"])]
    against: Vec<LiveTarget>,
    /// With --against: the token by which the module there explains what it does
    #[arg(long, value_name = "TOKEN", env = "KGWC_EXPLAIN_TOKEN", hide_env_values = true,
        value_parser = TokenParser)]
    explain_token: Option<Token>,
    /// Write a RouteTest with a case for every match of the input, which says what the routes do
    /// now: a start for a person to edit
    #[arg(long, conflicts_with_all =
        ["against", "filters", "fail_under", "lcov", "watch", "output"])]
    record: bool,
    /// Run again whenever the input changes
    #[arg(long)]
    watch: bool,
    /// Format
    #[arg(long, value_enum, default_value_t = report::Format::Text)]
    output: report::Format,
    /// Run the cases that have this text in `NAMESPACE/NAME: CASE`; can be repeated
    #[arg(long = "filter", value_name = "TEXT")]
    filters: Vec<String>,
    /// Fail where the cases reach less than this share of rules, matches, filters and backends
    #[arg(long, value_name = "PERCENT", value_parser = parse_percent)]
    fail_under: Option<f64>,
    /// Write what the cases reach of the lines of the input, for editors and coverage services
    #[arg(long, value_name = "FILE", value_parser = output::file_parser())]
    lcov: Option<PathBuf>,
    /// Leave paths as they stand; without it dot segments and slashes are normalised as by Envoy
    #[arg(long)]
    raw_path: bool,
}

impl Test {
    pub(super) fn run(self) -> Result<Outcome> {
        if self.record {
            return self.record();
        }
        for (number, target) in self.against.iter().enumerate() {
            if let Some(other) = self.against[..number].iter().find(|other| other.clashes(target)) {
                bail!("{other} and {target} are for the same requests");
            }
        }
        let token = self.explain_token.as_ref().and_then(Token::get).map(str::to_owned);
        let mut engines = Engines::new(self.engine()?, self.against.clone(), token);
        if self.watch {
            return self.watch(&mut engines);
        }
        self.once(&mut engines)
    }

    /// Runs until somebody stops it.
    fn watch(&self, engines: &mut Engines) -> Result<Outcome> {
        if self.input.paths.iter().any(|path| path == Path::new("-")) {
            bail!("standard input cannot be followed: name files or folders");
        }
        if let Some(missing) = self.input.paths.iter().find(|path| !path.exists()) {
            bail!("{} does not exist", missing.display());
        }
        loop {
            let before = Snapshot::take(&self.input.paths);
            if let Err(error) = self.once(engines) {
                output::complain(&format!("{error:#}"));
            }
            output::say("waiting for a change of the input\n");
            before.wait(&self.input.paths);
            output::say("\n");
        }
    }

    fn record(&self) -> Result<Outcome> {
        let loaded = self.input.load(&Self::target(self.engine()?))?;
        let options = &self.input.options;
        if !loaded.report(options) {
            return Ok(loaded.failure());
        }
        let gateways = match options.gateway {
            Some(_) => std::slice::from_ref(loaded.gateway(options)?),
            None => loaded.compiled.gateways.as_slice(),
        };
        let mut documents = Vec::new();
        for (gateway, lowered) in gateways {
            let recorded = testing::record(gateway, lowered)?;
            for unreached in &recorded.unreached {
                output::say(&format!("kgwc: {gateway}: {unreached}\n"));
            }
            if !recorded.test.cases.is_empty() {
                documents.push(recorded.to_yaml(gateway).context("cannot write YAML")?);
            }
        }
        let text = format!(
            "# Recorded by kgwc test --record: what the routes do now. Edit it into what they have to \
             do.\n{}",
            documents.join("---\n")
        );
        output::print(text.as_bytes())?;
        Ok(Outcome::Fine)
    }

    fn once(&self, engines: &mut Engines) -> Result<Outcome> {
        let loaded = self.input.load(&Self::target(engines.engine()))?;
        if !loaded.report(&self.input.options) {
            // A CI server that finds no report says so, and not what is wrong.
            if self.output == report::Format::Junit {
                let color = output::color_on_stdout();
                let problems = loaded.render_as(DiagnosticFormat::Junit, color);
                output::print(problems.as_bytes())?;
            }
            return Ok(loaded.failure());
        }
        let sources = &loaded.input.sources;
        if let Some(path) = &self.lcov {
            self.input.options.spare(path, sources)?;
        }
        let report = self.report(&loaded, engines)?;
        let color = output::color_on_stdout();
        output::print(report::render(&report, sources, self.output, color).as_bytes())?;
        if report.cases.iter().all(|case| matches!(case.verdict, Verdict::NotRun(_))) {
            output::complain("no case could be run");
            return Ok(Outcome::Errors);
        }
        let Some(coverage) = &report.coverage else {
            if self.input.options.settings.test.fail_under.is_some() {
                output::complain(
                    "fail-under of the settings is not looked at: a gateway that is live does not \
                     tell what was reached",
                );
            }
            return Ok(if report.is_success() { Outcome::Fine } else { Outcome::Errors });
        };
        if let Some(path) = &self.lcov {
            let lines = report::lcov(coverage, sources);
            output::write_file(path, lines.as_bytes(), Readers::Anybody)?;
        }
        let settings = &self.input.options.settings.test;
        let least = self.fail_under.or(settings.fail_under);
        let percent = coverage.tally().percent();
        if let Some(least) = least.filter(|least| percent < *least) {
            output::complain(&format!(
                "the cases reach {} of the routes, less than {least} %",
                report::percent(percent)
            ));
            return Ok(Outcome::Errors);
        }
        Ok(if report.is_success() { Outcome::Fine } else { Outcome::Errors })
    }

    /// The engine of the command line, else that of the settings.
    fn engine(&self) -> Result<EngineArg> {
        let by_settings = self.input.options.settings.test.engine;
        match (self.engine, by_settings) {
            (Some(engine), _) => Ok(engine),
            (None, Some(name)) => EngineArg::named(name),
            (None, None) => Ok(EngineArg::default()),
        }
    }

    /// The configuration as `compile` writes it for this kind of host.
    fn target(engine: EngineArg) -> Target {
        let in_envoy = engine.is_envoy();
        let observe = Observe { metrics: true, filter_state: in_envoy, explain_token: None };
        Target { observe, separate_tries: in_envoy, ..Target::default() }
    }

    fn report(&self, loaded: &Loaded, engines: &mut Engines) -> Result<Report> {
        let options = &self.input.options;
        let index = &loaded.input.index;
        if index.route_tests.is_empty() {
            bail!("there is no RouteTest in the input");
        }
        let cases = index.route_tests.iter().map(|(_, entry)| entry.object.spec.cases.len()).sum();
        let gateways = match options.gateway {
            Some(_) => std::slice::from_ref(loaded.gateway(options)?),
            None => loaded.compiled.gateways.as_slice(),
        };
        let progress = Progress::start("running cases", Some(cases));
        let suite = Suite {
            index,
            gateways,
            is_complete: options.gateway.is_none(),
            ran: &|| progress.tick(),
        };
        let names: Vec<_> = gateways.iter().map(|(key, _)| key.to_string()).collect();
        let (named, open): (Vec<_>, Vec<_>) =
            suite.strays().partition(|(_, entry)| entry.object.spec.gateway.is_some());
        if let Some((key, entry)) = named.first() {
            let gateway = entry.object.spec.gateway.as_deref().unwrap_or_default();
            bail!(
                "RouteTest {key} is for the Gateway {gateway}, which the input does not have; it \
                 has {}",
                output::listed(&names)
            );
        }
        if !open.is_empty() {
            let open: Vec<_> = open.iter().map(|(key, _)| key.to_string()).collect();
            bail!(
                "the input has several Gateways, and none of them is named by {}: set `gateway` in \
                 each RouteTest, or choose one with --gateway: {}",
                output::listed(&open),
                output::listed(&names)
            );
        }
        let chosen = Options { raw_path: self.raw_path, names: self.filters.clone() };
        let mut report = suite.run(&chosen, |lowered| engines.start(lowered))?;
        if report.cases.is_empty() && self.filters.is_empty() {
            bail!("no RouteTest of the input is for {}", output::listed(&names));
        }
        if report.cases.is_empty() {
            bail!("no case has {} in its name", self.filters.join(" or "));
        }
        report.tested.module = engines.module().map(sha256);
        Ok(report)
    }
}

fn parse_percent(text: &str) -> Result<f64, &'static str> {
    let number = text.strip_suffix('%').unwrap_or(text).trim().parse::<f64>();
    match number {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
        _ => Err("a percentage is a number from 0 to 100"),
    }
}
