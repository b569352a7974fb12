//! What every command that reads routes has in common.

use super::progress::Progress;
use super::token::{Token, TokenParser};
use super::{Outcome, output};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::digest::sha256;
use crate::graph;
use crate::host::Host;
use crate::index::ObjectKey;
use crate::lint;
use crate::lower::{self, ClusterNames, Lowered};
use crate::pipeline::{Compiled, Input, Options};
use crate::render::visible::visible;
use crate::render::{diagnostics, envoy};
use crate::settings::{self, Problems, RegexRankName, Settings};
use crate::source::{self, Sources};
use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use route::config::Observe;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The input of a command.
#[derive(Clone, Debug, Args)]
pub(super) struct InputArgs {
    /// Files, folders, or - for standard input
    #[arg(value_name = "INPUT", required = true)]
    pub(super) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) options: OptionArgs,
}

/// How an input is taken.
#[derive(Clone, Debug, Args)]
pub(super) struct OptionArgs {
    /// Gateway to work on, as namespace/name; needed where the input has several
    #[arg(long, value_name = "NAMESPACE/NAME")]
    pub(super) gateway: Option<String>,
    /// Go on where the input has errors: the rules concerned answer 500, as in a cluster
    #[arg(long)]
    pub(super) keep_going: bool,
    /// A parentRef to a Gateway that is not in the input is an error
    #[arg(long, value_name = "true|false", num_args = ..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    strict_parents: Option<bool>,
    /// A Service that is not in the input does not exist
    #[arg(long, value_name = "true|false", num_args = ..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    strict_refs: Option<bool>,
    /// References to other namespaces need no ReferenceGrant
    #[arg(long, value_name = "true|false", num_args = ..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    assume_grants: Option<bool>,
    /// Only Gateways of this class count
    #[arg(long, value_name = "NAME")]
    gateway_class: Option<String>,
    /// Names of clusters: kgwc, istio, kgateway, or a text with {kind}, {namespace}, {name},
    /// {port}; by default those of the host, else kgwc
    #[arg(long, value_name = "NAMES")]
    cluster_names: Option<ClusterNames>,
    /// Rank of regular expressions among path matches of one request; before-prefix when absent
    #[arg(long, value_enum, value_name = "RANK")]
    regex_rank: Option<RegexRankName>,
    /// Where nothing matches under the most specific hostname, try less specific ones
    #[arg(long, value_name = "true|false", num_args = ..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    hostname_fallthrough: Option<bool>,
    /// Do not tell findings of this code; can be repeated. The annotation kgwc.dev/allow does it for
    /// one object
    #[arg(long = "allow", value_name = "CODE", value_parser = lint::named)]
    allow: Vec<Code>,
    /// File with defaults for these options; when absent, the kgwc.toml nearest above the input
    #[arg(long, value_name = "FILE", conflicts_with = "no_config",
        value_parser = output::file_parser())]
    config: Option<PathBuf>,
    /// Look for no kgwc.toml
    #[arg(long)]
    no_config: bool,
    /// What the kgwc.toml says
    #[arg(skip)]
    pub(super) settings: Settings,
    /// Where it is
    #[arg(skip)]
    settings_file: Option<PathBuf>,
    /// Show notes, too
    #[arg(short, long)]
    verbose: bool,
    /// Format of diagnostics, on standard error; what check finds is its result, on standard output
    #[arg(long, value_enum, default_value_t = DiagnosticFormat::Text, value_name = "FORMAT")]
    pub(super) diagnostics: DiagnosticFormat,
}

/// Format of diagnostics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum DiagnosticFormat {
    Text,
    Json,
    Github,
    Sarif,
    Junit,
}

impl DiagnosticFormat {
    /// The diagnostics in this format.
    pub(super) fn render(self, shown: &[Diagnostic], sources: &Sources, color: bool) -> String {
        match self {
            Self::Text if shown.is_empty() => String::new(),
            Self::Text => diagnostics::text::render(shown, sources, color),
            Self::Json => diagnostics::json::render(shown, sources),
            Self::Github => diagnostics::github::render(shown, sources),
            Self::Sarif => diagnostics::sarif::render(shown, sources),
            Self::Junit => diagnostics::junit::render(shown, sources),
        }
    }
}

/// An input with its Gateways compiled.
pub(super) struct Loaded {
    pub(super) input: Input,
    pub(super) compiled: Compiled,
}

