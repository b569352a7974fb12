//! Requests that a gateway must not fall for, through a real Envoy with the real module.

use kgwc::envoy::{Client, Directory, Envoy, RawRequest, RawResponse, Settings};
use kgwc::render::envoy::{Options, bootstrap};
use kgwc_tests::{assert_no_trap, has_envoy, load};
use serde_json::Value;
use std::net::SocketAddr;

const ROUTES: &str = r#"
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: app}
spec:
  parentRefs: [{name: edge}]
  hostnames: [a.example]
  rules:
  - backendRefs: [{name: open, port: 80}]
  - matches: [{path: {value: /admin}}]
    backendRefs: [{name: admin, port: 80}]
  - matches: [{path: {value: /name}, headers: [{name: user, value: "J\u00fcrgen"}]}]
    backendRefs: [{name: utf8, port: 80}]
  - matches: [{path: {value: /name}, headers: [{name: user, type: RegularExpression, value: "J.rgen"}]}]
    backendRefs: [{name: byte, port: 80}]
"#;

/// An Envoy that serves [`ROUTES`] on Gateway port 80, a stub in place of every backend.
struct Gateway {
    envoy: Envoy,
    address: SocketAddr,
    client: Client,
}

/// The request as the stub behind the gateway saw it.
#[derive(Debug)]
struct Seen {
    backend: String,
    path: String,
    headers: Vec<(String, String)>,
}

/// `None` where there can be no Envoy.
fn gateway() -> Option<Gateway> {
    if !has_envoy() {
        return None;
    }
    let directory = Directory::new().unwrap();
    let (routes, module) =
        (directory.path().join("routes.yaml"), directory.path().join("kgwc.wasm"));
    std::fs::write(&routes, ROUTES).unwrap();
    std::fs::write(&module, filter_module::MODULE).unwrap();
    let loaded = load(&routes);
    let (_, lowered) = &loaded.compiled.gateways[0];
    let options = Options::on_free_ports(lowered, module.display().to_string());
    let document = bootstrap(lowered, &Options { stub_backends: true, ..options });
    let program = kgwc::envoy::find().unwrap();
    let envoy = Envoy::start(&program, directory, &document, &Settings::default()).unwrap();
    let address = envoy.address(80).unwrap();
    Some(Gateway { envoy, address, client: Client::new() })
}

impl Gateway {
    fn send(&mut self, request: &RawRequest) -> RawResponse {
        self.client.send(self.address, None, request).unwrap()
    }

    fn seen(&mut self, request: &RawRequest) -> Seen {
        let response = self.send(request);
        assert_eq!(response.status, 200, "{request:?}");
        Seen::read(&response.body)
    }

    /// Sends a request over HTTP/2.
    fn seen_h2(&self, path: &str, headers: &[(&str, &[u8])]) -> Seen {
        let (status, body) = self.send_h2(path, headers);
        assert_eq!(status, 200, "{path} {headers:?}");
        Seen::read(&body)
    }

    fn send_h2(&self, path: &str, headers: &[(&str, &[u8])]) -> (u16, Vec<u8>) {
        let mut request = http::Request::get(format!("http://a.example{path}"));
        for (name, value) in headers {
            let value = http::HeaderValue::from_bytes(value).unwrap();
            request = request.header(*name, value);
        }
        let request = request.body(()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let stream = tokio::net::TcpStream::connect(self.address).await.unwrap();
            let (mut client, connection) = h2::client::handshake(stream).await.unwrap();
            let connection = tokio::spawn(connection);
            let (response, _) = client.send_request(request, true).unwrap();
            let response = response.await.unwrap();
            let status = response.status().as_u16();
            let (mut body, mut bytes) = (response.into_body(), Vec::new());
            while let Some(data) = body.data().await {
                let data = data.unwrap();
                body.flow_control().release_capacity(data.len()).unwrap();
                bytes.extend_from_slice(&data);
            }
            connection.abort();
            (status, bytes)
        })
    }
}

impl Seen {
    fn read(body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap();
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        let headers = serde_json::from_value(body["headers"].clone()).unwrap();
        Self { backend: text("backend"), path: text("path"), headers }
    }

    /// The values of a header as bytes; the stub shows each byte as the character of that number.
    fn values(&self, name: &str) -> Vec<Vec<u8>> {
        let bytes =
            |text: &str| text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        self.headers.iter().filter(|(n, _)| n == name).map(|(_, value)| bytes(value)).collect()
    }

    fn assert_nothing_internal(&self) {
        let internal: Vec<_> = (self.headers.iter())
            .filter(|(name, _)| name.starts_with("x-kgwc-") || name.starts_with("x-envoy-"))
            .collect();
        assert!(internal.is_empty(), "{internal:?}");
    }
}

