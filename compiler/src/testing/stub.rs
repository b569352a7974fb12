//! What the stub backend of the generated Envoy configuration answers: its name, and the request as
//! the backend would have got it.

use super::engine::Forwarded;
use super::native::named;
use crate::envoy::RawResponse;
use serde::Deserialize;

/// Header of the stub's response to a request that can have no body in its response.
pub(super) const HEADER: &str = "x-kgwc-stub";

#[derive(Deserialize)]
pub(super) struct Stubbed {
    backend: String,
    authority: String,
    path: String,
    headers: Vec<(String, String)>,
}

impl Stubbed {
    /// `None` where somebody else answered.
    pub(super) fn of(response: &RawResponse) -> Option<Self> {
        let in_header = response.header(HEADER).next();
        serde_json::from_slice(in_header.unwrap_or(&response.body)).ok()
    }
}

/// The backend, and what it got.
impl From<Stubbed> for (Option<String>, Option<Forwarded>) {
    fn from(stubbed: Stubbed) -> Self {
        let Stubbed { backend, authority, path, headers } = stubbed;
        let headers = headers.iter().map(|(name, value)| (latin1(name), latin1(value)));
        let forwarded = Forwarded {
            path: latin1(&path),
            authority: latin1(&authority),
            headers: named(headers.collect()),
        };
        (Some(backend), Some(forwarded))
    }
}

/// The stub writes each byte as the character of that number.
fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
}
