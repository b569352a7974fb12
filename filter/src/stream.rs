//! One request: asks the table and has the decision carried out.

use crate::carry_out::carry_out;
use crate::plugin::Configured;
use crate::response::Pending;
use crate::{explain, host, names};
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::{Action as Next, MapType};
use route::{Action, Clock, Decision, Request, SplitMix64};
use std::cell::RefCell;
use std::rc::Rc;

/// The context of one request.
pub(crate) struct Stream {
    configured: Option<Rc<Configured>>,
    rng: Rc<RefCell<SplitMix64>>,
    pending: Pending,
}

impl Stream {
    pub(crate) fn new(configured: Option<Rc<Configured>>, rng: Rc<RefCell<SplitMix64>>) -> Self {
        Self { configured, rng, pending: Pending::default() }
    }

    /// `None` where the request cannot be read; such a request is never sent on.
    fn route(&mut self) -> Option<Next> {
        let Some(configured) = self.configured.clone() else {
            host::respond(500, "kgwc_not_configured", &[], &[]);
            return Some(Next::Pause);
        };
        let table = &configured.table;
        let map = host::request_headers()?;
        let all = pairs::parse(&map)?;
        // What a client says under an internal name is neither matched nor sent on.
        let (internal, headers): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|(name, _)| name.starts_with(names::INTERNAL));
        let pseudo = |wanted: &[u8]| {
            headers.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value)
        };
        let sni = table.needs_sni().then(|| host::property(b"connection\0requested_server_name"));
        let sni = sni.flatten().filter(|name| !name.is_empty());
        let port = if table.needs_port() { Some(destination_port()?) } else { None };
        let request = Request {
            port,
            clock: Clock::new(&host::now),
            sni: sni.as_deref(),
            method: pseudo(b":method").unwrap_or_default(),
            authority: pseudo(b":authority").unwrap_or_default(),
            path: pseudo(b":path").unwrap_or_default(),
            headers: &headers,
        };
        // The explanation makes the same draw.
        let mut drawn = self.rng.borrow().clone();
        let mut decision = table.find(&request, &mut *self.rng.borrow_mut());
        for (name, _) in internal {
            host::remove_header(MapType::HttpRequestHeaders, name);
        }
        let observe = &table.config().observe;
        if observe.metrics {
            configured.counters.borrow_mut().count(&decision);
        }
        if observe.filter_state {
            tell(&decision);
        }
        let explanation = explain::lines(table, &request, &mut drawn);
        let next = carry_out(&decision);
        if observe.explain_token.is_some() {
            // The token is for the module alone.
            host::remove_header(MapType::HttpRequestHeaders, names::EXPLAIN);
        }
        self.pending = Pending::new(&mut decision);
        self.pending.explanation = explanation.unwrap_or_default();
        Some(next)
    }
}

impl Context for Stream {}

impl HttpContext for Stream {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Next {
        self.route().unwrap_or_else(|| {
            host::respond(500, "kgwc_unreadable_request", &[], &[]);
            Next::Pause
        })
    }

    fn on_http_response_headers(&mut self, _: usize, _: bool) -> Next {
        self.pending.carry_out();
        Next::Continue
    }
}

/// Tells the host's access log who won.
fn tell(decision: &Decision<'_>) {
    if let Some(matched) = &decision.matched {
        host::set_property(names::ROUTE, matched.route.as_bytes());
        let number = matched.rule.to_string();
        host::set_property(names::RULE, matched.rule_name.unwrap_or(&number).as_bytes());
    }
    if let Action::Forward(forward) = &decision.action {
        host::set_property(names::BACKEND, forward.backend.id().as_bytes());
    }
}

/// The port that the request came in on.
fn destination_port() -> Option<u16> {
    let bytes = host::property(b"destination\0port")?;
    let port = u64::from_le_bytes(*bytes.first_chunk::<8>()?);
    u16::try_from(port).ok()
}