impl OptionArgs {
    /// Takes the settings that are for these inputs as defaults. Nothing is read where
    /// `--no-config` is given or no `kgwc.toml` is found.
    pub(super) fn settle(&mut self, inputs: &[PathBuf]) -> Result<(), Box<Problems>> {
        let found = match &self.config {
            Some(file) => Some(file.clone()),
            None if self.no_config => None,
            None => settings::find_for(inputs)?,
        };
        if let Some(file) = found {
            self.settings = settings::read(&file)?;
            self.gateway = self.gateway.take().or_else(|| self.settings.gateway.clone());
            if self.verbose {
                output::say(&format!(
                    "kgwc: with the settings of {}\n",
                    visible(&file.display().to_string())
                ));
            }
            self.settings_file = Some(file);
        }
        Ok(())
    }

    /// Refuses to write over a file that was read.
    pub(super) fn spare(&self, path: &Path, sources: &Sources) -> Result<()> {
        if self.settings_file.as_ref().is_some_and(|file| output::is_same_file(path, file)) {
            bail!("{} has the settings and would be lost: choose another one", path.display());
        }
        output::spare_input(path, sources)
    }

    pub(super) fn graph(&self) -> graph::Options {
        let settings = &self.settings;
        let class = self.gateway_class.as_ref().or(settings.gateway_class.as_ref());
        graph::Options {
            strict_parents: self.strict_parents.unwrap_or(settings.strict_parents),
            strict_refs: self.strict_refs.unwrap_or(settings.strict_refs),
            assume_grants: self.assume_grants.unwrap_or(settings.assume_grants),
            gateway_class: class.cloned(),
        }
    }

    fn pipeline(&self, target: &Target) -> Options {
        let settings = &self.settings;
        let cluster_names = self.cluster_names.as_ref().or(settings.cluster_names.as_ref());
        let regex_rank = self.regex_rank.or(settings.regex_rank);
        let allow = self.allow.iter().chain(&settings.lint.allow);
        Options {
            graph: self.graph(),
            lower: lower::Options {
                cluster_names: cluster_names.cloned().unwrap_or(match target.host {
                    Some(Host::Istio) => ClusterNames::Istio,
                    _ => ClusterNames::default(),
                }),
                regex_rank: regex_rank.map(Into::into).unwrap_or_default(),
                hostname_fallthrough: self
                    .hostname_fallthrough
                    .unwrap_or(settings.hostname_fallthrough),
                observe: target.observe.clone(),
                separate_tries: target.separate_tries,
                bound: target.bound.clone(),
            },
            lint: lint::Options { allow: allow.copied().collect() },
            host: target.host,
        }
    }

    /// The notes that are shown: all with `-v`, else none.
    fn shown(&self, diagnostics: &[Diagnostic]) -> Vec<Diagnostic> {
        let is_shown = |d: &&Diagnostic| self.verbose || d.severity != Severity::Note;
        diagnostics.iter().filter(is_shown).cloned().collect()
    }
}

impl InputArgs {
    /// Reads and compiles the input.
    pub(super) fn load(&self, target: &Target) -> Result<Loaded> {
        load(&self.paths, &self.options, target)
    }
}

/// What the configuration is for.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// What the module tells about its decisions.
    pub(super) observe: Observe,
    /// Whether the host makes each try a request of its own: see [`lower::Options`].
    pub(super) separate_tries: bool,
    /// What is not to be had there is told; nothing when absent.
    pub(super) host: Option<Host>,
    /// Ports that the host is bound to: see [`lower::Options`].
    pub(super) bound: BTreeMap<u16, u16>,
}

/// The generated Envoy configuration, with a module that tells nothing.
impl Default for Target {
    fn default() -> Self {
        Self {
            observe: Observe::default(),
            separate_tries: true,
            host: None,
            bound: BTreeMap::new(),
        }
    }
}

/// What the module tells about its decisions.
#[derive(Clone, Debug, Args)]
pub(super) struct ObserveArgs {
    /// Do not count requests by route, rule and outcome
    #[arg(long)]
    no_metrics: bool,
    /// Explain decisions in response headers to who sends this token in the header kgwc-explain;
    /// of 16 characters or more. Only its hash goes into the configuration
    #[arg(long, value_name = "TOKEN", env = "KGWC_EXPLAIN_TOKEN", hide_env_values = true,
        value_parser = TokenParser)]
    explain_token: Option<Token>,
}

