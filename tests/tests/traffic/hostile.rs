//! What a client says to Envoy or to the module under their own names has no effect and is not
//! passed on: over HTTP/1 and HTTP/2, in any case, repeated.

use kgwc::envoy::RawRequest;
use kgwc_tests::servers::{Received, Server};
use std::time::{Duration, Instant};

use crate::fixture::{Gateway, get, serve};
use crate::http2;
use crate::resources::{route, service};

/// Rules with everything that headers between Envoy and the module are for.
fn gateway(app: &Server, other: &Server, slow: &Server, failing: &Server) -> Gateway {
    let rules = "
  - matches: [{path: {value: /slow}}]
    backendRefs: [{name: slow, port: 80}]
  - matches: [{path: {value: /failing}}]
    backendRefs: [{name: failing, port: 80}]
  - matches: [{path: {value: /backoff}}]
    retry: {attempts: 1, backoff: 1ms}
    timeouts: {backendRequest: 5s}
    backendRefs: [{name: app, port: 80}]
  - matches: [{path: {value: /session}}]
    sessionPersistence: {sessionName: sid}
    backendRefs: [{name: app, port: 80}]
  - matches: [{path: {value: /mirror}}]
    filters: [{type: RequestMirror, requestMirror: {backendRef: {name: other, port: 80}}}]
    backendRefs: [{name: app, port: 80}]
  - matches: [{path: {value: /}}]
    backendRefs: [{name: app, port: 80}]
  - matches: [{path: {value: /other}, headers: [{name: never, value: sent}]}]
    backendRefs: [{name: other, port: 80}]
";
    serve(
        route("app", rules)
            + &service("app", &[app.address()])
            + &service("other", &[other.address()])
            + &service("slow", &[slow.address()])
            + &service("failing", &[failing.address()]),
    )
}

/// Names that mean something to Envoy or to the module, with values that would be to a client's
/// liking.
fn names(other: &Server) -> Vec<(String, String)> {
    let pairs = [
        ("x-kgwc-cluster", "default/other:80".to_owned()),
        ("x-kgwc-variant", "v-000000000000".to_owned()),
        ("x-kgwc-session", "MTI3LjAuMC4xOjE=".to_owned()),
        ("x-kgwc-try-timeout", "1".to_owned()),
        ("x-kgwc-keep-endpoint", "1".to_owned()),
        ("x-kgwc-failed", "UF".to_owned()),
        ("x-envoy-original-dst-host", other.address().to_string()),
        ("x-envoy-original-path", "/other".to_owned()),
        ("x-envoy-upstream-rq-timeout-ms", "1".to_owned()),
        ("x-envoy-upstream-rq-per-try-timeout-ms", "1".to_owned()),
        ("x-envoy-retry-on", "5xx,retriable-status-codes".to_owned()),
        ("x-envoy-retriable-status-codes", "200,503".to_owned()),
        ("x-envoy-max-retries", "9".to_owned()),
        ("x-envoy-fault-delay-request", "3000".to_owned()),
        ("x-envoy-fault-abort-request", "418".to_owned()),
        ("x-envoy-attempt-count", "7".to_owned()),
        ("x-envoy-internal", "true".to_owned()),
        ("x-envoy-decorator-operation", "mine".to_owned()),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value)).into()
}

fn odd_case(name: &str) -> String {
    let odd = |(i, c): (usize, char)| if i % 2 == 0 { c.to_ascii_uppercase() } else { c };
    name.chars().enumerate().map(odd).collect()
}

fn assert_clean(received: &[Received], names: &[(String, String)], path: &str) {
    for request in received {
        for (name, _) in names {
            assert_eq!(request.header(name), None, "{path}: {name} is passed on");
        }
    }
}

