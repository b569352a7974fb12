//! The request as the host hands it over.

use crate::clock::Clock;

/// A borrowed view of a request. Everything is bytes: HTTP allows values that are no UTF-8.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request<'r> {
    /// Port of the Gateway listener that the request came in on; `None` where there is only one.
    pub port: Option<u16>,
    /// Tells the time, for sessions that end.
    pub clock: Clock<'r>,
    /// Server name of the TLS handshake; `None` without TLS or where it can decide nothing.
    pub sni: Option<&'r [u8]>,
    /// `:method`.
    pub method: &'r [u8],
    /// `:authority` as sent, port included.
    pub authority: &'r [u8],
    /// `:path` as sent, query included.
    pub path: &'r [u8],
    /// All other headers, in their order; a name that is sent several times stands here as often.
    pub headers: &'r [(&'r [u8], &'r [u8])],
}

impl<'r> Request<'r> {
    /// The path without the query.
    pub fn path_only(&self) -> &'r [u8] {
        split_path(self.path).0
    }

    /// The query without its `?`; `None` where there is no `?`.
    pub fn query(&self) -> Option<&'r [u8]> {
        split_path(self.path).1
    }

    /// The host without port, and without one trailing dot; an IPv6 address keeps its brackets.
    pub fn host(&self) -> &'r [u8] {
        let authority = self.authority;
        let host = match authority.iter().rposition(|&b| b == b':') {
            Some(colon) => match authority.split_at_checked(colon) {
                Some((host, port)) if port.iter().skip(1).all(u8::is_ascii_digit) => host,
                _ => authority,
            },
            None => authority,
        };
        host.strip_suffix(b".").unwrap_or(host)
    }
}

/// Splits `:path` at its first `?`.
pub(crate) fn split_path(path: &[u8]) -> (&[u8], Option<&[u8]>) {
    match path.iter().position(|&b| b == b'?') {
        Some(mark) => (path.get(..mark).unwrap_or(path), path.get(mark + 1..)),
        None => (path, None),
    }
}

/// The value of the first parameter of that name, undecoded. A parameter without `=` has an empty
/// value. The name is compared as it stands.
pub(crate) fn query_value<'r>(query: &'r [u8], name: &[u8]) -> Option<&'r [u8]> {
    parameters(query).find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// The parameters of a query in their order, undecoded.
pub(crate) fn parameters(query: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    query.split(|&b| b == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
        match pair.iter().position(|&b| b == b'=') {
            Some(equals) => {
                (pair.get(..equals).unwrap_or(pair), pair.get(equals + 1..).unwrap_or_default())
            }
            None => (pair, &[][..]),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(authority: &[u8]) -> &[u8] {
        Request { authority, ..Request::default() }.host()
    }

    #[test]
    fn host_is_without_port_and_trailing_dot() {
        assert_eq!(host(b"a.example.com"), b"a.example.com");
        assert_eq!(host(b"a.example.com:8080"), b"a.example.com");
        assert_eq!(host(b"a.example.com:"), b"a.example.com");
        assert_eq!(host(b"a.example.com."), b"a.example.com");
        assert_eq!(host(b"a.example.com.:80"), b"a.example.com");
        assert_eq!(host(b"a.example.com.."), b"a.example.com.", "only one dot is ignored");
        assert_eq!(host(b"[::1]:80"), b"[::1]");
        assert_eq!(host(b"[::1]"), b"[::1]");
        assert_eq!(host(b""), b"");
    }

    #[test]
    fn query_parameters_are_undecoded_and_the_first_counts() {
        let query = b"a=1&b&c=x%20y&a=2&=e&d=x=y";
        assert_eq!(query_value(query, b"a"), Some(&b"1"[..]));
        assert_eq!(query_value(query, b"b"), Some(&b""[..]));
        assert_eq!(query_value(query, b"c"), Some(&b"x%20y"[..]));
        assert_eq!(query_value(query, b"d"), Some(&b"x=y"[..]));
        assert_eq!(query_value(query, b"A"), None);
        assert_eq!(query_value(b"", b"a"), None);
    }
}
