//! GEP-1619: a client stays with the backend, and with the endpoint of it, that it got first.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use kgwc::envoy::RawResponse;
use kgwc_tests::servers::Server;

use crate::fixture::{Gateway, get, serve, text, values, wait_until};
use crate::resources::{route, service};

/// Four servers behind two Services of equal weight.
pub(crate) struct Backends {
    pub(crate) a: [Server; 2],
    pub(crate) b: [Server; 2],
}

impl Backends {
    pub(crate) fn start() -> Self {
        Self { a: ["a1", "a2"].map(Server::named), b: ["b1", "b2"].map(Server::named) }
    }

    pub(crate) fn services(&self) -> String {
        let addresses = |servers: &[Server; 2]| servers.each_ref().map(Server::address);
        service("a", &addresses(&self.a)) + &service("b", &addresses(&self.b))
    }
}

/// A rule at a path with a session.
pub(crate) fn rule(path: &str, persistence: &str) -> String {
    format!(
        "  - matches: [{{path: {{value: {path}}}}}]\n    \
         backendRefs: [{{name: a, port: 80}}, {{name: b, port: 80}}]\n    \
         sessionPersistence: {{{persistence}}}\n"
    )
}

/// The one cookie that a response sets, without its attributes.
#[track_caller]
pub(crate) fn cookie(response: &RawResponse) -> String {
    let cookies = values(response, "set-cookie");
    let [cookie] = &cookies[..] else { panic!("one cookie, not {cookies:?}") };
    cookie.split(';').next().unwrap().to_owned()
}

#[track_caller]
fn assert_stays(gateway: &mut Gateway, path: &str, header: &str, token: &str, server: &str) {
    for _ in 0..100 {
        let response = gateway.send(&get(path).header(header, token));
        assert_eq!((response.status, text(&response).as_str()), (200, server), "{token}");
    }
}

/// Each shape with the attributes of its cookie.
#[test]
fn cookies_in_every_shape_of_the_api() {
    const SAFE: &str = "; Secure; HttpOnly; SameSite=Strict";
    let backends = Backends::start();
    let shapes = [
        // v1.1 to v1.5.
        (
            "sessionName: s, type: Cookie, absoluteTimeout: 1h, idleTimeout: 10m, \
             cookieConfig: {lifetimeType: Permanent}",
            format!("; Path=/; Max-Age=3600{SAFE}"),
        ),
        ("sessionName: s, idleTimeout: 10m", format!("; Path=/{SAFE}")),
        // v1.6.
        (
            "sessionName: s, absoluteTimeout: 90s, cookieConfig: {lifetimeType: Permanent}",
            format!("; Path=/; Max-Age=90{SAFE}"),
        ),
        (
            "sessionName: s, absoluteTimeout: 1h, cookieConfig: {lifetimeType: Session}",
            format!("; Path=/{SAFE}"),
        ),
        ("sessionName: s, type: Cookie", format!("; Path=/{SAFE}")),
        // Later.
        ("cookie: {name: s}", format!("; Path=/{SAFE}")),
        ("cookie: {name: s, path: /p}", format!("; Path=/p{SAFE}")),
        (
            "cookie: {name: s, lifetimeType: Permanent}, absoluteTimeout: 2h",
            format!("; Path=/; Max-Age=7200{SAFE}"),
        ),
    ];
    let rules: String =
        shapes.iter().enumerate().map(|(n, (shape, _))| rule(&format!("/{n}"), shape)).collect();
    let mut gateway = serve(route("app", &rules) + &backends.services());
    for (n, (shape, attributes)) in shapes.iter().enumerate() {
        let path = format!("/{n}");
        let response = gateway.get(&path);
        let (server, cookie) = (text(&response), cookie(&response));
        assert!(cookie.starts_with("s="), "{shape}: {cookie}");
        assert_eq!(values(&response, "set-cookie"), [format!("{cookie}{attributes}")], "{shape}");
        assert_stays(&mut gateway, &path, "cookie", &cookie, &server);
        // A client has other cookies as well.
        let among = format!("theme=dark; {cookie}; s2=x");
        assert_stays(&mut gateway, &path, "cookie", &among, &server);
    }
}

#[test]
fn headers_in_every_shape_of_the_api() {
    let backends = Backends::start();
    let shapes = [
        "sessionName: x-session, type: Header, idleTimeout: 10m",
        "sessionName: x-session, type: Header",
        "header: {name: x-session}",
    ];
    let rules: String =
        shapes.iter().enumerate().map(|(n, shape)| rule(&format!("/{n}"), shape)).collect();
    let mut gateway = serve(route("app", &rules) + &backends.services());
    for (n, shape) in shapes.iter().enumerate() {
        let path = format!("/{n}");
        let response = gateway.get(&path);
        let tokens = values(&response, "x-session");
        let [token] = &tokens[..] else { panic!("{shape}: {response:?}") };
        assert!(values(&response, "set-cookie").is_empty());
        assert_stays(&mut gateway, &path, "x-session", token, &text(&response));
    }
}

#[test]
fn a_token_says_nothing_that_it_need_not_and_is_given_once() {
    let backends = Backends::start();
    let mut gateway = serve(route("app", &rule("/", "sessionName: s")) + &backends.services());
    let response = gateway.get("/");
    let token = cookie(&response);
    assert!(!token.contains("default") && !token.contains("app"), "{token}");
    let response = gateway.send(&get("/").header("cookie", token));
    assert!(values(&response, "set-cookie").is_empty());
    assert!(values(&response, "x-kgwc-session").is_empty());
    // The endpoint is for Envoy alone.
    let requests =
        [&backends.a, &backends.b].map(|servers| servers.each_ref().map(Server::requests));
    let names = requests.iter().flatten().flatten().flat_map(|r| &r.headers).map(|(name, _)| name);
    assert!(
        names.clone().all(|name| !name.starts_with("x-kgwc")),
        "{:?}",
        names.collect::<Vec<_>>()
    );
}

#[test]
fn without_a_session_requests_are_spread() {
    let backends = Backends::start();
    let mut gateway = serve(route("app", &rule("/", "sessionName: s")) + &backends.services());
    let mut servers: Vec<_> = (0..60).map(|_| text(&gateway.get("/"))).collect();
    servers.sort_unstable();
    servers.dedup();
    assert_eq!(servers, ["a1", "a2", "b1", "b2"]);
}

/// "Sessions belong to one rule", whatever their names.
#[test]
fn rules_with_one_session_name_do_not_share_sessions() {
    let backends = Backends::start();
    let rules = rule("/one", "sessionName: s") + &rule("/two", "sessionName: s");
    let mut gateway = serve(route("app", &rules) + &backends.services());
    let mut differ = false;
    for _ in 0..30 {
        let one = gateway.get("/one");
        let two = gateway.send(&get("/two").header("cookie", cookie(&one)));
        // It has both, because it takes the place of the other one in the browser.
        let both = cookie(&two);
        for (path, first) in [("/one", &one), ("/two", &two)] {
            let response = gateway.send(&get(path).header("cookie", both.clone()));
            assert_eq!(text(&response), text(first), "{path}");
            assert!(values(&response, "set-cookie").is_empty());
        }
        differ |= text(&one) != text(&two);
    }
    assert!(differ, "each rule chooses by itself");
}

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
    let start = std::time::Instant::now();
    wait_until("more than the timeout", || {
        let response = gateway.send(&get("/").header("cookie", token.clone()));
        assert_eq!(text(&response), text(&first));
        token = cookie(&response);
        start.elapsed().as_secs() >= 4
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
