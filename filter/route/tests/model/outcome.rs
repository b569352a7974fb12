//! What a client and a backend see of a decision, in a form that two evaluators can share.

use route::{Action, Decision, HeaderChange, Reason};
use std::collections::BTreeMap;
use std::fmt::{self, Debug, Formatter};

/// Everything of a decision that somebody can see.
#[derive(Debug, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) listener: Option<String>,
    pub(crate) winner: Option<Winner>,
    /// The backends of the winning rule, as number and weight.
    pub(crate) backends: Vec<(usize, u32)>,
    pub(crate) act: Act,
    /// The headers of [`RESPONSE`] as the client gets them.
    pub(crate) response: Headers,
}

/// The match that won.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Winner {
    pub(crate) route: String,
    pub(crate) rule: usize,
    pub(crate) rule_name: Option<String>,
    pub(crate) index: usize,
}

/// What is done.
#[derive(Debug, PartialEq)]
pub(crate) enum Act {
    Forward {
        backend: String,
        cluster: String,
        method: Bytes,
        authority: Bytes,
        path: Bytes,
        headers: Headers,
    },
    Redirect {
        status: u16,
        location: Bytes,
    },
    Respond {
        status: u16,
        headers: Headers,
        body: Option<String>,
        reason: &'static str,
        detail: String,
    },
}

/// The values of each header in their order, by its name in lower case: the order of headers of
/// different names means nothing.
pub(crate) type Headers = BTreeMap<Bytes, Vec<Bytes>>;

/// Bytes that a failure shows as text.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl Debug for Bytes {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// Headers of a response from a backend, before any change.
pub(crate) const RESPONSE: [(&str, &str); 6] = [
    ("server", "backend"),
    ("x", "1"),
    ("X", "2"),
    ("x-y", "3"),
    ("Access-Control-Allow-Origin", "https://backend.example"),
    ("vary", "accept"),
];

/// Groups headers by name.
pub(crate) fn grouped<'h>(headers: impl IntoIterator<Item = (&'h [u8], &'h [u8])>) -> Headers {
    let mut grouped = Headers::new();
    for (name, value) in headers {
        grouped.entry(Bytes(name.to_ascii_lowercase())).or_default().push(Bytes(value.to_vec()));
    }
    grouped
}

impl Outcome {
    /// What somebody sees of the engine's decision on a request.
    pub(crate) fn of(decision: &Decision<'_>, request: &route::Request<'_>) -> Self {
        let act = match &decision.action {
            Action::Forward(forward) => {
                let sent = forward.apply(request);
                Act::Forward {
                    backend: forward.backend.id(),
                    cluster: forward.cluster.to_owned(),
                    method: Bytes(sent.method),
                    authority: Bytes(sent.authority),
                    path: Bytes(sent.path),
                    headers: grouped(sent.headers.iter().map(|(n, v)| (&n[..], &v[..]))),
                }
            }
            Action::Redirect(redirect) => Act::Redirect {
                status: redirect.status,
                location: Bytes(redirect.location.clone()),
            },
            Action::Respond(answer) => Act::Respond {
                status: answer.status,
                headers: grouped(answer.headers.iter().map(|(n, v)| (n.as_bytes(), &v[..]))),
                body: answer.body.map(str::to_owned),
                reason: answer.reason.as_str(),
                detail: match &answer.reason {
                    Reason::InvalidRule(text) => text.to_string(),
                    Reason::InvalidBackend(text) => (*text).to_owned(),
                    _ => String::new(),
                },
            },
        };
        Self {
            listener: decision.listener.map(|listener| listener.name.clone()),
            winner: decision.matched.as_ref().map(Winner::of),
            backends: decision.backends.iter().map(|b| (b.backend as usize, b.weight)).collect(),
            act,
            response: changed(decision.response_changes()),
        }
    }
}

impl Winner {
    pub(crate) fn of(matched: &route::Matched<'_>) -> Self {
        Self {
            route: matched.route.to_owned(),
            rule: matched.rule as usize,
            rule_name: matched.rule_name.map(str::to_owned),
            index: matched.index as usize,
        }
    }
}

fn changed<'t>(changes: impl Iterator<Item = HeaderChange<'t>>) -> Headers {
    let mut headers: Vec<(Vec<u8>, Vec<u8>)> =
        RESPONSE.map(|(name, value)| (name.into(), value.into())).into();
    for change in changes {
        change.apply(&mut headers);
    }
    grouped(headers.iter().map(|(name, value)| (&name[..], &value[..])))
}
