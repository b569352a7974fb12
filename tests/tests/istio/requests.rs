//! Requests through an Envoy that is configured as Istio would do it.

use super::bootstrap::Running;
use super::emulated::{Cluster, start};
use super::{emit, manifests};
use kgwc::envoy::{Client, RawRequest, RawResponse};
use kgwc_tests::has_envoy;
use kgwc_tests::servers::{Received, Server};
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(10);

const ROUTES: &str = "
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - matches: [{path: {value: /}, headers: [{name: user, value: me}]}]
    filters:
    - type: URLRewrite
      urlRewrite: {hostname: rewritten.example}
    - type: RequestMirror
      requestMirror: {backendRef: {name: copy, port: 80}}
    backendRefs: [{name: mine, port: 80}]
  - matches: [{path: {value: /cart}}]
    sessionPersistence: {sessionName: cart}
    backendRefs: [{name: pair, port: 80}]
  - matches: [{path: {value: /slow}}]
    timeouts: {request: 100ms}
    backendRefs: [{name: slow, port: 80}]
  - matches: [{path: {value: /flaky}}]
    retry: {attempts: 2, codes: [503], backoff: 1ms}
    backendRefs: [{name: flaky, port: 80}]
  - matches: [{path: {value: /admin}}]
    backendRefs: [{name: admin, port: 80}]
  - matches: [{path: {value: /public}}]
    backendRefs: [{name: public, port: 80}]
";

/// The name of Istio's cluster for a Service.
fn outbound(service: &str) -> String {
    format!("outbound|80||{service}.default.svc.cluster.local")
}

struct Gateway {
    envoy: Running,
    client: Client,
    ports: Vec<u16>,
}

impl Gateway {
    fn start(
        routes: &str,
        ports: &[u16],
        options: &[&str],
        services: &[(&str, &[&Server])],
    ) -> Self {
        let manifests = manifests(&emit(routes, options).fine());
        let names: Vec<_> = services.iter().map(|(service, _)| outbound(service)).collect();
        let clusters: Vec<Cluster<'_>> = (names.iter().zip(services))
            .map(|(name, (_, servers))| {
                (name.as_str(), servers.iter().map(|server| server.address()).collect())
            })
            .collect();
        let envoy = start(&manifests, &clusters, ports);
        Self { envoy, client: Client::new(), ports: ports.to_vec() }
    }

    fn send(&mut self, path: &str, headers: &[(&str, &str)]) -> RawResponse {
        let address = self.envoy.listener(&self.ports[0].to_string());
        self.send_to(address, path, headers)
    }

