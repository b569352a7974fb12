//! What becomes of one request, and why: the decision of the engine for people and for programs.

mod text;

pub use text::render as text;

use crate::testing::{Draw, Prepared};
use route::config::Config;
use route::{Action, HeaderChange, RouteTable, SplitMix64, Trace};
use serde::Serialize;
use serde_json::Value;

/// The decision as JSON: see the README for an example.
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
    pub timeouts: Option<Value>,
    /// When the request is sent again.
    pub retry: Option<Value>,
    /// How the client stays with an endpoint.
    pub session: Option<Value>,
    /// Every other match of the hostname.
    pub candidates: Vec<Candidate>,
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

/// Explains what becomes of a request.
pub fn explain(table: &RouteTable, request: &Prepared) -> Explanation {
    request.with_view(|view| {
        let backends = table.find(view, &mut SplitMix64::new(0)).backends;
        let largest = (0..backends.len()).max_by_key(|n| (backends[*n].weight, usize::MAX - n));
        let mut draw = largest.and_then(|n| Draw::of(backends, n)).unwrap_or_default();
        explanation(table.config(), &table.trace(view, &mut draw), view)
    })
}

fn explanation(config: &Config, trace: &Trace<'_>, view: &route::Request<'_>) -> Explanation {
    let Trace { decision, candidates } = trace;
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
            explanation.response.body = answer.body.map(str::to_owned);
        }
    }
    for change in decision.response_changes() {
        let response = &mut explanation.response;
        match change {
            HeaderChange::Set(name, value) => response.set.push((name.into(), value.into())),
            HeaderChange::Add(name, value) => response.add.push((name.into(), value.into())),
            HeaderChange::Remove(name) => response.remove.push(name.into()),
        }
    }
    explanation
}

impl From<&route::config::Backend> for Backend {
    fn from(backend: &route::config::Backend) -> Self {
        Self {
            kind: backend.kind.clone(),
            namespace: backend.namespace.clone(),
            name: backend.name.clone(),
            port: backend.port,
        }
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

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