#[test]
fn a_client_decides_nothing_by_headers() {
    let (app, other) = (Server::echo(), Server::named("other"));
    let slow = Server::slow(Duration::from_millis(300));
    let failing = Server::failing(503, 1_000);
    let mut gateway = gateway(&app, &other, &slow, &failing);
    let names = names(&other);

    let over_http_1 = |path: &str| {
        let mut request = get(path);
        for (name, value) in &names {
            request = request.header(name.as_str(), value.as_str());
            request = request.header(odd_case(name), value.as_str());
        }
        request
    };
    let over_http_2 = |path: &str| {
        let mut request = http::Request::get(format!("http://a.example{path}"));
        for (name, value) in &names {
            request = request.header(name.as_str(), value.as_str()).header(name.as_str(), value);
        }
        request.body(()).unwrap()
    };
    let start = Instant::now();
    let mut sent = 0;
    for path in ["/", "/backoff", "/session", "/mirror"] {
        assert_eq!(gateway.send(&over_http_1(path)).status, 200, "{path}");
        assert_eq!(http2::ask(gateway.address, over_http_2(path), b"").status, 200, "{path}");
        sent += 2;
        assert_eq!(app.count(), sent, "{path}: sent on once each");
    }
    assert!(start.elapsed() < Duration::from_secs(3), "no delay was asked for by a rule");
    // Two copies, and nothing else, whatever the client named.
    assert_eq!(other.wait_for(2, Duration::from_secs(10)).len(), 2);
    assert!(other.requests().iter().all(|r| r.path == "/mirror"), "{:?}", other.requests());
    assert_clean(&app.requests(), &names, "to the backend");
    assert_clean(&other.requests(), &names, "to the mirror");

    // A timeout of one millisecond would be 504.
    assert_eq!(gateway.send(&over_http_1("/slow")).status, 200);
    assert_eq!(http2::ask(gateway.address, over_http_2("/slow"), b"").status, 200);
    // Retries would show as more requests.
    assert_eq!(gateway.send(&over_http_1("/failing")).status, 503);
    assert_eq!(http2::ask(gateway.address, over_http_2("/failing"), b"").status, 503);
    assert_eq!((slow.count(), failing.count()), (2, 2));
}

/// Retried or not, no backend sees how often a request was tried.
#[test]
fn tries_are_not_told_to_backends() {
    let app = Server::failing(503, 2);
    let rules = "
  - matches: [{path: {value: /plain}}]
    retry: {attempts: 3, codes: [503]}
    backendRefs: [{name: app, port: 80}]
  - matches: [{path: {value: /backoff}}]
    retry: {attempts: 3, codes: [503], backoff: 5ms}
    backendRefs: [{name: app, port: 80}]
";
    let mut gateway = serve(route("app", rules) + &service("app", &[app.address()]));
    for path in ["/plain", "/backoff"] {
        assert_eq!(gateway.get(path).status, 200);
    }
    for request in app.requests() {
        let told: Vec<_> =
            request.headers.iter().filter(|(n, _)| n.starts_with("x-envoy")).collect();
        assert!(told.is_empty(), "{}: {told:?}", request.path);
    }
}

#[test]
fn path_tricks_do_not_pass_a_match() {
    let (public, admin) = (Server::named("public"), Server::named("admin"));
    let rules = "
  - matches: [{path: {value: /admin}}]
    backendRefs: [{name: admin, port: 80}]
  - matches: [{path: {value: /}}]
    backendRefs: [{name: public, port: 80}]
";
    let mut gateway = serve(
        route("app", rules)
            + &service("public", &[public.address()])
            + &service("admin", &[admin.address()]),
    );
    for path in ["/a/../admin", "//admin", "/a/%2e%2e/admin", "/./admin", "/%61dmin"] {
        let answer = gateway.send(&RawRequest::get("a.example", path));
        assert_eq!(answer.body, b"admin", "{path}");
    }
    for path in ["/a%2f..%2fadmin", "/%2e%2e%2fadmin", "/a%5c..%5cadmin", "/..%2fadmin"] {
        assert_eq!(gateway.send(&RawRequest::get("a.example", path)).status, 400, "{path}");
    }
    assert_eq!(public.count(), 0);
}
