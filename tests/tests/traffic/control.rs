//! What a client says by headers that are for the gateway alone has no effect.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderName, HeaderValue, Request};
use kgwc_tests::servers::{Builder, Received, Reply, Server};

use crate::fixture::{Gateway, get, serve, values};
use crate::http2;
use crate::resources::{route, service};

/// More than any limit that a client tries to set, and less than any delay.
const SLOW: Duration = Duration::from_millis(300);

/// Rules for every way through Envoy: the plain route, a variant, separate tries, sessions.
const RULES: [&str; 4] = [
    "",
    "sessionPersistence: {sessionName: s}",
    "retry: {attempts: 1, codes: [599], backoff: 10ms}",
    "retry: {attempts: 1, codes: [599], backoff: 10ms}\n    sessionPersistence: {sessionName: s}",
];

/// The plain route alone: Envoy takes nothing away before the module sees the request.
const PLAIN: &[&str] = &[RULES[0]];

fn start(app: &Server, other: &Server) -> Gateway {
    start_with(&RULES, app, other)
}

fn start_with(rules: &[&str], app: &Server, other: &Server) -> Gateway {
    let rules: String = rules
        .iter()
        .enumerate()
        .map(|(n, more)| {
            format!(
                "  - matches: [{{path: {{value: /{n}}}}}]\n    \
                 backendRefs: [{{name: app, port: 80}}]\n    {more}\n"
            )
        })
        .collect();
    let hidden = "  - matches: [{path: {value: /hidden}}]\n    \
                  backendRefs: [{name: other, port: 80}]\n";
    serve(
        route("app", &(rules + hidden))
            + &service("app", &[app.address()])
            + &service("other", &[other.address()]),
    )
}

/// Sends a request with these headers over both versions of HTTP, each header twice, in HTTP/1 in
/// odd case. The statuses.
fn send(gateway: &mut Gateway, path: &str, headers: &[(&str, &str)]) -> [u16; 2] {
    let mut first = get(path);
    let mut second = Request::get(format!("http://a.example{path}")).body(()).unwrap();
    for (name, value) in headers {
        let odd: String = name
            .char_indices()
            .map(|(n, c)| if n % 2 == 0 { c.to_ascii_uppercase() } else { c })
            .collect();
        first = first.header(odd, *value).header(*name, *value);
        for _ in 0..2 {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            second.headers_mut().append(name, HeaderValue::from_str(value).unwrap());
        }
    }
    [gateway.send(&first).status, http2::ask(gateway.address, second, b"").status]
}

#[track_caller]
fn assert_clean(requests: &[Received]) {
    for request in requests {
        let internal = |name: &str| name.starts_with("x-kgwc-") || name.starts_with("x-envoy-");
        let found: Vec<_> = request.headers.iter().filter(|(name, _)| internal(name)).collect();
        assert!(found.is_empty(), "{}: {found:?}", request.path);
    }
}

#[test]
fn a_client_chooses_no_cluster_variant_endpoint_or_destination() {
    let (app, other) = (Server::named("app"), Server::named("other"));
    let mut gateway = start(&app, &other);
    let address = other.address().to_string();
    let endpoint = BASE64_STANDARD.encode(&address);
    let headers = [
        ("x-kgwc-cluster", "default/other:80"),
        ("x-kgwc-variant", "v-000000000000"),
        ("x-kgwc-session", endpoint.as_str()),
        ("x-kgwc-keep-endpoint", "1"),
        ("x-kgwc-stub-backend", "default/other:80"),
        ("x-kgwc-anything", "1"),
        ("x-envoy-original-dst-host", address.as_str()),
        ("x-envoy-original-path", "/hidden"),
        ("x-original-url", "/hidden"),
        ("x-rewrite-url", "/hidden"),
        ("x-envoy-decorator-operation", "x"),
        ("x-envoy-external-address", "192.0.2.1"),
        ("x-envoy-internal", "true"),
    ];
    let mut plain = start_with(PLAIN, &app, &other);
    let of_all = (0..RULES.len()).map(|n| (false, n));
    for (is_plain, n) in of_all.chain([(true, 0)]) {
        let gateway = if is_plain { &mut plain } else { &mut gateway };
        for header in headers {
            assert_eq!(send(gateway, &format!("/{n}"), &[header]), [200; 2], "{header:?}");
        }
        assert_eq!(send(gateway, &format!("/{n}"), &headers), [200; 2]);
    }
    assert_eq!(other.count(), 0);
    assert_clean(&app.requests());
}

