//! Backends outside the cluster, and the protocols that backends speak.

use std::path::Path;

use http::{Request, Version};
use kgwc::envoy::RawRequest;
use kgwc_tests::servers::{Server, WebSocket};

use crate::fixture::{Setup, serve, text};
use crate::http2;
use crate::resources::{backend, https_gateway, route, service, service_speaking};
use crate::sessions::cookie;

fn to_backend(spec: &str) -> String {
    let reference = "{group: gateway.kgateway.dev, kind: Backend, name: app}";
    route("app", &format!("  - backendRefs: [{reference}]\n")) + &backend("app", spec)
}

fn to_service(protocol: &str, server: &Server) -> String {
    route("app", "  - backendRefs: [{name: app, port: 80}]\n")
        + &service_speaking("app", protocol, &[server.address()])
}

#[test]
fn a_dynamic_forward_proxy_sends_to_the_host_of_the_request() {
    let (a, b) = (Server::named("a"), Server::named("b"));
    let mut gateway = serve(to_backend("{dynamicForwardProxy: {}}"));
    for (server, name) in [(&a, "a"), (&b, "b"), (&a, "a")] {
        for host in ["127.0.0.1", "localhost"] {
            let authority = format!("{host}:{}", server.address().port());
            let response = gateway.send(&RawRequest::get(authority.as_str(), "/p"));
            assert_eq!((response.status, text(&response).as_str()), (200, name), "{authority}");
            assert_eq!(server.requests().last().unwrap().authority, authority);
        }
    }
}

#[test]
fn a_host_that_does_not_resolve_is_503() {
    let mut gateway = serve(to_backend("{dynamicForwardProxy: {}}"));
    for host in ["nobody.invalid", "nobody.invalid:8080", "localhost:1"] {
        assert_eq!(gateway.send(&RawRequest::get(host, "/")).status, 503, "{host}");
    }
}

/// The host that resolves is that of the rewritten request.
#[test]
fn a_rewritten_host_is_the_one_that_is_resolved() {
    let server = Server::named("app");
    let reference = "{group: gateway.kgateway.dev, kind: Backend, name: app}";
    let rule = format!(
        "  - backendRefs: [{reference}]\n    filters:\n    \
         - {{type: URLRewrite, urlRewrite: {{hostname: nobody.invalid}}}}\n"
    );
    let mut gateway = serve(route("app", &rule) + &backend("app", "{dynamicForwardProxy: {}}"));
    let authority = server.address().to_string();
    assert_eq!(gateway.send(&RawRequest::get(authority, "/")).status, 503);
    assert_eq!(server.count(), 0);
}

/// The endpoints of all hosts are in one cluster.
#[test]
fn a_session_does_not_lead_to_the_endpoint_of_another_host() {
    let (a, b) = (Server::named("a"), Server::named("b"));
    let reference = "{group: gateway.kgateway.dev, kind: Backend, name: app}";
    let rule =
        format!("  - backendRefs: [{reference}]\n    sessionPersistence: {{sessionName: s}}\n");
    let mut gateway = serve(route("app", &rule) + &backend("app", "{dynamicForwardProxy: {}}"));
    let authority = |server: &Server| server.address().to_string();
    let first = gateway.send(&RawRequest::get(authority(&a), "/"));
    assert_eq!(text(&first), "a");
    let cookie = cookie(&first);
    for (server, name) in [(&b, "b"), (&a, "a")] {
        let request = RawRequest::get(authority(server), "/").header("cookie", cookie.as_str());
        assert_eq!(text(&gateway.send(&request)), name);
    }
}

/// The backend is another gateway, whose certificate is for `localhost` and its own authority.
#[test]
fn a_dynamic_forward_proxy_with_tls_checks_the_name() {
    let server = Server::named("app");
    let key = include_str!("../envoy/key.pem");
    let secure = serve(
        https_gateway(&[("https", None)], include_str!("localhost.pem"), key)
            + &route("app", "  - backendRefs: [{name: app, port: 80}]\n")
            + &service("app", &[server.address()]),
    );
    let ca_file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traffic/localhost.pem");
    let proxy = to_backend("{dynamicForwardProxy: {enableTls: true}}");
    let mut gateway = Setup::new(proxy.clone()).ca_file(&ca_file).start();
    let port = secure.address.port();
    let response = gateway.send(&RawRequest::get(format!("localhost:{port}"), "/"));
    assert_eq!((response.status, text(&response).as_str()), (200, "app"));
    // Another name than that of the certificate.
    let response = gateway.send(&RawRequest::get(format!("127.0.0.1:{port}"), "/"));
    assert_eq!(response.status, 503);
    // Another authority.
    let other = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/envoy/a.pem");
    let mut gateway = Setup::new(proxy).ca_file(&other).start();
    let response = gateway.send(&RawRequest::get(format!("localhost:{port}"), "/"));
    assert_eq!(response.status, 503);
    assert_eq!(server.count(), 1);
}

