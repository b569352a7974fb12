//! One request through Envoy and the module to a backend.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use kgwc::envoy::RawRequest;

use crate::fixture::{Stubbed, gateway, route, serve};

fn get(path: &str) -> RawRequest {
    RawRequest::get("a.example.com", path)
}

/// Bytes as the stub shows them.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

#[test]
fn a_stub_answers_with_the_name_of_its_backend_and_the_request() {
    let mut lowered = gateway();
    route(&mut lowered, "/", "v1", &[]);
    route(&mut lowered, "/two", "v2", &[]);
    let mut envoy = serve(&lowered, true);
    let request = get("/two?x=1").header("X-A", "1").header("x-a", "2");
    let expected = Stubbed {
        backend: "default/v2:8000".to_owned(),
        method: "GET".to_owned(),
        authority: "a.example.com".to_owned(),
        path: "/two?x=1".to_owned(),
        headers: BTreeMap::from([
            ("x-a".to_owned(), vec!["1".to_owned(), "2".to_owned()]),
            ("x-forwarded-proto".to_owned(), vec!["http".to_owned()]),
        ]),
    };
    assert_eq!(envoy.stub(&request), expected);
    assert_eq!(envoy.stub(&get("/one")).backend, "default/v1:8000");
}

#[test]
fn the_path_is_normalised_before_it_is_matched() {
    let mut lowered = gateway();
    route(&mut lowered, "/", "open", &[]);
    route(&mut lowered, "/admin", "admin", &[]);
    let mut envoy = serve(&lowered, true);
    for path in ["/a/../admin", "//admin", "/./admin", "/%61dmin"] {
        let seen = envoy.stub(&get(path));
        assert_eq!((seen.backend.as_str(), seen.path.as_str()), ("default/admin:8000", "/admin"));
    }
    assert_eq!(envoy.send(&get("/a%2Fadmin")).status, 400);
}

#[test]
fn what_only_the_module_may_say_is_not_believed_and_not_passed_on() {
    let mut lowered = gateway();
    route(&mut lowered, "/", "v1", &[]);
    route(&mut lowered, "/two", "v2", &[]);
    let mut envoy = serve(&lowered, true);
    let internal = [
        ("x-kgwc-cluster", "default/v2:8000"),
        ("x-kgwc-variant", "1"),
        ("x-kgwc-stub-backend", "default/v2:8000"),
        ("x-envoy-original-dst-host", "127.0.0.1:1"),
        ("x-envoy-original-path", "/two"),
        ("x-envoy-upstream-rq-timeout-ms", "1"),
        ("x-envoy-retry-on", "5xx"),
        ("x-forwarded-proto", "https"),
        ("x-envoy-external-address", "192.0.2.1"),
    ];
    let request = internal.iter().fold(get("/"), |r, (name, value)| r.header(*name, *value));
    let seen = envoy.stub(&request);
    assert_eq!(seen.backend, "default/v1:8000");
    let only = BTreeMap::from([("x-forwarded-proto".to_owned(), vec!["http".to_owned()])]);
    assert_eq!(seen.headers, only);
}

