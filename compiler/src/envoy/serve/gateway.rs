//! The gateway that is served: an Envoy and the files it follows.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread;
use std::time::{Duration, Instant};

use route::config::Protocol;
use serde_json::Value;

use super::{Event, ServeError, Served, Settings};
use crate::envoy::{AdminError, Directory, Envoy, process};
use crate::lower::{Cluster, Lowered};
use crate::render::envoy::{
    BOOTSTRAP, Options, Unserved, counters, dynamic, served_ports, unserved,
};

/// How long Envoy may take to say what became of a change.
const CONFIRMATION: Duration = Duration::from_secs(10);
/// The statistics about files.
const DISCOVERY: &str = "^(cluster_manager.cds|listener_manager.lds|extension_config_discovery)";
const POLL: Duration = Duration::from_millis(20);

pub(super) struct Gateway {
    envoy: Envoy,
    options: Options,
    /// The files as they were written last.
    files: BTreeMap<String, Value>,
    /// The clusters of the last configuration, for requests that it still decides.
    clusters: Vec<Cluster>,
    served: Vec<Served>,
    unserved: Vec<Unserved>,
}

impl Gateway {
    pub(super) fn start(
        settings: &Settings,
        lowered: &Lowered,
        report: &mut impl FnMut(Event),
    ) -> Result<Self, ServeError> {
        let served_ports = served_ports(lowered);
        if served_ports.is_empty() {
            return Err(ServeError::NoListener);
        }
        let options = Options {
            bind: settings.bind.choose(&served_ports, &BTreeMap::new())?,
            module: settings.module.to_string_lossy().into_owned(),
            admin: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
            stub_backends: settings.stub_backends,
            access_log: settings.access_log,
        };
        let directory = Directory::new()?;
        let mut files = BTreeMap::new();
        for (name, content) in dynamic(lowered, &options, directory.path()) {
            directory.write(&name, &content)?;
            files.insert(name, content);
        }
        let bootstrap = files.remove(BOOTSTRAP).unwrap_or_default();
        let process = process::Settings {
            concurrency: settings.concurrency.map(Into::into),
            show_output: settings.access_log,
            ..process::Settings::default()
        };
        let envoy = Envoy::start(&settings.program, directory, &bootstrap, &process)?;
        let nothing = BTreeMap::new();
        let written: Vec<_> = files.keys().cloned().collect();
        if outcome(&envoy, &nothing, &written)? == Outcome::Refused {
            return Err(ServeError::Refused { log: envoy.log_end() });
        }
        let clusters = lowered.clusters.clone();
        let mut gateway =
            Self { envoy, options, files, clusters, served: Vec::new(), unserved: Vec::new() };
        gateway.report_served(lowered, report);
        report(Event::Admin(gateway.envoy.admin().address()));
        Ok(gateway)
    }

    /// Whether Envoy still runs.
    pub(super) fn check(&mut self) -> Result<(), ServeError> {
        match self.envoy.ended() {
            None => Ok(()),
            Some(status) => Err(ServeError::Ended { status, log: self.envoy.log_end() }),
        }
    }

    /// Brings a change into effect.
    pub(super) fn update(
        &mut self,
        settings: &Settings,
        lowered: &Lowered,
        report: &mut impl FnMut(Event),
    ) -> Result<(), ServeError> {
        let served_ports = served_ports(lowered);
        if served_ports.is_empty() {
            report(Event::Unchanged { reason: ServeError::NoListener.to_string() });
            return Ok(());
        }
        match settings.bind.choose(&served_ports, &self.options.bind) {
            Ok(bind) => self.options.bind = bind,
            Err(error) => {
                report(Event::Unchanged { reason: error.to_string() });
                return Ok(());
            }
        }
        let before = self.envoy.admin().stats(DISCOVERY)?;
        let changed = self.write(lowered)?;
        self.clusters.clone_from(&lowered.clusters);
        match outcome(&self.envoy, &before, &changed)? {
            Outcome::Accepted => {
                report(Event::Reloaded);
                self.report_served(lowered, report);
            }
            Outcome::Refused => report(Event::Refused { log: self.envoy.log_end() }),
            Outcome::Unknown => report(Event::Unconfirmed),
        }
        Ok(())
    }

    /// Reports what is served, where that has changed.
    fn report_served(&mut self, lowered: &Lowered, report: &mut impl FnMut(Event)) {
        let is_secure = |port| {
            let mut here = lowered.config.listeners.iter().filter(|l| l.port == port);
            here.any(|l| l.protocol == Protocol::Https)
        };
        let bind = self.options.bind.iter();
        let served: Vec<_> = bind
            .map(|(&port, &address)| Served { port, address, is_secure: is_secure(port) })
            .collect();
        if self.served != served {
            self.served.clone_from(&served);
            report(Event::Serving(served));
        }
        let unserved = unserved(lowered);
        if self.unserved != unserved {
            self.unserved.clone_from(&unserved);
            unserved.into_iter().for_each(|listener| report(Event::Unserved(listener)));
        }
    }

    /// Writes the files that differ, and returns their names.
    fn write(&mut self, lowered: &Lowered) -> Result<Vec<String>, ServeError> {
        // A cluster goes one change later than the last configuration that names it.
        let named = |clusters: &[Cluster]| -> BTreeMap<String, Cluster> {
            clusters.iter().map(|c| (c.name.clone(), c.clone())).collect()
        };
        let mut clusters = named(&self.clusters);
        clusters.extend(named(&lowered.clusters));
        let lowered = Lowered { clusters: clusters.into_values().collect(), ..lowered.clone() };
        let mut changed = Vec::new();
        let directory = self.envoy.directory();
        for (name, content) in dynamic(&lowered, &self.options, directory.path()) {
            if name != BOOTSTRAP && self.files.get(&name) != Some(&content) {
                directory.write(&name, &content)?;
                self.files.insert(name.clone(), content);
                changed.push(name);
            }
        }
        Ok(changed)
    }
}

/// What became of files that Envoy watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// All of them took effect.
    Accepted,
    /// At least one was refused.
    Refused,
    /// Envoy has not said so in time.
    Unknown,
}

/// Waits until Envoy has counted each of the files as accepted or refused, from `before` on.
fn outcome(
    envoy: &Envoy,
    before: &BTreeMap<String, u64>,
    files: &[String],
) -> Result<Outcome, AdminError> {
    let counters: Vec<_> = files.iter().filter_map(|file| counters(file)).collect();
    let start = Instant::now();
    while start.elapsed() < CONFIRMATION {
        let now = envoy.admin().stats(DISCOVERY)?;
        let rose =
            |counter: &str| now.get(counter).unwrap_or(&0) > before.get(counter).unwrap_or(&0);
        if counters.iter().any(|counter| rose(&counter.refused)) {
            return Ok(Outcome::Refused);
        }
        if counters.iter().all(|counter| rose(&counter.accepted)) {
            return Ok(Outcome::Accepted);
        }
        thread::sleep(POLL);
    }
    Ok(Outcome::Unknown)
}
