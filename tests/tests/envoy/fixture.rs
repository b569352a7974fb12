//! Gateways to serve, and an Envoy that serves them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use kgwc::envoy::{Client, Directory, Envoy, RawRequest, RawResponse, Settings, find};
use kgwc::lower::{Cluster, Endpoint, Endpoints, Lowered, UpstreamProtocol};
use kgwc::render::envoy::{Options, bootstrap};
use route::Config;
use route::config::{
    Backend, BackendRef, Hostname, Listener, Match, PathMatch, Protocol, Rule, VERSION,
};
use serde_json::Value;

/// An Envoy with a client for it.
pub(crate) struct Running {
    pub(crate) envoy: Envoy,
    client: Client,
}

/// A Gateway with the HTTP listener `http` on port 80, no route, and no backend.
pub(crate) fn gateway() -> Lowered {
    let config = Config {
        version: VERSION,
        gateway: "default/my-gateway".to_owned(),
        listeners: vec![listener("http", 80, Protocol::Http, None)],
        ..Config::default()
    };
    Lowered { config, ..Lowered::default() }
}

/// A listener that serves no hostname yet.
pub(crate) fn listener(
    name: &str,
    port: u16,
    protocol: Protocol,
    hostname: Option<&str>,
) -> Listener {
    let hostname = hostname.map(str::to_owned);
    Listener { name: name.to_owned(), port, bound: None, protocol, hostname, hostnames: Vec::new() }
}

/// On every listener, sends what begins with `prefix` to the Service `name` on port 8000. The
/// last route wins.
pub(crate) fn route(lowered: &mut Lowered, prefix: &str, name: &str, endpoints: &[(&str, u16)]) {
    let listeners: Vec<_> = lowered.config.listeners.iter().map(|l| l.name.clone()).collect();
    for listener in listeners {
        route_on(lowered, &listener, prefix, name, endpoints);
    }
}

/// The same on one listener.
pub(crate) fn route_on(
    lowered: &mut Lowered,
    listener: &str,
    prefix: &str,
    name: &str,
    endpoints: &[(&str, u16)],
) {
    let config = &mut lowered.config;
    let number = u32::try_from(config.rules.len()).unwrap();
    let endpoints =
        endpoints.iter().map(|(host, port)| Endpoint { host: (*host).to_owned(), port: *port });
    let backend = Backend {
        kind: "Service".to_owned(),
        namespace: "default".to_owned(),
        name: name.to_owned(),
        port: Some(8000),
        cluster: None,
        error: None,
    };
    lowered.clusters.retain(|cluster| cluster.name != backend.id());
    lowered.clusters.push(Cluster {
        name: backend.id(),
        backend: backend.id(),
        endpoints: Endpoints::Static(endpoints.collect()),
        protocol: UpstreamProtocol::Http1,
    });
    config.backends.push(backend);
    config.routes.push(format!("default/{name}"));
    config.rules.push(Rule {
        route: number,
        backends: vec![BackendRef { backend: number, weight: 1, ..BackendRef::default() }],
        ..Rule::default()
    });
    let path = PathMatch::Prefix(prefix.to_owned());
    config.matches.push(Match { rule: number, path, ..Match::default() });
    let listener = config.listeners.iter_mut().find(|l| l.name == listener).unwrap();
    if listener.hostnames.is_empty() {
        let hostname = listener.hostname.clone();
        listener.hostnames.push(Hostname { hostname, matches: Vec::new() });
    }
    listener.hostnames[0].matches.insert(0, number);
}

/// The Envoy of this machine.
pub(crate) fn program() -> PathBuf {
    find().unwrap_or_else(|error| panic!("{error}"))
}

/// The module in a directory of an Envoy.
pub(crate) fn module(directory: &Directory) -> String {
    let path = directory.path().join("kgwc.wasm");
    std::fs::write(&path, filter_module::MODULE).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Serves on free ports; with `stub_backends` as asked.
pub(crate) fn serve(lowered: &Lowered, stub_backends: bool) -> Running {
    let directory = Directory::new().unwrap();
    let options = Options { stub_backends, ..Options::on_free_ports(lowered, module(&directory)) };
    let document = bootstrap(lowered, &options);
    let envoy = Envoy::start(&program(), directory, &document, &Settings::default());
    let envoy = envoy.unwrap_or_else(|error| panic!("{error}"));
    Running { envoy, client: Client::new() }
}

impl Running {
    /// Sends a request to Gateway port 80.
    pub(crate) fn send(&mut self, request: &RawRequest) -> RawResponse {
        let address = self.envoy.address(80).unwrap();
        self.client.send(address, None, request).unwrap()
    }

    /// Sends a request to Gateway port 80 and reads what the stub saw of it.
    pub(crate) fn stub(&mut self, request: &RawRequest) -> Stubbed {
        let response = self.send(request);
        assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
        Stubbed::read(&response.body)
    }
}

/// What a stub saw.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stubbed {
    pub(crate) backend: String,
    pub(crate) method: String,
    pub(crate) authority: String,
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, Vec<String>>,
}

impl Stubbed {
    pub(crate) fn read(body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap();
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        let mut headers = BTreeMap::<String, Vec<String>>::new();
        let pairs: Vec<(String, String)> = serde_json::from_value(body["headers"].clone()).unwrap();
        for (name, value) in pairs {
            headers.entry(name).or_default().push(value);
        }
        Self {
            backend: text("backend"),
            method: text("method"),
            authority: text("authority"),
            path: text("path"),
            headers,
        }
    }
}
