//! RouteTests that say what routes do today: a case for every match, for a person to edit.

mod example;
mod witness;

pub(crate) use example::examples;

use super::engine::{Engine, EngineError, Outcome};
use super::native::Native;
use super::request::Prepared;
use super::share::weights;
use crate::api::duration::Duration;
use crate::api::http_route::HttpMethod;
use crate::api::route_test::{
    Expectation, ExpectedRequest, ExpectedResponse, ExpectedTimeouts, RouteTestSpec, RuleRef,
    TestCase, TestRequest, Values,
};
use crate::explain::explain;
use crate::index::ObjectKey;
use crate::lower::Lowered;
use route::config::{Config, Listener, Match};
use route::explain::Explanation;
use route::{Action, SplitMix64};
use serde::Serialize;
use std::collections::BTreeMap;

/// What a Gateway's routes do.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// The cases, in the order of the routes' names, then as the matches stand in a route.
    pub test: RouteTestSpec,
    /// The matches that no request was found for.
    pub unreached: Vec<Unreached>,
}

/// A match that no request was found for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreached {
    /// `namespace/name, rule 0, match 1`.
    pub name: String,
    /// The match that wins a request that meets all of its conditions, in the same form; `None`
    /// where no such request can be sent.
    pub taken_by: Option<String>,
}

impl std::fmt::Display for Unreached {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, taken_by } = self;
        write!(f, "no request was found that {name} gets: ")?;
        match taken_by {
            Some(other) => write!(f, "{other} comes before it"),
            None => f.write_str("what it asks for cannot be sent"),
        }
    }
}

/// A RouteTest as a file has it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'t> {
    api_version: &'static str,
    kind: &'static str,
    metadata: BTreeMap<&'static str, &'t str>,
    #[serde(flatten)]
    spec: &'t RouteTestSpec,
}

/// Records what becomes of a request for every match of a Gateway.
///
/// # Errors
/// When the configuration contradicts itself.
pub fn record(gateway: &ObjectKey, lowered: &Lowered) -> Result<Recorded, EngineError> {
    let mut native = Native::new(&lowered.config)?;
    let config = &lowered.config;
    let mut cases = Vec::new();
    let mut unreached = Vec::new();
    let places = places(config);
    for (number, matched) in config.matches.iter().enumerate() {
        let name = name_of(config, matched);
        let places = places.get(&number).map(Vec::as_slice).unwrap_or_default();
        match request_for(&native, places, matched) {
            Ok(request) => cases.push(case(&mut native, name, &request)?),
            Err(taken_by) => unreached.push(Unreached { name, taken_by }),
        }
    }
    Ok(Recorded { test: RouteTestSpec { gateway: Some(gateway.to_string()), cases }, unreached })
}

impl Recorded {
    /// The RouteTest as YAML.
    ///
    /// # Errors
    /// When something in it cannot be written as YAML.
    pub fn to_yaml(&self, gateway: &ObjectKey) -> Result<String, serde_saphyr::ser::Error> {
        let metadata = [("name", gateway.name.as_str()), ("namespace", &gateway.namespace)];
        let document = Document {
            api_version: "kgwc.dev/v1alpha1",
            kind: "RouteTest",
            metadata: metadata.into(),
            spec: &self.test,
        };
        serde_saphyr::to_string(&document)
    }
}

/// Where a match is served: a listener, and a hostname of it.
type Place<'c> = (&'c Listener, Option<&'c str>);

/// The places of each match, by its number.
fn places(config: &Config) -> BTreeMap<usize, Vec<Place<'_>>> {
    let mut places = BTreeMap::<usize, Vec<Place<'_>>>::new();
    for listener in &config.listeners {
        for served in &listener.hostnames {
            for number in &served.matches {
                let place = (listener, served.hostname.as_deref());
                places.entry(*number as usize).or_default().push(place);
            }
        }
    }
    places
}

