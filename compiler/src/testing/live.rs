//! A gateway that is already live: requests go to it as any client's do, and only what a response
//! shows is known.

use super::engine::{Engine, EngineError, Hidden, Outcome, until};
use super::native::{Native, named};
use super::request::Prepared;
use super::stub::{self, Stubbed};
use super::told;
use crate::api::request::InvalidRequest;
use crate::envoy::{Client, ClientError};
use crate::lower::Lowered;
use std::collections::BTreeSet;
use std::net::{SocketAddr, ToSocketAddrs};
use std::str::FromStr;

/// Where a live gateway is: `http://10.0.0.1:8080`, or `8443=https://10.0.0.1` for one port of the
/// Gateway only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Port of the Gateway; every port of the scheme when absent.
    port: Option<u16>,
    is_https: bool,
    address: SocketAddr,
    url: String,
}

impl Target {
    /// Whether both are for the same requests.
    pub fn clashes(&self, other: &Self) -> bool {
        match (self.port, other.port) {
            (Some(port), Some(other)) => port == other,
            (None, None) => self.is_https == other.is_https,
            _ => false,
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(port) = self.port {
            write!(f, "{port}=")?;
        }
        f.write_str(&self.url)
    }
}

/// A text that is no [`Target`].
#[derive(Debug, thiserror::Error)]
pub enum InvalidTarget {
    /// Not a URL.
    #[error(transparent)]
    Url(#[from] InvalidRequest),
    /// Before the `=` stands no port.
    #[error("`{0}` is no port of a Gateway")]
    Port(String),
    /// More than scheme, host and port.
    #[error("{0} has a path: the cases have their own")]
    Path(String),
    /// Nobody has that name.
    #[error("{host} has no address: {source}")]
    Address {
        /// The name.
        host: String,
        /// Why.
        source: std::io::Error,
    },
}

/// A live gateway.
pub struct Live {
    name: String,
    targets: Vec<Target>,
    client: Client,
    /// Those of the targets that have answered.
    answered: BTreeSet<SocketAddr>,
    /// Opens the module's explanations.
    token: Option<String>,
    /// The same routes natively: it tells which backend is to be waited for, and the names of
    /// backends by their clusters.
    native: Native,
}

impl FromStr for Target {
    type Err = InvalidTarget;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (port, url) = match text.split_once('=') {
            Some((port, url)) => {
                let parsed = port.parse().map_err(|_| InvalidTarget::Port(port.to_owned()))?;
                (Some(parsed), url)
            }
            None => (None, text),
        };
        let request = Prepared::new("GET", url, [])?;
        if request.path != "/" {
            return Err(InvalidTarget::Path(url.to_owned()));
        }
        let host = request.server_name.trim_start_matches('[').trim_end_matches(']');
        let no_address = |source| InvalidTarget::Address { host: host.to_owned(), source };
        let mut addresses = (host, request.port).to_socket_addrs().map_err(no_address)?;
        let address = addresses.next().ok_or_else(|| {
            no_address(std::io::Error::from(std::io::ErrorKind::AddrNotAvailable))
        })?;
        Ok(Self { port, is_https: request.https, address, url: url.to_owned() })
    }
}

impl Live {
    /// A gateway at these places. `token` is the one that its module explains to, if it does.
    ///
    /// # Errors
    /// When the configuration contradicts itself.
    pub fn new(
        targets: Vec<Target>,
        token: Option<String>,
        lowered: &Lowered,
    ) -> Result<Self, EngineError> {
        let urls: Vec<_> = targets.iter().map(|target| target.url.as_str()).collect();
        let (name, native) = (urls.join(", "), Native::new(&lowered.config)?);
        Ok(Self { name, targets, client: Client::new(), answered: BTreeSet::new(), token, native })
    }

    fn target(&self, request: &Prepared) -> Result<&Target, EngineError> {
        let of_port = self.targets.iter().find(|target| target.port == Some(request.port));
        let of_scheme =
            self.targets.iter().find(|t| t.port.is_none() && t.is_https == request.https);
        of_port.or(of_scheme).ok_or_else(|| {
            let scheme = if request.https { "https" } else { "http" };
            EngineError::NotRun(format!(
                "no --against for {scheme} requests to port {}",
                request.port
            ))
        })
    }
}

impl Engine for Live {
    fn name(&self) -> &str {
        &self.name
    }

    /// A backend that is asked for is waited for, if it shows who answers.
    fn send(&mut self, request: &Prepared, draw: Option<usize>) -> Result<Outcome, EngineError> {
        const PATIENCE: u32 = 2_000;
        let first = self.once(request)?;
        let Some(normalized) = request.clone().normalized().ok().filter(|_| draw.is_some()) else {
            return Ok(first);
        };
        if first.hidden.backend {
            return Ok(first);
        }
        let wanted = self.native.send(&normalized, draw)?.backend;
        let mut first = Some(first);
        until(wanted.as_deref(), PATIENCE, || match first.take() {
            Some(outcome) => Ok(outcome),
            None => self.once(request),
        })
    }

    fn normalizes_paths(&self) -> bool {
        true
    }

    fn is_ours(&self) -> bool {
        false
    }

    fn samples(&self) -> u32 {
        400
    }
}

impl Live {
    fn once(&mut self, request: &Prepared) -> Result<Outcome, EngineError> {
        let target = self.target(request)?;
        let tls = target.is_https.then_some(request.server_name.as_str());
        let (address, url) = (target.address, target.url.clone());
        let sent = request.raw(self.token.as_deref());
        let is_first = !self.answered.contains(&address);
        let response = self.client.send(address, tls, &sent).map_err(|error| match is_first {
            true => unreachable(url, error),
            false => EngineError::failed(error),
        })?;
        self.answered.insert(address);
        let mut outcome = Outcome { status: response.status, ..Outcome::default() };
        match Stubbed::of(&response) {
            Some(stubbed) => (outcome.backend, outcome.forwarded) = stubbed.into(),
            None => {
                outcome.hidden = Hidden { backend: true, won: true, request: true };
                outcome.body.clone_from(&response.body);
            }
        }
        outcome.headers = named(response.headers);
        outcome.headers.retain(|(name, _)| name != stub::HEADER);
        outcome.hidden.won = true;
        if let Some(told) = told::take(&mut outcome) {
            outcome.hidden.won = false;
            if outcome.hidden.backend {
                outcome.backend = told.cluster.and_then(|cluster| self.native.backend_of(&cluster));
                // Without a cluster no backend got it, and there is no request to be seen.
                outcome.hidden.backend = told.is_forwarded && outcome.backend.is_none();
                outcome.hidden.request = told.is_forwarded;
            }
        }
        Ok(outcome)
    }
}

/// What is to be said of a gateway that has never answered.
fn unreachable(url: String, error: ClientError) -> EngineError {
    match error {
        // The kind says it without the number that the system has for it.
        ClientError::Connect { source, .. } => {
            EngineError::Unreachable { url, why: std::io::Error::from(source.kind()).to_string() }
        }
        ClientError::TimedOut(_) => EngineError::Unreachable { url, why: error.to_string() },
        error => EngineError::failed(error),
    }
}
