//! How long a request may take, when it is sent again, and how a client stays with a backend.
//! All durations are milliseconds.

use serde::{Deserialize, Serialize};

/// Limits of time (GEP-1742). What is absent has no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Timeouts {
    /// Of the request as a whole, with all retries, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<u64>,
    /// Of one request to a backend, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backend_request: Option<u64>,
}

/// When a request is sent again (GEP-1731). Where no connection is made it always is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Retry {
    /// Status codes of the backend that are retried.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<u16>,
    /// Retries after the first try.
    pub attempts: u32,
    /// Least time between two tries, in milliseconds. The host takes it from the variant of its route.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backoff: Option<u64>,
}

/// How a client stays with the backend that it got first, and with that backend's endpoint
/// (GEP-1619).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SessionPersistence {
    /// What carries the session.
    pub carrier: Carrier,
    /// Name of the cookie or header.
    pub name: String,
    /// Time after which a session ends, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absolute_timeout: Option<u64>,
    /// Time without requests after which a session ends, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_timeout: Option<u64>,
}

/// What carries a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Carrier {
    /// A header of requests and responses.
    Header,
    /// A cookie.
    Cookie {
        /// Path that the cookie is for.
        path: String,
        /// Whether it outlives the browser's session, for the absolute timeout.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        permanent: bool,
    },
}

impl SessionPersistence {
    /// Whether its sessions end by themselves, so that the time has to be known.
    pub fn is_limited(&self) -> bool {
        self.absolute_timeout.is_some() || self.idle_timeout.is_some()
    }
}
