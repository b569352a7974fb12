//! Routes and requests as a person would write them down: no indices, no order, no automata.

mod assemble;
mod outcome;
mod show;

pub(crate) use assemble::assemble;
pub(crate) use outcome::{Act, Bytes, Headers, Outcome, RESPONSE, Winner, grouped};
pub(crate) use route::config::{
    Cors, Filter, HeaderModifier, HeaderValue, PathModifier, Redirect, Respond, Rewrite,
};

use route::precedence::RegexRank;

/// A Gateway with the routes attached to it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gateway {
    pub(crate) fallthrough: bool,
    pub(crate) regex_rank: RegexRank,
    pub(crate) listeners: Vec<Listener>,
    pub(crate) routes: Vec<Route>,
    /// What the rules' `backends` point into.
    pub(crate) backends: Vec<Backend>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Listener {
    pub(crate) name: String,
    pub(crate) port: u16,
    pub(crate) https: bool,
    pub(crate) hostname: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Route {
    /// `namespace/name`.
    pub(crate) name: String,
    pub(crate) created: Option<String>,
    /// Names of the listeners that it is attached to.
    pub(crate) parents: Vec<String>,
    pub(crate) hostnames: Vec<String>,
    pub(crate) rules: Vec<Rule>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Rule {
    pub(crate) name: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) matches: Vec<Match>,
    pub(crate) filters: Vec<Filter>,
    pub(crate) backends: Vec<BackendRef>,
}

#[derive(Clone, Debug)]
pub(crate) struct Match {
    pub(crate) path: Path,
    pub(crate) method: Option<String>,
    pub(crate) headers: Vec<(String, Value)>,
    pub(crate) query: Vec<(String, Value)>,
}

impl Default for Match {
    fn default() -> Self {
        let path = Path::Prefix("/".to_owned());
        Self { path, method: None, headers: Vec::new(), query: Vec::new() }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Path {
    Exact(String),
    Prefix(String),
    Regex(String),
}

#[derive(Clone, Debug)]
pub(crate) enum Value {
    Exact(String),
    Regex(String),
}

#[derive(Clone, Debug, Default)]
pub(crate) struct BackendRef {
    pub(crate) backend: usize,
    pub(crate) weight: u32,
    pub(crate) error: Option<String>,
    pub(crate) filters: Vec<Filter>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Backend {
    pub(crate) name: String,
    /// Absent where it follows from the name.
    pub(crate) cluster: Option<String>,
    pub(crate) error: Option<(u16, String)>,
}

/// A request with what else the decision depends on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) port: Option<u16>,
    pub(crate) sni: Option<Vec<u8>>,
    pub(crate) method: Vec<u8>,
    pub(crate) authority: Vec<u8>,
    pub(crate) path: Vec<u8>,
    pub(crate) headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// The random number that the choice of a backend uses.
    pub(crate) draw: u64,
}

impl Request {
    /// Lends the request to the engine.
    pub(crate) fn lend<T>(&self, body: impl FnOnce(&route::Request<'_>) -> T) -> T {
        let headers: Vec<_> =
            self.headers.iter().map(|(name, value)| (name.as_slice(), value.as_slice())).collect();
        body(&route::Request {
            port: self.port,
            clock: route::Clock::default(),
            sni: self.sni.as_deref(),
            method: &self.method,
            authority: &self.authority,
            path: &self.path,
            headers: &headers,
        })
    }
}

/// Gives the same number every time.
pub(crate) struct Draw(pub(crate) u64);

impl route::Rng for Draw {
    fn next_u64(&mut self) -> u64 {
        self.0
    }
}
