//! Sessions: how a client stays with the backend that it got first (GEP-1619).
//!
//! A client carries a token in a cookie or header. It names the rule, the backend, and the
//! endpoint as the host calls it:
//!
//! ```text
//! RULE.BACKEND.ISSUED.USED.ENDPOINT[~other tokens]
//! ```
//!
//! RULE and BACKEND are hashes, so that nothing of a cluster shows; ISSUED and USED are seconds
//! since 1970, empty where the session has no timeout that needs them; ENDPOINT is opaque. Rules
//! whose sessions have one name share the cookie, each with a token of its own.

use crate::config::{Backend, BackendRef, Carrier, Rule, SessionPersistence};
use crate::hash::Hash;
use crate::request::Request;

/// Tokens of other rules that are kept beside one's own: a cookie has to stay below 4,096 bytes.
const KEPT: usize = 7;
/// Seconds by which the clock of whoever issued a token may be ahead.
const SKEW: u64 = 60;
/// A longer token is none of ours, and is not worth reading.
const LONGEST: usize = 512;
/// Room in a token for what stands before the endpoint: two hashes and two times with their dots.
const LONGEST_ENDPOINT: usize = LONGEST - 2 * (16 + 1) - 2 * (20 + 1);

/// The session of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    config: SessionPersistence,
    rule: u64,
    backend: u64,
    /// What the client sent; `None` for a new session.
    token: Option<Token>,
    /// Tokens of other rules under the same name.
    others: Vec<Vec<u8>>,
    /// Milliseconds since 1970.
    now: Option<u64>,
}

/// What a client sends.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Token {
    rule: u64,
    backend: u64,
    issued: Option<u64>,
    used: Option<u64>,
    endpoint: Vec<u8>,
}

impl Session {
    /// The session that the request belongs to, and the backend of it among those of the rule.
    /// "If there is no session or its backend is gone, a new one begins": then the backend is
    /// chosen by `choose`.
    pub(crate) fn find<'t, E>(
        config: &SessionPersistence,
        rule: u64,
        request: &Request<'_>,
        backends: &'t [BackendRef],
        id: impl Fn(&'t BackendRef) -> Option<u64>,
        choose: impl FnOnce() -> Result<&'t BackendRef, E>,
    ) -> Result<(Self, &'t BackendRef), E> {
        let mut others = Vec::new();
        let mut own = None;
        for text in tokens(config, request) {
            match Token::read(text) {
                Some(token) if token.rule == rule => own = own.or(Some(token)),
                Some(_) if others.len() < KEPT => others.push(text.to_vec()),
                _ => {}
            }
        }
        let now = if config.is_limited() { request.clock.now() } else { None };
        let token = own.filter(|token| token.is_alive(config, now));
        let backend = token
            .as_ref()
            .and_then(|token| backends.iter().find(|backend| id(backend) == Some(token.backend)));
        let (token, chosen) = match backend {
            Some(backend) => (token, backend),
            None => (None, choose()?),
        };
        let backend = id(chosen).unwrap_or_default();
        let config = config.clone();
        Ok((Self { config, rule, backend, token, others, now }, chosen))
    }

    /// How the session is kept.
    pub fn config(&self) -> &SessionPersistence {
        &self.config
    }

    /// Whether the request belongs to a session that began before.
    pub fn is_resumed(&self) -> bool {
        self.token.is_some()
    }

    /// The endpoint to send the request to, as the host called it; `None` where the host chooses.
    pub fn endpoint(&self) -> Option<&[u8]> {
        self.token.as_ref().map(|token| token.endpoint.as_slice()).filter(|e| !e.is_empty())
    }

    /// The header of the response that gives the client its token, as name and value. `endpoint`
    /// is what the host calls the endpoint that it has chosen, where it has chosen one. `None`
    /// where the client has a token that is still right.
    pub fn answer(&self, endpoint: Option<&[u8]>) -> Option<(&str, Vec<u8>)> {
        let endpoint = endpoint.filter(|endpoint| is_endpoint(endpoint));
        let stays = endpoint.is_none() && self.config.idle_timeout.is_none();
        if self.token.is_some() && stays {
            return None;
        }
        let now = self.now.map(|now| now / 1000);
        let known = self.token.as_ref();
        let token = Token {
            rule: self.rule,
            backend: self.backend,
            issued: known.and_then(|t| t.issued).or(now).filter(|_| self.config.is_limited()),
            used: now.filter(|_| self.config.idle_timeout.is_some()),
            endpoint: endpoint.or(self.endpoint()).unwrap_or_default().to_vec(),
        };
        let mut value = token.write();
        for other in &self.others {
            value.push(b'~');
            value.extend_from_slice(other);
        }
        Some(match &self.config.carrier {
            Carrier::Header => (self.config.name.as_str(), value),
            Carrier::Cookie { path, permanent } => {
                let left = token.seconds_left(&self.config, now).filter(|_| *permanent);
                ("set-cookie", cookie(&self.config.name, value, path, left))
            }
        })
    }
}

