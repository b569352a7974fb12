//! RequestMirror: copies of requests, whose responses are ignored.

use std::time::{Duration, Instant};

use kgwc_tests::servers::{Received, Server, refused};

use crate::fixture::{Gateway, PATIENCE, Setup, get, post, serve, wait_until};
use crate::resources::{backend, route, service};

fn mirror(to: &str) -> String {
    format!("{{type: RequestMirror, requestMirror: {{backendRef: {{name: {to}, port: 80}}}}}}")
}

fn mirror_with(to: &str, share: &str) -> String {
    mirror(to).replace("}}}", &format!("}}, {share}}}}}"))
}

/// One rule at `/` that goes to `app`, with these filters.
fn rule(filters: &[String]) -> String {
    let filters = filters.join(", ");
    route("app", &format!("  - backendRefs: [{{name: app, port: 80}}]\n    filters: [{filters}]\n"))
}

fn one_mirror(app: &Server, to: &str, resources: &str) -> Gateway {
    serve(rule(&[mirror(to)]) + &service("app", &[app.address()]) + resources)
}

#[test]
fn every_mirror_gets_the_request_as_the_rule_changes_it() {
    let (app, first, second) = (Server::named("app"), Server::named("1"), Server::named("2"));
    let headers = "{type: RequestHeaderModifier, requestHeaderModifier: \
                   {set: [{name: x-set, value: \"1\"}], remove: [x-gone]}}";
    let rewrite = "{type: URLRewrite, urlRewrite: {hostname: new.example, \
                   path: {type: ReplaceFullPath, replaceFullPath: /new}}}";
    let filters = [mirror("first"), headers.to_owned(), rewrite.to_owned(), mirror("second")];
    let mut gateway = serve(
        rule(&filters)
            + &service("app", &[app.address()])
            + &service("first", &[first.address()])
            + &service("second", &[second.address()]),
    );
    let request = post("/old?q=1", b"body".to_vec()).header("x-gone", "1").header("x-kept", "1");
    let response = gateway.send(&request);
    assert_eq!(response.body, b"app");
    for server in [&app, &first, &second] {
        let requests = server.wait_for(1, PATIENCE);
        let [request] = &requests[..] else { panic!("one request") };
        assert_eq!((request.method.as_str(), &request.body[..]), ("POST", &b"body"[..]));
        assert_eq!(request.authority, "new.example");
        assert_eq!(request.path, "/new?q=1");
        assert_eq!((request.header("x-set"), request.header("x-gone")), (Some("1"), None));
        assert_eq!(request.header("x-kept"), Some("1"));
        assert_clean(request);
    }
}

