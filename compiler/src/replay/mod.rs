//! An access log played against routes: where its requests would go.

mod headers;
mod json;
mod line;

use crate::testing::Prepared;
use headers::Asked;
use line::Logged;
use route::config::{Config, Protocol};
use route::{Action, Decision, RouteTable, SplitMix64};
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How the requests of a log reach the Gateway.
#[derive(Clone, Debug, Default)]
pub struct Base {
    /// Whether they come over TLS, where the log does not say.
    pub https: Option<bool>,
    /// Host of requests of which the log names none.
    pub authority: Option<String>,
    /// Port of the listener, where the host of the request names none that there is; where absent,
    /// that of the only listener of the scheme, else the usual.
    pub port: Option<u16>,
    /// Leaves paths as they stand.
    pub raw_path: bool,
}

/// What a log comes to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Replay {
    /// Requests that were understood.
    pub requests: u64,
    /// How many distinct ones they are, as far as the routes can tell.
    pub distinct: u64,
    /// Lines that were not understood.
    pub not_understood: Skipped,
    /// Requests whose host the log does not name.
    pub without_host: Skipped,
    /// Where the requests would go, the most frequent first.
    pub destinations: Vec<Destination>,
    /// Requests that no match takes, or that the host refuses, the most frequent first.
    pub unmatched: Vec<Request>,
    /// Requests that had an answer of another kind in the log and would get an error here.
    pub lost: Vec<Request>,
    /// Headers that matches ask for and the log does not have, with the number of requests that
    /// might go elsewhere with them.
    pub missing_headers: BTreeMap<String, u64>,
}

/// Lines that are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Skipped {
    /// How many.
    pub lines: u64,
    /// The first of them, from 1.
    pub first: Option<u64>,
}

/// A rule, with what it would get.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Destination {
    /// The route as `namespace/name`.
    pub route: String,
    /// Number of the rule.
    pub rule: u32,
    /// Its name.
    pub rule_name: Option<String>,
    /// Requests.
    pub requests: u64,
    /// What they get, each with the number of requests that its share comes to.
    pub outcomes: BTreeMap<String, f64>,
}

/// A request of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Its method.
    pub method: String,
    /// Its URL, without the query where no match asks for one.
    pub url: String,
    /// How often it is there.
    pub requests: u64,
    /// The line of the first one, from 1.
    pub line: u64,
    /// The status that it had there.
    pub before: Option<u16>,
    /// The status that it would get, and why.
    pub now: String,
    /// The match that comes nearest to it, and what is missing.
    pub nearest: Option<String>,
}

/// Requests that are the same, with how often each status was logged for them.
#[derive(Debug, Default)]
struct Seen {
    requests: u64,
    line: u64,
    statuses: BTreeMap<Option<u16>, u64>,
}

/// A log while it is read.
#[derive(Debug, Default)]
pub struct Reader {
    base: Base,
    /// Ports of the listeners, by whether they are HTTPS.
    ports: BTreeMap<bool, Vec<u16>>,
    /// Names of the headers that matches ask for: others make no difference.
    headers: BTreeSet<String>,
    /// Whether any match asks for a query parameter.
    asks_for_query: bool,
    lines: u64,
    replay: Replay,
    seen: HashMap<Key, Seen>,
}

/// A request, in its order when sorted.
type Key = (String, String, bool, u16, String, Vec<(String, String)>);

impl Reader {
    /// A reader of a log of requests to a Gateway.
    pub fn new(base: Base, config: &Config) -> Self {
        let mut ports = BTreeMap::<bool, Vec<u16>>::new();
        for listener in &config.listeners {
            let of_scheme = ports.entry(listener.protocol == Protocol::Https).or_default();
            if !of_scheme.contains(&listener.port) {
                of_scheme.push(listener.port);
            }
        }
        let headers = config.matches.iter().flat_map(|matched| &matched.headers);
        let headers = headers.map(|condition| condition.name.clone()).collect();
        let asks_for_query = config.matches.iter().any(|matched| !matched.query.is_empty());
        Self { base, ports, headers, asks_for_query, ..Self::default() }
    }

    /// Takes one line; bytes that are no text count as replacement characters.
    pub fn line(&mut self, line: &[u8]) {
        self.lines += 1;
        let text = String::from_utf8_lossy(line);
        if text.trim().is_empty() {
            return;
        }
        let Some(logged) = line::parse(&text) else {
            self.replay.not_understood.add(self.lines);
            return;
        };
        let Logged { method, mut path, authority, https, mut headers, status } = logged;
        headers.retain(|(name, _)| self.headers.contains(name));
        let Some(authority) = authority.or_else(|| self.base.authority.clone()) else {
            self.replay.without_host.add(self.lines);
            return;
        };
        // What no match asks for makes no difference, and a log can have it in any number.
        if !self.asks_for_query
            && let Some(at) = path.find('?')
        {
            path.truncate(at);
        }
        let https = https.or(self.base.https).unwrap_or(false);
        let port = self.port(https, &authority);
        let key = (method, path, https, port, authority, headers);
        let seen = self.seen.entry(key).or_default();
        seen.requests += 1;
        *seen.statuses.entry(status).or_default() += 1;
        if seen.line == 0 {
            seen.line = self.lines;
        }
    }

    /// The port of the host, where a listener has it; else that of the base; else that of the only
    /// listener of the scheme, or the usual one.
    fn port(&self, https: bool, authority: &str) -> u16 {
        let usual = if https { 443 } else { 80 };
        let ports = self.ports.get(&https).map(Vec::as_slice).unwrap_or_default();
        let named = authority.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        match (named.filter(|port| ports.contains(port)), self.base.port, ports) {
            (Some(port), _, _) | (None, Some(port), _) | (None, None, &[port]) => port,
            (None, None, _) => usual,
        }
    }

