//! What becomes of one request, and why: the decision of the engine for people and for programs.

mod text;

pub use text::{CANDIDATES, lines, render as text};

use crate::config::{self, Carrier, Config};
use crate::decision::{Action, HeaderChange};
use crate::request::Request as View;
use crate::session;
use crate::trace::Trace;
use serde::Serialize;

/// The decision as JSON: what `kgwc explain --output json` prints.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// `gateway/listener` that the request belongs to.
    pub listener: Option<String>,
    /// The route that won, as `namespace/name`.
    pub route: Option<String>,
    /// Number of its rule.
    pub rule: Option<u32>,
    /// Name of its rule.
    pub rule_name: Option<String>,
    /// Number of the match.
    pub r#match: Option<u32>,
    /// `forward`, `redirect` or `respond`.
    pub action: &'static str,
    /// Why kgwc answers by itself.
    pub reason: Option<String>,
    /// The backend, where there is only one to choose; of several the one with the largest share.
    pub backend: Option<Backend>,
    /// Its cluster.
    pub cluster: Option<String>,
    /// All backends of the rule.
    pub backends: Vec<Share>,
    /// The request as that backend gets it.
    pub request: Option<Request>,
    /// What is added to and removed from the response, or all of it.
    pub response: Response,
    /// Backends that get a copy.
    pub mirrors: Vec<Backend>,
    /// Timeouts that apply.
    pub timeouts: Option<Timeouts>,
    /// When the request is sent again.
    pub retry: Option<Retry>,
    /// How the client stays with an endpoint.
    pub session: Option<Session>,
    /// Every other match of the hostname, the nearest first.
    pub candidates: Vec<Candidate>,
    /// How many more there are.
    #[serde(skip_serializing_if = "is_zero")]
    pub left_out: usize,
    /// Where no hostname fits, those that are served on the port, the likest first.
    pub hostnames: Vec<String>,
}

/// A backend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names say it all")]
pub struct Backend {
    pub kind: String,
    pub namespace: String,
    pub name: String,
    pub port: Option<u16>,
}

/// A backend with its share.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Share {
    /// The backend.
    pub backend: Backend,
    /// Its weight.
    pub weight: u32,
    /// Its weight by the sum of all weights; 0 where that is 0.
    pub share: f64,
    /// What the share gets instead of the backend.
    pub status: Option<u16>,
}

/// A request as a backend gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names say it all")]
pub struct Request {
    pub method: String,
    pub authority: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
}

/// Changes to a response, or a response of our own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names say it all")]
pub struct Response {
    pub status: Option<u16>,
    pub set: Vec<(String, String)>,
    pub add: Vec<(String, String)>,
    pub remove: Vec<String>,
    pub body: Option<String>,
}

/// Timeouts, in the notation of the Gateway API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields of a rule's timeouts say it")]
pub struct Timeouts {
    pub request: Option<String>,
    pub backend_request: Option<String>,
}

/// When a request is sent again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the fields of a rule's retry say it")]
pub struct Retry {
    pub codes: Vec<u16>,
    pub attempts: u32,
    pub backoff: Option<String>,
}

/// How a client stays with a backend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Session {
    /// `cookie` or `header`.
    pub carrier: &'static str,
    /// Name of the cookie or header.
    pub name: String,
    /// Whether the request belongs to a session that began before.
    pub resumed: bool,
}

/// A match that lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// The route as `namespace/name`.
    pub route: String,
    /// Number of the rule.
    pub rule: u32,
    /// Number of the match.
    pub r#match: u32,
    /// Its first condition that does not hold.
    pub failed: String,
}

