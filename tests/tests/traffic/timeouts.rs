//! GEP-1742: how long a request may take.

use std::time::{Duration, Instant};

use kgwc_tests::servers::Server;

use crate::fixture::{Gateway, serve};
use crate::resources::{route, service};

/// One rule at `/`, in front of a server that takes this long.
fn behind(delay: u64, settings: &str) -> (Gateway, Server) {
    let server = Server::slow(Duration::from_millis(delay));
    let rule = format!("  - backendRefs: [{{name: app, port: 80}}]\n    {settings}\n");
    let gateway = serve(route("app", &rule) + &service("app", &[server.address()]));
    (gateway, server)
}

#[test]
fn a_backend_request_that_takes_too_long_is_504() {
    let (mut gateway, server) = behind(5_000, "timeouts: {backendRequest: 200ms}");
    let start = Instant::now();
    assert_eq!(gateway.get("/").status, 504);
    let took = start.elapsed();
    assert!((195..3_000).contains(&took.as_millis()), "{took:?}");
    assert_eq!(server.count(), 1);
}

#[test]
fn one_that_is_quick_enough_is_answered() {
    let (mut gateway, _server) = behind(50, "timeouts: {request: 8s, backendRequest: 5s}");
    assert_eq!(gateway.get("/").status, 200);
}

/// "request: a timeout for responding to client HTTP requests", with all retries.
#[test]
fn the_timeout_of_the_request_caps_all_tries() {
    let settings = "timeouts: {request: 500ms, backendRequest: 200ms}\n    \
                    retry: {attempts: 50}";
    let (mut gateway, server) = behind(5_000, settings);
    let start = Instant::now();
    assert_eq!(gateway.get("/").status, 504);
    let took = start.elapsed();
    assert!((495..3_000).contains(&took.as_millis()), "{took:?}");
    assert!((1..=3).contains(&server.count()), "{} tries", server.count());
}

#[test]
fn the_timeout_of_the_request_alone() {
    let (mut gateway, _server) = behind(5_000, "timeouts: {request: 200ms}");
    let start = Instant::now();
    assert_eq!(gateway.get("/").status, 504);
    assert!(start.elapsed() < Duration::from_secs(4));
}

/// "0s disables the timeout."
#[test]
fn zero_is_no_limit() {
    let (mut gateway, _server) = behind(400, "timeouts: {request: 0s, backendRequest: 0s}");
    assert_eq!(gateway.get("/").status, 200);
    // "backendRequest <= request unless request is 0s."
    let (mut gateway, _server) = behind(5_000, "timeouts: {request: 0s, backendRequest: 200ms}");
    assert_eq!(gateway.get("/").status, 504);
}

#[test]
fn without_timeouts_there_is_no_limit() {
    let (mut gateway, _server) = behind(1_500, "");
    assert_eq!(gateway.get("/").status, 200);
}
