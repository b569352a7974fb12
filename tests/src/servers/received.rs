//! What a server received.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::request::Parts;
use http::{Version, header::HOST};

/// A request as it arrived. Text is the bytes as Latin-1: every byte is one `char`.
///
/// What the `http` crate does not take for a path, such as bytes that are not UTF-8, gets 400 and
/// is not kept; a `#` ends the path.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its place among the requests of this server, from 0, in the order in which they were
    /// complete.
    pub number: usize,
    /// When its headers were complete.
    pub arrived: Instant,
    /// The version of HTTP.
    pub version: Version,
    /// The method.
    pub method: String,
    /// `:authority`, or in HTTP/1 the first `host`; empty where there is none.
    pub authority: String,
    /// The path with its query.
    pub path: String,
    /// Names in lower case and values. Values of one name are in their order, and stand where the
    /// first of them stood.
    pub headers: Vec<(String, String)>,
    /// The body, without the framing of chunks.
    pub body: Vec<u8>,
}

impl Received {
    pub(super) fn new(arrived: Instant, head: &Parts, body: Vec<u8>) -> Self {
        let headers: Vec<_> = (head.headers.iter())
            .map(|(name, value)| (name.to_string(), latin1(value.as_bytes())))
            .collect();
        let authority = match head.uri.authority() {
            Some(authority) => latin1(authority.as_str().as_bytes()),
            None => head.headers.get(HOST).map(|v| latin1(v.as_bytes())).unwrap_or_default(),
        };
        // `*` and, for CONNECT, nothing.
        let path = head.uri.path_and_query().map(|path| latin1(path.as_str().as_bytes()));
        Self {
            number: 0,
            arrived,
            version: head.version,
            method: head.method.to_string(),
            authority,
            path: path.unwrap_or_default(),
            headers,
            body,
        }
    }

    /// The values of a header, its name in lower case.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a header, its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// The requests of a server, for its thread to write and a test to wait for.
#[derive(Debug, Default)]
pub(super) struct Log {
    requests: Mutex<Vec<Received>>,
    grown: Condvar,
}

impl Log {
    /// Keeps a request and gives it its number.
    pub(super) fn record(&self, mut request: Received) -> Received {
        let mut requests = self.requests();
        request.number = requests.len();
        requests.push(request.clone());
        self.grown.notify_all();
        request
    }

    pub(super) fn requests(&self) -> MutexGuard<'_, Vec<Received>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns with at least `count` requests, or with fewer after `patience`.
    pub(super) fn wait_for(&self, count: usize, patience: Duration) -> Vec<Received> {
        let fewer = |requests: &mut Vec<Received>| requests.len() < count;
        let waited = self.grown.wait_timeout_while(self.requests(), patience, fewer);
        waited.unwrap_or_else(PoisonError::into_inner).0.clone()
    }
}
