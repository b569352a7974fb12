//! The RouteTests of an input, each run on the Gateway that it names.

use super::coverage::Coverage;
use super::engine::{Engine, EngineError};
use super::native::Native;
use super::report::{Configuration, Report};
use super::run::Runner;
use crate::api::route_test::RouteTest;
use crate::digest::sha256;
use crate::index::{Entry, Index, ObjectKey};
use crate::lower::Lowered;
use std::collections::BTreeSet;

/// How many requests all splits of a run have among them.
const SAMPLES: u32 = 50_000;
/// How many each of them has at least, with which a backend that gets nothing, or one that gets all,
/// still shows.
const FEWEST_SAMPLES: u32 = 50;

/// RouteTests with the Gateways that they can be run on.
#[derive(Clone, Copy)]
pub struct Suite<'i> {
    /// The input that the RouteTests and the routes are in.
    pub index: &'i Index,
    /// The Gateways; a RouteTest that names none is for the only one.
    pub gateways: &'i [(ObjectKey, Lowered)],
    /// Whether these are all the Gateways of the input. RouteTests that name others are left out
    /// where they are not.
    pub is_complete: bool,
    /// Called after each case.
    pub ran: &'i dyn Fn(),
}

/// Which cases are run, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Leaves paths as they stand.
    pub raw_path: bool,
    /// Texts of which one has to be in `NAMESPACE/NAME: CASE`; all cases are run when empty.
    pub names: Vec<String>,
}

impl<'i> Suite<'i> {
    /// Runs the chosen cases, in the order of the Gateways, then of the RouteTests. `start` gives
    /// the engine for a Gateway.
    ///
    /// # Errors
    /// When an engine does not start.
    pub fn run<E: From<EngineError>>(
        &self,
        options: &Options,
        mut start: impl FnMut(&'i Lowered) -> Result<Box<dyn Engine>, E>,
    ) -> Result<Report, E> {
        let samples = SAMPLES / self.splits(options).max(1);
        let samples = samples.max(FEWEST_SAMPLES);
        let mut report = Report::default();
        let mut is_ours = true;
        let mut routes = BTreeSet::new();
        for (gateway, lowered) in self.gateways {
            let tests: Vec<_> = self
                .tests()
                .filter(|test| self.gateway_of(test).as_ref() == Some(gateway))
                .filter(|(key, entry)| {
                    entry.object.spec.cases.iter().any(|case| options.chooses(key, &case.name))
                })
                .collect();
            if tests.is_empty() {
                continue;
            }
            let native = Native::new(&lowered.config)?;
            let mut engine = start(lowered)?;
            let tested = &mut report.tested;
            engine.name().clone_into(&mut tested.engine);
            is_ours &= engine.is_ours();
            if is_ours {
                let sha256 = sha256(&plugin_configuration(lowered));
                tested.configurations.push(Configuration { gateway: gateway.clone(), sha256 });
            }
            let samples = engine.samples().min(samples);
            let raw_path = options.raw_path;
            let mut runner = Runner { engine: engine.as_mut(), native: &native, raw_path, samples };
            for (key, entry) in tests {
                let chosen = |case: &str| options.chooses(key, case);
                report.cases.extend(runner.run(key, entry, chosen, self.ran)?);
            }
            let names = lowered.config.routes.iter();
            routes
                .extend(names.map(|name| ObjectKey::parse(name, crate::index::DEFAULT_NAMESPACE)));
        }
        report.coverage =
            is_ours.then(|| Coverage::new(&self.index.http_routes, &routes, &report.cases));
        Ok(report)
    }

    /// The RouteTests that name none of the Gateways, or leave it open which of several.
    pub fn strays(&self) -> impl Iterator<Item = (&'i ObjectKey, &'i Entry<RouteTest>)> {
        self.tests().filter(|test| match self.gateway_of(test) {
            Some(named) => {
                self.is_complete && self.gateways.iter().all(|(gateway, _)| *gateway != named)
            }
            None => true,
        })
    }

    /// How many of the chosen cases are about the shares of a split.
    fn splits(&self, options: &Options) -> u32 {
        let cases = self.tests().flat_map(|(key, entry)| {
            let cases = entry.object.spec.cases.iter();
            cases.filter(move |case| options.chooses(key, &case.name))
        });
        let splits = cases.filter(|case| !case.expect.backends.is_empty()).count();
        u32::try_from(splits).unwrap_or(u32::MAX)
    }

    fn tests(&self) -> impl Iterator<Item = (&'i ObjectKey, &'i Entry<RouteTest>)> + use<'i> {
        self.index.route_tests.iter()
    }

    /// `None` where it is not named and there are several.
    fn gateway_of(&self, (key, entry): &(&ObjectKey, &Entry<RouteTest>)) -> Option<ObjectKey> {
        match (&entry.object.spec.gateway, self.gateways) {
            (Some(name), _) => Some(ObjectKey::parse(name, &key.namespace)),
            (None, [(only, _)]) => Some(only.clone()),
            (None, _) => None,
        }
    }
}

impl Options {
    fn chooses(&self, test: &ObjectKey, case: &str) -> bool {
        let name = || format!("{test}: {case}");
        self.names.is_empty() || self.names.iter().any(|part| name().contains(part.as_str()))
    }
}

/// The plugin configuration as `kgwc compile` writes it.
fn plugin_configuration(lowered: &Lowered) -> Vec<u8> {
    // Strings, numbers and lists only: serialising cannot fail.
    let mut json = serde_json::to_vec(&lowered.config).unwrap_or_default();
    json.push(b'\n');
    json
}
