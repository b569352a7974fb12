//! Properties that a module can read and set.

use std::collections::BTreeMap;

use crate::Headers;

/// Properties by path, as a proxy would offer them to the module.
///
/// ```
/// use harness::Properties;
/// let properties = Properties::new()
///     .destination_port(8443)
///     .requested_server_name("www.example.com")
///     .with(["xds", "route_name"], "catch-all");
/// assert_eq!(properties.get(["destination", "port"]), Some(&8443u64.to_le_bytes()[..]));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Properties(BTreeMap<Vec<u8>, Vec<u8>>);

impl Properties {
    /// No properties.
    #[must_use]
    pub fn new() -> Properties {
        Properties::default()
    }

    /// Adds a property of this path, in the bytes that the module is to read.
    #[must_use]
    pub fn with<S: AsRef<[u8]>>(
        mut self,
        path: impl IntoIterator<Item = S>,
        value: impl AsRef<[u8]>,
    ) -> Properties {
        self.set(path, value);
        self
    }

    /// `destination.port`: the port that the client connected to, 8 bytes, little endian.
    #[must_use]
    pub fn destination_port(self, port: u16) -> Properties {
        self.with(["destination", "port"], u64::from(port).to_le_bytes())
    }

    /// `connection.requested_server_name`: the SNI of the client's TLS handshake.
    #[must_use]
    pub fn requested_server_name(self, name: impl AsRef<[u8]>) -> Properties {
        self.with(["connection", "requested_server_name"], name)
    }

    /// `source.address`: the client as `ADDRESS:PORT`.
    #[must_use]
    pub fn source_address(self, address: impl AsRef<[u8]>) -> Properties {
        self.with(["source", "address"], address)
    }

    /// Sets a property of this path.
    pub fn set<S: AsRef<[u8]>>(
        &mut self,
        path: impl IntoIterator<Item = S>,
        value: impl AsRef<[u8]>,
    ) {
        self.0.insert(join(path), value.as_ref().to_vec());
    }

    /// The value of the property of this path.
    #[must_use]
    pub fn get<S: AsRef<[u8]>>(&self, path: impl IntoIterator<Item = S>) -> Option<&[u8]> {
        self.get_joined(&join(path))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All properties: the segments of the path, and the value, ordered by path.
    pub fn iter(&self) -> impl Iterator<Item = (Vec<&[u8]>, &[u8])> {
        self.0.iter().map(|(path, value)| (path.split(|&b| b == 0).collect(), &value[..]))
    }

    pub(crate) fn get_joined(&self, path: &[u8]) -> Option<&[u8]> {
        self.0.get(path).map(|value| &value[..])
    }

    pub(crate) fn set_joined(&mut self, path: &[u8], value: &[u8]) {
        self.0.insert(path.to_vec(), value.to_vec());
    }
}

/// The ABI's form of a path: the segments with a zero byte between them.
fn join<S: AsRef<[u8]>>(path: impl IntoIterator<Item = S>) -> Vec<u8> {
    let segments: Vec<S> = path.into_iter().collect();
    segments.iter().map(AsRef::as_ref).collect::<Vec<&[u8]>>().join(&0)
}

/// The `request.*` attributes that follow from the request headers, as Envoy derives them.
pub(crate) fn of_request(path: &[u8], headers: &Headers) -> Option<Vec<u8>> {
    let attribute = path.strip_prefix(b"request\0")?;
    if let Some(name) = attribute.strip_prefix(b"headers\0") {
        let values = headers.get_all(name);
        return (!values.is_empty()).then(|| values.join(&b','));
    }
    let name = match attribute {
        b"path" | b"url_path" | b"query" => ":path",
        b"host" => ":authority",
        b"scheme" => ":scheme",
        b"method" => ":method",
        b"referer" => "referer",
        b"useragent" => "user-agent",
        b"id" => "x-request-id",
        _ => return None,
    };
    let value = headers.get(name)?;
    let question = value.iter().position(|&b| b == b'?');
    Some(match (attribute, question) {
        (b"url_path", Some(end)) => value[..end].to_vec(),
        (b"query", Some(end)) => value[end + 1..].to_vec(),
        (b"query", None) => Vec::new(),
        _ => value.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_lists_of_segments() {
        let mut properties = Properties::new().with(["a", "b"], "1");
        properties.set(["a.b"], "2");
        assert_eq!(properties.get(["a", "b"]), Some(&b"1"[..]));
        assert_eq!(properties.get(["a.b"]), Some(&b"2"[..]));
        assert_eq!(properties.get(["a"]), None);
        let paths: Vec<_> = properties.iter().map(|(path, _)| path.len()).collect();
        assert_eq!(paths, [2, 1]);
    }

    #[test]
    fn request_attributes_follow_the_headers() {
        let headers =
            Headers::request([(":path", "/a?b=c"), (":authority", "h"), ("x", "1"), ("x", "2")]);
        let get = |path: &[u8]| of_request(path, &headers);
        assert_eq!(get(b"request\0path").unwrap(), b"/a?b=c");
        assert_eq!(get(b"request\0url_path").unwrap(), b"/a");
        assert_eq!(get(b"request\0query").unwrap(), b"b=c");
        assert_eq!(get(b"request\0host").unwrap(), b"h");
        assert_eq!(get(b"request\0headers\0x").unwrap(), b"1,2");
        assert_eq!(get(b"request\0method"), None);
        assert_eq!(get(b"request"), None);
    }
}
