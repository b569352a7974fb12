//! CORS (GEP-1767; the Fetch standard, section "CORS protocol").

use crate::config::Cors;
use crate::request::Request;

/// A response header with its value.
pub(crate) type Header = (&'static str, Vec<u8>);

const ALLOW_ORIGIN: &str = "access-control-allow-origin";
const ALLOW_CREDENTIALS: &str = "access-control-allow-credentials";
const ALLOW_METHODS: &str = "access-control-allow-methods";
const ALLOW_HEADERS: &str = "access-control-allow-headers";
const EXPOSE_HEADERS: &str = "access-control-expose-headers";
const MAX_AGE: &str = "access-control-max-age";

/// What a backend may not say beside the gateway.
pub(crate) const OWN_HEADERS: [&str; 6] =
    [ALLOW_ORIGIN, ALLOW_CREDENTIALS, ALLOW_METHODS, ALLOW_HEADERS, EXPOSE_HEADERS, MAX_AGE];

/// The question of a browser whether it may send a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Preflight<'r> {
    origin: &'r [u8],
    /// The method of the request that it asks for.
    pub(crate) method: &'r [u8],
    headers: Option<&'r [u8]>,
}

impl<'r> Preflight<'r> {
    /// "A CORS-preflight request": OPTIONS with an origin and a requested method.
    pub(crate) fn of(request: &Request<'r>) -> Option<Self> {
        if request.method != b"OPTIONS" {
            return None;
        }
        Some(Self {
            origin: header(request, b"origin")?,
            method: header(request, b"access-control-request-method")?,
            headers: header(request, b"access-control-request-headers").filter(|h| !h.is_empty()),
        })
    }

    /// The headers of the answer; none for an origin that is not allowed. What was asked for and
    /// is not in a list changes nothing: the browser decides.
    pub(crate) fn answer(&self, config: &Cors) -> Vec<Header> {
        let mut answer = response(config, Some(self.origin));
        if answer.is_empty() {
            return answer;
        }
        let asked = Some(self.method).filter(|method| !method.is_empty());
        if let Some(methods) = list(&config.allow_methods, config.allow_credentials, asked) {
            answer.push((ALLOW_METHODS, methods));
        }
        if let Some(headers) = list(&config.allow_headers, config.allow_credentials, self.headers) {
            answer.push((ALLOW_HEADERS, headers));
        }
        answer.push((MAX_AGE, config.max_age.to_string().into_bytes()));
        answer
    }
}

/// The headers of a response to the request; none for an origin that is not allowed.
pub(crate) fn actual(config: &Cors, request: &Request<'_>) -> Vec<Header> {
    response(config, header(request, b"origin"))
}

fn response(config: &Cors, origin: Option<&[u8]>) -> Vec<Header> {
    let Some(origin) = origin else { return Vec::new() };
    let any = is_any(&config.allow_origins);
    if !any && !config.allow_origins.iter().any(|allowed| fits(allowed, origin)) {
        return Vec::new();
    }
    let mut headers = Vec::with_capacity(6);
    if any && !config.allow_credentials {
        headers.push((ALLOW_ORIGIN, b"*".to_vec()));
    } else {
        headers.push((ALLOW_ORIGIN, origin.to_vec()));
        // A cache must not give one origin's response to another.
        headers.push(("vary", b"origin".to_vec()));
    }
    if config.allow_credentials {
        headers.push((ALLOW_CREDENTIALS, b"true".to_vec()));
    }
    if !config.expose_headers.is_empty() {
        headers.push((EXPOSE_HEADERS, config.expose_headers.join(", ").into_bytes()));
    }
    headers
}

/// The value for a list. `*` means itself only in responses to requests without credentials; with
/// them what was asked for takes its place.
fn list(configured: &[String], credentials: bool, asked: Option<&[u8]>) -> Option<Vec<u8>> {
    if configured.is_empty() {
        None
    } else if is_any(configured) && credentials {
        asked.map(<[u8]>::to_vec)
    } else {
        Some(configured.join(", ").into_bytes())
    }
}

