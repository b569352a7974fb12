//! Decisions in response headers, for those who know the token.

use std::path::Path;

use kgwc::envoy::RawRequest;
use kgwc_tests::kgwc;
use kgwc_tests::servers::Server;
use route::config::Observe;
use sha2::{Digest, Sha256};

use crate::fixture::{Gateway, Setup, get, values};
use crate::resources::{route, service};

const TOKEN: &str = "correct-horse-battery-staple";

const RULES: &str = "
  - matches: [{path: {value: /app}}]
    backendRefs: [{name: app, port: 80}]
    timeouts: {request: 9s, backendRequest: 5s}
    retry: {attempts: 2, codes: [503], backoff: 20ms}
    filters:
    - {type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: x-set, value: \"1\"}]}}
    - {type: ResponseHeaderModifier, responseHeaderModifier: {add: [{name: x-added, value: \"2\"}]}}
    - {type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /new}}}
    - {type: RequestMirror, requestMirror: {backendRef: {name: app, port: 80}, percent: 50}}
  - matches: [{path: {value: /app}, method: POST}, {path: {value: /app}, headers: [{name: user, value: me}]}]
    backendRefs: [{name: app, port: 80}]
  - matches: [{path: {value: /session}}]
    backendRefs: [{name: app, port: 80}]
    sessionPersistence: {sessionName: s}
  - matches: [{path: {value: /redirect}}]
    filters: [{type: RequestRedirect, requestRedirect: {scheme: https, statusCode: 301}}]
  - matches: [{path: {value: /zero}}]
    backendRefs: [{name: app, port: 80, weight: 0}]
";

fn resources(server: &Server) -> String {
    // For one host, so that others have none.
    let route = route("app", RULES).replace("  rules:", "  hostnames: [a.example]\n  rules:");
    route + &service("app", &[server.address()])
}

fn start(server: &Server, token: Option<&str>) -> Gateway {
    let hash = |token: &str| -> String {
        Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let observe = Observe { explain_token: token.map(hash), ..Observe::default() };
    Setup::new(resources(server)).observe(observe).start()
}

fn explained(gateway: &mut Gateway, request: &RawRequest, token: &str) -> Vec<String> {
    let request = request.clone().header("kgwc-explain", token);
    values(&gateway.send(&request), "kgwc-explain")
}

/// The same request as the command has it.
fn command(input: &Path, request: &RawRequest) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let mut args = vec!["explain".to_owned(), "-X".to_owned(), text(&request.method)];
    for (name, value) in &request.headers[1..] {
        args.extend(["-H".to_owned(), format!("{}: {}", text(name), text(value))]);
    }
    let host = text(&request.headers[0].1);
    args.extend([input.display().to_string(), format!("http://{host}{}", text(&request.target))]);
    kgwc!().run(args).fine().lines().map(str::to_owned).collect()
}

/// What Envoy adds before the module sees the request: a command line has none of it.
fn is_added(line: &str) -> bool {
    let line = line.trim_start();
    ["x-forwarded-for: ", "x-forwarded-proto: ", "x-request-id: "]
        .iter()
        .any(|name| line.starts_with(name))
}

#[test]
fn the_headers_say_what_the_command_says() {
    let server = Server::echo();
    let mut gateway = start(&server, Some(TOKEN));
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("input.yaml");
    std::fs::write(&input, resources(&server)).unwrap();
    for request in [
        get("/app/p?q=1"),
        get("/app").header("user", "me"),
        get("/app").header("user", "you").header("x-b", "1").header("x-b", "2"),
        RawRequest { method: b"POST".to_vec(), ..get("/app").header("content-length", "0") },
        get("/session"),
        get("/redirect?q=1"),
        get("/zero"),
        get("/nowhere"),
        get("/a/../app"),
        RawRequest::get("b.example", "/app"),
    ] {
        let lines = explained(&mut gateway, &request, TOKEN);
        let lines: Vec<_> =
            lines.into_iter().filter(|line| !is_added(line)).map(|line| trimmed(&line)).collect();
        let expected: Vec<_> = command(&input, &request).iter().map(|line| trimmed(line)).collect();
        assert_eq!(lines, expected, "{request:?}");
    }
}

/// HTTP takes the blanks at both ends of a value away.
fn trimmed(line: &str) -> String {
    line.trim().to_owned()
}

#[test]
fn without_the_right_token_nothing_is_explained() {
    let server = Server::echo();
    let mut gateway = start(&server, Some(TOKEN));
    for wrong in ["", "correct-horse-battery-stapl", "correct-horse-battery-staple2", "*", "\u{fc}"]
    {
        assert_eq!(explained(&mut gateway, &get("/app"), wrong), [""; 0], "{wrong}");
    }
    // The hash in the configuration is not the token.
    let hash: String = Sha256::digest(TOKEN).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(explained(&mut gateway, &get("/app"), &hash), [""; 0]);
    assert!(values(&gateway.get("/app"), "kgwc-explain").is_empty());
}

#[test]
fn without_a_configured_token_there_is_no_explanation() {
    let server = Server::echo();
    let mut gateway = start(&server, None);
    for token in ["", TOKEN] {
        assert_eq!(explained(&mut gateway, &get("/app"), token), [""; 0]);
    }
}

#[test]
fn the_token_does_not_reach_the_backend() {
    let server = Server::echo();
    let mut gateway = start(&server, Some(TOKEN));
    for token in [TOKEN, "wrong-token-wrong-token"] {
        let request = get("/session").header("Kgwc-Explain", token);
        assert_eq!(gateway.send(&request.header("kgwc-explain", token)).status, 200);
    }
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    for request in requests {
        assert_eq!(request.header("kgwc-explain"), None);
        assert!(!format!("{:?}", request.headers).contains("token"), "{request:?}");
    }
}
