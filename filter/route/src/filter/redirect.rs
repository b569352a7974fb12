//! RequestRedirect.

use super::path::replace;
use crate::config::{Listener, PathMatch, Protocol, Redirect as Config};
use crate::decision::Redirect;
use crate::matching::View;

/// The redirect for a request that came in on the listener.
///
/// Gateway API, `HTTPRequestRedirectFilter.port`: the well-known port of a given scheme, else the
/// listener's; the port is left out of the location for `http` with 80 and `https` with 443. The
/// port of the request's Host header plays no part.
pub(crate) fn redirect(
    config: &Config,
    view: &View<'_>,
    matched: &PathMatch,
    listener: &Listener,
) -> Redirect {
    let own_scheme = match listener.protocol {
        Protocol::Http => "http",
        Protocol::Https => "https",
    };
    let scheme = config.scheme.as_deref().unwrap_or(own_scheme);
    let port = config.port.unwrap_or(match config.scheme.as_deref() {
        Some("http") => 80,
        Some("https") => 443,
        Some(_) | None => listener.port,
    });
    let host = match &config.hostname {
        Some(hostname) => hostname.as_bytes(),
        None => view.request.host(),
    };

    let mut location = Vec::with_capacity(view.request.path.len().saturating_add(64));
    // Without a host only the path can be said; RFC 9110, section 10.2.2, allows that.
    if !host.is_empty() {
        location.extend_from_slice(scheme.as_bytes());
        location.extend_from_slice(b"://");
        location.extend_from_slice(host);
        if !matches!((scheme, port), ("http", 80) | ("https", 443)) {
            location.extend_from_slice(format!(":{port}").as_bytes());
        }
    }
    match &config.path {
        Some(modifier) => location.extend_from_slice(&replace(modifier, view, matched)),
        None => {
            // Right after the host, anything but a slash would change it: `a` gives no `hosta`.
            if view.request.path.first() != Some(&b'/') {
                location.push(b'/');
            }
            location.extend_from_slice(view.request.path);
        }
    }
    Redirect { status: config.status_code, location }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Request;

    fn location(config: Config, protocol: Protocol, port: u16) -> String {
        location_of(b"/p?q=1", config, protocol, port)
    }

    fn location_of(path: &[u8], config: Config, protocol: Protocol, port: u16) -> String {
        let listener = Listener {
            name: "l".into(),
            port,
            bound: None,
            protocol,
            hostname: None,
            hostnames: Vec::new(),
        };
        let request = Request {
            port: Some(port),
            clock: Default::default(),
            sni: None,
            method: b"GET",
            authority: b"a.example.com:1234",
            path,
            headers: &[],
        };
        let found = redirect(&config, &View::new(&request), &PathMatch::default(), &listener);
        assert_eq!(found.status, 302);
        String::from_utf8(found.location).unwrap()
    }

    fn to(scheme: Option<&str>, port: Option<u16>) -> Config {
        Config {
            scheme: scheme.map(str::to_owned),
            hostname: None,
            path: None,
            port,
            status_code: 302,
        }
    }

    #[test]
    fn port_is_explicit_or_the_schemes_or_the_listeners() {
        for (scheme, port, protocol, listener, expected) in [
            (None, None, Protocol::Http, 80, "http://a.example.com/p?q=1"),
            (None, None, Protocol::Http, 8080, "http://a.example.com:8080/p?q=1"),
            (None, None, Protocol::Https, 443, "https://a.example.com/p?q=1"),
            (None, None, Protocol::Https, 8443, "https://a.example.com:8443/p?q=1"),
            (None, None, Protocol::Http, 443, "http://a.example.com:443/p?q=1"),
            (Some("https"), None, Protocol::Http, 8080, "https://a.example.com/p?q=1"),
            (Some("http"), None, Protocol::Https, 8443, "http://a.example.com/p?q=1"),
            (Some("https"), Some(80), Protocol::Http, 80, "https://a.example.com:80/p?q=1"),
            (Some("https"), Some(443), Protocol::Http, 80, "https://a.example.com/p?q=1"),
            (None, Some(8083), Protocol::Http, 80, "http://a.example.com:8083/p?q=1"),
            (None, Some(80), Protocol::Http, 8080, "http://a.example.com/p?q=1"),
        ] {
            let found = location(to(scheme, port), protocol, listener);
            assert_eq!(found, expected, "{scheme:?} {port:?} {protocol:?} {listener}");
        }
    }

    #[test]
    fn hostname_and_path_take_the_place_of_the_requests() {
        let config = Config {
            hostname: Some("b.example.com".into()),
            path: Some(crate::config::PathModifier::ReplaceFullPath("/new".into())),
            ..to(None, None)
        };
        assert_eq!(location(config, Protocol::Http, 80), "http://b.example.com/new?q=1");
    }

    #[test]
    fn a_path_without_its_slash_does_not_run_into_the_host() {
        for (path, expected) in [
            ("", "http://a.example.com/"),
            ("*", "http://a.example.com/*"),
            ("?q", "http://a.example.com/?q"),
            (".evil.example", "http://a.example.com/.evil.example"),
            ("@evil.example", "http://a.example.com/@evil.example"),
        ] {
            let found = location_of(path.as_bytes(), to(None, None), Protocol::Http, 80);
            assert_eq!(found, expected, "{path}");
        }
    }
}
