//! A decision becomes hostcalls.

use crate::host::{self, MapType, Next};
use crate::names;
use pairs::Pair;
use route::config::{Retry, Timeouts};
use route::{Action, Answer, Decision, Forward, HeaderChange, Redirect, owned};

const REQUEST: MapType = MapType::RequestHeaders;

/// Has the host do what was decided.
pub(crate) fn carry_out(decision: &Decision<'_>) -> Next {
    match &decision.action {
        Action::Forward(forward) => {
            send_on(forward);
            Next::Continue
        }
        Action::Redirect(Redirect { status, location }) => {
            host::respond(*status, "kgwc_redirect", &[(b"location", location)], &[]);
            Next::Pause
        }
        Action::Respond(Answer { status, headers, body, reason }) => {
            let details = format!("kgwc_{}", reason.as_str());
            let headers = headers.iter().map(|(name, value)| (name.as_bytes(), value.as_slice()));
            let text: Pair<'_> = (b"content-type", b"text/plain");
            let headers: Vec<_> = headers.chain(body.map(|_| text)).collect();
            let body = body.unwrap_or_default().as_bytes();
            host::respond(*status, &details, &headers, body);
            Next::Pause
        }
    }
}

fn send_on(forward: &Forward<'_>) {
    for change in forward.request_changes() {
        if !owned::is_not_from_clients(change.name().as_bytes()) {
            change_header(REQUEST, change);
        }
    }
    if let Some(authority) = forward.authority {
        set(b":authority", authority.as_bytes());
    }
    if let Some(path) = &forward.path {
        set(b":path", path);
    }
    if let Some(timeouts) = forward.timeouts {
        limit(timeouts, forward.separate_tries);
    }
    if let Some(retry) = forward.retry.filter(|retry| retry.attempts > 0) {
        send_again(retry, forward.separate_tries);
    }
    if let Some(variant) = forward.variant {
        set(names::VARIANT, variant.as_bytes());
    }
    if let Some(endpoint) = forward.session.as_ref().and_then(|session| session.endpoint()) {
        set(names::ENDPOINT, endpoint);
    }
    // Last, so that no filter of a route can name another.
    set(names::CLUSTER, forward.cluster.as_bytes());
}

/// What is absent has no limit.
fn limit(timeouts: &Timeouts, separate_tries: bool) {
    let try_timeout = if separate_tries { names::SEPARATE_TRY_TIMEOUT } else { names::TRY_TIMEOUT };
    for (name, timeout) in
        [(names::TIMEOUT, timeouts.request), (try_timeout, timeouts.backend_request)]
    {
        if let Some(milliseconds) = timeout {
            set(name, milliseconds.to_string().as_bytes());
        }
    }
}

/// GEP-1731: "Implementations SHOULD retry on connection errors (disconnect, reset, timeout, TCP
/// failure) if a retry stanza is configured."
fn send_again(retry: &Retry, separate_tries: bool) {
    let mut on = if separate_tries {
        set(names::RETRY_HEADERS, names::TRY_FAILED);
        "retriable-headers,reset".to_owned()
    } else {
        "connect-failure,refused-stream,reset".to_owned()
    };
    if !retry.codes.is_empty() {
        on.push_str(",retriable-status-codes");
        let codes: Vec<_> = retry.codes.iter().map(u16::to_string).collect();
        set(names::RETRY_CODES, codes.join(",").as_bytes());
    }
    set(names::RETRY_ON, on.as_bytes());
    set(names::RETRIES, retry.attempts.to_string().as_bytes());
}

fn set(name: &[u8], value: &[u8]) {
    host::set_header(REQUEST, name, value);
}

/// Has the host change a header.
pub(crate) fn change_header(map: MapType, change: HeaderChange<'_>) {
    match change {
        HeaderChange::Set(name, value) => host::set_header(map, name.as_bytes(), value),
        HeaderChange::Add(name, value) => host::add_header(map, name.as_bytes(), value),
        HeaderChange::Remove(name) => host::remove_header(map, name.as_bytes()),
    }
}
