//! The request of a test case or of a command line, as a client sends it and as the module gets it.

use super::told;
use crate::api::request::{self, InvalidRequest, RequestUrl};
use crate::api::route_test::TestRequest;
use crate::envoy::RawRequest;
use route::owned::is_not_from_clients;
use route::{Clock, PathRejected, Request, normalize_path};
use std::time::{SystemTime, UNIX_EPOCH};

/// A request in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// Whether it comes over TLS.
    pub https: bool,
    /// Port of the Gateway listener.
    pub port: u16,
    /// Host of the URL: the server name of the TLS handshake.
    pub server_name: String,
    /// Method.
    pub method: String,
    /// Host as sent: that of the URL, or the `host` header.
    pub authority: String,
    /// Path and query as sent.
    pub path: String,
    /// Other headers, names in lower case.
    pub headers: Vec<(String, String)>,
}

impl Prepared {
    /// A request for a URL.
    ///
    /// # Errors
    /// When no client sends it.
    pub fn new(
        method: &str,
        url: &str,
        headers: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, InvalidRequest> {
        let RequestUrl { https, host, authority, port, path } = RequestUrl::parse(url)?;
        request::check_method(method)?;
        let mut prepared = Self {
            https,
            port,
            server_name: host.to_owned(),
            method: method.to_owned(),
            authority: authority.to_owned(),
            path: if path.starts_with('/') { path.to_owned() } else { format!("/{path}") },
            headers: Vec::new(),
        };
        for (name, value) in headers {
            request::check_header_name(&name)?;
            request::check_header_value(&name, &value)?;
            match name.to_ascii_lowercase() {
                name if name == "host" => prepared.authority = value,
                name => prepared.headers.push((name, value)),
            }
        }
        Ok(prepared)
    }

    /// The request of a test case.
    ///
    /// # Errors
    /// As [`Prepared::new`].
    pub fn of_case(request: &TestRequest) -> Result<Self, InvalidRequest> {
        let TestRequest { method, url, headers } = request;
        let lines = headers.iter().flat_map(|(name, values)| {
            values.as_slice().iter().map(move |value| (name.clone(), value.clone()))
        });
        Self::new(method.as_str(), url, lines)
    }

    /// Does to the path what the generated Envoy configuration does before the module sees it.
    ///
    /// # Errors
    /// When Envoy would answer 400.
    pub fn normalized(mut self) -> Result<Self, PathRejected> {
        let path = normalize_path(self.path.as_bytes())?;
        self.path = String::from_utf8_lossy(&path).into_owned();
        Ok(self)
    }

    /// The request as a client sends it, with the token that opens the module's explanations.
    pub(super) fn raw(&self, token: Option<&str>) -> RawRequest {
        let mut sent = RawRequest::get(self.authority.as_str(), self.path.as_str());
        sent.method = self.method.clone().into_bytes();
        for (name, value) in &self.headers {
            sent = sent.header(name.as_str(), value.as_str());
        }
        match token {
            Some(token) => sent.header(told::HEADER, token),
            None => sent,
        }
    }

    /// Calls with the view of the engine. Headers that clients cannot send are dropped before
    /// anything else, as the module does.
    pub fn with_view<T>(&self, call: impl FnOnce(&Request<'_>) -> T) -> T {
        let sent = self.headers.iter().filter(|(name, _)| !is_not_from_clients(name.as_bytes()));
        let headers: Vec<_> =
            sent.map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
        call(&Request {
            port: Some(self.port),
            clock: Clock::new(&now),
            sni: self.https.then_some(self.server_name.as_bytes()),
            method: self.method.as_bytes(),
            authority: self.authority.as_bytes(),
            path: self.path.as_bytes(),
            headers: &headers,
        })
    }
}

/// Milliseconds since 1970, for sessions that end.
fn now() -> Option<u64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(since.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use super::Prepared;

    #[test]
    fn scheme_and_port_choose_the_listener_and_the_host_header_the_authority() {
        let get = |url: &str| Prepared::new("GET", url, []).unwrap();
        assert_eq!(get("http://a.test/x?y=1#z").path, "/x?y=1");
        assert_eq!((get("http://a.test").port, get("https://a.test").port), (80, 443));
        assert_eq!(get("http://a.test?x").path, "/?x");
        let ported = get("https://a.test:8443/");
        assert_eq!((ported.port, ported.authority.as_str()), (8443, "a.test:8443"));
        assert_eq!(ported.server_name, "a.test");
        assert_eq!(get("http://[::1]/").server_name, "[::1]");
        let host = [("Host".to_owned(), "b.test".to_owned())];
        let other = Prepared::new("GET", "https://a.test/", host).unwrap();
        assert_eq!((other.authority.as_str(), other.server_name.as_str()), ("b.test", "a.test"));
    }
}
