//! HTTPS listeners: the server name chooses the certificate and the routes.

use kgwc::envoy::{Client, ClientError, RawRequest};
use kgwc::lower::{Certificate, Lowered};
use route::config::Protocol;

use crate::fixture::{Stubbed, gateway, listener, route, route_on, serve};

/// HTTPS on port 443 with a listener for each of the hostnames.
fn secure(listeners: &[(&str, Option<&str>)]) -> Lowered {
    let mut lowered = gateway();
    lowered.config.listeners.clear();
    for (name, hostname) in listeners {
        let listener = listener(name, 443, Protocol::Https, *hostname);
        lowered.config.listeners.push(listener);
        let chain = match *name {
            "a" => include_str!("a.pem"),
            _ => include_str!("any.pem"),
        };
        let key = include_str!("key.pem").to_owned();
        let certificate = Certificate { chain: chain.to_owned(), key };
        lowered.certificates.insert((*name).to_owned(), vec![certificate]);
    }
    lowered
}

#[test]
fn the_server_name_chooses_the_listener() {
    let mut lowered = secure(&[("any", None), ("a", Some("a.example.com"))]);
    route_on(&mut lowered, "any", "/", "fallback", &[]);
    route_on(&mut lowered, "a", "/", "a", &[]);
    let envoy = serve(&lowered, true);
    let address = envoy.envoy.address(443).unwrap();
    let mut client = Client::new();
    let mut backend = |sni: &str, host: &str| {
        let request = RawRequest::get(host, "/");
        let response = client.send(address, Some(sni), &request).unwrap();
        match response.status {
            200 => Stubbed::read(&response.body).backend,
            status => status.to_string(),
        }
    };
    assert_eq!(backend("a.example.com", "a.example.com"), "default/a:8000");
    assert_eq!(backend("b.example.com", "b.example.com"), "default/fallback:8000");
    // No server name at all.
    assert_eq!(backend("127.0.0.1", "b.example.com"), "default/fallback:8000");
    assert_eq!(backend("b.example.com", "a.example.com"), "421");
}

#[test]
fn a_wildcard_listener_serves_every_depth_and_nothing_else() {
    let mut lowered = secure(&[("wild", Some("*.example.com"))]);
    route(&mut lowered, "/", "wild", &[]);
    let envoy = serve(&lowered, true);
    let address = envoy.envoy.address(443).unwrap();
    let mut client = Client::new();
    let mut send = |sni: &str| client.send(address, Some(sni), &RawRequest::get(sni, "/"));
    for name in ["a.example.com", "a.b.example.com"] {
        assert_eq!(send(name).unwrap().status, 200, "{name}");
    }
    for name in ["example.com", "a.example.org", "127.0.0.1"] {
        let refused = send(name).unwrap_err();
        assert!(matches!(refused, ClientError::Tls { .. }), "{name}: {refused}");
    }
}

#[test]
fn the_scheme_that_backends_see_is_https() {
    let mut lowered = secure(&[("any", None)]);
    route(&mut lowered, "/", "v1", &[]);
    let envoy = serve(&lowered, true);
    let address = envoy.envoy.address(443).unwrap();
    let request = RawRequest::get("a.example.com", "/");
    let response = Client::new().send(address, Some("a.example.com"), &request).unwrap();
    assert_eq!(Stubbed::read(&response.body).headers["x-forwarded-proto"], ["https"]);
}