/// "Secure, HttpOnly, SameSite": GEP-1619, section "Session Persistence Security".
fn cookie(name: &str, token: Vec<u8>, path: &str, max_age: Option<u64>) -> Vec<u8> {
    let mut cookie = format!("{name}=").into_bytes();
    cookie.extend(token);
    cookie.extend(format!("; Path={path}").bytes());
    if let Some(seconds) = max_age {
        cookie.extend(format!("; Max-Age={seconds}").bytes());
    }
    cookie.extend_from_slice(b"; Secure; HttpOnly; SameSite=Strict");
    cookie
}

/// Every token that the client sent under the name of the session.
fn tokens<'r>(
    config: &SessionPersistence,
    request: &Request<'r>,
) -> impl Iterator<Item = &'r [u8]> {
    let (header, is_cookie) = match config.carrier {
        Carrier::Header => (config.name.as_str(), false),
        Carrier::Cookie { .. } => ("cookie", true),
    };
    let values = request
        .headers
        .iter()
        .filter(move |(name, _)| name.eq_ignore_ascii_case(header.as_bytes()));
    values
        .flat_map(move |(_, value)| value.split(move |&b| is_cookie && b == b';'))
        .filter_map(move |part| {
            let part = part.trim_ascii();
            if !is_cookie {
                return Some(part);
            }
            part.strip_prefix(config.name.as_bytes())?.strip_prefix(b"=")
        })
        .flat_map(|value| value.split(|&b| b == b'~'))
        .filter(|token| token.len() <= LONGEST)
}

impl Token {
    fn read(text: &[u8]) -> Option<Self> {
        let mut parts = text.splitn(5, |&b| b == b'.');
        let mut part = || std::str::from_utf8(parts.next()?).ok();
        // A sign is none of ours.
        let number = |text: &str, radix| {
            let digits = text.bytes().all(|b| b.is_ascii_hexdigit());
            digits.then(|| u64::from_str_radix(text, radix).ok()).flatten()
        };
        let hash = |text: &str| number(text, 16);
        let time = |text: &str| match text {
            "" => Some(None),
            seconds => number(seconds, 10).map(Some),
        };
        let (rule, backend) = (hash(part()?)?, hash(part()?)?);
        let (issued, used) = (time(part()?)?, time(part()?)?);
        let endpoint = part()?;
        is_endpoint(endpoint.as_bytes()).then(|| Self {
            rule,
            backend,
            issued,
            used,
            endpoint: endpoint.as_bytes().to_vec(),
        })
    }

    fn write(&self) -> Vec<u8> {
        let time = |seconds: Option<u64>| seconds.map(|s| s.to_string()).unwrap_or_default();
        let (issued, used) = (time(self.issued), time(self.used));
        let mut text =
            format!("{:016x}.{:016x}.{issued}.{used}.", self.rule, self.backend).into_bytes();
        text.extend_from_slice(&self.endpoint);
        text
    }

    /// Whether neither timeout has passed. A session that does not say when it began is none that
    /// has a timeout.
    fn is_alive(&self, config: &SessionPersistence, now: Option<u64>) -> bool {
        let within = |since: Option<u64>, timeout: Option<u64>| match (timeout, since, now) {
            (None, _, _) => true,
            (Some(timeout), Some(since), Some(now)) => {
                // One from further in the future was made up.
                since <= (now / 1000).saturating_add(SKEW)
                    && now.saturating_sub(since.saturating_mul(1000)) < timeout
            }
            (Some(_), _, _) => false,
        };
        within(self.issued, config.absolute_timeout) && within(self.used, config.idle_timeout)
    }

    fn seconds_left(&self, config: &SessionPersistence, now: Option<u64>) -> Option<u64> {
        let total = config.absolute_timeout?.div_ceil(1000);
        let passed = now?.saturating_sub(self.issued?);
        Some(total.saturating_sub(passed))
    }
}

/// An endpoint is written in base64: nothing else gets from clients to the host, or from backends
/// into a cookie. A longer one would make a token that is not read again.
fn is_endpoint(text: &[u8]) -> bool {
    let is_base64 = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
    text.len() <= LONGEST_ENDPOINT && text.iter().all(is_base64)
}

/// What stands for a rule in tokens: its route and its name, or number where it has none.
pub(crate) fn rule_id(route: &str, rule: &Rule) -> u64 {
    let hash = Hash::new().extend(route.bytes()).extend([0]);
    match &rule.name {
        Some(name) => hash.extend(name.bytes()).finish(),
        None => hash.extend([0]).extend(rule.index.to_le_bytes()).finish(),
    }
}

/// What stands for a backend in tokens: its cluster, which tells the functions of one Backend apart.
pub(crate) fn backend_id(backend: &Backend) -> u64 {
    let id = backend.cluster.clone().unwrap_or_else(|| backend.id());
    Hash::new().extend(id.bytes()).finish()
}

#[cfg(test)]
mod tests;
