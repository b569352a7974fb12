//! CORS before a backend that has an opinion of its own.

use kgwc_tests::servers::Server;

use crate::fixture::{get, serve, values};
use crate::resources::{route, service};
use kgwc::envoy::RawRequest;

const OPINION: [(&str, &str); 5] = [
    ("access-control-allow-origin", "https://backend.example"),
    ("access-control-allow-credentials", "false"),
    ("Access-Control-Expose-Headers", "x-of-backend"),
    ("access-control-allow-methods", "DELETE"),
    ("vary", "accept-encoding"),
];

#[test]
fn the_headers_of_the_gateway_stand_in_place_of_the_backends() {
    let server = Server::with_response_headers(&OPINION).echo();
    let cors = "{type: CORS, cors: {allowOrigins: [\"https://a.example\"], allowMethods: [GET], \
                allowCredentials: true}}";
    let rules = format!(
        "  - matches: [{{method: GET}}]\n    backendRefs: [{{name: app, port: 80}}]\n    filters: [{cors}]\n"
    );
    let mut gateway = serve(route("app", &rules) + &service("app", &[server.address()]));

    let allowed = gateway.send(&get("/").header("origin", "https://a.example"));
    assert_eq!(allowed.status, 200);
    assert_eq!(values(&allowed, "access-control-allow-origin"), ["https://a.example"]);
    assert_eq!(values(&allowed, "access-control-allow-credentials"), ["true"]);
    assert_eq!(values(&allowed, "vary").join(",").replace(' ', ""), "accept-encoding,origin");
    for name in ["access-control-expose-headers", "access-control-allow-methods"] {
        assert_eq!(values(&allowed, name), [""; 0], "{name}");
    }

    for request in [get("/").header("origin", "https://b.example"), get("/")] {
        let response = gateway.send(&request);
        assert_eq!(response.status, 200);
        for (name, _) in OPINION.iter().filter(|(name, _)| *name != "vary") {
            assert_eq!(values(&response, &name.to_lowercase()), [""; 0], "{name}");
        }
    }

    let before = server.count();
    let preflight = RawRequest { method: b"OPTIONS".to_vec(), ..get("/") }
        .header("origin", "https://a.example")
        .header("access-control-request-method", "GET");
    let answer = gateway.send(&preflight);
    assert_eq!(answer.status, 204);
    assert_eq!(values(&answer, "access-control-allow-methods"), ["GET"]);
    assert_eq!(values(&answer, "content-length"), [""; 0], "a 204 has no length");
    assert_eq!(server.count(), before, "a preflight request is never sent on");
}

/// Envoy's own answers, too: else a script could not read that the backend is down.
#[test]
fn a_backend_that_is_down_can_be_told_from_a_refused_origin() {
    let cors = "{type: CORS, cors: {allowOrigins: [\"*\"]}}";
    let rules = format!("  - backendRefs: [{{name: app, port: 80}}]\n    filters: [{cors}]\n");
    let down = service("app", &[kgwc_tests::servers::refused()]);
    let mut gateway = serve(route("app", &rules) + &down);
    let response = gateway.send(&get("/").header("origin", "https://a.example"));
    assert_eq!(response.status, 503);
    assert_eq!(values(&response, "access-control-allow-origin"), ["*"]);
}
