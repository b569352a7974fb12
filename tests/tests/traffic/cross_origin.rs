//! CORS (GEP-1767) in front of a backend that has an opinion of its own.

use kgwc::envoy::{RawRequest, RawResponse};
use kgwc_tests::servers::Server;

use crate::fixture::{Gateway, get, serve, values};
use crate::resources::{route, service};

const ORIGIN: &str = "https://page.example";

fn start(cors: &str) -> (Gateway, Server) {
    let server = Server::with_response_headers(&[
        ("access-control-allow-origin", "https://backend.example"),
        ("access-control-allow-origin", "*"),
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-methods", "BACKEND"),
        ("access-control-allow-headers", "x-backend"),
        ("access-control-expose-headers", "x-backend"),
        ("access-control-max-age", "99"),
        ("vary", "accept-encoding"),
    ])
    .echo();
    let rule = format!(
        "  - backendRefs: [{{name: app, port: 80}}]\n    \
         filters: [{{type: CORS, cors: {{{cors}}}}}]\n"
    );
    let resources = route("app", &rule) + &service("app", &[server.address()]);
    (serve(resources), server)
}

const STRICT: &str = "allowOrigins: [\"https://page.example\", \"https://*.sub.example\"], \
     allowMethods: [GET, PUT], allowHeaders: [x-a], exposeHeaders: [x-b], maxAge: 7";

fn preflight(origin: &str) -> RawRequest {
    let request = get("/").header("Origin", origin).header("Access-Control-Request-Method", "PUT");
    RawRequest { method: b"OPTIONS".to_vec(), ..request }
}

/// What a response says about origins, sorted.
fn cors_headers(response: &RawResponse) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).to_ascii_lowercase();
    let headers = response.headers.iter().map(|(name, value)| (text(name), text(value)));
    let mut found: Vec<_> = headers
        .filter(|(name, _)| name.starts_with("access-control-") || name == "vary")
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    found.sort_unstable();
    found
}

#[test]
fn what_the_backend_says_is_replaced() {
    let (mut gateway, server) = start(STRICT);
    for origin in [ORIGIN, "https://a.b.sub.example"] {
        let response = gateway.send(&get("/").header("origin", origin));
        assert_eq!(response.status, 200);
        assert_eq!(
            cors_headers(&response),
            [
                &format!("access-control-allow-origin: {origin}"),
                "access-control-expose-headers: x-b",
                // Envoy joins the values of this one.
                "vary: accept-encoding,origin",
            ]
        );
    }
    assert_eq!(server.count(), 2);
}

#[test]
fn another_origin_gets_nothing_of_it() {
    let (mut gateway, server) = start(STRICT);
    for origin in ["https://evil.example", "http://page.example", "null", "https://sub.example", ""]
    {
        let response = gateway.send(&get("/").header("origin", origin));
        assert_eq!(response.status, 200);
        let headers = cors_headers(&response);
        assert!(headers.iter().all(|h| !h.starts_with("access-control-")), "{origin}: {headers:?}");
        assert!(headers.contains(&"vary: accept-encoding".to_owned()), "{headers:?}");
    }
    assert_eq!(server.count(), 5);
}

#[test]
fn a_preflight_request_never_reaches_the_backend() {
    let (mut gateway, server) = start(STRICT);
    let response = gateway.send(&preflight(ORIGIN));
    assert_eq!((response.status, response.body.len()), (204, 0));
    assert_eq!(
        cors_headers(&response),
        [
            "access-control-allow-headers: x-a",
            "access-control-allow-methods: get, put",
            "access-control-allow-origin: https://page.example",
            "access-control-expose-headers: x-b",
            "access-control-max-age: 7",
            "vary: origin",
        ]
    );
    let response = gateway.send(&preflight("https://evil.example"));
    assert_eq!((response.status, cors_headers(&response)), (204, Vec::new()));
    assert_eq!(server.count(), 0);
    // Without the method that is asked for it is an ordinary request.
    let options = RawRequest { method: b"OPTIONS".to_vec(), ..get("/").header("origin", ORIGIN) };
    assert_eq!(gateway.send(&options).status, 200);
    assert_eq!(server.count(), 1);
}

#[test]
fn any_origin_without_and_with_credentials() {
    let (mut gateway, _server) = start("allowOrigins: [\"*\"]");
    let response = gateway.send(&get("/").header("origin", ORIGIN));
    assert_eq!(values(&response, "access-control-allow-origin"), ["*"]);
    assert!(values(&response, "access-control-allow-credentials").is_empty());
    assert_eq!(values(&response, "vary"), ["accept-encoding"]);

    let (mut gateway, _server) = start("allowOrigins: [\"*\"], allowCredentials: true");
    let response = gateway.send(&get("/").header("origin", ORIGIN));
    assert_eq!(values(&response, "access-control-allow-origin"), [ORIGIN]);
    assert_eq!(values(&response, "access-control-allow-credentials"), ["true"]);
    assert_eq!(values(&response, "vary"), ["accept-encoding,origin"]);
}
