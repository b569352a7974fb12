//! The module in a real Envoy, with a stub in place of every backend.

use super::engine::{Engine, EngineError, Forwarded, Outcome, until};
use super::native::{Native, named};
use super::request::Prepared;
use crate::envoy::{Client, Directory, Envoy, RawRequest, Settings, find};
use crate::lower::Lowered;
use crate::render::envoy::{Options, Unserved, bootstrap, unserved};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// Header of the stub's response to a request that can have no body in its response.
const STUB: &str = "x-kgwc-stub";

/// A running Envoy, stopped when dropped.
pub struct InEnvoy {
    // Dropped before the directory that it reads from.
    _envoy: Envoy,
    client: Client,
    addresses: BTreeMap<u16, SocketAddr>,
    unserved: Vec<Unserved>,
    /// The same routes natively: it tells which match won, which Envoy does not.
    native: Native,
}

/// What the stub answers.
#[derive(Deserialize)]
struct Stubbed {
    backend: String,
    authority: String,
    path: String,
    headers: Vec<(String, String)>,
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
        let envoy =
            Envoy::start(&program, directory, &bootstrap(lowered, &options), &Settings::default())
                .map_err(EngineError::failed)?;
        let mut addresses = BTreeMap::new();
        for port in crate::render::envoy::served_ports(lowered) {
            addresses.insert(port, envoy.address(port).map_err(EngineError::failed)?);
        }
        Ok(Self {
            _envoy: envoy,
            client: Client::new(),
            addresses,
            unserved: unserved(lowered),
            native: Native::new(&lowered.config)?,
        })
    }

    fn once(&mut self, request: &Prepared) -> Result<Outcome, EngineError> {
        let Some(address) = self.addresses.get(&request.port).copied() else {
            return Err(match self.unserved.iter().find(|u| u.port == request.port) {
                Some(unserved) => EngineError::NotRun(unserved.to_string()),
                None => EngineError::NoSuchPort(request.port),
            });
        };
        let mut sent = RawRequest::get(request.authority.as_str(), request.path.as_str());
        sent.method = request.method.clone().into_bytes();
        for (name, value) in &request.headers {
            sent = sent.header(name.as_str(), value.as_str());
        }
        let tls = request.https.then_some(request.server_name.as_str());
        let response = self.client.send(address, tls, &sent).map_err(EngineError::failed)?;
        let in_header = response.header(STUB).next().map(<[u8]>::to_vec);
        let stubbed = in_header.as_deref().unwrap_or(&response.body);
        let mut outcome = Outcome { status: response.status, ..Outcome::default() };
        match serde_json::from_slice::<Stubbed>(stubbed) {
            Ok(stubbed) => {
                outcome.backend = Some(stubbed.backend);
                outcome.forwarded = Some(Forwarded {
                    path: latin1(&stubbed.path),
                    authority: latin1(&stubbed.authority),
                    headers: named(
                        stubbed.headers.iter().map(|(n, v)| (latin1(n), latin1(v))).collect(),
                    ),
                });
            }
            Err(_) => outcome.body = response.body.clone(),
        }
        outcome.headers = named(response.headers);
        Ok(outcome)
    }
}

impl Engine for InEnvoy {
    fn name(&self) -> &'static str {
        "envoy"
    }

    /// A backend that is asked for is waited for.
    fn send(&mut self, request: &Prepared, draw: Option<usize>) -> Result<Outcome, EngineError> {
        const PATIENCE: u32 = 2_000;
        let wanted = match request.clone().normalized() {
            Ok(normalized) => self.native.send(&normalized, draw)?,
            Err(_) => Outcome { status: 400, ..Outcome::default() },
        };
        let mut outcome = match draw {
            Some(_) => until(wanted.backend.as_deref(), PATIENCE, || self.once(request))?,
            None => self.once(request)?,
        };
        outcome.won = wanted.won;
        Ok(outcome)
    }

    fn normalizes_paths(&self) -> bool {
        true
    }

    fn samples(&self) -> u32 {
        400
    }
}

/// The stub writes each byte as the character of that number.
fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
}
