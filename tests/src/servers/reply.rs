//! What a server does with a request.

use std::time::Duration;

use http::{HeaderName, HeaderValue, Response, StatusCode};
use hyper::body::Bytes;

/// What a server does with a request; see [`Builder::answering`](super::Builder::answering).
#[derive(Clone, Debug)]
pub struct Reply {
    pub(super) delay: Duration,
    pub(super) action: Action,
}

#[derive(Clone, Debug)]
pub(super) enum Action {
    Send(Response<Bytes>),
    /// Sends it, then talks WebSocket on the connection.
    Upgrade(Response<Bytes>),
    Close,
}

impl Reply {
    /// An answer, at once.
    ///
    /// # Panics
    /// When the status is none.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { delay: Duration::ZERO, action: Action::Send(response(status, body.into())) }
    }

    /// No answer: the connection is closed, in HTTP/2 the stream is reset.
    pub fn close() -> Self {
        Self { delay: Duration::ZERO, action: Action::Close }
    }

    pub(super) fn upgrade() -> Self {
        Self { delay: Duration::ZERO, action: Action::Upgrade(response(101, Vec::new())) }
    }

    /// The same after a while, counted from the end of the request.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// Adds a header after the others; one that closes the connection has none.
    ///
    /// # Panics
    /// When it is no header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Action::Send(response) | Action::Upgrade(response) = &mut self.action {
            let (name, value) = parse_header(name, value);
            response.headers_mut().append(name, value);
        }
        self
    }
}

fn response(status: u16, body: Vec<u8>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or_else(|_| panic!("{status} is no status"));
    response
}

pub(super) fn parse_header(name: &str, value: &str) -> (HeaderName, HeaderValue) {
    match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
        (Ok(name), Ok(value)) => (name, value),
        _ => panic!("`{name}: {value}` is no header"),
    }
}