fn is_any(list: &[String]) -> bool {
    matches!(list, [only] if only == "*")
}

/// Whether an origin is the one that is allowed. Scheme and host compare without regard to case,
/// and a port that is the scheme's own may be written or not (RFC 6454, section 4).
fn fits(allowed: &str, origin: &[u8]) -> bool {
    let (Some(allowed), Some(origin)) = (Origin::of(allowed.as_bytes()), Origin::of(origin)) else {
        return false;
    };
    let host = match allowed.host.strip_prefix(b"*") {
        // Any number of labels, but at least one.
        Some(suffix) if suffix.first() == Some(&b'.') => {
            let labels = origin.host.len().saturating_sub(suffix.len());
            labels > 0
                && origin.host.get(labels..).is_some_and(|end| end.eq_ignore_ascii_case(suffix))
        }
        _ => origin.host.eq_ignore_ascii_case(allowed.host),
    };
    host && allowed.scheme.eq_ignore_ascii_case(origin.scheme) && allowed.port() == origin.port()
}

struct Origin<'a> {
    scheme: &'a [u8],
    host: &'a [u8],
    port: Option<&'a [u8]>,
}

impl<'a> Origin<'a> {
    fn of(text: &'a [u8]) -> Option<Self> {
        let colon = text.windows(3).position(|part| part == b"://")?;
        let (scheme, rest) = text.split_at_checked(colon)?;
        let authority = rest.get(3..)?;
        // The colons of an IPv6 address stand in brackets.
        let colon = authority.iter().rposition(|&b| b == b':');
        let bracket = authority.iter().rposition(|&b| b == b']');
        let (host, port) = match colon.filter(|colon| bracket.is_none_or(|end| end < *colon)) {
            Some(colon) => {
                let (host, port) = authority.split_at_checked(colon)?;
                (host, port.get(1..))
            }
            None => (authority, None),
        };
        // An origin ends with its port: `https://evil.example/.example.com` is none.
        let is_host = !authority.iter().any(|b| matches!(b, b'/' | b'?' | b'#' | b'@'));
        is_host.then_some(Self { scheme, host, port })
    }

    fn port(&self) -> &'a [u8] {
        self.port.unwrap_or(if self.scheme.eq_ignore_ascii_case(b"https") {
            b"443"
        } else if self.scheme.eq_ignore_ascii_case(b"http") {
            b"80"
        } else {
            b""
        })
    }
}

fn header<'r>(request: &Request<'r>, name: &[u8]) -> Option<&'r [u8]> {
    request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (allowed, origin, expected) in [
            ("https://a.example.com", "https://a.example.com", true),
            ("https://a.example.com", "http://a.example.com", false),
            ("https://a.example.com", "https://a.example.com:8443", false),
            ("https://a.example.com:8443", "https://a.example.com:8443", true),
            ("https://a.example.com:443", "https://a.example.com", true),
            ("http://a.example.com", "http://a.example.com:80", true),
            ("https://A.example.com", "https://a.EXAMPLE.com", true),
            ("https://a.example.com", "https://a.example.com.evil.example", false),
            ("https://a.example.com", "https://evil.example/https://a.example.com", false),
            ("https://*.example.com", "https://a.example.com", true),
            ("https://*.example.com", "https://a.b.example.com", true),
            ("https://*.example.com", "https://example.com", false),
            ("https://*.example.com", "https://.example.com", false),
            ("https://*.example.com", "https://notexample.com", false),
            ("https://*.example.com", "https://a.example.com:8443", false),
            ("https://*.example.com", "https://evil.example/.example.com", false),
            ("https://*.example.com", "https://evil.example?.example.com", false),
            ("https://*.example.com:8443", "https://a.example.com:8443", true),
            ("http://[::1]:3000", "http://[::1]:3000", true),
            ("http://[::1]", "http://[::1]:3000", false),
            ("https://a.example.com", "null", false),
            ("https://a.example.com", "", false),
        ] {
            assert_eq!(fits(allowed, origin.as_bytes()), expected, "{allowed} {origin}");
        }
    }
}
