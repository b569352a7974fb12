//! What is measured, in parts that run one by one.

mod compiler;
mod engine;
mod envoy;
mod module;
mod reload;

use crate::measurement::{Machine, Measurement, Results};
use crate::proxy;
use anyhow::{Context, Result};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::time::{Instant, SystemTime};

pub(crate) use compiler::FROM_VALIDATED;
pub(crate) use envoy::Chain;

/// A part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// The engine, natively.
    Engine,
    /// The module in wasmtime.
    Module,
    /// The compiler, by stage and by command.
    Compiler,
    /// Envoy with the module against Envoy with routes of its own.
    Envoy,
    /// A change of routes in a running Envoy.
    Reload,
}

impl Part {
    /// All parts in the order in which they run.
    pub const ALL: [Self; 5] =
        [Self::Engine, Self::Module, Self::Compiler, Self::Envoy, Self::Reload];

    fn runs_envoy(self) -> bool {
        match self {
            Self::Envoy | Self::Reload => true,
            Self::Engine | Self::Module | Self::Compiler => false,
        }
    }

    /// Runs it and gives back what it has measured.
    ///
    /// # Errors
    /// When what it measures does not work, or answers wrongly.
    pub fn run(self, setting: &Setting) -> Result<Results> {
        let envoy = self.runs_envoy().then(proxy::release).transpose()?;
        let day = today()?;
        let start = Instant::now();
        let measurements = match self {
            Self::Engine => engine::run(setting),
            Self::Module => module::run(setting),
            Self::Compiler => compiler::run(setting),
            Self::Envoy => envoy::run(setting.scale),
            Self::Reload => reload::run(setting.scale),
        };
        let measurements = measurements.with_context(|| format!("part {self}"))?;
        Ok(Results {
            part: self,
            machine: Machine::this(),
            smallest: setting.scale == Scale::Smallest,
            day,
            module: crate::module::sha256(),
            envoy,
            seconds: start.elapsed().as_secs(),
            measurements,
        })
    }
}

/// The day in UTC, as `2026-01-31`.
fn today() -> Result<String> {
    let seconds = SystemTime::UNIX_EPOCH.elapsed()?.as_secs();
    let now = jiff::Timestamp::from_second(i64::try_from(seconds)?)?;
    Ok(now.strftime("%F").to_string())
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Engine => "engine",
            Self::Module => "module",
            Self::Compiler => "compiler",
            Self::Envoy => "envoy",
            Self::Reload => "reload",
        })
    }
}

/// How parts are run.
#[derive(Clone, Debug)]
pub struct Setting {
    /// How much is measured.
    pub scale: Scale,
    /// Folder of the results.
    pub results: PathBuf,
    /// The program `kgwc`, for what is measured as a command.
    pub program: PathBuf,
}

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// All sizes, with as many samples as a figure needs.
    Full,
    /// The smallest size with hardly a sample, to see that it works.
    Smallest,
}

impl Scale {
    /// One value for each scale.
    pub(crate) fn choose<T>(self, full: T, smallest: T) -> T {
        match self {
            Self::Full => full,
            Self::Smallest => smallest,
        }
    }
}

/// What a part has measured so far; tells whoever waits.
#[derive(Debug, Default)]
pub(crate) struct Record(pub(crate) Vec<Measurement>);

impl Record {
    pub(crate) fn add(&mut self, measurement: Measurement) {
        let of: Vec<_> =
            measurement.parameters.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let range = measurement.range.map(|(low, high)| format!(" ({low:.3} to {high:.3})"));
        crate::say(&format!(
            "{} {}: {:.3}{}",
            measurement.name,
            of.join(" "),
            measurement.value,
            range.unwrap_or_default()
        ));
        self.0.push(measurement);
    }
}