    /// Decides every request.
    pub fn finish(self, table: &RouteTable) -> Replay {
        let Self { base, seen, mut replay, .. } = self;
        let mut seen: Vec<_> = seen.into_iter().collect();
        seen.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let asked = Asked::new(table.config());
        let mut destinations = BTreeMap::new();
        for (key, seen) in seen {
            replay.requests += seen.requests;
            replay.distinct += 1;
            replay.decide(table, &base, &asked, (key, &seen), &mut destinations);
        }
        replay.destinations = destinations.into_values().collect();
        replay.destinations.sort_by_key(|destination| Reverse(destination.requests));
        for requests in [&mut replay.unmatched, &mut replay.lost] {
            requests.sort_by_key(|request| (Reverse(request.requests), request.line));
        }
        replay
    }
}

impl Skipped {
    fn add(&mut self, line: u64) {
        self.lines += 1;
        self.first.get_or_insert(line);
    }
}

impl Replay {
    fn decide(
        &mut self,
        table: &RouteTable,
        base: &Base,
        asked: &Asked,
        (key, seen): (Key, &Seen),
        destinations: &mut BTreeMap<(String, u32), Destination>,
    ) {
        let (method, path, https, port, authority, headers) = key;
        let scheme = if https { "https" } else { "http" };
        let mut request = Request {
            method: method.clone(),
            url: format!("{scheme}://{authority}{path}"),
            requests: seen.requests,
            line: seen.line,
            before: None,
            now: String::new(),
            nearest: None,
        };
        let server_name = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => host.to_owned(),
            _ => authority.clone(),
        };
        let sent = Prepared { https, port, server_name, method, authority, path, headers };
        let sent = if base.raw_path { Ok(sent) } else { sent.normalized() };
        let Ok(sent) = sent else {
            "400: Envoy refuses the path".clone_into(&mut request.now);
            self.lose(seen, &request);
            self.unmatched.push(request);
            return;
        };
        sent.with_view(|view| {
            let decision = table.find(view, &mut SplitMix64::new(0));
            let mut error = 0.0;
            match decision.matched {
                Some(matched) => {
                    let name = (matched.route.to_owned(), matched.rule);
                    let destination = destinations.entry(name).or_insert_with(|| Destination {
                        route: matched.route.to_owned(),
                        rule: matched.rule,
                        rule_name: matched.rule_name.map(str::to_owned),
                        requests: 0,
                        outcomes: BTreeMap::new(),
                    });
                    destination.requests += seen.requests;
                    for (outcome, share) in outcomes(table.config(), &decision) {
                        if is_error(&outcome) {
                            error += share;
                            request.now.clone_from(&outcome);
                        }
                        let count = destination.outcomes.entry(outcome).or_default();
                        *count += share * seen.requests as f64;
                    }
                }
                None => {
                    let trace = table.trace(view, &mut SplitMix64::new(0), 1);
                    let nearest = trace.candidates.first().map(|candidate| {
                        let matched = candidate.matched;
                        let (route, rule) = (matched.route, matched.rule);
                        format!(
                            "{route}, rule {rule}, match {}: {}",
                            matched.index, candidate.failed
                        )
                    });
                    let hostname =
                        trace.hostnames.first().map(|name| format!("the hostname {name}"));
                    request.nearest = nearest.or(hostname);
                    request.now = answer(&decision);
                    error = 1.0;
                }
            }
            if error > 0.0 {
                if error < 1.0 {
                    let percent = error * 100.0;
                    request.now = format!("{} for {percent:.1} % of them", request.now);
                }
                self.lose(seen, &request);
            }
            if decision.matched.is_none() {
                self.unmatched.push(request.clone());
            }
            for name in asked.missing(table, view) {
                *self.missing_headers.entry(name).or_default() += seen.requests;
            }
        });
    }

    /// Keeps a request that was answered before and would get an error now.
    fn lose(&mut self, seen: &Seen, request: &Request) {
        for (before, requests) in &seen.statuses {
            if before.is_some_and(|before| before < 400) {
                self.lost.push(Request { before: *before, requests: *requests, ..request.clone() });
            }
        }
    }
}

/// Whether what requests get is an answer of 400 or more.
fn is_error(outcome: &str) -> bool {
    let status = outcome.split([':', ' ']).next().and_then(|text| text.parse::<u16>().ok());
    status.is_some_and(|status| (400..600).contains(&status))
}

/// What an answer without a backend says.
fn answer(decision: &Decision<'_>) -> String {
    match &decision.action {
        Action::Forward(forward) => forward.backend.id(),
        Action::Redirect(redirect) => {
            format!("{} to {}", redirect.status, String::from_utf8_lossy(&redirect.location))
        }
        Action::Respond(answer) => format!("{}: {}", answer.status, answer.reason),
    }
}

/// What requests of a rule get: its backends with their shares, or one answer.
fn outcomes(config: &Config, decision: &Decision<'_>) -> Vec<(String, f64)> {
    let total = decision.total_weight();
    let is_answered = match &decision.action {
        Action::Forward(_) => false,
        Action::Redirect(_) => true,
        Action::Respond(answer) => !matches!(answer.reason, route::Reason::InvalidBackend(_)),
    };
    if is_answered || total == 0 {
        let what = match &decision.action {
            Action::Redirect(redirect) => format!("{} redirect", redirect.status),
            _ => answer(decision),
        };
        return vec![(what, 1.0)];
    }
    let weighed = decision.backends.iter().filter(|reference| reference.weight > 0);
    weighed
        .map(|reference| {
            let outcome = crate::testing::outcome_of(config, reference);
            (outcome, f64::from(reference.weight) / total as f64)
        })
        .collect()
}
