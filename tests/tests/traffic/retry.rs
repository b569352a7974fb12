//! GEP-1731: when a request is sent again.

use std::time::{Duration, Instant};

use kgwc_tests::servers::{Reply, Server, refused};

use crate::fixture::{Gateway, post, serve, text};
use crate::resources::{route, service};

/// One rule at `/` in front of a server.
fn behind(server: &Server, settings: &str) -> Gateway {
    let rule = format!("  - backendRefs: [{{name: app, port: 80}}]\n    {settings}\n");
    serve(route("app", &rule) + &service("app", &[server.address()]))
}

#[test]
fn a_listed_code_is_retried() {
    let server = Server::failing(503, 2);
    let mut gateway = behind(&server, "retry: {attempts: 3, codes: [503]}");
    assert_eq!(gateway.get("/").status, 200);
    assert_eq!(server.count(), 3);
}

#[test]
fn the_last_answer_is_what_the_client_gets() {
    let server = Server::answering(|request| {
        Reply::new(503, format!("try {}", request.number)).header("x-try", "yes")
    });
    let mut gateway = behind(&server, "retry: {attempts: 3, codes: [503]}");
    let response = gateway.get("/");
    assert_eq!((response.status, text(&response).as_str()), (503, "try 3"));
    assert_eq!(server.count(), 4);
}

#[test]
fn a_code_that_is_not_listed_is_not_retried() {
    let server = Server::failing(500, 1);
    let mut gateway = behind(&server, "retry: {attempts: 3, codes: [503, 502]}");
    assert_eq!(gateway.get("/").status, 500);
    assert_eq!(server.count(), 1);
    // A connection error is what a bare stanza retries, no code.
    let server = Server::failing(503, 1);
    let mut gateway = behind(&server, "retry: {attempts: 3}");
    assert_eq!(gateway.get("/").status, 503);
    assert_eq!(server.count(), 1);
}

#[test]
fn zero_attempts_are_none() {
    let server = Server::failing(503, 1);
    let mut gateway = behind(&server, "retry: {attempts: 0, codes: [503], backoff: 100ms}");
    assert_eq!(gateway.get("/").status, 503);
    assert_eq!(server.count(), 1);
}

#[test]
fn a_try_that_takes_too_long_is_retried() {
    let server = Server::slow(Duration::from_secs(5));
    let settings = "timeouts: {backendRequest: 200ms}\n    retry: {attempts: 2}";
    let mut gateway = behind(&server, settings);
    let start = Instant::now();
    assert_eq!(gateway.get("/").status, 504);
    let took = start.elapsed();
    assert!((590..4_500).contains(&took.as_millis()), "{took:?}");
    assert_eq!(server.count(), 3);
}

#[test]
fn a_refused_connection_is_retried() {
    let server = Server::named("good");
    for settings in ["retry: {}", "retry: {attempts: 5}"] {
        let rule = format!("  - backendRefs: [{{name: app, port: 80}}]\n    {settings}\n");
        let endpoints = service("app", &[server.address(), refused()]);
        let mut gateway = serve(route("app", &rule) + &endpoints);
        // Both take turns: a second try is one of the other endpoint.
        let statuses: Vec<_> = (0..100).map(|_| gateway.get("/").status).collect();
        assert!(statuses.iter().all(|status| *status == 200), "{settings}: {statuses:?}");
    }
    let rule = "  - backendRefs: [{name: app, port: 80}]\n";
    let mut gateway = serve(route("app", rule) + &service("app", &[server.address(), refused()]));
    let statuses: Vec<_> = (0..20).map(|_| gateway.get("/").status).collect();
    assert!(statuses.contains(&503), "{statuses:?}");
}

#[test]
fn a_connection_that_closes_without_an_answer_is_retried() {
    let server = Server::closing(2);
    let mut gateway = behind(&server, "retry: {attempts: 2}");
    assert_eq!(gateway.get("/").status, 200);
    assert_eq!(server.count(), 3);
    let server = Server::closing(1);
    let mut gateway = behind(&server, "");
    assert_eq!(gateway.get("/").status, 503);
    assert_eq!(server.count(), 1);
}

#[test]
fn each_try_has_the_whole_body() {
    let body: Vec<u8> = (0..100_000_u32).map(|n| (n % 251) as u8).collect();
    for backoff in ["", ", backoff: 20ms"] {
        let server = Server::failing(503, 2);
        let settings = format!("retry: {{attempts: 2, codes: [503]{backoff}}}");
        let mut gateway = behind(&server, &settings);
        assert_eq!(gateway.send(&post("/", body.clone())).status, 200);
        let requests = server.requests();
        assert_eq!(requests.len(), 3, "{settings}");
        assert!(requests.iter().all(|request| request.body == body), "{settings}");
    }
}
