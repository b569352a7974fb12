//! Configuration for Envoy, 1.33 or later.
//!
//! Every Gateway port becomes a listener with one instance of the module, which chooses the
//! cluster and writes it to a header; a single catch-all route reads that header. Two forms:
//! [`bootstrap`] is one document that needs nothing beside it but the module; [`dynamic`] is a
//! directory of files that Envoy watches, so that a change of routes needs no restart.

mod binary;
mod cluster;
pub(in crate::render) mod connection;
mod files;
mod lambda;
mod listener;
mod plugin;
mod proxy;
pub(in crate::render) mod routes;
mod stats;
mod stub;
mod succession;
mod tls;
mod tries;

pub use binary::encode;
pub use files::{BOOTSTRAP, Counters, counters, dynamic};
pub use listener::{Unserved, listener_name, served_ports, unserved};
pub use succession::keep;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use serde_json::{Value, json};

use crate::lower::{Endpoints, Lowered};
use connection::{Chain, removed_early};

/// Where Debian, Ubuntu and most images of Envoy have the certificates of public authorities.
pub const CA_FILE: &str = "/etc/ssl/certs/ca-certificates.crt";

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
    /// Certificates of the authorities that backends with TLS are checked by, on the machine where
    /// Envoy runs.
    pub ca_file: String,
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
            ca_file: CA_FILE.to_owned(),
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
/// it holds the private keys of HTTPS listeners and the credentials of Lambda functions.
pub fn bootstrap(lowered: &Lowered, options: &Options) -> Value {
    let separate_tries = lowered.variants.values().any(|variant| variant.separate_tries);
    let mut document = base(options, separate_tries, lowered.config.observe.metrics);
    let chain = |port| {
        let mut filters = vec![plugin::inline(port, &lowered.config, options)];
        if lowered.clusters.iter().any(|c| matches!(c.endpoints, Endpoints::ForwardProxy { .. })) {
            filters.push(proxy::filter());
        }
        if routes::has_sessions(lowered) {
            filters.push(routes::session_filter());
        }
        let routes = ("route_config", routes::configuration(&listener_name(port), lowered));
        let has_variants = !lowered.variants.is_empty() || options.stub_backends;
        Chain { filters, routes, removed: removed_early(has_variants, separate_tries) }
    };
    let listeners = listener::listeners(lowered, options, chain);
    append(&mut document, "listeners", listeners);
    append(&mut document, "clusters", cluster::clusters(lowered, options));
    document
}

/// What does not depend on the routes.
fn base(options: &Options, separate_tries: bool, metrics: bool) -> Value {
    let mut document = json!({
        // File-based discovery refuses to work without an identity.
        "node": {"id": "kgwc", "cluster": "kgwc"},
        "static_resources": {"clusters": [], "listeners": []},
    });
    if let Some(admin) = options.admin {
        document["admin"] = json!({"address": address(admin)});
    }
    if metrics {
        document["stats_config"] = stats::config();
    }
    if options.stub_backends || separate_tries {
        document["bootstrap_extensions"] = json!([stub::internal_listeners()]);
    }
    if options.stub_backends {
        append(&mut document, "listeners", vec![stub::listener()]);
    }
    if separate_tries {
        append(&mut document, "listeners", vec![tries::listener()]);
        append(&mut document, "clusters", vec![tries::cluster()]);
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
pub(in crate::render) fn typed(message: &str, mut fields: Value) -> Value {
    fields["@type"] = Value::from(format!("type.googleapis.com/{message}"));
    fields
}

/// An extension: its well-known name with its configuration.
pub(in crate::render) fn extension(name: &str, message: &str, fields: Value) -> Value {
    json!({"name": name, "typed_config": typed(message, fields)})
}

fn is_ip(host: &str) -> bool {
    host.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests;
