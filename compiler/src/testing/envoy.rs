//! The module in a real Envoy, with a stub in place of every backend.

use super::engine::{Engine, EngineError, Outcome, until};
use super::native::{Native, named};
use super::request::Prepared;
use super::stub::Stubbed;
use super::told;
use crate::envoy::{Client, Directory, Envoy, Settings, find};
use crate::lower::Lowered;
use crate::render::envoy::{Options, Unserved, bootstrap, unserved};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// The statistics that count copies.
const MIRRORED: &str = "^cluster[.]mirror/.*[.]upstream_rq_total$";

/// A running Envoy, stopped when dropped.
pub struct InEnvoy {
    envoy: Envoy,
    client: Client,
    addresses: BTreeMap<u16, SocketAddr>,
    unserved: Vec<Unserved>,
    /// The same routes natively: it tells which backends are to be waited for.
    native: Native,
    /// The backends that copies can be sent to, each by the statistic that counts them.
    mirrors: BTreeMap<String, String>,
}

impl InEnvoy {
    /// Starts an Envoy for all listeners of a Gateway, on free ports of the loopback interface.
    ///
    /// # Errors
    /// When there is no Envoy, or it does not start with the configuration.
    pub fn new(module: &[u8], lowered: &Lowered) -> Result<Self, EngineError> {
        let program = find().map_err(EngineError::failed)?;
        let directory = Directory::new().map_err(EngineError::failed)?;
        let path = directory.path().join("kgwc.wasm");
        std::fs::write(&path, module).map_err(EngineError::failed)?;
        let mut options = Options::on_free_ports(lowered, path.display().to_string());
        options.stub_backends = true;
        let config = told::explaining(&lowered.config);
        let explaining = Lowered { config, ..lowered.clone() };
        let document = bootstrap(&explaining, &options);
        let envoy = Envoy::start(&program, directory, &document, &Settings::default())
            .map_err(EngineError::failed)?;
        let mut addresses = BTreeMap::new();
        for port in crate::render::envoy::served_ports(lowered) {
            addresses.insert(port, envoy.address(port).map_err(EngineError::failed)?);
        }
        Ok(Self {
            envoy,
            client: Client::new(),
            addresses,
            unserved: unserved(lowered),
            native: Native::new(&lowered.config)?,
            mirrors: mirrors(lowered),
        })
    }

    fn once(&mut self, request: &Prepared) -> Result<Outcome, EngineError> {
        let Some(address) = self.addresses.get(&request.port).copied() else {
            return Err(match self.unserved.iter().find(|u| u.port == request.port) {
                Some(unserved) => EngineError::NotRun(unserved.to_string()),
                None => EngineError::NoSuchPort(request.port),
            });
        };
        let sent = request.raw(Some(told::TOKEN));
        let tls = request.https.then_some(request.server_name.as_str());
        let response = self.client.send(address, tls, &sent).map_err(EngineError::failed)?;
        let mut outcome = Outcome { status: response.status, ..Outcome::default() };
        match Stubbed::of(&response) {
            Some(stubbed) => (outcome.backend, outcome.forwarded) = stubbed.into(),
            None => outcome.body.clone_from(&response.body),
        }
        outcome.headers = named(response.headers);
        told::take(&mut outcome);
        Ok(outcome)
    }

    /// How many copies each backend has got.
    fn copies(&self) -> Result<BTreeMap<String, u64>, EngineError> {
        if self.mirrors.is_empty() {
            return Ok(BTreeMap::new());
        }
        let statistics = self.envoy.admin().stats(MIRRORED).map_err(EngineError::failed)?;
        let count = |(statistic, backend): (&String, &String)| {
            let count = statistics.get(statistic).and_then(Value::as_u64).unwrap_or_default();
            (backend.clone(), count)
        };
        Ok(self.mirrors.iter().map(count).collect())
    }

    /// Sends the request, and again until every backend that is to get a copy has got one, where
    /// they get those of a share of the requests. Says which have.
    fn with_copies(
        &mut self,
        request: &Prepared,
        wanted: &[String],
        mut outcome: Outcome,
        before: &BTreeMap<String, u64>,
    ) -> Result<Outcome, EngineError> {
        const PATIENCE: Duration = Duration::from_secs(10);
        const POLL: Duration = Duration::from_millis(5);
        let start = Instant::now();
        loop {
            let grown: Vec<String> = self
                .copies()?
                .into_iter()
                .filter(|(backend, count)| before.get(backend) != Some(count))
                .map(|(backend, _)| backend)
                .collect();
            let is_done = wanted.iter().all(|backend| grown.contains(backend));
            if is_done || start.elapsed() > PATIENCE {
                outcome.mirrors = Some(grown);
                return Ok(outcome);
            }
            std::thread::sleep(POLL);
            self.once(request)?;
        }
    }
}

/// Each backend that copies can be sent to, by the statistic of its cluster for copies.
fn mirrors(lowered: &Lowered) -> BTreeMap<String, String> {
    let targets = lowered.variants.values().flat_map(|variant| &variant.mirrors);
    let clusters = targets.filter_map(|target| {
        let cluster = lowered.clusters.iter().find(|cluster| cluster.name == target.cluster)?;
        // Envoy has no colons in the names of statistics.
        let name = cluster.name.replace(':', "_");
        let statistic = format!("cluster.mirror/{name}.upstream_rq_total");
        Some((statistic, cluster.backend.clone()))
    });
    clusters.collect()
}

impl Engine for InEnvoy {
    fn name(&self) -> &str {
        "envoy"
    }

    /// A backend that is asked for is waited for.
    fn send(&mut self, request: &Prepared, draw: Option<usize>) -> Result<Outcome, EngineError> {
        const PATIENCE: u32 = 2_000;
        let wanted = match request.clone().normalized() {
            Ok(normalized) => self.native.send(&normalized, draw)?,
            Err(_) => Outcome { status: 400, ..Outcome::default() },
        };
        let before = self.copies()?;
        let outcome = match draw {
            Some(_) => until(wanted.backend.as_deref(), PATIENCE, || self.once(request))?,
            None => self.once(request)?,
        };
        let mirrors = wanted.mirrors.unwrap_or_default();
        self.with_copies(request, &mirrors, outcome, &before)
    }

    fn normalizes_paths(&self) -> bool {
        true
    }

    fn samples(&self) -> u32 {
        400
    }
}
