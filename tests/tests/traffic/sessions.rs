//! GEP-1619: a client stays with the backend, and with the endpoint of it, that it got first.

use kgwc::envoy::RawResponse;
use kgwc_tests::servers::Server;

use crate::fixture::{Gateway, get, serve, text, values};
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
pub(crate) fn assert_stays(
    gateway: &mut Gateway,
    path: &str,
    header: &str,
    token: &str,
    server: &str,
) {
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