impl ObserveArgs {
    /// `filter_state` says whether the host's access log asks who won.
    pub(super) fn observe(&self, filter_state: bool) -> Observe {
        let token = self.explain_token.as_ref().and_then(Token::get);
        let explain_token = token.map(|token| sha256(token.as_bytes()));
        Observe { metrics: !self.no_metrics, filter_state, explain_token }
    }
}

/// A port of a Gateway with the one that stands in for it.
pub(super) fn parse_port(text: &str) -> Result<(u16, u16), String> {
    let wrong = || format!("`{text}` is not of the form 80=8080");
    let (gateway, local) = text.split_once('=').ok_or_else(wrong)?;
    match (gateway.parse(), local.parse()) {
        (Ok(gateway), Ok(local)) => Ok((gateway, local)),
        _ => Err(wrong()),
    }
}

/// The ports that stand in for one that the Gateway does not have.
pub(super) fn unknown_ports(ports: &[(u16, u16)], lowered: &Lowered) -> BTreeSet<u16> {
    let of_gateway = envoy::ports(lowered);
    ports.iter().map(|(port, _)| *port).filter(|port| !of_gateway.contains(port)).collect()
}

/// Says that the Gateway does not have these ports.
pub(super) fn say_unknown_ports(unknown: &BTreeSet<u16>, lowered: &Lowered) {
    for port in unknown {
        let gateway = &lowered.config.gateway;
        output::say(&format!("kgwc: the Gateway {gateway} has no port {port}\n"));
    }
}

/// Reads and compiles an input.
pub(super) fn load(paths: &[PathBuf], options: &OptionArgs, target: &Target) -> Result<Loaded> {
    let reads_stdin = paths.iter().any(|path| path.as_os_str() == "-");
    // Who types the input has no use for a line that moves.
    let reading = (!reads_stdin).then(|| Progress::start("reading", None));
    let (sources, found) = source::read(paths, &mut std::io::stdin().lock());
    drop(reading);
    let validating = Progress::start("validating", Some(sources.documents.len()));
    let input = Input::with_progress(sources, found, &|| validating.tick())?;
    drop(validating);
    let _compiling = Progress::start("compiling", None);
    let compiled = input.compile(&options.pipeline(target));
    Ok(Loaded { input, compiled })
}

impl Loaded {
    /// The diagnostics in the format that was asked for.
    pub(super) fn render(&self, options: &OptionArgs, color: bool) -> String {
        let shown = options.shown(&self.compiled.diagnostics);
        options.diagnostics.render(&shown, &self.input.sources, color)
    }

    /// All of them in another format.
    pub(super) fn render_as(&self, format: DiagnosticFormat, color: bool) -> String {
        format.render(&self.compiled.diagnostics, &self.input.sources, color)
    }

    pub(super) fn has_errors(&self) -> bool {
        self.compiled.diagnostics.iter().any(|d| d.severity == Severity::Error)
    }

    /// How a command ends that stops at the errors.
    pub(super) fn failure(&self) -> Outcome {
        let unreadable = self.compiled.diagnostics.iter().any(|d| d.code == Code::Unreadable);
        if unreadable { Outcome::Unreadable } else { Outcome::Errors }
    }

    /// Says what is wrong; whether the command can go on.
    pub(super) fn report(&self, options: &OptionArgs) -> bool {
        output::say(&self.render(options, output::color_on_stderr()));
        options.keep_going || !self.has_errors()
    }

    /// The Gateway that was asked for, or the only one.
    pub(super) fn gateway(&self, options: &OptionArgs) -> Result<&(ObjectKey, Lowered)> {
        let gateways = &self.compiled.gateways;
        let names = || {
            let names: Vec<_> = gateways.iter().map(|(key, _)| key.to_string()).collect();
            output::listed(&names)
        };
        if let Some(wanted) = &options.gateway {
            let key = ObjectKey::parse(wanted, crate::index::DEFAULT_NAMESPACE);
            let found = gateways.iter().find(|(gateway, _)| *gateway == key);
            return match found {
                Some(found) => Ok(found),
                None => bail!("the input has no Gateway {key}; it has {}", names()),
            };
        }
        match gateways.as_slice() {
            [only] => Ok(only),
            [] => bail!("the input has no Gateway, and no route that names one"),
            _ => bail!("the input has several Gateways: choose one with --gateway: {}", names()),
        }
    }
}
