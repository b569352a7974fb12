//! Requests and responses as bytes.

/// A request; every part is sent as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawRequest {
    /// The method.
    pub method: Vec<u8>,
    /// The target: the path with its query.
    pub target: Vec<u8>,
    /// The headers with their values, in order; `host` is one of them.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// The body. Where it is not empty, its `content-length` is added.
    pub body: Vec<u8>,
}

/// A response as it came, without interim responses (1xx).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawResponse {
    /// The status code.
    pub status: u16,
    /// The headers with their values, in order; names as they were written.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// The body, without the framing of chunks.
    pub body: Vec<u8>,
}

impl RawRequest {
    /// A GET without further headers.
    pub fn get(host: impl Into<Vec<u8>>, target: impl Into<Vec<u8>>) -> Self {
        Self {
            method: b"GET".to_vec(),
            target: target.into(),
            headers: vec![(b"host".to_vec(), host.into())],
            body: Vec::new(),
        }
    }

    /// Adds a header after the others.
    #[must_use]
    pub fn header(mut self, name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = [&self.method[..], b" ", &self.target, b" HTTP/1.1\r\n"].concat();
        for (name, value) in &self.headers {
            out.extend([&name[..], b": ", value, b"\r\n"].concat());
        }
        if !self.body.is_empty() {
            out.extend(format!("content-length: {}\r\n", self.body.len()).into_bytes());
        }
        out.extend(b"\r\n");
        out.extend(&self.body);
        out
    }
}

impl RawResponse {
    /// The values of a header, its name compared without regard to case.
    pub fn header(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let same = move |n: &[u8]| n.eq_ignore_ascii_case(name.as_bytes());
        self.headers.iter().filter(move |(n, _)| same(n)).map(|(_, value)| value.as_slice())
    }
}
