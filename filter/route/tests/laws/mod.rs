//! One test for each law, by the sections of the semantics.

mod backends;
mod broken;
mod cors;
mod filters;
mod index;
mod listeners;
mod matching;
mod trace;

use crate::model::{
    Act, Backend, BackendRef, Draw, Filter, Gateway, Listener, Match, Outcome, Path, Request,
    Route, Rule, Value, assemble,
};
use route::RouteTable;

fn prefix(path: &str) -> Match {
    Match { path: Path::Prefix(path.to_owned()), ..Match::default() }
}

fn exact(path: &str) -> Match {
    Match { path: Path::Exact(path.to_owned()), ..Match::default() }
}

fn regex(pattern: &str) -> Match {
    Match { path: Path::Regex(pattern.to_owned()), ..Match::default() }
}

impl Match {
    fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), Value::Exact(value.to_owned())));
        self
    }

    fn header_like(mut self, name: &str, pattern: &str) -> Self {
        self.headers.push((name.to_owned(), Value::Regex(pattern.to_owned())));
        self
    }

    fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), Value::Exact(value.to_owned())));
        self
    }

    fn query_like(mut self, name: &str, pattern: &str) -> Self {
        self.query.push((name.to_owned(), Value::Regex(pattern.to_owned())));
        self
    }
}

/// A route of one rule, attached to all listeners, that forwards to the first backend.
fn route(name: &str, hostnames: &[&str], matches: Vec<Match>) -> Route {
    let backends = vec![to(0, 1)];
    Route {
        name: name.to_owned(),
        hostnames: hostnames.iter().map(|hostname| (*hostname).to_owned()).collect(),
        rules: vec![Rule { matches, backends, ..Rule::default() }],
        ..Route::default()
    }
}

/// A reference to a backend, by its number and with a weight.
fn to(backend: usize, weight: u32) -> BackendRef {
    BackendRef { backend, weight, ..BackendRef::default() }
}

impl Route {
    /// Attached to these listeners only.
    fn on(mut self, listeners: &[&str]) -> Self {
        self.parents = listeners.iter().map(|listener| (*listener).to_owned()).collect();
        self
    }

    fn filters(mut self, filters: Vec<Filter>) -> Self {
        self.rules[0].filters = filters;
        self
    }

    fn backends(mut self, backends: Vec<BackendRef>) -> Self {
        self.rules[0].backends = backends;
        self
    }
}

fn listener(name: &str, port: u16, hostname: Option<&str>) -> Listener {
    let hostname = hostname.map(str::to_owned);
    Listener { name: name.to_owned(), port, https: port == 443, hostname }
}

/// A Gateway with backends `v1`, `v2`, `v3`, one that does not resolve, one without endpoints.
fn gateway(listeners: Vec<Listener>, mut routes: Vec<Route>) -> Gateway {
    let names: Vec<_> = listeners.iter().map(|listener| listener.name.clone()).collect();
    for route in routes.iter_mut().filter(|route| route.parents.is_empty()) {
        route.parents.clone_from(&names);
    }
    let named = |name: &str, error: Option<(u16, &str)>| Backend {
        name: name.to_owned(),
        cluster: None,
        error: error.map(|(status, reason)| (status, reason.to_owned())),
    };
    let backends = vec![
        named("v1", None),
        named("v2", None),
        named("v3", None),
        named("missing", Some((500, "BackendNotFound"))),
        named("empty", Some((503, "no endpoints"))),
    ];
    Gateway { listeners, routes, backends, ..Gateway::default() }
}

/// A Gateway with one listener for any host on port 80.
fn simple(routes: Vec<Route>) -> Gateway {
    gateway(vec![listener("http", 80, None)], routes)
}

/// The request of `GET http://host/path?query`.
fn get(url: &str) -> Request {
    let rest = url.strip_prefix("http://").expect("the url begins with http://");
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    Request {
        method: b"GET".to_vec(),
        authority: authority.into(),
        path: path.into(),
        ..Request::default()
    }
}

impl Request {
    fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.into(), value.as_ref().to_vec()));
        self
    }

    fn by(mut self, method: &str) -> Self {
        self.method = method.into();
        self
    }

    fn at(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    fn sni(mut self, name: &str) -> Self {
        self.sni = Some(name.into());
        self
    }
}

fn table(gateway: &Gateway) -> RouteTable {
    RouteTable::compile(assemble(gateway)).expect("the configuration is in order")
}

/// What the engine does with the request.
fn outcome(gateway: &Gateway, request: &Request) -> Outcome {
    let table = table(gateway);
    request.lend(|lent| Outcome::of(&table.find(lent, &mut Draw(request.draw)), lent))
}

/// The route that wins; or the status and the reason, where none does.
fn winner(gateway: &Gateway, request: &Request) -> String {
    let outcome = outcome(gateway, request);
    match (outcome.winner, outcome.act) {
        (Some(winner), _) => winner.route,
        (None, Act::Respond { status, reason, .. }) => format!("{status} {reason}"),
        (None, act) => panic!("nobody won, but {act:?}"),
    }
}

/// Whether a match holds for a request.
fn holds(matched: Match, request: &Request) -> bool {
    let winner = winner(&simple(vec![route("a/r", &[], vec![matched])]), request);
    assert!(["a/r", "404 no_match"].contains(&winner.as_str()), "{winner}");
    winner == "a/r"
}
