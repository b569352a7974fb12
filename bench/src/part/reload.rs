//! A change of routes in a running Envoy: from the renaming of the file to the first new answer,
//! and what clients notice of it meanwhile.
//!
//! One client sends requests to all routes, one after the other; a second asks once in a
//! millisecond for a path whose redirect names the version of the configuration. Envoy has one
//! worker, which both of them and the change itself share.

use super::{Record, Scale};
use crate::measurement::{Measurement, Unit, nanoseconds};
use crate::proxy::{Connection, Form, Prepared, Reloading, Running, Upstream, point_at_upstream};
use crate::workload::{Fanout, Sample, Workload};
use anyhow::{Context, Result, anyhow, ensure};
use kgwc::lower::Lowered;
use route::config::{Filter, Match, Observe, PathMatch, Redirect, Rule};
use route::{Rng, SplitMix64};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long a change may take.
const DEADLINE: Duration = Duration::from_secs(20);
/// How often the version is asked for.
const POLL: Duration = Duration::from_millis(1);
/// What belongs to a change after the first new answer: what was there before is taken down.
const AFTER: Duration = Duration::from_millis(200);
/// Quiet before a change; what is slow here has nothing to do with it.
const BEFORE: Duration = Duration::from_millis(300);

/// Measures all forms of a file.
pub(super) fn run(scale: Scale) -> Result<Vec<Measurement>> {
    let upstream = Upstream::start()?;
    let mut record = Record::default();
    let (routes, reloads) = scale.choose((5_000, 30), (10, 2));
    for form in [Form::Binary, Form::Json, Form::Native] {
        let workload = Workload::new(Fanout::Prefix, routes);
        measure(form, &workload, reloads, &upstream, &mut record)?;
    }
    Ok(record.0)
}

fn measure(
    form: Form,
    workload: &Workload,
    reloads: u32,
    upstream: &Upstream,
    record: &mut Record,
) -> Result<()> {
    let observe = Observe { metrics: true, filter_state: true, explain_token: None };
    let mut lowered = workload.lowered(observe)?;
    point_at_upstream(&mut lowered, upstream);
    let reloading = Reloading::start(form, workload, &versioned(&lowered, 0))?;
    let load = Load::start(&reloading.running, workload);
    let mut probe = Connection::open(reloading.running.address)?;
    let asked = Prepared::get(&Sample { path: PROBE.to_owned(), ..workload.miss() });
    let mut changes = Vec::new();
    for version in 1..=reloads {
        let file = reloading.prepare(&versioned(&lowered, version))?;
        thread::sleep(BEFORE);
        let renamed = Instant::now();
        reloading.replace(file)?;
        let new = wait(&mut probe, &asked, &location(version), renamed)?;
        thread::sleep(AFTER);
        changes.push(Change { renamed, new });
    }
    let answers = load.stop()?;
    let during: Vec<_> = changes
        .iter()
        .map(|change| slowest(&answers, change.renamed, change.new + AFTER))
        .collect::<Result<_>>()?;
    let quiet: Vec<_> = changes
        .iter()
        .map(|change| slowest(&answers, change.renamed - BEFORE, change.renamed))
        .collect::<Result<_>>()?;
    let taken: Vec<_> =
        changes.iter().map(|change| nanoseconds(change.new - change.renamed)).collect();
    let of = |m: Measurement| m.of("form", form).of("routes", workload.routes);
    let spread =
        |name, samples: &[f64]| Measurement::of_all(name, Unit::Nanoseconds, samples).map(of);
    record.add(spread("new answer", &taken)?);
    record.add(spread("slowest answer", &during)?);
    record.add(spread("slowest answer without a change", &quiet)?);
    // All of them are right: one that is not ends the run.
    record.add(of(Measurement::one("right answers", Unit::Count, answers.len() as f64)));
    Ok(())
}

struct Change {
    renamed: Instant,
    new: Instant,
}

/// The path whose answer names the version.
const PROBE: &str = "/version";

