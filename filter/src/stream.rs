//! One request: asks the table and has the decision carried out.

use crate::carry_out::carry_out;
use crate::host::{self, MapType, Next};
use crate::plugin::{Configured, with_rng};
use crate::response::Pending;
use crate::{explain, names};
use pairs::Pair;
use route::{Action, Clock, Decision, Request, owned};
use smallvec::SmallVec;

/// The headers of a request, which few requests have more of than fit without an allocation.
type Headers<'a> = SmallVec<[Pair<'a>; 64]>;

/// Decides on the request that the host is at and has that carried out; gives back what is left to
/// do when the response comes. A request that cannot be read is never sent on.
pub(crate) fn route(configured: Option<&Configured>) -> (Next, Option<Pending>) {
    let Some(configured) = configured else {
        host::respond(500, "kgwc_not_configured", &[], &[]);
        return (Next::Pause, None);
    };
    try_route(configured).unwrap_or_else(|| {
        host::respond(500, "kgwc_unreadable_request", &[], &[]);
        (Next::Pause, None)
    })
}

fn try_route(configured: &Configured) -> Option<(Next, Option<Pending>)> {
    let table = &configured.table;
    let observe = &table.config().observe;
    let map = host::request_headers()?;
    let mut headers = Headers::new();
    // What a client says under these names is neither matched nor sent on.
    let mut refused = SmallVec::<[&[u8]; 4]>::new();
    let (mut method, mut authority, mut path) = (None, None, None);
    for pair in pairs::parse(&map) {
        let pair @ (name, value) = pair?;
        match name {
            b":method" => _ = method.get_or_insert(value),
            b":authority" => _ = authority.get_or_insert(value),
            b":path" => _ = path.get_or_insert(value),
            _ if owned::is_not_from_clients(name) => {
                refused.push(name);
                continue;
            }
            _ => {}
        }
        headers.push(pair);
    }
    let sni = table.needs_sni().then(|| host::property(b"connection\0requested_server_name"));
    let sni = sni.flatten().filter(|name| !name.is_empty());
    let port = if table.needs_port() { Some(destination_port()?) } else { None };
    let request = Request {
        port,
        clock: Clock::new(&host::now),
        sni: sni.as_deref(),
        method: method.unwrap_or_default(),
        authority: authority.unwrap_or_default(),
        path: path.unwrap_or_default(),
        headers: &headers,
    };
    let (mut decision, explanation) = with_rng(|rng| {
        // The explanation makes the same draw.
        let mut drawn = rng.clone();
        (table.find(&request, rng), explain::lines(table, &request, &mut drawn))
    });
    for name in refused {
        host::remove_header(MapType::RequestHeaders, name);
    }
    configured.count(&decision);
    if observe.filter_state {
        tell(&decision);
    }
    let next = carry_out(&decision);
    if observe.explain_token.is_some() {
        // The token is for the module alone.
        host::remove_header(MapType::RequestHeaders, names::EXPLAIN);
    }
    Some((next, Pending::new(&mut decision, explanation)))
}

/// Tells the host's access log who won.
fn tell(decision: &Decision<'_>) {
    if let Some(matched) = &decision.matched {
        host::set_property(names::ROUTE, matched.route.as_bytes());
        match matched.rule_name {
            Some(name) => host::set_property(names::RULE, name.as_bytes()),
            None => host::set_property(names::RULE, matched.rule.to_string().as_bytes()),
        }
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