#[test]
fn header_bytes_that_are_not_ascii_arrive_over_http_1() {
    let mut lowered = gateway();
    route(&mut lowered, "/", "v1", &[]);
    let mut envoy = serve(&lowered, true);
    let bytes: Vec<u8> = (0x80..=0xff).collect();
    let seen = envoy.stub(&get("/").header("x-bytes", bytes.clone()));
    assert_eq!(seen.headers["x-bytes"], [latin1(&bytes)]);
    let seen = envoy.stub(&get("/").header("x-quoted", r#"a"b\c"#));
    assert_eq!(seen.headers["x-quoted"], [r#"a"b\c"#]);
}

#[tokio::test(flavor = "multi_thread")]
async fn header_bytes_that_are_not_ascii_arrive_over_http_2() {
    let mut lowered = gateway();
    route(&mut lowered, "/", "v1", &[]);
    let envoy = serve(&lowered, true);
    let bytes: Vec<u8> = (0x80..=0xff).collect();
    let request = http::Request::get("http://a.example.com/two?x=1")
        .header("x-bytes", http::HeaderValue::from_bytes(&bytes).unwrap())
        .body(())
        .unwrap();

    let stream = tokio::net::TcpStream::connect(envoy.envoy.address(80).unwrap()).await.unwrap();
    let (mut client, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let (response, _) = client.send_request(request, true).unwrap();
    let mut body = response.await.unwrap().into_body();
    let mut all = Vec::new();
    while let Some(data) = body.data().await {
        all.extend_from_slice(&data.unwrap());
    }
    let seen = Stubbed::read(&all);
    assert_eq!(seen.headers["x-bytes"], [latin1(&bytes)]);
    assert_eq!(seen.path, "/two?x=1");
}

#[test]
fn a_request_that_no_route_wants_is_404_and_a_backend_without_endpoints_503() {
    let mut lowered = gateway();
    route(&mut lowered, "/v1", "v1", &[]);
    let mut envoy = serve(&lowered, false);
    assert_eq!(envoy.send(&get("/")).status, 404);
    assert_eq!(envoy.send(&get("/v1")).status, 503);
}

/// Accepts one connection, reads one request head, answers, and echoes what follows.
fn backend(answer: &'static [u8]) -> (SocketAddr, thread::JoinHandle<String>) {
    backend_after(Duration::ZERO, answer)
}

/// The same, taking its time.
fn backend_after(
    delay: Duration,
    answer: &'static [u8],
) -> (SocketAddr, thread::JoinHandle<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let serve = move || {
        let mut reader = BufReader::new(listener.accept().unwrap().0);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            reader.read_line(&mut head).unwrap();
        }
        thread::sleep(delay);
        reader.get_mut().write_all(answer).unwrap();
        let mut writer = reader.get_ref().try_clone().unwrap();
        std::io::copy(&mut reader, &mut writer).ok();
        head
    };
    (address, thread::spawn(serve))
}

#[test]
fn a_real_backend_gets_the_request_without_what_was_meant_for_envoy() {
    let answer = b"HTTP/1.1 200 OK\r\nserver: mine\r\ncontent-length: 2\r\n\r\nok";
    let (address, backend) = backend(answer);
    let mut lowered = gateway();
    route(&mut lowered, "/", "v1", &[("127.0.0.1", address.port())]);
    let mut envoy = serve(&lowered, false);
    let response = envoy.send(&get("/get").header("x-kgwc-cluster", "x"));
    assert_eq!((response.status, response.body.as_slice()), (200, b"ok".as_slice()));
    assert_eq!(response.header("server").collect::<Vec<_>>(), [b"mine"]);
    assert!(response.headers.iter().all(|(name, _)| !name.starts_with(b"x-envoy")));

    drop(envoy);
    let head = backend.join().unwrap();
    assert!(head.starts_with("GET /get HTTP/1.1\r\nhost: a.example.com\r\n"), "{head}");
    assert!(!head.contains("x-kgwc") && !head.contains("x-envoy"), "{head}");
    assert!(head.contains("\r\nx-forwarded-for: "), "{head}");
}

/// An empty `internal_address_config` makes Envoy believe clients with a private address, this
/// machine's among them.
#[test]
fn a_client_on_the_same_network_cannot_set_a_timeout() {
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    let (address, _backend) = backend_after(Duration::from_millis(100), answer);
    let mut lowered = gateway();
    route(&mut lowered, "/", "v1", &[("127.0.0.1", address.port())]);
    let mut envoy = serve(&lowered, false);
    let request = get("/").header("x-envoy-upstream-rq-timeout-ms", "1");
    assert_eq!(envoy.send(&request).status, 200);
}

#[test]
fn a_name_as_endpoint_is_resolved() {
    let (address, _backend) = backend(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let mut lowered = gateway();
    route(&mut lowered, "/", "v1", &[("localhost", address.port())]);
    let mut envoy = serve(&lowered, false);
    assert_eq!(envoy.send(&get("/")).status, 200);
}

#[test]
fn websockets_pass_through() {
    let answer = b"HTTP/1.1 101 Switching Protocols\r\n\
                   connection: upgrade\r\nupgrade: websocket\r\n\r\n";
    let (address, _backend) = backend(answer);
    let mut lowered = gateway();
    route(&mut lowered, "/", "v1", &[("127.0.0.1", address.port())]);
    let envoy = serve(&lowered, false);
    let mut stream = TcpStream::connect(envoy.envoy.address(80).unwrap()).unwrap();
    let upgrade = "GET /chat HTTP/1.1\r\nhost: a.example.com\r\nconnection: Upgrade\r\n\
                   upgrade: websocket\r\n\r\n";
    stream.write_all(upgrade.as_bytes()).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    assert_eq!(line.trim_end(), "HTTP/1.1 101 Switching Protocols");
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line).unwrap();
    }
    stream.write_all(b"ping").unwrap();
    let mut echo = [0; 4];
    reader.read_exact(&mut echo).unwrap();
    assert_eq!(&echo, b"ping");
}
