//! The module against Envoy's own router: random tables that both can express, the same requests
//! to both, in one Envoy.
//!
//! For each table there are two listeners that differ in nothing but who decides: the module, or
//! native routes, in the order that the naive evaluator of the engine's tests gives them.

#[allow(dead_code, reason = "only some of it is needed here")]
#[path = "../../../filter/route/tests/generate/mod.rs"]
mod generate;
#[allow(dead_code, unused_imports, reason = "only some of it is needed here")]
#[path = "../../../filter/route/tests/model/mod.rs"]
mod model;
#[allow(dead_code, unused_imports, reason = "only its order is needed here")]
#[path = "../../../filter/route/tests/naive/mod.rs"]
mod naive;
mod native;
mod tables;

use generate::Random;
use kgwc::envoy::{Client, Directory, Envoy, RawRequest, RawResponse, Settings, find};
use kgwc::lower::{Cluster, Endpoints, Lowered, UpstreamProtocol};
use kgwc::render::envoy::{Options, bootstrap, listener_name};
use kgwc_tests::has_envoy;
use serde_json::Value;
use std::collections::BTreeMap;

/// Tables in one Envoy, each on a port of its own.
const TABLES: u16 = 100;

/// Requests for each table.
const REQUESTS: usize = 50;

/// How many Envoys, one after the other; more where `KGWC_PROPERTY_CASES` asks for more cases.
fn rounds() -> u64 {
    let cases = std::env::var("KGWC_PROPERTY_CASES").unwrap_or_default();
    cases.parse::<u64>().map_or(1, |cases| (cases / 10_000).max(1))
}

/// The backend that answered: the module's stub says who it is as JSON, a native route as text.
fn backend(response: &RawResponse) -> String {
    if response.status != 200 {
        return response.status.to_string();
    }
    match serde_json::from_slice::<Value>(&response.body) {
        Ok(stub) => stub["backend"].as_str().expect("a stub names its backend").to_owned(),
        Err(_) => String::from_utf8_lossy(&response.body).into_owned(),
    }
}

/// The Gateway as something to be served, its backends stubs.
fn lowered(gateway: &model::Gateway) -> Lowered {
    let config = model::assemble(gateway);
    let clusters = config.backends.iter().map(|backend| Cluster {
        name: backend.id(),
        backend: backend.id(),
        endpoints: Endpoints::Static(Vec::new()),
        protocol: UpstreamProtocol::Http1,
    });
    Lowered { clusters: clusters.collect(), config, ..Lowered::default() }
}

fn start(gateway: &model::Gateway, lowered: &Lowered) -> Envoy {
    let directory = Directory::new().unwrap();
    let module = directory.path().join("kgwc.wasm");
    std::fs::write(&module, filter_module::MODULE).unwrap();
    let options = Options::on_free_ports(lowered, module.display().to_string());
    let mut document = bootstrap(lowered, &Options { stub_backends: true, ..options });
    native::add(&mut document, gateway, &lowered.config);
    Envoy::start(&find().unwrap(), directory, &document, &Settings::default())
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Asks both; gives back who answered, or how they differ.
fn ask(
    client: &mut Client,
    addresses: &BTreeMap<String, std::net::SocketAddr>,
    port: u16,
    request: &RawRequest,
) -> Result<String, String> {
    let module = client.send(addresses[&listener_name(port)], None, request).unwrap();
    let native = client.send(addresses[&native::listener_name(port)], None, request).unwrap();
    let (module, native) = (backend(&module), backend(&native));
    match module == native {
        true => Ok(module),
        false => Err(format!("the module sends it to {module}, Envoy's router to {native}")),
    }
}

#[test]
fn the_module_and_envoys_own_router_agree() {
    if !has_envoy() {
        return;
    }
    let mut served = 0;
    let mut refused = BTreeMap::<String, usize>::new();
    for round in 0..rounds() {
        let mut random = Random::new(round);
        let gateway = tables::gateway(&mut random, TABLES);
        let lowered = lowered(&gateway);
        let envoy = start(&gateway, &lowered);
        let addresses = envoy.admin().listeners().unwrap();
        let mut client = Client::new();
        for listener in &gateway.listeners {
            for _ in 0..REQUESTS {
                let request = tables::request(&mut random, &gateway, listener);
                match ask(&mut client, &addresses, listener.port, &request) {
                    Ok(backend) if backend.starts_with("default/") => served += 1,
                    Ok(status) => *refused.entry(status).or_default() += 1,
                    Err(why) => {
                        let table = native::hosts(&gateway, &lowered.config, listener.port);
                        panic!("{request:?}\n{why}\n{table:#}");
                    }
                }
            }
        }
    }
    // Both kinds of answers come often; no other kind comes at all.
    let requests = usize::from(TABLES) * REQUESTS * usize::try_from(rounds()).unwrap();
    assert!(served > requests / 3, "{served} of {requests} served; {refused:?}");
    assert!(refused["404"] > requests / 20, "{served} of {requests} served; {refused:?}");
    assert!(refused.keys().all(|status| status == "404"), "{refused:?}");
}