fn get(path: &str) -> RawRequest {
    RawRequest::get("a.example", path)
}

#[test]
fn header_bytes_above_ascii_are_served_and_arrive() {
    let Some(mut gateway) = gateway() else { return };
    let all: Vec<u8> = (0x80..=0xff).collect();
    for value in all.iter().map(|byte| vec![*byte]).chain([all.clone()]) {
        let seen = gateway.seen(&get("/").header("x-bytes", value.clone()));
        assert_eq!(seen.values("x-bytes"), std::slice::from_ref(&value), "HTTP/1");
        let seen = gateway.seen_h2("/", &[("x-bytes", &value)]);
        assert_eq!(seen.values("x-bytes"), [value], "HTTP/2");
    }
    assert_no_trap(&gateway.envoy);
}

#[test]
fn header_values_are_matched_byte_by_byte() {
    let Some(mut gateway) = gateway() else { return };
    let (utf8, latin1) = ("J\u{fc}rgen".as_bytes(), &b"J\xfcrgen"[..]);
    for (value, backend) in [
        (utf8, "default/utf8:80"),
        (latin1, "default/byte:80"),
        (b"J\xfc\xfcrgen", "default/open:80"),
    ] {
        assert_eq!(gateway.seen(&get("/name").header("user", value)).backend, backend, "HTTP/1");
        assert_eq!(gateway.seen_h2("/name", &[("user", value)]).backend, backend, "HTTP/2");
    }
    assert_no_trap(&gateway.envoy);
}

/// In HTTP/1 names come in any case, and twice; in HTTP/2 in lower case only.
#[test]
fn what_only_the_module_may_say_has_no_effect_and_is_not_passed_on() {
    let Some(mut gateway) = gateway() else { return };
    let admin = "default/admin:80";
    let said = [
        ("X-Kgwc-Cluster", admin),
        ("x-kgwc-cluster", admin),
        ("X-KGWC-CLUSTER", "stub-backends"),
        ("X-Kgwc-Variant", "1"),
        ("x-kgwc-variant", "mirror"),
        ("X-Kgwc-Anything", "x"),
        ("X-Envoy-Original-Dst-Host", "127.0.0.1:1"),
        ("x-envoy-original-dst-host", "127.0.0.1:2"),
        ("X-Envoy-Original-Path", "/admin"),
    ];
    let request = said.iter().fold(get("/"), |r, (name, value)| r.header(*name, *value));
    let seen = gateway.seen(&request);
    assert_eq!(seen.backend, "default/open:80");
    seen.assert_nothing_internal();

    let lower: Vec<_> =
        said.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.as_bytes())).collect();
    let headers: Vec<_> = lower.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let seen = gateway.seen_h2("/", &headers);
    assert_eq!(seen.backend, "default/open:80");
    seen.assert_nothing_internal();
    assert_no_trap(&gateway.envoy);
}

#[test]
fn a_client_cannot_name_a_cluster_where_no_route_does() {
    let Some(mut gateway) = gateway() else { return };
    let nobody =
        RawRequest::get("nobody.example", "/").header("x-kgwc-cluster", "default/admin:80");
    assert_eq!(gateway.send(&nobody).status, 404);
}

#[test]
fn a_path_is_matched_as_the_backend_reads_it() {
    let Some(mut gateway) = gateway() else { return };
    for path in [
        "/a/../admin",
        "//admin",
        "/./admin",
        "/a/./../admin",
        "/%2e%2e/admin",
        "/a/%2E%2e/admin",
        "/%61dmin",
    ] {
        let seen = gateway.seen(&get(path));
        let expected = ("default/admin:80", "/admin");
        assert_eq!((seen.backend.as_str(), seen.path.as_str()), expected, "HTTP/1 {path}");
        let seen = gateway.seen_h2(path, &[]);
        assert_eq!((seen.backend.as_str(), seen.path.as_str()), expected, "HTTP/2 {path}");
    }
    for path in ["/a%2f..%2fadmin", "/a%2Fadmin", "/a%5c..%5cadmin", "/..%2fadmin"] {
        assert_eq!(gateway.send(&get(path)).status, 400, "HTTP/1 {path}");
        assert_eq!(gateway.send_h2(path, &[]).0, 400, "HTTP/2 {path}");
    }
    assert_eq!(gateway.seen(&get("/%2e%2e/")).path, "/");
    assert_eq!(gateway.seen(&get("/?x=/../admin")).backend, "default/open:80");
    assert_no_trap(&gateway.envoy);
}
