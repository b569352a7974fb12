//! One request: asks the table and carries the decision out.

use crate::host;
use crate::pairs;
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::{Action as Next, MapType};
use route::config::HeaderModifier;
use route::{Action, Answer, Decision, Forward, HeaderChange, Redirect, Request};
use route::{RouteTable, SplitMix64};
use std::cell::RefCell;
use std::rc::Rc;

/// The header that names the cluster; the host's catch-all route reads it.
const CLUSTER: &str = "x-kgwc-cluster";
/// What clients must not say: which cluster, which variant of the catch-all route.
const INTERNAL: &[u8] = b"x-kgwc-";

/// The context of one request.
pub(crate) struct Stream {
    table: Option<Rc<RouteTable>>,
    rng: Rc<RefCell<SplitMix64>>,
    /// Changes to the response, kept until it comes.
    response: Vec<HeaderModifier>,
}

impl Stream {
    pub(crate) fn new(table: Option<Rc<RouteTable>>, rng: Rc<RefCell<SplitMix64>>) -> Self {
        Self { table, rng, response: Vec::new() }
    }

    /// `None` where the request cannot be read; such a request is never sent on.
    fn route(&mut self) -> Option<Next> {
        let Some(table) = self.table.clone() else {
            host::respond(500, "kgwc_not_configured", &[], &[]);
            return Some(Next::Pause);
        };
        let map = host::request_headers()?;
        let all = pairs::parse(&map)?;
        // What a client says under an internal name is neither matched nor sent on.
        let (internal, headers): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|(name, _)| name.starts_with(INTERNAL));
        let pseudo = |wanted: &[u8]| {
            headers.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value)
        };
        let sni = table.needs_sni().then(|| host::property(b"connection\0requested_server_name"));
        let sni = sni.flatten().filter(|name| !name.is_empty());
        let port = if table.needs_port() { Some(destination_port()?) } else { None };
        let request = Request {
            port,
            sni: sni.as_deref(),
            method: pseudo(b":method").unwrap_or_default(),
            authority: pseudo(b":authority").unwrap_or_default(),
            path: pseudo(b":path").unwrap_or_default(),
            headers: &headers,
        };
        let decision = table.find(&request, &mut *self.rng.borrow_mut());
        self.response = decision.response_headers.into_iter().flatten().cloned().collect();
        for (name, _) in internal {
            host::remove_header(MapType::HttpRequestHeaders, name);
        }
        Some(carry_out(&decision))
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
        for modifier in &self.response {
            for change in modifier.changes() {
                change_header(MapType::HttpResponseHeaders, change);
            }
        }
        Next::Continue
    }
}

fn carry_out(decision: &Decision<'_>) -> Next {
    match &decision.action {
        Action::Forward(forward) => {
            send_on(forward);
            Next::Continue
        }
        Action::Redirect(Redirect { status, location }) => {
            host::respond(*status, "kgwc_redirect", &[(b"location", location)], &[]);
            Next::Pause
        }
        Action::Respond(Answer { status, body, reason }) => {
            let details = format!("kgwc_{}", reason.as_str());
            let text: pairs::Pair<'_> = (b"content-type", b"text/plain");
            let headers = body.map(|_| text);
            let body = body.unwrap_or_default().as_bytes();
            host::respond(*status, &details, headers.as_slice(), body);
            Next::Pause
        }
    }
}

fn send_on(forward: &Forward<'_>) {
    const MAP: MapType = MapType::HttpRequestHeaders;
    for change in forward.request_changes() {
        if !change.name().as_bytes().starts_with(INTERNAL) {
            change_header(MAP, change);
        }
    }
    if let Some(authority) = forward.authority {
        host::set_header(MAP, b":authority", authority.as_bytes());
    }
    if let Some(path) = &forward.path {
        host::set_header(MAP, b":path", path);
    }
    // Last, so that no filter of a route can name another.
    host::set_header(MAP, CLUSTER.as_bytes(), forward.cluster.as_bytes());
}

fn change_header(map: MapType, change: HeaderChange<'_>) {
    match change {
        HeaderChange::Set(name, value) => host::set_header(map, name.as_bytes(), value.as_bytes()),
        HeaderChange::Add(name, value) => host::add_header(map, name.as_bytes(), value.as_bytes()),
        HeaderChange::Remove(name) => host::remove_header(map, name.as_bytes()),
    }
}

/// The port that the request came in on.
fn destination_port() -> Option<u16> {
    let bytes = host::property(b"destination\0port")?;
    let port = u64::from_le_bytes(*bytes.first_chunk::<8>()?);
    u16::try_from(port).ok()
}