#[test]
fn a_static_backend_has_several_hosts_by_name_and_address() {
    let servers = ["a", "b", "c"].map(Server::named);
    let [a, b, c] = servers.each_ref().map(|server| server.address().port());
    let spec = format!(
        "{{static: {{hosts: [{{host: 127.0.0.1, port: {a}}}, {{host: localhost, port: {b}}}, \
         {{host: localhost, port: {c}}}]}}}}"
    );
    let mut gateway = serve(to_backend(&spec));
    crate::fixture::wait_until("all of them", || {
        // Names are being resolved at first.
        let _ = gateway.get("/");
        servers.iter().all(|server| server.count() > 0)
    });
}

#[test]
fn http_1_is_the_default_and_h2c_where_it_is_asked_for() {
    let server = Server::echo();
    let port = server.address().port();
    let hosts = |more: &str| {
        to_backend(&format!("{{static: {{hosts: [{{host: 127.0.0.1, port: {port}}}]{more}}}}}"))
    };
    for (resources, version) in [
        (to_service("http", &server), Version::HTTP_11),
        (to_service("kubernetes.io/h2c", &server), Version::HTTP_2),
        (hosts(""), Version::HTTP_11),
        (hosts(", appProtocol: kubernetes.io/h2c"), Version::HTTP_2),
        (hosts(", appProtocol: grpc"), Version::HTTP_2),
    ] {
        assert_eq!(serve(resources.clone()).get("/p").status, 200);
        assert_eq!(server.requests().last().unwrap().version, version, "{resources}");
    }
}

#[test]
fn trailers_come_back_from_h2c() {
    let resources = service_speaking("app", "kubernetes.io/h2c", &[http2::grpc_server(0)]);
    let gateway = serve(route("app", "  - backendRefs: [{name: app, port: 80}]\n") + &resources);
    let request = Request::post("http://a.example/package.Service/Method")
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(())
        .unwrap();
    let answer = http2::ask(gateway.address, request, b"message");
    assert_eq!((answer.status, &answer.body[..]), (200, &b"message"[..]));
    assert_eq!(answer.headers["content-type"], "application/grpc");
    assert_eq!(answer.trailers["grpc-status"], "0");
}

#[test]
fn websockets_pass() {
    let server = Server::websocket();
    let port = server.address().port();
    let hosts = format!(
        "{{static: {{hosts: [{{host: 127.0.0.1, port: {port}}}], appProtocol: kubernetes.io/ws}}}}"
    );
    for resources in [to_service("kubernetes.io/ws", &server), to_backend(&hosts)] {
        let gateway = serve(resources);
        let connect = || WebSocket::connect(gateway.address, "a.example", "/chat?room=1").unwrap();
        let (mut first, mut second) = (connect(), connect());
        assert_eq!(first.echo("one").unwrap(), "one");
        assert_eq!(second.echo("two").unwrap(), "two");
        assert_eq!(first.echo("three").unwrap(), "three");
        assert_eq!(server.requests()[0].path, "/chat?room=1");
    }
}

/// "If a Service has no ready endpoints": its share answers 503, that of the others is served.
#[test]
fn a_service_without_ready_endpoints_is_503_for_its_share() {
    let server = Server::named("app");
    let rule = "  - backendRefs: [{name: app, port: 80}, {name: empty, port: 80}]\n";
    let address = server.address();
    let not_ready = service("empty", &[address]).replace(
        "addresses: [\"127.0.0.1\"]",
        "addresses: [\"127.0.0.1\"], conditions: {ready: false}",
    );
    assert!(not_ready.contains("ready: false"));
    let mut gateway = serve(route("app", rule) + &service("app", &[address]) + &not_ready);
    let mut statuses: Vec<_> = (0..60).map(|_| gateway.get("/").status).collect();
    let good = statuses.iter().filter(|status| **status == 200).count();
    statuses.sort_unstable();
    statuses.dedup();
    assert_eq!(statuses, [200, 503]);
    assert_eq!(server.count(), good);
}