/// Else a client would learn endpoints, or have one in its session, that only a backend has made up.
#[test]
fn a_backend_says_nothing_by_headers_of_the_gateway() {
    let endpoint = BASE64_STANDARD.encode("192.0.2.1:80");
    let reply = Reply::new(200, "app")
        .header("x-kgwc-session", &endpoint)
        .header("kgwc-explain", "made up");
    let app = Builder::default().answering(move |_| reply.clone());
    let mut gateway = start(&app, &Server::named("other"));
    for (n, rule) in RULES.iter().enumerate() {
        let first = gateway.get(&format!("/{n}"));
        assert_eq!(first.status, 200, "{rule}");
        let cookies = values(&first, "set-cookie");
        assert_eq!(!cookies.is_empty(), rule.contains("session"), "{rule}");
        assert!(!cookies.iter().any(|cookie| cookie.contains(&endpoint)), "{cookies:?}");
        // Also when the session goes on, where Envoy has no endpoint to tell.
        let cookie = cookies.first().map(String::as_str).unwrap_or_default();
        let cookie = cookie.split(';').next().unwrap_or_default();
        let second = gateway.send(&get(&format!("/{n}")).header("cookie", cookie));
        for response in [first, second] {
            for name in ["x-kgwc-session", "kgwc-explain"] {
                assert!(values(&response, name).is_empty(), "{name}: {rule}");
            }
        }
    }
}

#[test]
fn a_client_sets_no_timeout_delay_or_abort() {
    let (app, other) = (Server::slow(SLOW), Server::named("other"));
    let mut gateway = start(&app, &other);
    let headers = [
        ("x-envoy-upstream-rq-timeout-ms", "1"),
        ("x-envoy-upstream-rq-per-try-timeout-ms", "1"),
        ("x-envoy-expected-rq-timeout-ms", "1"),
        ("x-envoy-upstream-stream-duration-ms", "1"),
        ("x-envoy-upstream-rq-timeout-alt-response", "1"),
        ("x-envoy-hedge-on-per-try-timeout", "true"),
        ("x-kgwc-try-timeout", "1"),
        ("x-envoy-fault-delay-request", "20000"),
        ("x-envoy-fault-delay-request-percentage", "100"),
        ("x-envoy-fault-abort-request", "418"),
        ("x-envoy-fault-abort-grpc-request", "8"),
        ("x-envoy-fault-abort-request-percentage", "100"),
        ("x-envoy-fault-throughput-response", "1"),
        ("x-envoy-fault-throughput-response-percentage", "100"),
        ("x-envoy-attempt-count", "2"),
        ("grpc-timeout", "1m"),
    ];
    for (n, rule) in RULES.iter().enumerate() {
        let start = Instant::now();
        assert_eq!(send(&mut gateway, &format!("/{n}"), &headers), [200; 2], "{rule}");
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
    assert_eq!(app.count(), 2 * RULES.len());
    assert_clean(&app.requests());
}

#[test]
fn a_client_has_nothing_retried() {
    let (app, other) = (Server::failing(503, 1_000), Server::named("other"));
    let mut gateway = start(&app, &other);
    let headers = [
        ("x-envoy-retry-on", "5xx,retriable-status-codes,retriable-headers,gateway-error"),
        ("x-envoy-retry-grpc-on", "unavailable"),
        ("x-envoy-max-retries", "9"),
        ("x-envoy-retriable-status-codes", "503"),
        ("x-envoy-retriable-header-names", "content-length,date"),
        ("x-kgwc-failed", "UF"),
        ("x-envoy-attempt-count", "7"),
        ("x-envoy-is-timeout-retry", "true"),
    ];
    let mut plain = start_with(PLAIN, &app, &other);
    let of_all = (0..RULES.len()).map(|n| (false, n));
    for (is_plain, n) in of_all.chain([(true, 0)]) {
        let gateway = if is_plain { &mut plain } else { &mut gateway };
        for header in headers {
            assert_eq!(send(gateway, &format!("/{n}"), &[header]), [503; 2], "{header:?}");
        }
        assert_eq!(send(gateway, &format!("/{n}"), &headers), [503; 2]);
    }
    assert_eq!(app.count(), 2 * (RULES.len() + 1) * (headers.len() + 1));
    assert_clean(&app.requests());
}

/// Nor does a backend say to the listener for tries what only Envoy may say.
#[test]
fn a_backend_does_not_have_itself_tried_again() {
    let app = Server::with_response_headers(&[("x-kgwc-failed", "UF"), ("x-a", "1")]).echo();
    let other = Server::named("other");
    let mut gateway = start(&app, &other);
    for n in 0..RULES.len() {
        let response = gateway.get(&format!("/{n}"));
        assert_eq!(response.status, 200);
        assert_eq!(response.header("x-a").count(), 1);
    }
    assert_eq!(app.count(), RULES.len());
}

/// A backend that answers with an endpoint moves no session out of its cluster.
#[test]
fn a_backend_moves_no_session() {
    let other = Server::named("other");
    let endpoint = BASE64_STANDARD.encode(other.address().to_string());
    let app = Server::with_response_headers(&[("x-kgwc-session", &endpoint)]).echo();
    let mut gateway = start(&app, &other);
    for n in [1, 3] {
        let mut request = get(&format!("/{n}"));
        for _ in 0..4 {
            let response = gateway.send(&request);
            assert_eq!(response.status, 200);
            assert_eq!(response.header("x-kgwc-session").count(), 0);
            if let Some(cookie) = response.header("set-cookie").next() {
                let token = cookie.split(|&b| b == b';').next().unwrap().to_vec();
                request = get(&format!("/{n}")).header("cookie", token);
            }
        }
    }
    assert_eq!((app.count(), other.count()), (8, 0));
}
