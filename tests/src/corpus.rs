//! The inputs that every engine runs.

use crate::repository;
use kgwc::lower::Lowered;
use kgwc::pipeline::{Compiled, Input, Options};
use kgwc::testing::{Engine, EngineError, Report, Suite};
use std::path::{Path, PathBuf};

/// The files of the corpus, in order.
pub fn corpus() -> Vec<PathBuf> {
    let folders = entries(&repository("tests/corpus"));
    let files = folders.iter().filter(|path| path.is_dir()).flat_map(|folder| entries(folder));
    files.collect()
}

/// The folders of the examples, in order.
pub fn examples() -> Vec<PathBuf> {
    entries(&repository("examples")).into_iter().filter(|path| path.is_dir()).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}

/// An input with its Gateways compiled.
pub struct Loaded {
    /// The input.
    pub input: Input,
    /// What it compiles to.
    pub compiled: Compiled,
}

/// Reads and compiles an input with the default options.
///
/// # Panics
/// When the schemas of kgwc do not compile.
pub fn load(path: &Path) -> Loaded {
    let (sources, found) = kgwc::source::read(&[path.to_owned()], &mut std::io::empty());
    let input = Input::new(sources, found).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    // As for the generated Envoy configuration.
    let lower = kgwc::lower::Options { separate_tries: true, ..Default::default() };
    let compiled = input.compile(&Options { lower, ..Options::default() });
    Loaded { input, compiled }
}

impl Loaded {
    /// Runs the RouteTests of the input, each on its Gateway, in engines that `start` makes.
    ///
    /// # Errors
    /// When an engine does not start.
    pub fn run(
        &self,
        start: impl FnMut(&Lowered) -> Result<Box<dyn Engine>, EngineError>,
    ) -> Result<Report, EngineError> {
        let gateways = &self.compiled.gateways;
        let suite = Suite { index: &self.input.index, gateways, is_complete: true, ran: &|| {} };
        suite.run(&Default::default(), start)
    }

    /// The number of cases in all RouteTests.
    pub fn cases(&self) -> usize {
        self.input.index.route_tests.iter().map(|(_, e)| e.object.spec.cases.len()).sum()
    }
}
