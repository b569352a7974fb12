//! Sessions outlive changes of the configuration: "a session wins over weights".

use std::collections::BTreeMap;
use std::net::SocketAddr;

use kgwc::envoy::{Client, RawResponse};
use kgwc_tests::servers::Server;

use crate::fixture::{Gateway, get, serve, text, values};
use crate::resources::{route, service};
use crate::serving::Serving;
use crate::sessions::{Backends, cookie};

/// How a change gets to Envoy.
trait Changes {
    fn change(&mut self, resources: &str) -> SocketAddr;
}

/// An Envoy is stopped and a new one started.
#[derive(Default)]
struct Restarts(Option<Gateway>);

/// `kgwc serve` follows its files.
#[derive(Default)]
struct Reloads(Option<Serving>);

impl Changes for Restarts {
    fn change(&mut self, resources: &str) -> SocketAddr {
        self.0 = None;
        self.0.insert(serve(resources)).address
    }
}

impl Changes for Reloads {
    fn change(&mut self, resources: &str) -> SocketAddr {
        if let Some(serving) = &self.0 {
            serving.change(resources);
        }
        self.0.get_or_insert_with(|| Serving::start(resources)).address
    }
}

/// A rule with these backendRefs.
fn rule(backend_refs: &str) -> String {
    let rule =
        format!("  - backendRefs: [{backend_refs}]\n    sessionPersistence: {{sessionName: s}}\n");
    route("app", &rule)
}

fn send(client: &mut Client, address: SocketAddr, cookie: &str) -> RawResponse {
    let response = client.send(address, None, &get("/").header("cookie", cookie)).unwrap();
    assert_eq!(response.status, 200);
    response
}

fn sessions_stay(mut changes: impl Changes) {
    let backends = Backends::start();
    let services = backends.services();
    let mut client = Client::new();
    let even = rule("{name: a, port: 80, weight: 50}, {name: b, port: 80, weight: 50}") + &services;
    let address = changes.change(&even);
    let mut servers = BTreeMap::<String, Vec<String>>::new();
    for _ in 0..1_000 {
        let response = send(&mut client, address, "");
        servers.entry(text(&response)).or_default().push(cookie(&response));
    }
    assert_eq!(servers.keys().collect::<Vec<_>>(), ["a1", "a2", "b1", "b2"]);
    let a = servers["a1"].len() + servers["a2"].len();
    // Five standard deviations.
    assert!((421..=579).contains(&a), "{a}");

    let only_b = rule("{name: a, port: 80, weight: 0}, {name: b, port: 80, weight: 100}");
    let address = changes.change(&(only_b.clone() + &services));
    for (server, tokens) in &servers {
        for token in tokens {
            let response = send(&mut client, address, token);
            assert_eq!(text(&response), *server);
            assert!(values(&response, "set-cookie").is_empty());
        }
    }
    for _ in 0..50 {
        assert!(text(&send(&mut client, address, "")).starts_with('b'));
    }

    // An endpoint goes away: its sessions move on within the backend, those of the other stay.
    let [a1, _] = &backends.a;
    let fewer =
        service("a", &[a1.address()]) + &service("b", &backends.b.each_ref().map(Server::address));
    let address = changes.change(&(only_b + &fewer));
    for server in ["a1", "a2"] {
        for token in servers[server].iter().take(50) {
            let response = send(&mut client, address, token);
            assert_eq!(text(&response), "a1", "a session of {server}");
            assert_eq!(values(&response, "set-cookie").is_empty(), server == "a1");
        }
    }

    // The backend goes away: its sessions move on to another one.
    let address = changes.change(&(rule("{name: b, port: 80}") + &services));
    for (server, tokens) in &servers {
        for token in tokens.iter().take(50) {
            let now = text(&send(&mut client, address, token));
            if server.starts_with('a') {
                assert!(now.starts_with('b'), "a session of {server} at {now}");
            } else {
                assert_eq!(now, *server);
            }
        }
    }
}

#[test]
fn sessions_stay_when_files_are_reloaded() {
    sessions_stay(Reloads::default());
}

#[test]
fn sessions_stay_when_envoy_is_restarted() {
    sessions_stay(Restarts::default());
}