/// Explains a decision on a request.
pub fn explain(config: &Config, trace: &Trace<'_>, view: &View<'_>) -> Explanation {
    let Trace { decision, candidates, left_out, hostnames } = trace;
    let total = decision.total_weight();
    let backends = decision.backends.iter().filter_map(|reference| {
        let backend = config.backends.get(reference.backend as usize)?;
        let status = match (&reference.error, &backend.error) {
            (Some(_), _) => Some(500),
            (None, error) => error.as_ref().map(|error| error.status),
        };
        let share = if total == 0 { 0.0 } else { f64::from(reference.weight) / total as f64 };
        Some(Share { backend: backend.into(), weight: reference.weight, share, status })
    });
    let mut explanation = Explanation {
        listener: decision.listener.map(|l| format!("{}/{}", config.gateway, l.name)),
        route: decision.matched.map(|m| m.route.to_owned()),
        rule: decision.matched.map(|m| m.rule),
        rule_name: decision.matched.and_then(|m| m.rule_name.map(str::to_owned)),
        r#match: decision.matched.map(|m| m.index),
        action: "",
        reason: None,
        backend: None,
        cluster: None,
        backends: backends.collect(),
        request: None,
        response: Response::default(),
        mirrors: Vec::new(),
        timeouts: None,
        retry: None,
        session: None,
        left_out: *left_out,
        hostnames: hostnames.iter().map(|name| (*name).to_owned()).collect(),
        candidates: candidates
            .iter()
            .map(|candidate| Candidate {
                route: candidate.matched.route.to_owned(),
                rule: candidate.matched.rule,
                r#match: candidate.matched.index,
                failed: candidate.failed.to_string(),
            })
            .collect(),
    };
    match &decision.action {
        Action::Forward(forward) => {
            explanation.action = "forward";
            explanation.backend = Some(forward.backend.into());
            explanation.cluster = Some(forward.cluster.to_owned());
            let sent = forward.apply(view);
            let headers = sent.headers.iter().map(|(name, value)| (text_of(name), text_of(value)));
            explanation.request = Some(Request {
                method: text_of(&sent.method),
                authority: text_of(&sent.authority),
                path: text_of(&sent.path),
                headers: headers.collect(),
            });
            let mirrors = forward.mirrors.iter();
            explanation.mirrors = mirrors
                .filter(|mirror| mirror.numerator > 0)
                .filter_map(|mirror| Some(config.backends.get(mirror.backend as usize)?.into()))
                .collect();
            explanation.timeouts = forward.timeouts.map(Timeouts::from);
            explanation.retry = forward.retry.map(Retry::from);
            explanation.session = forward.session.as_deref().map(Session::from);
        }
        Action::Redirect(redirect) => {
            explanation.action = "redirect";
            explanation.response.status = Some(redirect.status);
            explanation.response.set.push(("location".to_owned(), text_of(&redirect.location)));
        }
        Action::Respond(answer) => {
            explanation.action = "respond";
            explanation.reason = Some(answer.reason.to_string());
            explanation.response.status = Some(answer.status);
            let headers = answer.headers.iter();
            let headers = headers.map(|(name, value)| ((*name).to_owned(), text_of(value)));
            explanation.response.set.extend(headers);
            explanation.response.body = answer.body.map(str::to_owned);
        }
    }
    for change in decision.response_changes() {
        let response = &mut explanation.response;
        match change {
            HeaderChange::Set(name, value) => response.set.push((name.into(), text_of(value))),
            HeaderChange::Add(name, value) => response.add.push((name.into(), text_of(value))),
            HeaderChange::Remove(name) => response.remove.push(name.into()),
        }
    }
    explanation
}

impl From<&config::Backend> for Backend {
    fn from(backend: &config::Backend) -> Self {
        Self {
            kind: backend.kind.clone(),
            namespace: backend.namespace.clone(),
            name: backend.name.clone(),
            port: backend.port,
        }
    }
}

impl From<&config::Timeouts> for Timeouts {
    fn from(timeouts: &config::Timeouts) -> Self {
        let config::Timeouts { request, backend_request } = timeouts;
        Self { request: request.map(duration), backend_request: backend_request.map(duration) }
    }
}

impl From<&config::Retry> for Retry {
    fn from(retry: &config::Retry) -> Self {
        let config::Retry { codes, attempts, backoff } = retry;
        Self { codes: codes.clone(), attempts: *attempts, backoff: backoff.map(duration) }
    }
}

impl From<&session::Session> for Session {
    fn from(session: &session::Session) -> Self {
        let config = session.config();
        let carrier = match config.carrier {
            Carrier::Cookie { .. } => "cookie",
            Carrier::Header => "header",
        };
        Self { carrier, name: config.name.clone(), resumed: session.is_resumed() }
    }
}

impl std::fmt::Display for Backend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kind, namespace, name, port } = self;
        if kind != "Service" {
            write!(f, "{kind}/")?;
        }
        write!(f, "{namespace}/{name}")?;
        port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// Milliseconds in the notation of GEP-2257: `1h30m`, `200ms`.
fn duration(milliseconds: u64) -> String {
    let mut text = String::new();
    let mut rest = milliseconds;
    for (unit, length) in [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)] {
        let number = rest / length;
        rest %= length;
        if number > 0 {
            text.push_str(&format!("{number}{unit}"));
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_are_written_as_the_gateway_api_does() {
        let all = [0, 1, 200, 1_000, 60_500, 5_400_000, 359_996_400_000].map(duration);
        assert_eq!(all, ["0s", "1ms", "200ms", "1s", "1m500ms", "1h30m", "99999h"]);
    }
}
