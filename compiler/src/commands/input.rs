//! What every command that reads routes has in common.

use super::{Outcome, output};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::graph;
use crate::index::ObjectKey;
use crate::lower::{self, ClusterNames, Lowered};
use crate::pipeline::{Compiled, Input, Options};
use crate::render::diagnostics;
use crate::source;
use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use route::precedence::RegexRank;
use std::path::PathBuf;

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
    #[arg(long)]
    strict_parents: bool,
    /// A Service that is not in the input does not exist
    #[arg(long)]
    strict_refs: bool,
    /// References to other namespaces need no ReferenceGrant
    #[arg(long)]
    assume_grants: bool,
    /// Only Gateways of this class count
    #[arg(long, value_name = "NAME")]
    gateway_class: Option<String>,
    /// Names of clusters: kgwc, istio, kgateway, or a text with {kind}, {namespace}, {name}, {port}
    #[arg(long, value_name = "NAMES", default_value = "kgwc")]
    cluster_names: ClusterNames,
    /// Rank of regular expressions among path matches of one request
    #[arg(long, value_enum, default_value_t = RegexRankArg::BeforePrefix)]
    regex_rank: RegexRankArg,
    /// Where nothing matches under the most specific hostname, try less specific ones
    #[arg(long)]
    hostname_fallthrough: bool,
    /// Show notes, too
    #[arg(short, long)]
    verbose: bool,
    /// Format of diagnostics, on standard error
    #[arg(long, value_enum, default_value_t = DiagnosticFormat::Text, value_name = "FORMAT")]
    pub(super) diagnostics: DiagnosticFormat,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RegexRankArg {
    BeforePrefix,
    AfterPrefix,
}

/// Format of diagnostics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum DiagnosticFormat {
    Text,
    Json,
    Github,
    Sarif,
}

/// An input with its Gateways compiled.
pub(super) struct Loaded {
    pub(super) input: Input,
    pub(super) compiled: Compiled,
}

impl OptionArgs {
    pub(super) fn graph(&self) -> graph::Options {
        graph::Options {
            strict_parents: self.strict_parents,
            strict_refs: self.strict_refs,
            assume_grants: self.assume_grants,
            gateway_class: self.gateway_class.clone(),
        }
    }

    fn pipeline(&self) -> Options {
        Options {
            graph: self.graph(),
            lower: lower::Options {
                cluster_names: self.cluster_names.clone(),
                regex_rank: match self.regex_rank {
                    RegexRankArg::BeforePrefix => RegexRank::BeforePrefix,
                    RegexRankArg::AfterPrefix => RegexRank::AfterPrefix,
                },
                hostname_fallthrough: self.hostname_fallthrough,
            },
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
    pub(super) fn load(&self) -> Result<Loaded> {
        load(&self.paths, &self.options)
    }
}

/// Reads and compiles an input.
pub(super) fn load(paths: &[PathBuf], options: &OptionArgs) -> Result<Loaded> {
    let (sources, found) = source::read(paths, &mut std::io::stdin().lock());
    let input = Input::new(sources, found)?;
    let compiled = input.compile(&options.pipeline());
    Ok(Loaded { input, compiled })
}

impl Loaded {
    /// The diagnostics in the format that was asked for.
    pub(super) fn render(&self, options: &OptionArgs, color: bool) -> String {
        let shown = options.shown(&self.compiled.diagnostics);
        let sources = &self.input.sources;
        match options.diagnostics {
            DiagnosticFormat::Text if shown.is_empty() => String::new(),
            DiagnosticFormat::Text => diagnostics::text::render(&shown, sources, color),
            DiagnosticFormat::Json => diagnostics::json::render(&shown, sources),
            DiagnosticFormat::Github => diagnostics::github::render(&shown, sources),
            DiagnosticFormat::Sarif => diagnostics::sarif::render(&shown, sources),
        }
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
        let names =
            || gateways.iter().map(|(key, _)| key.to_string()).collect::<Vec<_>>().join(", ");
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
