//! Tokens of sessions, in cookies and headers of clients: `SESSION SECONDS ENDPOINT` and a newline,
//! then lines of headers.

use crate::model::{Draw, Request};
use crate::text;
use route::config::{
    self, Backend, BackendRef, Carrier, Config, Match, PathMatch, Rule, SessionPersistence,
};
use route::{Action, Clock, RouteTable, Session};
use std::sync::LazyLock;

/// A longer endpoint, in bytes, has no room in a token, which may have 512.
const LONGEST: usize = 512 - 76;

static TABLE: LazyLock<RouteTable> =
    LazyLock::new(|| RouteTable::compile(config()).expect("the configuration is in order"));

/// By cookie and by header, with and without each timeout; two of them share a name.
fn sessions() -> Vec<SessionPersistence> {
    let cookie = |permanent| Carrier::Cookie { path: "/".to_owned(), permanent };
    let session = |carrier, name: &str, absolute_timeout, idle_timeout| SessionPersistence {
        carrier,
        name: name.to_owned(),
        absolute_timeout,
        idle_timeout,
    };
    vec![
        session(cookie(false), "s", None, None),
        session(cookie(true), "s", Some(3_600_000), None),
        session(cookie(false), "t", Some(3_600_000), Some(60_000)),
        session(Carrier::Header, "x-session", None, Some(60_000)),
        session(Carrier::Header, "x-token", None, None),
    ]
}

/// Three backends for each session, the rule chosen by its path.
fn config() -> Config {
    let backend = |number: usize| Backend {
        kind: "Service".to_owned(),
        namespace: "default".to_owned(),
        name: format!("v{number}"),
        port: Some(80),
        cluster: None,
        error: None,
    };
    let rule = |session| Rule {
        name: None,
        backends: (0..3)
            .map(|backend| BackendRef { backend, weight: 1, ..BackendRef::default() })
            .collect(),
        session_persistence: Some(Box::new(session)),
        ..Rule::default()
    };
    let sessions = sessions();
    let number = u32::try_from(sessions.len()).expect("they are few");
    let matches = (0..number).map(|rule| Match {
        rule,
        path: PathMatch::Exact(format!("/{rule}")),
        ..Match::default()
    });
    Config {
        version: config::VERSION,
        listeners: vec![super::listener((0..number).collect())],
        routes: vec!["default/app".to_owned()],
        rules: (0..).zip(sessions).map(|(index, s)| Rule { index, ..rule(s) }).collect(),
        matches: matches.collect(),
        backends: (0..3).map(backend).collect(),
        ..Config::default()
    }
}

/// What a client is told can stand in a header, is short enough for a cookie, and leads back to
/// the same backend and endpoint.
pub(crate) fn run(data: &[u8]) {
    let at = data.iter().position(|&b| b == b'\n').unwrap_or(data.len());
    let (first, headers) = data.split_at(at);
    let mut words = first.split(|&b| b == b' ');
    let mut word = || words.next().unwrap_or_default();
    let number = text::number::<usize>(word()).unwrap_or_default() % sessions().len();
    let seconds = text::number::<u64>(word()).unwrap_or(1_700_000_000).min(1 << 40);
    let endpoint = word();
    let head = [b"- - 1\nGET / a", headers].concat();
    let mut request = text::request(&head);
    request.path = format!("/{number}").into_bytes();
    let now = seconds * 1000;
    let told = on_its_way(&request, now, |cluster, session| {
        if let Some(endpoint) = session.endpoint() {
            assert!(is_clean(endpoint), "{request}");
            assert!(session.is_resumed(), "{request}");
        }
        let (name, value) = session.answer(Some(endpoint).filter(|e| !e.is_empty()))?;
        assert!(is_clean(&value), "{request} is told {}", value.escape_ascii());
        Some((cluster.to_owned(), name.to_owned(), value, session.endpoint().map(<[u8]>::to_vec)))
    });
    let Some((cluster, name, value, before)) = told else { return };
    assert!(value.len() < 8 * 1024, "{} bytes", value.len());
    // The client comes back, with nothing but what it was told.
    let (name, value) = match name.as_str() {
        "set-cookie" => ("cookie", value.split(|&b| b == b';').next().unwrap_or_default().to_vec()),
        other => (other, value),
    };
    // Another draw would give another backend.
    request = Request { headers: vec![(name.into(), value)], draw: u64::MAX, ..request };
    on_its_way(&request, now, |again, session| {
        assert!(session.is_resumed(), "{request}");
        assert_eq!(again, cluster, "{request}");
        let chosen = Some(endpoint).filter(|e| !e.is_empty() && is_base64(e) && e.len() <= LONGEST);
        let expected = chosen.or(before.as_deref());
        assert_eq!(session.endpoint(), expected, "{request}");
    });
}

/// Gives the cluster and session that the request gets.
fn on_its_way<T>(request: &Request, now: u64, then: impl FnOnce(&str, &Session) -> T) -> T {
    let clock = || Some(now);
    request.lend(|lent| {
        let lent = &route::Request { clock: Clock::new(&clock), ..*lent };
        let decision = TABLE.find(lent, &mut Draw(request.draw));
        let Action::Forward(forward) = decision.action else { panic!("{request}: {decision:?}") };
        then(forward.cluster, forward.session.as_deref().expect("every rule has sessions"))
    })
}

fn is_base64(text: &[u8]) -> bool {
    text.iter().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(b))
}

/// Whether it can stand in a header without ending it.
fn is_clean(value: &[u8]) -> bool {
    value.iter().all(|b| (b' '..=b'~').contains(b))
}