    fn send_to(
        &mut self,
        address: SocketAddr,
        path: &str,
        headers: &[(&str, &str)],
    ) -> RawResponse {
        let mut request = RawRequest::get("a.example", path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.client.send(address, None, &request).unwrap()
    }
}

fn body(response: &RawResponse) -> String {
    String::from_utf8_lossy(&response.body).into_owned()
}

/// The one value of a header.
fn text(response: &RawResponse, name: &str) -> String {
    let values: Vec<_> = response.header(name).collect();
    let [value] = values[..] else { panic!("{name}: {values:?}") };
    String::from_utf8(value.to_vec()).unwrap()
}

fn kgwc_headers(request: &Received) -> Vec<&str> {
    let names = request.headers.iter().map(|(name, _)| name.as_str());
    names.filter(|name| name.starts_with("x-kgwc-")).collect()
}

#[test]
fn requests_are_routed_rewritten_and_mirrored() {
    if !has_envoy() {
        return;
    }
    let (mine, copy) = (Server::echo(), Server::named("copy"));
    let mut gateway = Gateway::start(ROUTES, &[0], &[], &[("mine", &[&mine]), ("copy", &[&copy])]);
    let response = gateway.send("/x", &[("user", "me")]);
    assert_eq!(response.status, 200, "{}", gateway.envoy.log());
    for server in [&mine, &copy] {
        let [request] = &server.wait_for(1, PATIENCE)[..] else { panic!("one request") };
        assert_eq!((&*request.authority, &*request.path), ("rewritten.example", "/x"));
        assert_eq!(kgwc_headers(request), [""; 0]);
    }
    // Istio's own route for the host is gone, and so is its virtual host for any other.
    assert_eq!(gateway.send("/x", &[]).status, 404);
}

#[test]
fn a_session_stays_with_its_endpoint() {
    if !has_envoy() {
        return;
    }
    let (one, two) = (Server::named("one"), Server::named("two"));
    let mut gateway = Gateway::start(ROUTES, &[0], &[], &[("pair", &[&one, &two])]);
    let cookie = |response: &RawResponse| {
        let cookie = text(response, "set-cookie");
        cookie.split(';').next().unwrap().to_owned()
    };
    let mut sessions: Vec<(String, String)> = Vec::new();
    // Without a cookie the endpoints take turns.
    for _ in 0..4 {
        let response = gateway.send("/cart", &[]);
        assert_eq!(response.status, 200);
        assert!(!response.headers.iter().any(|(name, _)| name.starts_with(b"x-kgwc-")));
        sessions.push((cookie(&response), body(&response)));
    }
    assert!(sessions.iter().any(|(_, endpoint)| *endpoint != sessions[0].1), "{sessions:?}");
    for (cookie, endpoint) in sessions.iter().chain(&sessions).chain(&sessions) {
        assert_eq!(body(&gateway.send("/cart", &[("cookie", cookie)])), *endpoint);
    }
}

#[test]
fn timeouts_and_retries_are_those_of_the_route() {
    if !has_envoy() {
        return;
    }
    let slow = Server::slow(Duration::from_secs(60));
    let flaky = Server::failing(503, 2);
    let services: [(&str, &[&Server]); 2] = [("slow", &[&slow]), ("flaky", &[&flaky])];
    let mut gateway = Gateway::start(ROUTES, &[0], &[], &services);
    assert_eq!(gateway.send("/slow", &[]).status, 504);
    assert_eq!(gateway.send("/flaky", &[]).status, 200);
    assert_eq!(flaky.count(), 3);
}

#[test]
fn what_clients_say_to_envoy_or_the_module_has_no_effect() {
    if !has_envoy() {
        return;
    }
    let (public, admin) = (Server::echo(), Server::named("admin"));
    let services: [(&str, &[&Server]); 2] = [("public", &[&public]), ("admin", &[&admin])];
    let mut gateway = Gateway::start(ROUTES, &[0], &[], &services);
    let admins = outbound("admin");
    let address = admin.address().to_string();
    let hostile = [
        ("x-kgwc-cluster", admins.as_str()),
        ("x-kgwc-variant", "v-000000000000"),
        ("x-kgwc-session", address.as_str()),
        ("x-envoy-original-dst-host", address.as_str()),
        ("x-envoy-original-path", "/admin"),
        ("x-envoy-upstream-rq-timeout-ms", "1"),
        ("x-envoy-retry-on", "5xx"),
    ];
    assert_eq!(gateway.send("/public", &hostile).status, 200);
    let [request] = &public.wait_for(1, PATIENCE)[..] else { panic!("one request") };
    for (name, _) in hostile {
        assert_eq!(request.header(name), None, "{name}");
    }
    assert_eq!(gateway.send("/none", &hostile).status, 404);
    assert_eq!(admin.count(), 0);
}

#[test]
fn a_path_has_one_spelling() {
    if !has_envoy() {
        return;
    }
    let (public, admin) = (Server::named("public"), Server::named("admin"));
    let services: [(&str, &[&Server]); 2] = [("public", &[&public]), ("admin", &[&admin])];
    let mut gateway = Gateway::start(ROUTES, &[0], &[], &services);
    for path in ["/public/../admin", "//admin", "/./admin"] {
        assert_eq!(body(&gateway.send(path, &[])), "admin", "{path}");
    }
    assert_eq!(gateway.send("/public%2fadmin", &[]).status, 400);
}

/// The pods of a Gateway that was deployed by hand listen on other ports than its Service.
#[test]
fn ports_of_the_gateway_are_told_apart_by_those_of_the_pod() {
    if !has_envoy() {
        return;
    }
    let routes = "
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge}
spec:
  gatewayClassName: istio
  listeners:
  - {name: plain, port: 80, protocol: HTTP}
  - {name: other, port: 8000, protocol: HTTP}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: plain}
spec:
  parentRefs: [{name: edge, sectionName: plain}]
  rules: [{backendRefs: [{name: mine, port: 80}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: other}
spec:
  parentRefs: [{name: edge, sectionName: other}]
  rules:
  - filters: [{type: RequestRedirect, requestRedirect: {path: {type: ReplaceFullPath, replaceFullPath: /b}}}]
";
    let free = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let ports = free.each_ref().map(|listener| listener.local_addr().unwrap().port());
    drop(free);
    let options = [format!("--port=80={}", ports[0]), format!("--port=8000={}", ports[1])];
    let options = options.each_ref().map(String::as_str);
    let mine = Server::named("mine");
    let mut gateway = Gateway::start(routes, &ports, &options, &[("mine", &[&mine])]);
    let [plain, other] = ports.map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
    assert_eq!(body(&gateway.send_to(plain, "/", &[])), "mine");
    let response = gateway.send_to(other, "/a", &[]);
    assert_eq!(response.status, 302);
    assert_eq!(text(&response, "location"), "http://a.example:8000/b");
}