/// A request that the match wins; else the match that wins one that it could have won.
fn request_for(
    native: &Native,
    places: &[Place<'_>],
    matched: &Match,
) -> Result<Prepared, Option<String>> {
    let table = native.table();
    let config = table.config();
    let name = name_of(config, matched);
    let winner = |request: &Prepared| {
        request.with_view(|view| {
            let won = table.find(view, &mut SplitMix64::new(0)).matched?;
            Some(named_match(won.route, won.rule, won.index))
        })
    };
    let mut taken_by = None;
    for (listener, hostname) in places {
        let requests = witness::requests(config, listener, *hostname, matched);
        for request in requests.into_iter().filter_map(|request| request.normalized().ok()) {
            let won = winner(&request);
            if won.as_ref() == Some(&name) {
                return Ok(request);
            }
            taken_by = taken_by.or(won);
        }
    }
    Err(taken_by)
}

/// `namespace/name, rule 0, match 1`: the same as long as the route keeps its order.
fn name_of(config: &Config, matched: &Match) -> String {
    let rule = config.rules.get(matched.rule as usize);
    let route = rule.and_then(|rule| config.routes.get(rule.route as usize));
    let route = route.map(String::as_str).unwrap_or_default();
    let index = rule.map(|rule| rule.index).unwrap_or_default();
    named_match(route, index, matched.index)
}

fn named_match(route: &str, rule: u32, index: u32) -> String {
    format!("{route}, rule {rule}, match {index}")
}

fn case(native: &mut Native, name: String, request: &Prepared) -> Result<TestCase, EngineError> {
    let explanation = explain(native.table(), request, 0);
    let (split, largest, session) = request.with_view(|view| {
        let decision = native.table().find(view, &mut SplitMix64::new(0));
        let session = match &decision.action {
            Action::Forward(forward) => forward.session.as_ref().and_then(|s| s.answer(None)),
            Action::Redirect(_) | Action::Respond(_) => None,
        };
        let session = session.map(|(name, _)| name.to_owned());
        let backends = decision.backends;
        let largest = (0..backends.len()).max_by_key(|n| (backends[*n].weight, usize::MAX - n));
        (weights(native.table().config(), backends), largest, session)
    });
    let mut outcome = native.send(request, largest)?;
    // It says when the session began.
    outcome.headers.retain(|(name, _)| Some(name) != session.as_ref());
    let expect = expectation(request, &explanation, &outcome, &split);
    Ok(TestCase { name, request: sent(request), expect })
}

fn sent(request: &Prepared) -> TestRequest {
    let scheme = if request.https { "https" } else { "http" };
    let usual = if request.https { 443 } else { 80 };
    let port = if request.port == usual { String::new() } else { format!(":{}", request.port) };
    let mut headers: BTreeMap<String, Values> = request
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), Values::One(value.clone())))
        .collect();
    let host = format!("{}{port}", request.server_name);
    if host != request.authority {
        headers.insert("host".to_owned(), Values::One(request.authority.clone()));
    }
    TestRequest {
        method: HttpMethod::from_name(&request.method).unwrap_or(HttpMethod::Get),
        url: format!("{scheme}://{host}{}", request.path),
        headers,
    }
}

fn expectation(
    request: &Prepared,
    explanation: &Explanation,
    outcome: &Outcome,
    split: &BTreeMap<String, u64>,
) -> Expectation {
    let is_split = split.len() > 1;
    let changed = changes(request, outcome);
    let mut headers = named(outcome.headers.iter().map(|(n, v)| (n, v.as_slice())));
    let response = if outcome.backend.is_some() {
        let absent = explanation.response.remove.clone();
        let is_changed = !headers.is_empty() || !absent.is_empty();
        is_changed.then(|| ExpectedResponse { headers, absent, ..ExpectedResponse::default() })
    } else {
        let body = (!outcome.body.is_empty()).then(|| text(&outcome.body));
        headers.remove("content-type");
        let status = Some(outcome.status).filter(|_| !is_split);
        status.map(|_| ExpectedResponse { status, headers, absent: Vec::new(), body })
    };
    // Of several backends one is named where something is said about what it gets.
    let is_named = !is_split || changed.is_some() || response.is_some();
    let mirrors = outcome.mirrors.clone().filter(|mirrors| !mirrors.is_empty());
    let rule = explanation.rule_name.clone().map(RuleRef::Name);
    Expectation {
        backend: outcome.backend.clone().filter(|_| is_named),
        backends: split
            .iter()
            .filter(|_| is_split)
            .map(|(name, weight)| (name.clone(), u32::try_from(*weight).unwrap_or(u32::MAX)))
            .collect(),
        route: explanation.route.clone(),
        rule: rule.or(explanation.rule.map(RuleRef::Number)),
        request: changed,
        response,
        mirrors,
        timeouts: explanation.timeouts.as_ref().and_then(|timeouts| {
            let parse =
                |text: &Option<String>| text.as_ref().and_then(|t| t.parse::<Duration>().ok());
            let (request, backend_request) =
                (parse(&timeouts.request), parse(&timeouts.backend_request));
            (request.is_some() || backend_request.is_some())
                .then_some(ExpectedTimeouts { request, backend_request })
        }),
    }
}

/// What the backend gets that the client did not send.
fn changes(request: &Prepared, outcome: &Outcome) -> Option<ExpectedRequest> {
    let forwarded = outcome.forwarded.as_ref()?;
    let (path, host) = (text(&forwarded.path), text(&forwarded.authority));
    let before = named(request.headers.iter().map(|(n, v)| (n, v.as_bytes())));
    let after = named(forwarded.headers.iter().map(|(n, v)| (n, v.as_slice())));
    let absent = before.keys().filter(|name| !after.contains_key(*name)).cloned().collect();
    let changed = ExpectedRequest {
        path: (path != request.path).then_some(path),
        host: (host != request.authority).then_some(host),
        headers: after.into_iter().filter(|(n, v)| before.get(n) != Some(v)).collect(),
        absent,
    };
    (changed != ExpectedRequest::default()).then_some(changed)
}

/// The values of each header.
fn named<'h>(
    headers: impl IntoIterator<Item = (&'h String, &'h [u8])>,
) -> BTreeMap<String, Values> {
    let mut all = BTreeMap::<String, Vec<String>>::new();
    for (name, value) in headers {
        all.entry(name.clone()).or_default().push(text(value));
    }
    let values = |mut values: Vec<String>| match values.len() {
        1 => Values::One(values.remove(0)),
        _ => Values::Many(values),
    };
    all.into_iter().map(|(name, all)| (name, values(all))).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
