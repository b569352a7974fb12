//! What a request has to be for a client to send it (RFC 9110, RFC 9112, RFC 3986).

use std::net::Ipv6Addr;

/// Headers that clients write for each connection, by what they do with it and not by what somebody
/// wants: to say otherwise breaks the connection.
const OF_CONNECTION: [&str; 2] = ["connection", "transfer-encoding"];

/// A request that no client sends.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRequest {
    /// Another scheme than http or https, no host, or a port that is none.
    #[error("{} is no URL of the form http[s]://host[:port]/path", .0.escape_debug())]
    Url(String),
    /// A space or a control character, which a URL has to have as an escape.
    #[error("{} has {what}, which no client sends in a URL: write it as {escape}", url.escape_debug())]
    Character {
        /// The URL.
        url: String,
        /// What it has.
        what: &'static str,
        /// The escape.
        escape: String,
    },
    /// A `host` header that names no host.
    #[error("`{}` is no host", .0.escape_debug())]
    Host(String),
    /// No token.
    #[error("`{}` is no method: it has letters, digits and any of !#$%&'*+-.^_`|~", .0.escape_debug())]
    Method(String),
    /// No token.
    #[error("`{}` is no name of a header: it has letters, digits and any of !#$%&'*+-.^_`|~", .0.escape_debug())]
    HeaderName(String),
    /// The header ends at the end of its line.
    #[error("the value of `{0}` has an end of a line or a NUL, which no client sends")]
    HeaderValue(String),
    /// A `content-length` that speaks of a body.
    #[error("there is no body: `content-length` can only be 0")]
    Body,
    /// It is not for a test to say.
    #[error("`{0}` belongs to the connection, not to the request: leave it out")]
    OfConnection(String),
}

/// The parts of the URL of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestUrl<'u> {
    /// Whether its scheme is https.
    pub https: bool,
    /// Host, an IPv6 address in its brackets.
    pub host: &'u str,
    /// Host, with the port where it is written.
    pub authority: &'u str,
    /// The port, else that of the scheme.
    pub port: u16,
    /// Path and query as they stand; empty or a query alone where the path is left out.
    pub path: &'u str,
}

impl<'u> RequestUrl<'u> {
    /// Takes a URL apart; a fragment is left out, as it is never sent.
    ///
    /// # Errors
    /// When no request can be made of it.
    pub fn parse(url: &'u str) -> Result<Self, InvalidRequest> {
        let invalid = || InvalidRequest::Url(url.to_owned());
        let (scheme, rest) = url.split_once("://").ok_or_else(invalid)?;
        let https = match scheme {
            "http" => false,
            "https" => true,
            _ => return Err(invalid()),
        };
        if let Some(c) = url.chars().find(|c| *c == ' ' || c.is_control()) {
            let what = if c == ' ' { "a space" } else { "a control character" };
            let bytes = c.to_string().into_bytes();
            let escape = bytes.iter().map(|byte| format!("%{byte:02X}")).collect();
            return Err(InvalidRequest::Character { url: url.to_owned(), what, escape });
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                (host, port.parse().map_err(|_| invalid())?)
            }
            _ => (authority, if https { 443 } else { 80 }),
        };
        match is_host(host) {
            true => Ok(Self { https, host, authority, port, path }),
            false => Err(invalid()),
        }
    }
}

/// Not empty, and brackets only around an IPv6 address.
fn is_host(host: &str) -> bool {
    match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').is_some_and(|ip| ip.parse::<Ipv6Addr>().is_ok()),
        None => !host.is_empty() && !host.contains(['[', ']', ':']),
    }
}

/// Checks a method.
///
/// # Errors
/// When it is no token.
pub fn check_method(method: &str) -> Result<(), InvalidRequest> {
    if is_token(method) { Ok(()) } else { Err(InvalidRequest::Method(method.to_owned())) }
}

/// Checks the name of a header.
///
/// # Errors
/// When it is no token, or that of a header that is the connection's.
pub fn check_header_name(name: &str) -> Result<(), InvalidRequest> {
    if !is_token(name) {
        return Err(InvalidRequest::HeaderName(name.to_owned()));
    }
    match OF_CONNECTION.iter().any(|own| name.eq_ignore_ascii_case(own)) {
        true => Err(InvalidRequest::OfConnection(name.to_owned())),
        false => Ok(()),
    }
}

/// Checks the value of a header, whose name is fine.
///
/// # Errors
/// When it does not stay on its line, names no host in `host`, or in `content-length` is not 0: there
/// is no body.
pub fn check_header_value(name: &str, value: &str) -> Result<(), InvalidRequest> {
    if value.contains(['\r', '\n', '\0']) {
        return Err(InvalidRequest::HeaderValue(name.to_owned()));
    }
    if name.eq_ignore_ascii_case("content-length") && value != "0" {
        return Err(InvalidRequest::Body);
    }
    let is_host = !value.is_empty() && !value.contains(|c: char| c == ' ' || c.is_control());
    match name.eq_ignore_ascii_case("host") && !is_host {
        true => Err(InvalidRequest::Host(value.to_owned())),
        false => Ok(()),
    }
}

/// RFC 9110, section 5.6.2.
fn is_token(text: &str) -> bool {
    let is_in_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !text.is_empty() && text.bytes().all(is_in_token)
}

#[cfg(test)]
mod tests {
    use super::{RequestUrl, check_header_name, check_header_value, check_method};

    #[test]
    fn what_is_no_url_is_refused() {
        for url in [
            "a.test/x",
            "ftp://a.test/",
            "http:///x",
            "http://a.test:x/",
            "http://a:99999/",
            "http://[::1/x",
            "http://::1]/",
            "http://[a]/",
            "http://a[b]/",
            "http://a b/",
            "http://a/b c",
            "http://a/\n",
            "http://a/\u{85}",
            "http://a:1:2/",
        ] {
            assert!(RequestUrl::parse(url).is_err(), "{url:?}");
        }
        for url in ["http://[::1]:80/é", "https://a?b", "http://a#b", "http://_a.test:1/%20"] {
            assert!(RequestUrl::parse(url).is_ok(), "{url:?}");
        }
    }

    #[test]
    fn only_what_a_client_sends() {
        assert!(check_method("post").is_ok() && check_method("M-SEARCH").is_ok());
        assert!(check_method("").is_err() && check_method("GET /").is_err());
        assert!(check_header_name("X-a_b").is_ok() && check_header_name("host").is_ok());
        for name in ["", "a b", "a:b", "ü", "Transfer-Encoding", "connection"] {
            assert!(check_header_name(name).is_err(), "{name}");
        }
        assert!(check_header_value("a", "é\tb c").is_ok() && check_header_value("a", "").is_ok());
        assert!(check_header_value("Content-Length", "0").is_ok());
        for (name, value) in [
            ("a", "b\r\nc"),
            ("a", "\0"),
            ("Host", "a b"),
            ("host", ""),
            ("Content-Length", "5"),
            ("content-length", ""),
        ] {
            assert!(check_header_value(name, value).is_err(), "{value:?}");
        }
    }
}
