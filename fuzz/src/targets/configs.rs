//! Plugin configurations, and what the engine makes of them.

use crate::model::{Draw, Request};
use route::config::{Filter, Match, PathMatch, ValueMatch};
use route::{Action, Clock, Config, RouteTable, explain};

/// Requests that are made for a configuration: more than these find nothing more.
const REQUESTS: usize = 40;

/// Whatever is read is written and read the same; whatever compiles decides every request, the
/// same way with a trace, and can be explained and carried out.
pub(crate) fn run(data: &[u8]) {
    let config = match Config::from_json(data) {
        Ok(config) => config,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    // What stands for a filter of a later release cannot be written.
    if !config.filters.contains(&Filter::Unknown) {
        let written = serde_json::to_vec(&config).expect("a configuration can be written");
        let read = Config::from_json(&written).expect("what was written can be read");
        assert_eq!(read, config);
    }
    let table = match RouteTable::compile(config.clone()) {
        Ok(table) => table,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    for problem in table.problems() {
        assert!(!problem.to_string().is_empty());
    }
    for request in requests(&config) {
        decide(&table, &request);
    }
}

fn decide(table: &RouteTable, request: &Request) {
    let now = || Some(1_700_000_000_000);
    request.lend(|lent| {
        let lent = &route::Request { clock: Clock::new(&now), ..*lent };
        let decision = table.find(lent, &mut Draw(request.draw));
        let trace = table.trace(lent, &mut Draw(request.draw), 5);
        assert_eq!(trace.decision, decision, "{request}");
        assert!(!decision.outcome().is_empty());
        let explanation = explain::explain(table.config(), &trace, lent);
        assert!(!explain::text(&explanation).is_empty());
        if let Action::Forward(forward) = &decision.action {
            let sent = forward.apply(lent);
            // A path that is rewritten begins with a slash, whatever the route says.
            let rewritten = forward.path.is_some();
            assert!(!rewritten || sent.path.first() == Some(&b'/'), "{request}");
            if let Some(session) = &forward.session {
                session.answer(Some(b"MTI3LjAuMC4xOjgw"));
            }
        }
        let mut headers = vec![(b"server".to_vec(), b"x".to_vec())];
        for change in decision.response_changes() {
            change.apply(&mut headers);
        }
    });
}

/// For each match of each hostname a request that is made for it; and some that nothing is.
fn requests(config: &Config) -> Vec<Request> {
    let mut requests = Vec::new();
    for listener in &config.listeners {
        for hostname in &listener.hostnames {
            let matches = hostname.matches.iter();
            for matched in matches.filter_map(|&number| config.matches.get(number as usize)) {
                let mut request = fulfilling(matched);
                let host = hostname.hostname.as_deref().unwrap_or("a.example");
                request.authority = host.replace('*', "x").into_bytes();
                request.port = (!requests.len().is_multiple_of(3)).then(|| listener.bound_port());
                request.sni = requests.len().is_multiple_of(2).then(|| request.authority.clone());
                // The whole range, and both of its ends.
                request.draw = [0, u64::MAX, 1 << 63, 12_345][requests.len() % 4];
                requests.push(request);
            }
        }
    }
    requests.truncate(REQUESTS);
    for path in ["", "*", "/", "/?a=&a", "//\u{ff}"] {
        let path = path.as_bytes().to_vec();
        requests.push(Request { path, method: b"OPTIONS".to_vec(), ..Request::default() });
    }
    requests
}

fn fulfilling(matched: &Match) -> Request {
    let value = |value: &ValueMatch| match value {
        ValueMatch::Exact(exact) => exact.clone().into_bytes(),
        ValueMatch::Regex(_) => b"v1".to_vec(),
    };
    let path = match &matched.path {
        PathMatch::Exact(path) | PathMatch::Prefix(path) => path.clone(),
        PathMatch::Regex(_) => "/v1/a".to_owned(),
    };
    let mut path = path.into_bytes();
    for (number, condition) in matched.query.iter().enumerate() {
        path.push(if number == 0 { b'?' } else { b'&' });
        path.extend([condition.name.as_bytes(), b"=", &value(&condition.value)].concat());
    }
    let wanted = matched.headers.iter();
    let headers = wanted.map(|c| (c.name.clone().into_bytes(), value(&c.value))).chain([
        (b"origin".to_vec(), b"https://a.example".to_vec()),
        (b"access-control-request-method".to_vec(), b"PUT".to_vec()),
        (b"cookie".to_vec(), b"s=1.2.3.4.Zm9v~1.2...".to_vec()),
    ]);
    let method = matched.method.clone().unwrap_or_else(|| "GET".to_owned()).into_bytes();
    Request { method, path, headers: headers.collect(), ..Request::default() }
}
