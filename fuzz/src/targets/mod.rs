//! One file for each target.

use route::config::{Hostname, Listener, Protocol};

pub(crate) mod configs;
pub(crate) mod durations;
pub(crate) mod logs;
pub(crate) mod pair_maps;
pub(crate) mod paths;
pub(crate) mod patterns;
pub(crate) mod requests;
pub(crate) mod sessions;
pub(crate) mod sources;

/// A listener that has these matches, whatever the host.
fn listener(matches: Vec<u32>) -> Listener {
    Listener {
        name: "http".to_owned(),
        port: 80,
        bound: None,
        protocol: Protocol::Http,
        hostname: None,
        hostnames: vec![Hostname { hostname: None, matches }],
    }
}

/// The input as text; `None` where it is none, which some targets have nothing to say about.
fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}
