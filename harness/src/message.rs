//! Requests and responses that are put through a filter.

use crate::Properties;
use crate::headers::Pair;

/// A request as the proxy received it.
///
/// Nothing is added to it or normalised: the headers are what the module will see, except for
/// the rules of [`Headers`](crate::Headers).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The headers, pseudo headers included.
    pub headers: Vec<Pair>,
    /// The body in the pieces in which it arrives; none where there is no body.
    pub body: Vec<Vec<u8>>,
    /// The trailers.
    pub trailers: Vec<Pair>,
    /// Whether the last of these ends the request. False where it stays open, as that of an
    /// upgrade.
    pub end_of_stream: bool,
    /// Properties of this request; they hide those of [`VmOptions`](crate::VmOptions).
    pub properties: Properties,
}

impl Request {
    /// A request over plain HTTP with these pseudo headers, in the order in which Envoy has them.
    pub fn new(
        method: impl AsRef<[u8]>,
        authority: impl AsRef<[u8]>,
        path: impl AsRef<[u8]>,
    ) -> Request {
        Request::from_headers([
            (&b":authority"[..], authority.as_ref()),
            (b":path", path.as_ref()),
            (b":method", method.as_ref()),
            (b":scheme", b"http"),
        ])
    }

    /// A `GET` request over plain HTTP.
    pub fn get(authority: impl AsRef<[u8]>, path: impl AsRef<[u8]>) -> Request {
        Request::new("GET", authority, path)
    }

    /// A request with exactly these headers.
    pub fn from_headers<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Request {
        Request {
            headers: headers.into_iter().map(owned).collect(),
            body: Vec::new(),
            trailers: Vec::new(),
            end_of_stream: true,
            properties: Properties::new(),
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Request {
        self.headers.push(owned((name, value)));
        self
    }

    /// Adds a piece of the body.
    #[must_use]
    pub fn body(mut self, piece: impl AsRef<[u8]>) -> Request {
        self.body.push(piece.as_ref().to_vec());
        self
    }

    /// Adds a trailer.
    #[must_use]
    pub fn trailer(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Request {
        self.trailers.push(owned((name, value)));
        self
    }

    /// Sets the properties of the request.
    #[must_use]
    pub fn properties(mut self, properties: Properties) -> Request {
        self.properties = properties;
        self
    }
}

/// A response as the proxy received it from upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The headers, `:status` included.
    pub headers: Vec<Pair>,
    /// The body in the pieces in which it arrives; none where there is no body.
    pub body: Vec<Vec<u8>>,
    /// The trailers.
    pub trailers: Vec<Pair>,
}

impl Response {
    /// A response with this status and nothing else.
    #[must_use]
    pub fn new(status: u16) -> Response {
        Response::from_headers([(":status", status.to_string())])
    }

    /// A response with exactly these headers.
    pub fn from_headers<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Response {
        Response {
            headers: headers.into_iter().map(owned).collect(),
            body: Vec::new(),
            trailers: Vec::new(),
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Response {
        self.headers.push(owned((name, value)));
        self
    }

    /// Adds a piece of the body.
    #[must_use]
    pub fn body(mut self, piece: impl AsRef<[u8]>) -> Response {
        self.body.push(piece.as_ref().to_vec());
        self
    }

    /// Adds a trailer.
    #[must_use]
    pub fn trailer(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Response {
        self.trailers.push(owned((name, value)));
        self
    }
}

fn owned((name, value): (impl AsRef<[u8]>, impl AsRef<[u8]>)) -> Pair {
    (name.as_ref().to_vec(), value.as_ref().to_vec())
}
