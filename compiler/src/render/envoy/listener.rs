//! Listeners: one for each Gateway port.

use route::config::{Listener, Protocol};
use serde_json::{Value, json};

use super::connection::Chain;
use super::{Options, address, connection, extension, ports, typed};
use crate::lower::{Certificate, Lowered};

/// A listener of the Gateway that Envoy does not serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unserved {
    /// Its name in the Gateway.
    pub listener: String,
    /// Its Gateway port.
    pub port: u16,
}

impl std::fmt::Display for Unserved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { listener, port } = self;
        write!(f, "listener {listener} (HTTPS, port {port}) has no certificate and is not served")
    }
}

/// The listeners that [`bootstrap`](super::bootstrap) and [`dynamic`](super::dynamic) leave out:
/// HTTPS without a certificate. In the order of the Gateway.
pub fn unserved(lowered: &Lowered) -> Vec<Unserved> {
    let is_unserved =
        |l: &&Listener| l.protocol == Protocol::Https && certificates(lowered, l).is_empty();
    let listeners = lowered.config.listeners.iter().filter(is_unserved);
    listeners.map(|l| Unserved { listener: l.name.clone(), port: l.port }).collect()
}

/// Name of the Envoy listener that serves a Gateway port.
pub fn listener_name(port: u16) -> String {
    format!("gateway-{port}")
}

/// The Gateway ports on which at least one listener can be served, in ascending order.
pub fn served_ports(lowered: &Lowered) -> Vec<u16> {
    let unserved = unserved(lowered);
    let is_served = |port: &u16| {
        let listeners = lowered.config.listeners.iter().filter(|l| l.port == *port);
        listeners.count() > unserved.iter().filter(|l| l.port == *port).count()
    };
    ports(lowered).into_iter().filter(is_served).collect()
}

/// The Envoy listeners, by port. `chain` says what each does with requests.
pub(super) fn listeners(
    lowered: &Lowered,
    options: &Options,
    chain: impl Fn(u16) -> Chain,
) -> Vec<Value> {
    let listener = |port| {
        let manager = connection::manager(&listener_name(port), chain(port), options);
        listener(lowered, options, port, &manager)
    };
    served_ports(lowered).into_iter().map(listener).collect()
}

fn listener(lowered: &Lowered, options: &Options, port: u16, manager: &Value) -> Value {
    let name = listener_name(port);
    let here = lowered.config.listeners.iter().filter(|l| l.port == port);
    let (secure, clear): (Vec<_>, Vec<_>) = here.partition(|l| l.protocol == Protocol::Https);
    let mut chains = Vec::new();
    for listener in secure {
        let certificates = certificates(lowered, listener);
        if !certificates.is_empty() {
            chains.push(secure_chain(listener, certificates, manager));
        }
    }
    let mut out = json!({"name": name, "address": address(options.address(port))});
    if !chains.is_empty() {
        out["listener_filters"] = json!([extension(
            "envoy.filters.listener.tls_inspector",
            "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector",
            json!({}),
        )]);
    }
    if !clear.is_empty() {
        let mut chain = json!({"filters": [manager]});
        if !chains.is_empty() {
            chain["filter_chain_match"] = json!({"transport_protocol": "raw_buffer"});
        }
        chains.push(chain);
    }
    out["filter_chains"] = Value::from(chains);
    out
}

/// The chain for connections whose SNI belongs to a listener. Envoy takes the chain with the most
/// specific server name, which is the listener that the Gateway API wants; a name that no chain
/// has ends the connection.
fn secure_chain(listener: &Listener, certificates: &[Certificate], manager: &Value) -> Value {
    let inline = |certificate: &Certificate| {
        json!({
            "certificate_chain": {"inline_string": certificate.chain},
            "private_key": {"inline_string": certificate.key},
        })
    };
    let mut matches = json!({"transport_protocol": "tls"});
    if let Some(hostname) = &listener.hostname {
        matches["server_names"] = json!([hostname]);
    }
    let context = json!({
        "common_tls_context": {
            "tls_certificates": certificates.iter().map(inline).collect::<Vec<_>>(),
            "alpn_protocols": ["h2", "http/1.1"],
        },
    });
    json!({
        "name": listener.name,
        "filter_chain_match": matches,
        "filters": [manager],
        "transport_socket": {
            "name": "envoy.transport_sockets.tls",
            "typed_config": typed(
                "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
                context,
            ),
        },
    })
}

fn certificates<'a>(lowered: &'a Lowered, listener: &Listener) -> &'a [Certificate] {
    lowered.certificates.get(&listener.name).map(Vec::as_slice).unwrap_or_default()
}
