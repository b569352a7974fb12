//! What was measured: one record for each figure, one file for each part.

use crate::part::Part;
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::fs;
use std::io::ErrorKind;
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

/// A parameter by which a figure is looked for, and its value.
pub type Parameter<'p> = (&'p str, &'p dyn Display);

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
    /// The day on which it was measured, in UTC: `2026-01-31`.
    pub day: String,
    /// SHA-256 of the module that was measured, in hexadecimal digits.
    pub module: String,
    /// Release of the Envoy that was measured; none where it was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub envoy: Option<String>,
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

    fn is(&self, name: &str, unit: Unit, parameters: &[Parameter]) -> bool {
        let has = |(key, value): &Parameter| {
            self.parameters.get(*key).is_some_and(|known| *known == value.to_string())
        };
        self.name == name && self.unit == unit && parameters.iter().all(has)
    }

    /// Whether something can have been measured so: nothing takes no time or thirty years.
    fn is_possible(&self) -> bool {
        let (low, high) = self.range.unwrap_or((self.value, self.value));
        [self.value, low, high].iter().all(|value| (1e-9..1e18).contains(value))
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

    /// The results of a part; none where it has not run.
    ///
    /// # Errors
    /// When the file is there and cannot be read, has another shape, or a figure that nothing can
    /// have.
    pub fn read(folder: &Path, part: Part) -> Result<Option<Self>> {
        let path = Self::path(folder, part);
        let text = match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read.with_context(|| format!("cannot read {}", path.display()))?,
        };
        let read: Result<Self> = (|| {
            let results: Self = serde_json::from_slice(&text)?;
            ensure!(results.part == part, "it has the results of the part {}", results.part);
            for measurement in &results.measurements {
                ensure!(measurement.is_possible(), "nobody can have measured {measurement:?}");
            }
            Ok(results)
        })();
        let wrong = || format!("{} is not what `make bench PART={part}` writes", path.display());
        read.map(Some).with_context(wrong)
    }

    /// The first figure of that name and unit with all of these parameters.
    pub fn find(&self, name: &str, unit: Unit, parameters: &[Parameter]) -> Option<&Measurement> {
        self.measurements.iter().find(|measurement| measurement.is(name, unit, parameters))
    }

    /// The values of a parameter that figures of that name have, each once, in the order in which
    /// they were measured.
    pub fn values(&self, name: &str, parameter: &str) -> Vec<&str> {
        let mut values = Vec::new();
        for measurement in self.measurements.iter().filter(|m| m.name == name) {
            match measurement.parameters.get(parameter) {
                Some(value) if !values.contains(&value.as_str()) => values.push(value),
                _ => {}
            }
        }
        values
    }

    /// The numbers of routes that figures of that name have, from small to large.
    pub fn sizes(&self, name: &str) -> BTreeSet<usize> {
        self.values(name, "routes").into_iter().filter_map(|value| value.parse().ok()).collect()
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
impl Results {
    /// Figures as if they had been measured in Envoy.
    pub(crate) fn of_envoy(measurements: Vec<Measurement>) -> Self {
        Self {
            part: Part::Envoy,
            machine: Machine { processor: "one".to_owned(), processors: 2 },
            smallest: false,
            day: "2026-01-31".to_owned(),
            module: "00".to_owned(),
            envoy: Some("1.40.0".to_owned()),
            seconds: 3,
            measurements,
        }
    }
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

    #[test]
    fn results_are_found_again_by_part_name_unit_and_parameters() {
        let folder = tempfile::tempdir().unwrap();
        let figure = |routes: usize, unit, value| {
            Measurement::one("cpu", unit, value).of("routes", routes).of("hit", "any")
        };
        let results = Results::of_envoy(vec![
            figure(5000, Unit::Nanoseconds, 9.0),
            figure(5000, Unit::Ratio, 0.3),
            figure(1, Unit::Ratio, 1.1),
        ]);
        results.write(folder.path()).unwrap();
        let read = Results::read(folder.path(), Part::Envoy).unwrap().unwrap();
        assert_eq!(read, results);
        let found = read.find("cpu", Unit::Ratio, &[("routes", &5000), ("hit", &"any")]).unwrap();
        assert_eq!(found.value, 0.3);
        assert_eq!(read.find("cpu", Unit::Ratio, &[("routes", &50)]), None);
        assert_eq!(read.find("cpu", Unit::Ratio, &[("chain", &"bare")]), None);
        assert_eq!(read.values("cpu", "routes"), ["5000", "1"]);
        assert_eq!(Vec::from_iter(read.sizes("cpu")), [1, 5000]);
        assert_eq!(Results::read(folder.path(), Part::Engine).unwrap(), None);
    }

    #[test]
    fn what_is_no_result_is_not_read_as_one() {
        let folder = tempfile::tempdir().unwrap();
        let error = |part| format!("{:#}", Results::read(folder.path(), part).unwrap_err());
        for value in [-1.0, 0.0, f64::MAX, f64::NAN] {
            let figure = Measurement::one("cpu", Unit::Ratio, value);
            Results::of_envoy(vec![figure]).write(folder.path()).unwrap();
            let told = error(Part::Envoy);
            assert!(
                told.contains("envoy.json") && told.contains("make bench PART=envoy"),
                "{told}"
            );
        }
        fs::copy(Results::path(folder.path(), Part::Envoy), folder.path().join("engine.json"))
            .unwrap();
        fs::write(folder.path().join("module.json"), "{\"part\": 7}").unwrap();
        fs::create_dir(folder.path().join("reload.json")).unwrap();
        for part in [Part::Engine, Part::Module, Part::Reload] {
            assert!(error(part).contains(&format!("{part}.json")));
        }
    }
}
