//! The module that ships, in wasmtime.

use super::engine::{Engine, EngineError, Forwarded, Outcome, Timeouts, until};
use super::native::{Native, named};
use super::request::Prepared;
use super::told;
use crate::lower::{Lowered, Variant};
use harness::{Module, Properties, Record, Request, Response, Vm, VmOptions};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const CLUSTER: &str = "x-kgwc-cluster";
const VARIANT: &str = "x-kgwc-variant";

/// The module in a proxy-wasm host: one instance for all listeners of the Gateway, as Istio has
/// it.
pub struct InModule {
    vm: Vm,
    /// The same routes natively: it tells by which backend a cluster is known.
    native: Native,
    /// What a host would do beside sending the request on.
    variants: BTreeMap<String, Variant>,
}

impl InModule {
    /// Configures a compiled module, which takes a second to compile and can serve many.
    ///
    /// # Errors
    /// When the module does not start or refuses the configuration.
    pub fn start(module: &Module, lowered: &Lowered) -> Result<Self, EngineError> {
        let config = told::explaining(&lowered.config);
        let json = serde_json::to_vec(&config).map_err(EngineError::failed)?;
        // The time of the clock, for sessions that end.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let options = VmOptions::default().time(u64::try_from(since.as_nanos()).unwrap_or(0));
        let mut vm = Vm::new(module, options).map_err(EngineError::failed)?;
        vm.configure(&json).map_err(EngineError::failed)?;
        let native = Native::new(&lowered.config)?;
        Ok(Self { vm, native, variants: lowered.variants.clone() })
    }

    fn once(&mut self, request: &Prepared, is_explained: bool) -> Result<Outcome, EngineError> {
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
        let token = is_explained.then_some((told::HEADER, told::TOKEN));
        let headers = pseudo.into_iter().chain(headers).chain(token);
        let sent = Request::from_headers(headers).properties(properties);
        let record = self.vm.run(sent, Response::new(200)).map_err(EngineError::failed)?;
        Ok(self.outcome(record))
    }

    /// What a host with a catch-all route that reads the cluster from its header would make of it.
    fn outcome(&self, record: Record) -> Outcome {
        let mut outcome =
            Outcome { status: record.status().unwrap_or_default(), ..Outcome::default() };
        let value = |name: &str| record.request_headers.get(name).unwrap_or_default().to_vec();
        let number = |name: &str| {
            std::str::from_utf8(record.request_headers.get(name)?).ok()?.parse::<u64>().ok()
        };
        outcome.mirrors = Some(self.mirrors(record.request_headers.get(VARIANT)));
        outcome.timeouts = Some(Timeouts {
            request: number("x-envoy-upstream-rq-timeout-ms"),
            backend_request: number("x-envoy-upstream-rq-per-try-timeout-ms")
                .or_else(|| number("x-kgwc-try-timeout")),
        });
        if record.local_reply.is_none() {
            let cluster = record.request_headers.get(CLUSTER).unwrap_or_default();
            let cluster = std::str::from_utf8(cluster).ok();
            outcome.backend = cluster.and_then(|cluster| self.native.backend_of(cluster));
            if outcome.backend.is_none() {
                // Envoy's answer to a cluster that it does not have.
                outcome.status = 503;
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
        told::take(&mut outcome);
        outcome
    }

    /// The backends that get copies by a variant of the route.
    fn mirrors(&self, variant: Option<&[u8]>) -> Vec<String> {
        let variant = variant.and_then(|name| std::str::from_utf8(name).ok());
        let variant = variant.and_then(|name| self.variants.get(name));
        let mirrors = variant.into_iter().flat_map(|variant| &variant.mirrors);
        let ids = mirrors.filter_map(|mirror| self.native.backend_of(&mirror.cluster));
        let mut ids: Vec<_> = ids.collect();
        ids.sort();
        ids
    }
}

impl Engine for InModule {
    fn name(&self) -> &str {
        "module"
    }

    /// The module draws by itself: a backend that is asked for is waited for.
    fn send(&mut self, request: &Prepared, draw: Option<usize>) -> Result<Outcome, EngineError> {
        const PATIENCE: u32 = 100_000;
        let wanted = self.native.send(request, draw)?;
        match draw {
            Some(_) => until(wanted.backend.as_deref(), PATIENCE, || self.once(request, true)),
            None => self.once(request, true),
        }
    }

    fn send_one_of_many(&mut self, request: &Prepared) -> Result<Outcome, EngineError> {
        self.once(request, false)
    }

    fn samples(&self) -> u32 {
        2_000
    }
}
