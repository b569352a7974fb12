//! What a host needs to serve one Gateway.

use super::Variant;
use crate::graph::{Certificate, Endpoints, UpstreamProtocol};
use std::collections::BTreeMap;

/// One Gateway, ready for rendering.
#[derive(Clone, Debug, Default)]
pub struct Lowered {
    /// The plugin configuration for all listeners of the Gateway.
    pub config: route::Config,
    /// The clusters that the configuration names, sorted by name.
    pub clusters: Vec<Cluster>,
    /// The variants of the catch-all route that the configuration names.
    pub variants: BTreeMap<String, Variant>,
    /// For each HTTPS listener, by its name, what it shows to clients.
    pub certificates: BTreeMap<String, Vec<Certificate>>,
}

/// An upstream of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// Its name, as in the plugin configuration.
    pub name: String,
    /// The name that users know the backend by: see [`route::config::Backend::id`].
    pub backend: String,
    /// Where it is.
    pub endpoints: Endpoints,
    /// What is spoken to it.
    pub protocol: UpstreamProtocol,
}
