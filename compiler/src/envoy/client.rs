//! A small HTTP/1.1 client that sends any bytes and shows what came back unchanged.
//!
//! For asking a gateway under test: it follows no redirect, decodes no content and trusts every
//! certificate.

mod connection;
mod error;
mod message;
mod timed;
mod tls;

pub use error::ClientError;
pub use message::{RawRequest, RawResponse};

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use connection::Connection;

/// Sends requests, over connections that it keeps.
#[derive(Debug)]
pub struct Client {
    timeout: Duration,
    connections: BTreeMap<(SocketAddr, Option<String>), Connection>,
}

impl Client {
    /// A client that waits ten seconds for an answer.
    pub fn new() -> Self {
        Self::with_timeout(Duration::from_secs(10))
    }

    /// A client that waits so long for the whole of an answer.
    pub fn with_timeout(timeout: Duration) -> Self {
        Self { timeout, connections: BTreeMap::new() }
    }

    /// Sends a request and waits for the answer. With `tls`, over TLS with that server name; an IP
    /// address as the name sends none.
    ///
    /// # Errors
    /// When there is no connection, or no HTTP/1 answer comes back in time.
    pub fn send(
        &mut self,
        address: SocketAddr,
        tls: Option<&str>,
        request: &RawRequest,
    ) -> Result<RawResponse, ClientError> {
        let sent = self.send_until(Instant::now() + self.timeout, address, tls, request);
        sent.map_err(|error| error.timed(self.timeout))
    }

    fn send_until(
        &mut self,
        deadline: Instant,
        address: SocketAddr,
        tls: Option<&str>,
        request: &RawRequest,
    ) -> Result<RawResponse, ClientError> {
        let key = (address, tls.map(str::to_owned));
        if let Some(mut kept) = self.connections.remove(&key) {
            match kept.exchange(request, deadline) {
                // The other side may close an idle connection at any time, and did so before it
                // saw the request.
                Err(ClientError::Closed) => {}
                result => return self.keep(key, kept, result),
            }
        }
        let mut connection = Connection::open(address, tls, deadline)?;
        let result = connection.exchange(request, deadline);
        self.keep(key, connection, result)
    }

    fn keep(
        &mut self,
        key: (SocketAddr, Option<String>),
        connection: Connection,
        result: Result<(RawResponse, bool), ClientError>,
    ) -> Result<RawResponse, ClientError> {
        let (response, is_reusable) = result?;
        if is_reusable {
            self.connections.insert(key, connection);
        }
        Ok(response)
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