/// Nothing that Envoy and the module say to each other.
fn assert_clean(request: &Received) {
    let internal = |name: &str| name.starts_with("x-kgwc") || name.starts_with("x-envoy");
    let found: Vec<_> = request.headers.iter().filter(|(name, _)| internal(name)).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn copies_are_clean_whatever_else_the_rule_asks_for() {
    let (app, copy) = (Server::failing(503, 2), Server::named("copy"));
    let more = "    retry: {attempts: 3, codes: [503], backoff: 20ms}\n    \
                timeouts: {request: 9s, backendRequest: 5s}\n    \
                sessionPersistence: {sessionName: s}\n";
    let mut gateway = serve(
        rule(&[mirror("copy")])
            + more
            + &service("app", &[app.address()])
            + &service("copy", &[copy.address()]),
    );
    assert_eq!(gateway.get("/").status, 200);
    assert_eq!(app.count(), 3);
    // A request is mirrored once, however often it is tried.
    let [request] = &copy.wait_for(1, PATIENCE)[..] else { panic!("one copy") };
    assert_clean(request);
}

#[test]
fn a_large_body_is_mirrored_whole() {
    let (app, copy) = (Server::echo(), Server::echo());
    let mut gateway = one_mirror(&app, "copy", &service("copy", &[copy.address()]));
    let body: Vec<u8> = (0..5_000_000_u32).map(|n| (n % 253) as u8).collect();
    assert_eq!(gateway.send(&post("/", body.clone())).status, 200);
    assert!(copy.wait_for(1, PATIENCE)[0].body == body);
    assert!(app.requests()[0].body == body);
}

#[test]
fn a_mirror_that_fails_does_not_matter() {
    let app = Server::named("app");
    let slow = Server::slow(Duration::from_secs(30));
    let (failing, closing) = (Server::failing(500, 1_000), Server::closing(1_000));
    for address in [refused(), slow.address(), failing.address(), closing.address()] {
        let mut gateway = one_mirror(&app, "copy", &service("copy", &[address]));
        for _ in 0..10 {
            let start = Instant::now();
            let response = gateway.get("/");
            assert_eq!((response.status, &response.body[..]), (200, &b"app"[..]));
            assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
        }
    }
}

/// "ResolvedRefs=False", but the route goes on without that mirror.
#[test]
fn an_invalid_mirror_drops_only_itself() {
    let (app, copy) = (Server::named("app"), Server::named("copy"));
    let resources = rule(&[mirror("missing"), mirror("copy")])
        + &service("app", &[app.address()])
        + &service("copy", &[copy.address()]);
    let mut gateway = Setup::new(resources).keep_going().start();
    assert_eq!(gateway.get("/").body, b"app");
    copy.wait_for(1, PATIENCE);
}

#[test]
fn a_mirror_may_be_a_backend() {
    let (app, copy) = (Server::named("app"), Server::named("copy"));
    let to = mirror("copy")
        .replace("name: copy, port: 80", "group: gateway.kgateway.dev, kind: Backend, name: copy");
    let hosts =
        format!("{{static: {{hosts: [{{host: localhost, port: {}}}]}}}}", copy.address().port());
    let mut gateway =
        serve(rule(&[to]) + &service("app", &[app.address()]) + &backend("copy", &hosts));
    // The name is being resolved at first, and mirrors do not wait.
    wait_until("a copy", || {
        assert_eq!(gateway.get("/").body, b"app");
        copy.count() > 0
    });
}

/// Copies of that many requests.
fn copies(share: &str, requests: usize) -> usize {
    let (app, copy) = (Server::named("app"), Server::named("copy"));
    let mut gateway = serve(
        rule(&[mirror_with("copy", share)])
            + &service("app", &[app.address()])
            + &service("copy", &[copy.address()]),
    );
    let request = get("/");
    for _ in 0..requests {
        assert_eq!(gateway.send(&request).status, 200);
    }
    let mut sent = 0;
    wait_until("all copies", || {
        sent = gateway.statistic("cluster.mirror/default/copy_80.upstream_rq_total");
        copy.count() as u64 == sent
    });
    copy.count()
}

/// Within three standard deviations. One of 370 fair samples is not; two in a row are suspicious.
fn assert_share(share: &str, requests: usize, probability: f64) {
    let (n, p) = (requests as f64, probability);
    let (mean, limit) = (n * p, 3.0 * (n * p * (1.0 - p)).sqrt());
    let is_fair = |count: usize| (count as f64 - mean).abs() <= limit;
    let first = copies(share, requests);
    if !is_fair(first) {
        let second = copies(share, requests);
        assert!(is_fair(second), "{first} and {second} of {requests}, {mean} expected");
    }
}

#[test]
fn a_quarter() {
    assert_share("percent: 25", 10_000, 0.25);
}

#[test]
fn a_third() {
    assert_share("fraction: {numerator: 1, denominator: 3}", 2_000, 1.0 / 3.0);
}

#[test]
fn none_and_all() {
    assert_eq!(copies("percent: 0", 100), 0);
    assert_eq!(copies("fraction: {numerator: 0, denominator: 7}", 100), 0);
    assert_eq!(copies("percent: 100", 100), 100);
    assert_eq!(copies("fraction: {numerator: 3, denominator: 3}", 100), 100);
}
