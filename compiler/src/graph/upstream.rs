//! What is behind a reference: endpoints of backends, certificates of listeners.

/// Where the endpoints of a cluster come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoints {
    /// A name that the host resolves.
    Dns(Endpoint),
    /// Known endpoints; a host may be a name where a `static` Backend gives one.
    Static(Vec<Endpoint>),
    /// The host that the request names.
    ForwardProxy {
        /// Whether TLS is spoken to it.
        tls: bool,
    },
    /// A function.
    Lambda(Box<Lambda>),
}

/// An AWS Lambda function and how it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lambda {
    /// AWS region.
    pub region: String,
    /// AWS account; that of the credentials when absent.
    pub account: Option<String>,
    /// Name of the function.
    pub function: String,
    /// Version or alias.
    pub qualifier: String,
    /// Whether the response is waited for.
    pub invocation: Invocation,
    /// Whether the function gets the body as it is, and not a JSON document of the whole request.
    pub body_only: bool,
    /// Where Lambda is.
    pub endpoint: LambdaEndpoint,
    /// Who calls; what the environment of the host says when absent.
    pub credentials: Option<Credentials>,
}

/// Whether the response of a function is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invocation {
    /// It is.
    Sync,
    /// It is not.
    Async,
}

/// Where the Lambda service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LambdaEndpoint {
    /// Whether TLS is spoken.
    pub tls: bool,
    /// Host and port.
    pub endpoint: Endpoint,
}

/// Credentials for AWS.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The access key id.
    pub access_key: String,
    /// The secret access key.
    pub secret_key: String,
    /// The token of temporary credentials.
    pub session_token: Option<String>,
}

/// Nothing of them is ever printed.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
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
