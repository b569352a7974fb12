//! What is behind a reference: endpoints of backends, certificates of listeners.

/// Where the endpoints of a cluster come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoints {
    /// A name that the host resolves.
    Dns(Endpoint),
    /// Known endpoints; a host may be a name where a `static` Backend gives one.
    Static(Vec<Endpoint>),
}

/// A host and port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    /// IP address or DNS name.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// What is spoken to a cluster, from `appProtocol` (GEP-1911).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UpstreamProtocol {
    /// HTTP/1.1.
    #[default]
    Http1,
    /// HTTP/2 in cleartext by prior knowledge: `kubernetes.io/h2c`.
    H2c,
    /// HTTP/1.1 with WebSocket upgrades: `kubernetes.io/ws`.
    WebSocket,
}

/// A certificate with its key.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The chain, as PEM.
    pub chain: String,
    /// The private key, as PEM.
    pub key: String,
}

/// The key is never printed.
impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificate").field("chain", &self.chain).finish_non_exhaustive()
    }
}
