//! Where a session ends, or is none: tokens that nobody gave, timeouts, endpoints that are down.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use kgwc_tests::servers::Server;

use crate::fixture::{get, serve, text, values, wait_until};
use crate::resources::{route, service};
use crate::sessions::{Backends, assert_stays, cookie, rule};

#[test]
fn garbage_is_a_client_without_a_session() {
    let backends = Backends::start();
    let mut gateway = serve(route("app", &rule("/", "sessionName: s")) + &backends.services());
    let good = cookie(&gateway.get("/"));
    let rule = good.trim_start_matches("s=").split('.').next().unwrap().to_owned();
    let mut forged: Vec<Vec<u8>> = [
        "",
        "s",
        "s=",
        "s=.",
        "s=....",
        "s=~~~",
        "s=a.b.c.d.e",
        "s=\"quoted\"",
        "s=%00",
        "=",
        ";;",
        "s=ffffffffffffffff.ffffffffffffffff...MTI3LjAuMC4xOjE=",
        "s=-1.-1.-1.-1.x",
        "s=18446744073709551616.0...",
        "s=0.0.99999999999999999999..",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into();
    // A backend that the rule does not have.
    forged.push(format!("s={rule}.0000000000000001...").into_bytes());
    forged.push([&b"s="[..], &[b'a'; 9_000]].concat());
    forged.push([&b"s="[..], &(0x80..=0xff).collect::<Vec<u8>>()].concat());
    forged.push([b"s=", "\u{fc}.\u{fc}...".as_bytes()].concat());
    for value in forged {
        let response = gateway.send(&get("/").header("cookie", value.clone()));
        let value = String::from_utf8_lossy(&value);
        assert_eq!(response.status, 200, "{value}");
        let new = cookie(&response);
        let response = gateway.send(&get("/").header("cookie", new));
        assert!(values(&response, "set-cookie").is_empty(), "{value}");
    }
}

/// A client may choose among the endpoints of its backend, and reaches nothing else.
#[test]
fn a_forged_endpoint_is_not_reached() {
    let (backends, outsider) = (Backends::start(), Server::named("outsider"));
    let mut gateway = serve(route("app", &rule("/", "sessionName: s")) + &backends.services());
    let good = cookie(&gateway.get("/"));
    let (prefix, _) = good.rsplit_once('.').unwrap();
    let outside = outsider.address().to_string();
    let endpoints = [&outside, "127.0.0.1:99999", "169.254.169.254:80", "x", "", "[::1]:80"]
        .map(|endpoint| BASE64_STANDARD.encode(endpoint));
    let raw = ["!!!!".to_owned(), "a\tb".to_owned(), "QQ".to_owned(), "=".to_owned()];
    for endpoint in endpoints.iter().chain(&raw) {
        let response = gateway.send(&get("/").header("cookie", format!("{prefix}.{endpoint}")));
        assert_eq!(response.status, 200, "{endpoint}");
        assert_ne!(text(&response), "outsider");
    }
    assert_eq!(outsider.count(), 0);
}

#[test]
fn a_session_ends_after_its_absolute_timeout() {
    let backends = Backends::start();
    let persistence = "sessionName: s, absoluteTimeout: 3s";
    let mut gateway = serve(route("app", &rule("/", persistence)) + &backends.services());
    let first = gateway.get("/");
    let token = cookie(&first);
    let response = gateway.send(&get("/").header("cookie", token.clone()));
    assert_eq!(text(&response), text(&first));
    assert!(values(&response, "set-cookie").is_empty());
    wait_until("the end of the session", || {
        let response = gateway.send(&get("/").header("cookie", token.clone()));
        assert_eq!(response.status, 200);
        !values(&response, "set-cookie").is_empty()
    });
}

/// "idleTimeout: time without requests after which a session ends."
#[test]
fn requests_keep_a_session_from_its_idle_timeout() {
    let backends = Backends::start();
    let persistence = "sessionName: s, idleTimeout: 3s";
    let mut gateway = serve(route("app", &rule("/", persistence)) + &backends.services());
    let first = gateway.get("/");
    let mut token = cookie(&first);
    let old = token.clone();
    let start = Instant::now();
    wait_until("more than the timeout", || {
        let response = gateway.send(&get("/").header("cookie", token.clone()));
        assert_eq!(text(&response), text(&first));
        token = cookie(&response);
        start.elapsed() >= Duration::from_secs(4)
    });
    // The first one was not used in the meantime: of 30 new sessions not all are on one server.
    let servers = (0..30).map(|_| gateway.send(&get("/").header("cookie", old.clone())));
    let differ = servers.map(|response| text(&response)).any(|server| server != text(&first));
    assert!(differ);
}

#[test]
fn a_session_leaves_an_endpoint_that_is_down_where_the_rule_retries() {
    for retry in ["retry: {attempts: 3}", "retry: {attempts: 3, backoff: 10ms}"] {
        let mut servers = ["a1", "a2"].map(Server::named).map(Some);
        let addresses = servers.each_ref().map(|s| s.as_ref().unwrap().address());
        let rule = format!(
            "  - backendRefs: [{{name: a, port: 80}}]\n    \
             sessionPersistence: {{sessionName: s}}\n    {retry}\n"
        );
        let mut gateway = serve(route("app", &rule) + &service("a", &addresses));
        let first = gateway.get("/");
        let down = usize::from(text(&first) == "a2");
        servers[down] = None;
        let second = gateway.send(&get("/").header("cookie", cookie(&first)));
        assert_eq!(second.status, 200, "{retry}");
        assert_ne!(text(&second), text(&first));
        let (server, token) = (text(&second), cookie(&second));
        assert_stays(&mut gateway, "/", "cookie", &token, &server);
    }
}
