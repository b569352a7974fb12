//! The gateway that is served: an Envoy and the files it follows.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread;
use std::time::{Duration, Instant};

use route::config::Protocol;
use serde_json::Value;

use super::{Event, ServeError, Served, Settings};
use crate::envoy::{Directory, Envoy, process};
use crate::lower::{Cluster, Lowered, Variant};
use crate::render::envoy::{
    BOOTSTRAP, Options, Unserved, counters, dynamic, served_ports, unserved,
};

/// How long Envoy may take to say what became of a change.
const CONFIRMATION: Duration = Duration::from_secs(10);
/// The statistics about files.
const DISCOVERY: &str =
    "^(cluster_manager.cds|listener_manager.lds|extension_config_discovery|http[.].*[.]rds[.])";
const POLL: Duration = Duration::from_millis(20);

pub(super) struct Gateway {
    envoy: Envoy,
    options: Options,
    /// The files that are in effect.
    files: BTreeMap<String, Value>,
    /// Tells the versions of files apart.
    version: u64,
    /// The clusters of the configuration that is in effect.
    clusters: Vec<Cluster>,
    /// The variants of its routes.
    variants: BTreeMap<String, Variant>,
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
            ca_file: settings.ca_file.clone(),
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
        let statistics = envoy.admin().stats(DISCOVERY)?;
        if files.keys().any(|file| refusals(&statistics, file) > 0) {
            return Err(ServeError::Refused { log: envoy.log_end() });
        }
        let (clusters, variants) = (lowered.clusters.clone(), lowered.variants.clone());
        let mut gateway = Self {
            envoy,
            options,
            files,
            version: 0,
            clusters,
            variants,
            served: Vec::new(),
            unserved: Vec::new(),
        };
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

    /// Brings a change into effect, or leaves everything as it was and reports why.
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
        let bind = match settings.bind.choose(&served_ports, &self.options.bind) {
            Ok(bind) => bind,
            Err(error) => {
                report(Event::Unchanged { reason: error.to_string() });
                return Ok(());
            }
        };
        let options = Options { bind, ..self.options.clone() };
        match self.replace_all(&self.files_for(lowered, &options))? {
            Outcome::Accepted => {
                self.options = options;
                self.clusters.clone_from(&lowered.clusters);
                self.variants.clone_from(&lowered.variants);
                report(Event::Reloaded);
                self.report_served(lowered, report);
            }
            Outcome::Refused => report(Event::Refused { log: self.envoy.log_end() }),
            Outcome::Unknown => report(Event::Unconfirmed),
        }
        Ok(())
    }

    /// The files for a configuration that takes the place of the one in effect. A cluster or variant
    /// stays until no configuration that is in effect can name it.
    fn files_for(&self, lowered: &Lowered, options: &Options) -> Vec<(String, Value)> {
        let clusters: BTreeMap<&String, &Cluster> =
            self.clusters.iter().chain(&lowered.clusters).map(|c| (&c.name, c)).collect();
        let clusters = clusters.into_values().cloned().collect();
        let mut variants = self.variants.clone();
        variants.extend(lowered.variants.clone());
        let lowered = Lowered { clusters, variants, ..lowered.clone() };
        let mut files = dynamic(&lowered, options, self.envoy.directory().path());
        files.retain(|(name, _)| name != BOOTSTRAP);
        files
    }

    /// Replaces the files that differ, each when the one before it is in effect: all at once,
    /// Envoy could read a configuration before the clusters that it names. A file that is new is
    /// read only when the listeners ask for it. Where one is refused, all are put back.
    fn replace_all(&mut self, files: &[(String, Value)]) -> Result<Outcome, ServeError> {
        let before = self.files.clone();
        let mut new = Vec::new();
        let mut outcome = Outcome::Accepted;
        for (name, content) in files {
            if before.get(name) == Some(content) {
                continue;
            }
            let written = self.write(name, content)?;
            if before.contains_key(name) {
                outcome = self.outcome(&written)?;
            } else {
                new.push(written);
            }
            if outcome != Outcome::Accepted {
                break;
            }
        }
        for written in new {
            if outcome == Outcome::Accepted {
                outcome = self.outcome(&written)?;
            }
        }
        if outcome == Outcome::Accepted {
            self.files.retain(|name, _| files.iter().any(|(wanted, _)| wanted == name));
        } else {
            // Listeners before the configurations that they need, those before the clusters.
            for (name, _) in files.iter().rev() {
                if let Some(content) = before.get(name).filter(|c| self.files.get(name) != Some(c))
                {
                    let written = self.write(name, content)?;
                    self.outcome(&written)?;
                }
            }
            self.files = before;
        }
        Ok(outcome)
    }

    fn write(&mut self, name: &str, content: &Value) -> Result<Written, ServeError> {
        let refusals = refusals(&self.envoy.admin().stats(DISCOVERY)?, name);
        self.version += 1;
        let version = self.version.to_string();
        let mut versioned = content.clone();
        versioned["version_info"] = Value::from(version.as_str());
        self.envoy.directory().write(name, &versioned)?;
        self.files.insert(name.to_owned(), content.clone());
        Ok(Written { name: name.to_owned(), version, refusals })
    }

    /// Waits for what Envoy says about a file.
    fn outcome(&self, written: &Written) -> Result<Outcome, ServeError> {
        let start = Instant::now();
        while start.elapsed() < CONFIRMATION {
            let now = self.envoy.admin().stats(DISCOVERY)?;
            if refusals(&now, &written.name) > written.refusals {
                return Ok(Outcome::Refused);
            }
            if is_in_effect(&now, &written.name, &written.version) {
                return Ok(Outcome::Accepted);
            }
            thread::sleep(POLL);
        }
        Ok(Outcome::Unknown)
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
}

/// A file that Envoy is about to read.
struct Written {
    name: String,
    version: String,
    /// How often a file of this name was refused before.
    refusals: u64,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// In effect.
    Accepted,
    /// Refused.
    Refused,
    /// Envoy has not said so in time.
    Unknown,
}

fn refusals(statistics: &BTreeMap<String, Value>, file: &str) -> u64 {
    let names = counters(file).map(|counters| counters.refused).unwrap_or_default();
    names.iter().filter_map(|name| statistics.get(name)?.as_u64()).sum()
}

fn is_in_effect(statistics: &BTreeMap<String, Value>, file: &str, version: &str) -> bool {
    let text = counters(file).and_then(|counters| statistics.get(&counters.version));
    text.and_then(Value::as_str) == Some(version)
}
