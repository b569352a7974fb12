//! Configuration for Envoy, 1.33 or later.
//!
//! Every Gateway port becomes a listener with one instance of the module, which chooses the
//! cluster and writes it to a header; a single catch-all route reads that header. Two forms:
//! [`bootstrap`] is one document that needs nothing beside it but the module; [`dynamic`] is a
//! directory of files that Envoy watches, so that a change of routes needs no restart.

mod cluster;
mod connection;
mod files;
mod listener;
mod plugin;
mod stub;

pub use files::{BOOTSTRAP, Counters, counters, dynamic};
pub use listener::{Unserved, listener_name, served_ports, unserved};

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use serde_json::{Value, json};

use crate::lower::Lowered;

/// What the routes do not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Where each Gateway port is bound. A port that is not named here is bound to the port of
    /// the same number on all IPv4 addresses.
    pub bind: BTreeMap<u16, SocketAddr>,
    /// Path of the module on the machine where Envoy runs.
    pub module: String,
    /// Where Envoy's administration interface listens; nowhere when absent. It has no
    /// authentication: keep it on a loopback address.
    pub admin: Option<SocketAddr>,
    /// Whether a listener inside the same Envoy answers in place of every backend.
    pub stub_backends: bool,
    /// Whether Envoy prints a line for each request on its standard output.
    pub access_log: bool,
}

impl Options {
    /// Everything on free loopback ports, for an Envoy that only this machine asks. Which ports
    /// these are is known once it runs.
    pub fn on_free_ports(lowered: &Lowered, module: String) -> Self {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            bind: ports(lowered).into_iter().map(|port| (port, free)).collect(),
            module,
            admin: Some(free),
            stub_backends: false,
            access_log: false,
        }
    }

    fn address(&self, port: u16) -> SocketAddr {
        let everywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
        self.bind.get(&port).copied().unwrap_or(everywhere)
    }
}

/// The ports of the Gateway, each once, in ascending order.
pub fn ports(lowered: &Lowered) -> Vec<u16> {
    let mut ports: Vec<u16> = lowered.config.listeners.iter().map(|l| l.port).collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

/// A complete bootstrap with the plugin configuration, the clusters and the certificates inline:
/// it holds private keys if the Gateway has HTTPS listeners.
pub fn bootstrap(lowered: &Lowered, options: &Options) -> Value {
    let mut document = base(options);
    let listeners = listener::listeners(lowered, options, plugin::inline);
    let clusters = lowered.clusters.iter().map(|cluster| cluster::cluster(cluster, options));
    append(&mut document, "listeners", listeners);
    append(&mut document, "clusters", clusters.collect());
    document
}

/// What does not depend on the routes.
fn base(options: &Options) -> Value {
    let mut document = json!({
        // File-based discovery refuses to work without an identity.
        "node": {"id": "kgwc", "cluster": "kgwc"},
        "static_resources": {"clusters": [], "listeners": []},
    });
    if let Some(admin) = options.admin {
        document["admin"] = json!({"address": address(admin)});
    }
    if options.stub_backends {
        document["bootstrap_extensions"] = json!([stub::internal_listeners()]);
        append(&mut document, "listeners", vec![stub::listener()]);
    }
    document
}

fn append(document: &mut Value, resources: &str, entries: Vec<Value>) {
    if let Some(list) = document["static_resources"][resources].as_array_mut() {
        list.extend(entries);
    }
}

/// An `envoy.config.core.v3.Address`.
fn address(address: SocketAddr) -> Value {
    socket_address(&address.ip().to_string(), address.port())
}

fn socket_address(host: &str, port: u16) -> Value {
    json!({"socket_address": {"address": host, "port_value": port}})
}

/// A message with its type, as everything that Envoy loads by name has to be.
fn typed(message: &str, mut fields: Value) -> Value {
    fields["@type"] = Value::from(format!("type.googleapis.com/{message}"));
    fields
}

/// An extension: its well-known name with its configuration.
fn extension(name: &str, message: &str, fields: Value) -> Value {
    json!({"name": name, "typed_config": typed(message, fields)})
}

fn is_ip(host: &str) -> bool {
    host.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests;
