//! Headers that are the proxy's own, which no route may change.

use crate::config::HeaderModifier;
use crate::decision::changes;
use std::fmt;

/// Of one connection and not of a message (RFC 9110, section 7.6.1), or what says where a message
/// ends (RFC 9112, section 6): whoever writes them can smuggle a request into a connection.
const OF_CONNECTION: [&str; 6] = [
    "connection",
    "content-length",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
];

/// Headers that mean something else than the session that they would carry.
const WITH_MEANING: [&str; 3] = ["cookie", "host", "set-cookie"];

/// What Envoy honours or passes on whoever says it: `x-envoy-original-dst-host` names an address. Of
/// the other names that begin like these it takes away what clients say by itself, where its
/// configuration has it treat all clients as external.
const NOT_FROM_CLIENTS: [&str; 4] = [
    "x-envoy-attempt-count",
    "x-envoy-is-timeout-retry",
    "x-envoy-original-dst-host",
    "x-envoy-original-path",
];

/// Whose a header is that no route may change; as text the reason why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The request or status line's: `:path`.
    StartLine,
    /// The connection's: `content-length`.
    Connection,
    /// kgwc's, between the module and its host.
    Kgwc,
    /// Envoy's, which takes it for an instruction.
    Envoy,
    /// Somebody else's, who reads something else in it.
    Other,
}

/// Whose a header of requests is; `None` where routes may set it, add to it and remove it.
pub fn of_requests(name: &str) -> Option<Owner> {
    of_responses(name).or_else(|| begins(name.as_bytes(), "x-envoy-").then_some(Owner::Envoy))
}

/// The same of responses, in which the names of Envoy's instruct nobody.
pub fn of_responses(name: &str) -> Option<Owner> {
    if name.starts_with(':') {
        Some(Owner::StartLine)
    } else if OF_CONNECTION.iter().any(|own| name.eq_ignore_ascii_case(own)) {
        Some(Owner::Connection)
    } else {
        is_internal(name.as_bytes()).then_some(Owner::Kgwc)
    }
}

/// Whether a header is taken out of requests before they are matched: what clients say in it is
/// for nobody.
pub fn is_not_from_clients(name: &[u8]) -> bool {
    // Most names begin otherwise.
    matches!(name, [b'x' | b'X', b'-', ..])
        && (is_internal(name)
            || NOT_FROM_CLIENTS.iter().any(|other| name.eq_ignore_ascii_case(other.as_bytes())))
}

/// Whether only the module may say it to its host, and the host to the module.
fn is_internal(name: &[u8]) -> bool {
    begins(name, "x-kgwc-")
}

/// Whose a header is that no session can have; it stands in requests and in responses.
pub fn of_sessions(name: &str) -> Option<Owner> {
    let has_meaning = WITH_MEANING.iter().any(|other| name.eq_ignore_ascii_case(other));
    of_requests(name).or(has_meaning.then_some(Owner::Other))
}

/// The first header that a modifier changes and may not.
pub(crate) fn changed(
    modifier: &HeaderModifier,
    owner: fn(&str) -> Option<Owner>,
) -> Option<(&str, Owner)> {
    changes(modifier).find_map(|change| Some((change.name(), owner(change.name())?)))
}

fn begins(name: &[u8], with: &str) -> bool {
    name.get(..with.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(with.as_bytes()))
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StartLine => "it belongs to the first line of the message",
            Self::Connection => "it belongs to the connection",
            Self::Kgwc => "it is kgwc's own",
            Self::Envoy => "Envoy takes it for an instruction",
            Self::Other => "it has another meaning",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::is_not_from_clients;

    #[test]
    fn what_clients_cannot_send_is_known_in_any_case() {
        for name in ["x-kgwc-cluster", "X-KGWC-anything", "X-Envoy-Original-Dst-Host"] {
            assert!(is_not_from_clients(name.as_bytes()), "{name}");
        }
        for name in ["x-kgw", "x-request-id", "x-envoy-original-dst", "x-envoy-retry-on", ""] {
            assert!(!is_not_from_clients(name.as_bytes()), "{name}");
        }
    }
}
