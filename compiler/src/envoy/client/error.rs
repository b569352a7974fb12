//! What can go wrong on the way.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// A request without an answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody listens, or the network fails.
    #[error("cannot connect to {address}: {source}")]
    Connect {
        /// Where to.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The TLS handshake failed, as it does for a server name that the other side does not serve.
    #[error("no TLS with {name}: {source}")]
    Tls {
        /// The server name that was asked for.
        name: String,
        /// Why not.
        source: io::Error,
    },
    /// Not a name that TLS can ask for.
    #[error("{0} is no server name")]
    ServerName(String),
    /// The time was up.
    #[error("no answer within {} s", .0.as_secs_f64())]
    TimedOut(Duration),
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(#[from] io::Error),
    /// The connection was closed before an answer began.
    #[error("the connection was closed without an answer")]
    Closed,
    /// What came back is not HTTP/1.
    #[error("the answer is not HTTP/1: {0}")]
    NotHttp(&'static str),
}

impl ClientError {
    /// The same, said as what it is where the time of `limit` was up.
    pub(super) fn timed(self, limit: Duration) -> Self {
        match &self {
            Self::Connect { source, .. } | Self::Tls { source, .. } | Self::Broken(source)
                if source.kind() == io::ErrorKind::TimedOut =>
            {
                Self::TimedOut(limit)
            }
            _ => self,
        }
    }
}
