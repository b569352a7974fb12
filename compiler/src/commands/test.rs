//! `kgwc test`

use super::input::{InputArgs, Target};
use super::{Outcome, output};
use crate::api::route_test::RouteTest;
use crate::index::{Entry, ObjectKey};
use crate::lower::Lowered;
use crate::render::report;
use crate::testing::{Engine, Native, Report, Runner, run};
#[cfg(feature = "module")]
use anyhow::Context;
use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

/// Runs the RouteTests of the input against its routes.
#[derive(Debug, Args)]
#[command(after_help = "Example: kgwc test examples/matches")]
pub(super) struct Test {
    #[command(flatten)]
    pub(super) input: InputArgs,
    /// What decides
    #[arg(long, value_enum, default_value_t = EngineArg::default())]
    engine: EngineArg,
    /// Format
    #[arg(long, value_enum, default_value_t = report::Format::Text)]
    output: report::Format,
    /// Leave paths as they stand; without it dot segments and slashes are normalised as by Envoy
    #[arg(long)]
    raw_path: bool,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum EngineArg {
    /// The module that ships, in wasmtime
    #[cfg(feature = "module")]
    #[default]
    Module,
    /// The same routes without the module: fastest
    #[cfg_attr(not(feature = "module"), default)]
    Native,
    /// A real Envoy with the module and a stub for every backend
    #[cfg(feature = "module")]
    Envoy,
}

impl Test {
    pub(super) fn run(self) -> Result<Outcome> {
        let loaded = self.input.load(&Target::default())?;
        let options = &self.input.options;
        if !loaded.report(options) {
            return Ok(loaded.failure());
        }
        let tests = &loaded.input.index.route_tests;
        if tests.is_empty() {
            bail!("there is no RouteTest in the input");
        }
        let mut report = Report::default();
        let gateways = match options.gateway {
            Some(_) => std::slice::from_ref(loaded.gateway(options)?),
            None => loaded.compiled.gateways.as_slice(),
        };
        let names = |key: &ObjectKey, entry: &Entry<RouteTest>| {
            let named = entry.object.spec.gateway.as_deref();
            named.map(|name| ObjectKey::parse(name, &key.namespace))
        };
        for (gateway, lowered) in gateways {
            let of_gateway = tests.iter().filter(|(key, entry)| match names(key, entry) {
                Some(named) => named == *gateway,
                None => gateways.len() == 1,
            });
            let of_gateway: Vec<_> = of_gateway.collect();
            if of_gateway.is_empty() {
                continue;
            }
            let native = Native::new(&lowered.config)?;
            let mut engine = self.engine(lowered)?;
            let mut runner =
                Runner { engine: engine.as_mut(), native: &native, raw_path: self.raw_path };
            report.cases.extend(run(&mut runner, of_gateway).cases);
        }
        let run: usize = report.cases.len();
        // With --gateway the tests of other Gateways are not meant.
        let meant = |(key, entry): &(&ObjectKey, &Entry<RouteTest>)| {
            options.gateway.is_none() || names(key, entry).is_none_or(|n| n == gateways[0].0)
        };
        let meant = tests.iter().filter(meant);
        let expected: usize = meant.map(|(_, entry)| entry.object.spec.cases.len()).sum();
        if run < expected {
            bail!(
                "{} of {expected} cases name no Gateway of the input: set `gateway` in their \
                 RouteTests to one of {}",
                expected - run,
                loaded
                    .compiled
                    .gateways
                    .iter()
                    .map(|(k, _)| k.to_string())
                    .collect::<Vec<_>>()
                    .join(", ")
            );
        }
        let color = output::color_on_stdout();
        let text = report::render(&report, &loaded.input.sources, self.output, color);
        output::print(text.as_bytes())?;
        Ok(if report.is_success() { Outcome::Fine } else { Outcome::Errors })
    }

    fn engine(&self, lowered: &Lowered) -> Result<Box<dyn Engine>> {
        Ok(match self.engine {
            EngineArg::Native => Box::new(Native::new(&lowered.config)?),
            #[cfg(feature = "module")]
            EngineArg::Module => Box::new(
                crate::testing::InModule::new(filter_module::MODULE, lowered)
                    .context("the module does not start")?,
            ),
            #[cfg(feature = "module")]
            EngineArg::Envoy => {
                Box::new(crate::testing::InEnvoy::new(filter_module::MODULE, lowered)?)
            }
        })
    }
}