fn location(version: u32) -> String {
    format!("http://version-{version}.example.com{PROBE}")
}

/// The routes with one more, before all others, that names the version.
fn versioned(lowered: &Lowered, version: u32) -> (Lowered, String) {
    let mut lowered = lowered.clone();
    let hostname = format!("version-{version}.example.com");
    let config = &mut lowered.config;
    config.id = format!("{version:016x}");
    let number = |length: usize| length as u32;
    let redirect = Redirect {
        scheme: None,
        hostname: Some(hostname.clone()),
        path: None,
        port: None,
        status_code: 302,
    };
    let filters = vec![number(config.filters.len())];
    config.filters.push(Filter::RequestRedirect(redirect));
    let rule = number(config.rules.len());
    config.rules.push(Rule { filters, ..Rule::default() });
    let path = PathMatch::Exact(PROBE.to_owned());
    let matched = number(config.matches.len());
    config.matches.push(Match { rule, path, ..Match::default() });
    for host in config.listeners.iter_mut().flat_map(|listener| &mut listener.hostnames) {
        host.matches.insert(0, matched);
    }
    (lowered, hostname)
}

/// Asks until the answer is of the new version; when it was there.
fn wait(probe: &mut Connection, asked: &Prepared, wanted: &str, start: Instant) -> Result<Instant> {
    while start.elapsed() < DEADLINE {
        probe.send(asked)?;
        let answer = probe.receive()?;
        ensure!(answer.status == 302, "the version was answered {}", answer.status);
        if answer.location.as_deref() == Some(wanted) {
            return Ok(Instant::now());
        }
        thread::sleep(POLL);
    }
    Err(anyhow!("no new answer after {} s", DEADLINE.as_secs()))
}

/// An answer to the load: when it was asked for, and how long it took.
type Timed = (Instant, Duration);

/// The slowest of the answers that were under way between two moments.
fn slowest(answers: &[Timed], from: Instant, to: Instant) -> Result<f64> {
    let under_way = |(asked, took): &&Timed| *asked < to && *asked + *took > from;
    let slowest = answers.iter().filter(under_way).map(|(_, took)| *took).max();
    slowest.map(nanoseconds).context("there was no load")
}

/// A client that asks without a pause.
struct Load {
    is_done: Arc<AtomicBool>,
    client: thread::JoinHandle<Result<Vec<Timed>>>,
}

impl Load {
    fn start(running: &Running, workload: &Workload) -> Self {
        let is_done = Arc::new(AtomicBool::new(false));
        let (done, address, workload) = (Arc::clone(&is_done), running.address, *workload);
        Self { is_done, client: thread::spawn(move || ask(address, &workload, &done)) }
    }

    fn stop(self) -> Result<Vec<Timed>> {
        self.is_done.store(true, Ordering::Relaxed);
        self.client.join().map_err(|_| anyhow!("the client has panicked"))?
    }
}

fn ask(address: SocketAddr, workload: &Workload, is_done: &AtomicBool) -> Result<Vec<Timed>> {
    let mut connection = Connection::open(address)?;
    let mut rng = SplitMix64::new(2);
    let mut answers = Vec::new();
    while !is_done.load(Ordering::Relaxed) {
        let number = (rng.next_u64() % workload.routes as u64) as usize;
        let request = Prepared::get(&workload.sample(number));
        let start = Instant::now();
        connection.send(&request)?;
        connection.expect(&request)?;
        answers.push((start, start.elapsed()));
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_answer_of_a_window_may_have_begun_before_it() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let answers = [(at(0), 5), (at(5), 20), (at(25), 1), (at(30), 50)];
        let answers = answers.map(|(asked, took)| (asked, Duration::from_millis(took)));
        assert_eq!(slowest(&answers, at(10), at(28)).unwrap(), 20e6);
        assert_eq!(slowest(&answers, at(25), at(30)).unwrap(), 1e6);
        assert!(slowest(&answers, at(90), at(95)).is_err());
    }
}
