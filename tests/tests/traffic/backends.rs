//! Backends outside the cluster, and what is spoken to backends.

use kgwc_tests::servers::{Server, WebSocket, refused};

use crate::fixture::{get, post, serve, text};
use crate::resources::{backend, route, service_speaking};
use kgwc::envoy::RawRequest;

fn to(name: &str) -> String {
    route(
        "app",
        &format!(
            "  - backendRefs: [{{group: gateway.kgateway.dev, kind: Backend, name: {name}}}]\n"
        ),
    )
}

#[test]
fn the_hosts_of_a_static_backend_share_the_requests() {
    let (one, two) = (Server::named("one"), Server::named("two"));
    let hosts = [&one, &two].map(|s| format!("{{host: 127.0.0.1, port: {}}}", s.address().port()));
    let spec = format!("{{static: {{hosts: [{}]}}}}", hosts.join(", "));
    let mut gateway = serve(to("site") + &backend("site", &spec));
    let answers: Vec<_> = (0..10).map(|_| text(&gateway.get("/"))).collect();
    assert_eq!(answers.iter().filter(|a| *a == "one").count(), 5, "{answers:?}");
    assert_eq!(answers.iter().filter(|a| *a == "two").count(), 5, "{answers:?}");
}

#[test]
fn a_host_of_a_static_backend_may_be_a_name_and_speak_http_2() {
    let server = Server::echo();
    let port = server.address().port();
    let spec = format!(
        "{{static: {{hosts: [{{host: localhost, port: {port}}}], appProtocol: kubernetes.io/h2c}}}}"
    );
    let mut gateway = serve(to("site") + &backend("site", &spec));
    assert_eq!(gateway.get("/").status, 200);
    assert_eq!(format!("{:?}", server.requests()[0].version), "HTTP/2.0");
}

#[test]
fn the_host_of_the_request_is_the_backend_of_a_forward_proxy() {
    let server = Server::echo();
    let port = server.address().port();
    let mut gateway = serve(to("proxy") + &backend("proxy", "{dynamicForwardProxy: {}}"));
    for host in ["127.0.0.1", "localhost"] {
        let request = RawRequest::get(format!("{host}:{port}"), "/there");
        assert_eq!(gateway.send(&request).status, 200, "{host}");
    }
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[1].authority, format!("localhost:{port}"));
    let nowhere = gateway.send(&RawRequest::get("does-not-exist.invalid", "/"));
    assert_eq!(nowhere.status, 503);
}

/// TLS is checked: a server that does not speak it gets nothing.
#[test]
fn a_forward_proxy_with_tls_does_not_speak_in_the_clear() {
    let server = Server::echo();
    let host = format!("localhost:{}", server.address().port());
    let mut gateway =
        serve(to("proxy") + &backend("proxy", "{dynamicForwardProxy: {enableTls: true}}"));
    assert_eq!(gateway.send(&RawRequest::get(host, "/secret")).status, 503);
    assert_eq!(server.count(), 0);
}

#[test]
fn a_websocket_passes() {
    let server = Server::websocket();
    let rules = "  - backendRefs: [{name: app, port: 80}]\n";
    let service = service_speaking("app", "kubernetes.io/ws", &[server.address()]);
    let gateway = serve(route("app", rules) + &service);
    let mut socket = WebSocket::connect(gateway.address, "a.example", "/chat").unwrap();
    assert_eq!(socket.echo("hello").unwrap(), "hello");
}

#[test]
fn http_2_is_spoken_to_a_service_that_says_so() {
    let server = Server::echo();
    let rules = "  - backendRefs: [{name: app, port: 80}]\n";
    let service = service_speaking("app", "kubernetes.io/h2c", &[server.address()]);
    let mut gateway = serve(route("app", rules) + &service);
    assert_eq!(gateway.send(&post("/", b"body".to_vec())).status, 200);
    let received = &server.requests()[0];
    assert_eq!(format!("{:?}", received.version), "HTTP/2.0");
    assert_eq!(received.body, b"body");
}

#[test]
fn a_backend_that_is_down_is_503() {
    let rules = "  - backendRefs: [{name: app, port: 80}]\n";
    let service = crate::resources::service("app", &[refused()]);
    assert_eq!(serve(route("app", rules) + &service).send(&get("/")).status, 503);
}
