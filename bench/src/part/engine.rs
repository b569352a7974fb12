//! The engine on this machine: the time of one decision, as Criterion takes it.
//!
//! The requests of a figure are decided in turn: the first route's, the last one's, one that no
//! route matches, or a few thousand that are spread over the whole table, so that what they touch
//! of a large one is not in a processor's cache.

use super::{Record, Setting};
use crate::measurement::{Measurement, Unit};
use crate::workload::{Fanout, Sample, Workload};
use anyhow::{Context, Result};
use criterion::Criterion;
use route::config::Observe;
use route::{Request, Rng, RouteTable, SplitMix64};
use serde::Deserialize;
use std::fs;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::Duration;

/// How many requests are spread over the table.
const SPREAD: usize = 4_096;

/// Measures tables of all kinds and sizes.
pub(super) fn run(setting: &Setting) -> Result<Vec<Measurement>> {
    let mut bench = Bench::new(setting);
    let mut record = Record::default();
    let sizes = setting.scale.choose(&[1, 10, 100, 1_000, 10_000, 50_000][..], &[10]);
    for fanout in Fanout::ALL {
        for &routes in sizes {
            let workload = Workload::new(fanout, routes);
            measure(&workload, &mut bench, &mut record)?;
        }
    }
    Ok(record.0)
}

/// Criterion, with what has to be known of it to read what it finds out.
struct Bench {
    criterion: Criterion,
    /// Where it writes.
    folder: PathBuf,
    samples: usize,
}

impl Bench {
    fn new(setting: &Setting) -> Self {
        let folder = setting.results.join("criterion");
        let (warm, time, samples) = setting.scale.choose((200, 600, 50), (1, 1, 10));
        let criterion = Criterion::default()
            .without_plots()
            .output_directory(&folder)
            .warm_up_time(Duration::from_millis(warm))
            .measurement_time(Duration::from_millis(time))
            .sample_size(samples)
            .nresamples(1_000);
        Self { criterion, folder, samples }
    }

    /// What Criterion has found out about a benchmark: the median, and how far it can be trusted.
    fn estimate(&self, name: &str) -> Result<Measurement> {
        // A name is one folder.
        let path = self.folder.join(name.replace('/', "_")).join("new/estimates.json");
        let text = fs::read(&path);
        let text = text.with_context(|| format!("no estimates in {}", path.display()))?;
        let Estimates { median } = serde_json::from_slice(&text)?;
        let Interval { lower_bound, upper_bound } = median.confidence_interval;
        Ok(Measurement {
            range: Some((lower_bound, upper_bound)),
            samples: self.samples,
            ..Measurement::one("find", Unit::Nanoseconds, median.point_estimate)
        })
    }
}

fn measure(workload: &Workload, bench: &mut Bench, record: &mut Record) -> Result<()> {
    let table = RouteTable::compile(workload.lowered(Observe::default())?.config)?;
    let mut rng = SplitMix64::new(1);
    let any = || workload.sample((rng.next_u64() % workload.routes as u64) as usize);
    let requests = [
        ("first", vec![workload.sample(0)]),
        ("last", vec![workload.sample(workload.routes - 1)]),
        ("miss", vec![workload.miss()]),
        ("any", std::iter::repeat_with(any).take(SPREAD).collect()),
    ];
    for (hit, samples) in requests {
        let prepared: Vec<_> = samples.iter().map(Prepared::new).collect();
        let requests: Vec<_> = prepared.iter().map(Prepared::request).collect();
        let name = format!("{}/{hit}/{}", workload.fanout, workload.routes);
        let mut rng = SplitMix64::new(1);
        let mut next = requests.iter().cycle();
        bench.criterion.bench_function(&name, |bencher| {
            bencher.iter(|| {
                let request = next.next().unwrap_or(&requests[0]);
                black_box(table.find(black_box(request), &mut rng));
            });
        });
        let of = |m: Measurement| {
            m.of("fanout", workload.fanout).of("hit", hit).of("routes", workload.routes)
        };
        record.add(of(bench.estimate(&name)?));
    }
    Ok(())
}

/// A request as a proxy knows it.
struct Prepared<'s> {
    sample: &'s Sample,
    headers: Vec<(&'s [u8], &'s [u8])>,
}

impl<'s> Prepared<'s> {
    fn new(sample: &'s Sample) -> Self {
        let own = [("user-agent", "kgwc-bench"), ("accept", "*/*"), ("accept-language", "en")];
        let own = own.iter().map(|(n, v)| (n.as_bytes(), v.as_bytes()));
        let others = sample.headers.iter().map(|(n, v)| (n.as_bytes(), v.as_bytes()));
        Self { sample, headers: own.chain(others).collect() }
    }

    fn request(&self) -> Request<'_> {
        Request {
            method: b"GET",
            authority: self.sample.authority.as_bytes(),
            path: self.sample.path.as_bytes(),
            headers: &self.headers,
            ..Request::default()
        }
    }
}

#[derive(Deserialize)]
struct Estimates {
    median: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    /// In nanoseconds.
    point_estimate: f64,
    confidence_interval: Interval,
}

#[derive(Deserialize)]
struct Interval {
    lower_bound: f64,
    upper_bound: f64,
}
