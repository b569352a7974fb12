//! What was measured: one record for each figure, one file for each part.

use crate::part::Part;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Of one thing to another of the same kind; below 1 is better.
    Ratio,
    /// Time.
    Nanoseconds,
    /// Memory or length.
    Bytes,
    /// Wasm instructions, as wasmtime counts them.
    Fuel,
    /// How often.
    Count,
}

/// One figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// What was measured, as `cpu` or `fuel`.
    pub name: String,
    /// Of what: `routes`, `fanout` and the like.
    pub parameters: BTreeMap<String, String>,
    /// What the values count.
    pub unit: Unit,
    /// The figure: the median where there were several samples.
    pub value: f64,
    /// The smallest and the largest of the samples, or the quartiles where the part says so; none
    /// where there was one sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<(f64, f64)>,
    /// The number of samples.
    pub samples: usize,
}

/// What one part has measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// The part.
    pub part: Part,
    /// Where.
    pub machine: Machine,
    /// Whether it was the smallest size only, which says nothing about performance.
    pub smallest: bool,
    /// SHA-256 of the module that was measured, in hexadecimal digits.
    pub module: String,
    /// How long it took, in seconds.
    pub seconds: u64,
    /// The figures, in the order in which they were taken.
    pub measurements: Vec<Measurement>,
}

/// The machine of a measurement, for figures that are absolute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Model of the processor, as the system names it.
    pub processor: String,
    /// How many processors there are.
    pub processors: usize,
}

impl Measurement {
    /// One figure without samples, without parameters.
    pub fn one(name: &str, unit: Unit, value: f64) -> Self {
        let parameters = BTreeMap::new();
        Self { name: name.to_owned(), parameters, unit, value, range: None, samples: 1 }
    }

    /// The median of samples, with the smallest and the largest.
    ///
    /// # Errors
    /// When there are none.
    pub fn of_all(name: &str, unit: Unit, samples: &[f64]) -> Result<Self> {
        Self::between(name, unit, samples, 0.0, 1.0)
    }

    /// The median of samples, with the quartiles.
    ///
    /// # Errors
    /// When there are none.
    pub fn of_most(name: &str, unit: Unit, samples: &[f64]) -> Result<Self> {
        Self::between(name, unit, samples, 0.25, 0.75)
    }

    fn between(name: &str, unit: Unit, samples: &[f64], low: f64, high: f64) -> Result<Self> {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| quantile(&sorted, share).context("nothing was measured");
        Ok(Self {
            range: Some((at(low)?, at(high)?)),
            samples: samples.len(),
            ..Self::one(name, unit, at(0.5)?)
        })
    }

    /// Says of what.
    #[must_use]
    pub fn of(mut self, parameter: &str, value: impl ToString) -> Self {
        self.parameters.insert(parameter.to_owned(), value.to_string());
        self
    }
}

/// Nearest sample from below; between two where the median lies there.
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share * last as f64;
    let (low, high) = (*sorted.get(place.floor() as usize)?, *sorted.get(place.ceil() as usize)?);
    Some(low + (high - low) * place.fract())
}

/// A duration as a figure.
pub fn nanoseconds(duration: Duration) -> f64 {
    duration.as_nanos() as f64
}

impl Machine {
    /// This one.
    pub fn this() -> Self {
        let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = info.lines().find_map(|line| line.strip_prefix("model name"));
        let model = model.and_then(|rest| rest.split_once(':')).map(|(_, name)| name.trim());
        Self {
            processor: model.unwrap_or("unknown processor").to_owned(),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

impl Results {
    /// Where the results of a part are, in the folder of all.
    pub fn path(folder: &Path, part: Part) -> PathBuf {
        folder.join(format!("{part}.json"))
    }

    /// Replaces the results of the part; a run that is broken off leaves those of before.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<PathBuf> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        let path = Self::path(folder, self.part);
        replace(&path, text.as_bytes())?;
        Ok(path)
    }
}

/// Writes a file whole or not at all.
///
/// # Errors
/// When it cannot be written.
pub fn replace(path: &Path, content: &[u8]) -> Result<()> {
    let folder = path.parent().context("a file is in a folder")?;
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".new");
    fs::write(&unfinished, content)
        .and_then(|()| fs::rename(&unfinished, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_of_samples_is_their_median() {
        let samples = [5.0, 1.0, 3.0, 2.0, 4.0];
        let all = Measurement::of_all("cpu", Unit::Ratio, &samples).unwrap();
        assert_eq!((all.value, all.range, all.samples), (3.0, Some((1.0, 5.0)), 5));
        let most = Measurement::of_most("cpu", Unit::Ratio, &samples).unwrap();
        assert_eq!(most.range, Some((2.0, 4.0)));
        let even = Measurement::of_all("cpu", Unit::Ratio, &[1.0, 2.0]).unwrap();
        assert_eq!(even.value, 1.5);
        assert!(Measurement::of_all("cpu", Unit::Ratio, &[]).is_err());
    }
}
