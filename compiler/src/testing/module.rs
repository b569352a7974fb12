//! The module that ships, in wasmtime.

use super::engine::{Engine, EngineError, Forwarded, Outcome, until};
use super::native::{Native, named};
use super::request::Prepared;
use harness::{Module, Properties, Record, Request, Response, Vm, VmOptions};
use route::Config;

const CLUSTER: &[u8] = b"x-kgwc-cluster";

/// The module in a proxy-wasm host: one instance for all listeners of the Gateway, as Istio has
/// it.
pub struct InModule {
    vm: Vm,
    /// The same routes natively: it tells by which backend a cluster is known, and which match
    /// won, which a host does not see.
    native: Native,
}

impl InModule {
    /// Compiles the module and configures it.
    ///
    /// # Errors
    /// When the module does not load or refuses the configuration.
    pub fn new(module: &[u8], config: &Config) -> Result<Self, EngineError> {
        Self::start(&Module::new(module).map_err(EngineError::failed)?, config)
    }

    /// Configures a compiled module, which takes a second to compile and can serve many.
    ///
    /// # Errors
    /// When the module does not start or refuses the configuration.
    pub fn start(module: &Module, config: &Config) -> Result<Self, EngineError> {
        let json = serde_json::to_vec(config).map_err(EngineError::failed)?;
        let mut vm = Vm::new(module, VmOptions::default()).map_err(EngineError::failed)?;
        vm.configure(&json).map_err(EngineError::failed)?;
        Ok(Self { vm, native: Native::new(config)? })
    }

    fn once(&mut self, request: &Prepared) -> Result<Outcome, EngineError> {
        let mut properties = Properties::new().destination_port(request.port);
        if request.https {
            properties = properties.requested_server_name(&request.server_name);
        }
        let scheme = if request.https { "https" } else { "http" };
        let pseudo = [
            (":authority", request.authority.as_str()),
            (":path", &request.path),
            (":method", &request.method),
            (":scheme", scheme),
        ];
        let headers = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let sent = Request::from_headers(pseudo.into_iter().chain(headers)).properties(properties);
        let record = self.vm.run(sent, Response::new(200)).map_err(EngineError::failed)?;
        Ok(self.outcome(record))
    }

    /// What a host with a catch-all route that reads the cluster from its header would make of it.
    fn outcome(&self, record: Record) -> Outcome {
        let mut outcome =
            Outcome { status: record.status().unwrap_or_default(), ..Outcome::default() };
        let value = |name: &str| record.request_headers.get(name).unwrap_or_default().to_vec();
        if record.local_reply.is_none() {
            let cluster = record.request_headers.get(CLUSTER).unwrap_or_default();
            let backends = &self.native.table().config().backends;
            let backend = backends.iter().find(|backend| {
                backend.cluster.as_ref().is_some_and(|name| name.as_bytes() == cluster)
            });
            match backend {
                Some(backend) => outcome.backend = Some(backend.id()),
                // Envoy's answer to a cluster that it does not have.
                None => outcome.status = 503,
            }
            outcome.forwarded = Some(Forwarded {
                path: value(":path"),
                authority: value(":authority"),
                headers: named(record.request_headers.into_vec()),
            });
        } else {
            outcome.body = record.response_body;
        }
        outcome.headers = named(record.response_headers.into_vec());
        outcome
    }
}

impl Engine for InModule {
    fn name(&self) -> &'static str {
        "module"
    }

    /// The module draws by itself: a backend that is asked for is waited for.
    fn send(&mut self, request: &Prepared, draw: Option<usize>) -> Result<Outcome, EngineError> {
        const PATIENCE: u32 = 100_000;
        let wanted = self.native.send(request, draw)?;
        let mut outcome = match draw {
            Some(_) => until(wanted.backend.as_deref(), PATIENCE, || self.once(request))?,
            None => self.once(request)?,
        };
        outcome.won = wanted.won;
        Ok(outcome)
    }

    fn samples(&self) -> u32 {
        2_000
    }
}
