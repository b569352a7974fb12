//! GEP-1731: "Backoff specifies the minimum duration a Gateway should wait between retry attempts".

use std::time::{Duration, Instant};

use http::Request;
use kgwc_tests::servers::{Received, Reply, Server, WebSocket, refused};

use crate::fixture::{Gateway, post, serve};
use crate::http2;
use crate::resources::{route, service, service_speaking};

const BACKOFF: Duration = Duration::from_millis(150);
/// A server may note an arrival late, and Envoy's timers count whole milliseconds.
const BLUR: Duration = Duration::from_millis(5);

/// One rule at `/` with a backoff in front of these resources.
fn before(resources: &str, retry: &str, more: &str) -> Gateway {
    let rule = format!(
        "  - backendRefs: [{{name: app, port: 80}}]\n    \
         retry: {{{retry}, backoff: 150ms}}\n    {more}\n"
    );
    serve(route("app", &rule) + resources)
}

fn behind(server: &Server, retry: &str) -> Gateway {
    before(&service("app", &[server.address()]), retry, "")
}

fn assert_apart(requests: &[Received]) {
    for pair in requests.windows(2) {
        let gap = pair[1].arrived - pair[0].arrived;
        assert!(gap + BLUR >= BACKOFF, "{gap:?}");
    }
}

#[test]
fn status_codes() {
    let server = Server::failing(503, 3);
    let mut gateway = behind(&server, "attempts: 3, codes: [503]");
    assert_eq!(gateway.get("/").status, 200);
    let requests = server.requests();
    assert_eq!(requests.len(), 4);
    assert_apart(&requests);
}

#[test]
fn connections_that_close() {
    let server = Server::closing(3);
    let mut gateway = behind(&server, "attempts: 3");
    assert_eq!(gateway.get("/").status, 200);
    let requests = server.requests();
    assert_eq!(requests.len(), 4);
    assert_apart(&requests);
}

#[test]
fn connections_that_are_refused() {
    let mut gateway = before(&service("app", &[refused()]), "attempts: 3", "");
    let start = Instant::now();
    let response = gateway.get("/");
    assert_eq!(response.status, 503);
    assert!(start.elapsed() + BLUR >= 3 * BACKOFF, "{:?}", start.elapsed());
    assert!(response.headers.iter().all(|(name, _)| !name.starts_with(b"x-")), "{response:?}");
}

#[test]
fn a_backend_that_comes_up_meanwhile_is_reached() {
    let address = refused();
    let good = Server::named("good");
    let mut gateway = before(&service("app", &[address, good.address()]), "attempts: 5", "");
    let statuses: Vec<_> = (0..10).map(|_| gateway.get("/").status).collect();
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
}

#[test]
fn the_first_try_is_not_delayed_and_a_good_one_is_the_last() {
    let server = Server::echo();
    let mut gateway = behind(&server, "attempts: 3, codes: [503]");
    // A busy machine may take its time with some of them, but not with all.
    let took = (0..10).map(|_| {
        let start = Instant::now();
        assert_eq!(gateway.get("/").status, 200);
        start.elapsed()
    });
    let quickest = took.min().unwrap();
    assert!(quickest < BACKOFF, "{quickest:?}");
    assert_eq!(server.count(), 10);
}

/// "backendRequest: a timeout for an individual request from the gateway to a backend".
#[test]
fn the_timeout_of_a_try_does_not_count_the_delay() {
    let server = Server::answering(|request| match request.number {
        0 => Reply::new(200, "late").after(Duration::from_secs(10)),
        _ => Reply::new(200, "in time"),
    });
    let mut gateway = before(
        &service("app", &[server.address()]),
        "attempts: 1",
        "timeouts: {backendRequest: 100ms}",
    );
    let response = gateway.get("/");
    assert_eq!((response.status, &response.body[..]), (200, &b"in time"[..]));
    let requests = server.requests();
    let gap = requests[1].arrived - requests[0].arrived;
    assert!(gap + BLUR >= BACKOFF + Duration::from_millis(100), "{gap:?}");
}

#[test]
fn tries_that_all_take_too_long_end_with_504() {
    let server = Server::slow(Duration::from_secs(10));
    let mut gateway = before(
        &service("app", &[server.address()]),
        "attempts: 2",
        "timeouts: {backendRequest: 100ms}",
    );
    assert_eq!(gateway.get("/").status, 504);
    assert_eq!(server.count(), 3);
}

#[test]
fn the_timeout_of_the_request_counts_delays() {
    let server = Server::failing(503, 100);
    let mut gateway = before(
        &service("app", &[server.address()]),
        "attempts: 50, codes: [503]",
        "timeouts: {request: 400ms}",
    );
    let start = Instant::now();
    assert_eq!(gateway.get("/").status, 504);
    let took = start.elapsed();
    // Envoy's timers go by milliseconds: one can be a little early.
    assert!((390..2_000).contains(&took.as_millis()), "{took:?}");
    assert!((2..=3).contains(&server.count()), "{}", server.count());
}

/// The way through the listener for tries leaves no trace.
#[test]
fn the_backend_and_the_client_see_what_they_see_without_a_backoff() {
    let server = Server::failing(503, 1);
    let mut gateway = behind(&server, "attempts: 1, codes: [503]");
    let response = gateway.send(&post("/p?q=1", b"body".to_vec()).header("x-a", "1"));
    let names: Vec<_> = response.headers.iter().map(|(n, _)| String::from_utf8_lossy(n)).collect();
    assert_eq!(response.status, 200);
    assert!(names.iter().all(|name| !name.starts_with("x-")), "{names:?}");
    let [first, second] = &server.requests()[..] else { panic!("two tries") };
    assert_eq!(first.headers, second.headers);
    let names: Vec<_> = second.headers.iter().map(|(name, _)| name.as_str()).collect();
    let expected =
        ["content-length", "host", "x-a", "x-forwarded-for", "x-forwarded-proto", "x-request-id"];
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, expected);
    assert_eq!((second.path.as_str(), second.authority.as_str()), ("/p?q=1", "a.example"));
}

#[test]
fn a_websocket_passes() {
    let server = Server::websocket();
    let resources = service_speaking("app", "kubernetes.io/ws", &[server.address()]);
    let gateway = before(&resources, "attempts: 2, codes: [503]", "");
    let mut socket = WebSocket::connect(gateway.address, "a.example", "/chat").unwrap();
    assert_eq!(
        socket.echo("through the listener for tries").unwrap(),
        "through the listener for tries"
    );
}

#[test]
fn trailers_pass() {
    let resources = service_speaking("app", "kubernetes.io/h2c", &[http2::grpc_server(2)]);
    let gateway = before(&resources, "attempts: 2, codes: [503]", "");
    let request = Request::post("http://a.example/package.Service/Method")
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(())
        .unwrap();
    let start = Instant::now();
    let answer = http2::ask(gateway.address, request, b"message");
    assert_eq!((answer.status, &answer.body[..]), (200, &b"message"[..]), "{answer:?}");
    assert_eq!(answer.trailers["grpc-status"], "0");
    assert!(start.elapsed() + BLUR >= 2 * BACKOFF);
}
