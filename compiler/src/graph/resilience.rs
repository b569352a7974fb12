//! Timeouts, retries and sessions of a rule, as the module will carry them out.

use super::filter::Unusable;
use super::{Context, Reason};
use crate::api::http_route::{
    CookieLifetime, HttpRouteRule, Retry, Session, SessionPersistence, Timeouts,
};
use crate::diagnostic::{Code, Diagnostic, FieldPath, ObjectId, Place};
use crate::index::ObjectKey;
use route::config::{self, Carrier};
use route::owned;
use sha2::{Digest, Sha256};

/// What a rule says about time and failure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resilience {
    /// How long requests may take.
    pub timeouts: Option<config::Timeouts>,
    /// When requests are sent again.
    pub retry: Option<config::Retry>,
    /// How clients stay with a backend.
    pub session_persistence: Option<config::SessionPersistence>,
}

/// Retries where a stanza does not say how many; the specification leaves it open.
const ATTEMPTS: u32 = 1;

/// All of it, or why the rule cannot be carried out.
pub(super) fn resilience(
    context: &mut Context<'_>,
    id: ObjectId,
    route: &ObjectKey,
    number: usize,
    rule: &HttpRouteRule,
    path: &FieldPath,
) -> Result<Resilience, Unusable> {
    let session_persistence = match &rule.session_persistence {
        Some(persistence) => {
            let who = match &rule.name {
                Some(name) => format!("{route}/{name}"),
                None => format!("{route}/{number}"),
            };
            match session(persistence, &who) {
                Ok(session) => Some(session),
                Err((field, message)) => {
                    let path = path.field("sessionPersistence");
                    let path = field.iter().fold(path, |path, name| path.field(name));
                    let place = Place::value(id, path);
                    context.report(
                        Diagnostic::error(Code::InvalidValue, place, message.clone())
                            .help("the rule answers 500 until this is changed"),
                    );
                    return Err(Unusable { reason: Reason::UnsupportedValue, message });
                }
            }
        }
        None => None,
    };
    Ok(Resilience {
        timeouts: rule.timeouts.as_ref().map(timeouts),
        retry: rule.retry.as_ref().map(retry),
        session_persistence,
    })
}

/// "0s disables": GEP-1742 and GEP-2257.
fn timeouts(timeouts: &Timeouts) -> config::Timeouts {
    let Timeouts { request, backend_request } = timeouts;
    let limit = |timeout: &Option<_>| timeout.as_ref().map(milliseconds).filter(|ms| *ms > 0);
    config::Timeouts { request: limit(request), backend_request: limit(backend_request) }
}

fn retry(retry: &Retry) -> config::Retry {
    let Retry { codes, attempts, backoff } = retry;
    config::Retry {
        codes: codes.clone(),
        attempts: attempts.unwrap_or(ATTEMPTS),
        backoff: backoff.as_ref().map(milliseconds).filter(|ms| *ms > 0),
    }
}

fn session(
    persistence: &SessionPersistence,
    who: &str,
) -> Result<config::SessionPersistence, (&'static [&'static str], String)> {
    let session = persistence.session();
    let (name, carrier, what) = match session {
        Session::Cookie { name, path, lifetime } => {
            let path = path.unwrap_or("/").to_owned();
            let permanent = lifetime == CookieLifetime::Permanent;
            (name, Carrier::Cookie { path, permanent }, "cookie")
        }
        Session::Header { name } => (name, Carrier::Header, "header"),
    };
    let field: &[&str] = match (&persistence.cookie, &persistence.header) {
        (Some(_), _) => &["cookie", "name"],
        (None, Some(_)) => &["header", "name"],
        (None, None) => &["sessionName"],
    };
    // RFC 6265, section 4.1.1, and RFC 9110, section 5.1: both are tokens.
    if let Some(name) = name.filter(|name| name.is_empty() || !name.bytes().all(is_token)) {
        return Err((field, format!("`{name}` cannot be the name of a {what}")));
    }
    if carrier == Carrier::Header
        && let Some((name, owner)) = name.and_then(|name| Some((name, owned::of_sessions(name)?)))
    {
        return Err((field, format!("`{name}` cannot carry a session: {owner}")));
    }
    if let Carrier::Cookie { path, .. } = &carrier
        && path.bytes().any(|b| b == b';' || b.is_ascii_control())
    {
        return Err((&["cookie", "path"], format!("`{path}` cannot be the path of a cookie")));
    }
    Ok(config::SessionPersistence {
        carrier,
        name: name.map_or_else(|| default_name(who), str::to_owned),
        absolute_timeout: persistence.absolute_timeout.as_ref().map(milliseconds),
        idle_timeout: persistence.idle_timeout.as_ref().map(milliseconds),
    })
}

/// A name of the rule's own, which says nothing about the cluster.
fn default_name(who: &str) -> String {
    let hash = Sha256::digest(who.as_bytes());
    let digits: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("kgwc-session-{digits}")
}

fn is_token(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b)
}

fn milliseconds(duration: &crate::api::duration::Duration) -> u64 {
    u64::try_from(duration.get().as_millis()).unwrap_or(u64::MAX)
}
