//! Timeouts (GEP-1742), retries (GEP-1731) and session persistence (GEP-1619).

use kube::KubeSchema;
use kube::core::Rule;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::duration::Duration;
use crate::api::pattern;

/// How long a request may take. `0s` means no limit.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = backend_within_request())]
pub struct Timeouts {
    /// From the client's request to the end of the response, with all retries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<Duration>,
    /// One request to a backend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend_request: Option<Duration>,
}

fn backend_within_request() -> Rule {
    Rule::new(
        "!(has(self.request) && has(self.backendRequest) && duration(self.request) != duration('0s') && duration(self.backendRequest) > duration(self.request))",
    )
    .message("backendRequest timeout cannot be longer than request timeout")
    .field_path(".backendRequest")
}

/// When a request is sent again. An empty one retries where no connection was made.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Retry {
    /// Status codes of the backend that are retried.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(range(min = 400, max = 599)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub codes: Vec<u16>,
    /// Retries after the first try; 0 switches them off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// Least time between two tries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backoff: Option<Duration>,
}

/// How a client stays with one endpoint. Takes the fields of every version of the API:
/// `sessionName`, `type` and `cookieConfig` (v1.1 to v1.6), `idleTimeout` (to v1.5), `cookie` or
/// `header` (later).
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = (
    "!has(self.cookieConfig) || !has(self.cookieConfig.lifetimeType) || self.cookieConfig.lifetimeType != 'Permanent' || has(self.absoluteTimeout)",
    "AbsoluteTimeout must be specified when cookie lifetimeType is Permanent",
))]
#[x_kube(validation = (
    "!has(self.cookie) || !has(self.cookie.lifetimeType) || self.cookie.lifetimeType != 'Permanent' || has(self.absoluteTimeout)",
    "absoluteTimeout must be specified when the lifetimeType of the cookie is Permanent",
))]
#[x_kube(validation = (
    "!has(self.cookieConfig) || !has(self.type) || self.type == 'Cookie'",
    "cookieConfig can only be set with type Cookie",
))]
#[x_kube(validation = (
    "!(has(self.cookie) && has(self.header))",
    "only one of cookie and header may be specified",
))]
#[x_kube(validation = (
    "!(has(self.cookie) || has(self.header)) || !(has(self.type) || has(self.sessionName) || has(self.cookieConfig))",
    "cookie and header cannot be used together with type, sessionName or cookieConfig",
))]
pub struct SessionPersistence {
    /// Name of the cookie or header.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub session_name: Option<String>,
    /// Time after which a session ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absolute_timeout: Option<Duration>,
    /// Time without requests after which a session ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_timeout: Option<Duration>,
    /// Whether a cookie or a header carries the session; a cookie when absent.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub session_type: Option<SessionType>,
    /// Settings of the cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cookie_config: Option<CookieConfig>,
    /// A cookie carries the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cookie: Option<SessionCookie>,
    /// A header carries the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<SessionHeader>,
}

/// What carries a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SessionType {
    /// A cookie.
    Cookie,
    /// A header.
    Header,
}

/// Settings of a session cookie.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CookieConfig {
    /// How long the cookie lives.
    #[serde(default)]
    pub lifetime_type: CookieLifetime,
}

/// How long a cookie lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum CookieLifetime {
    /// Until the browser ends its session.
    #[default]
    Session,
    /// For the absolute timeout (Max-Age).
    Permanent,
}

/// A cookie that carries a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionCookie {
    /// Name of the cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub name: Option<String>,
    /// Path that the cookie is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024))]
    pub path: Option<String>,
    /// How long the cookie lives.
    #[serde(default)]
    pub lifetime_type: CookieLifetime,
}

/// A header that carries a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionHeader {
    /// Name of the header.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256), regex(pattern = pattern::HEADER_NAME))]
    pub name: Option<String>,
}

/// What a [`SessionPersistence`] means, whichever of its shapes was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Session<'a> {
    /// A cookie carries the session.
    Cookie {
        /// Name of the cookie, where one is given.
        name: Option<&'a str>,
        /// Path that the cookie is for, where one is given.
        path: Option<&'a str>,
        /// How long the cookie lives.
        lifetime: CookieLifetime,
    },
    /// A header carries the session.
    Header {
        /// Name of the header, where one is given.
        name: Option<&'a str>,
    },
}

impl SessionPersistence {
    /// What carries the session.
    pub fn session(&self) -> Session<'_> {
        if let Some(cookie) = &self.cookie {
            return Session::Cookie {
                name: cookie.name.as_deref(),
                path: cookie.path.as_deref(),
                lifetime: cookie.lifetime_type,
            };
        }
        if let Some(header) = &self.header {
            return Session::Header { name: header.name.as_deref() };
        }
        let name = self.session_name.as_deref();
        match self.session_type.unwrap_or(SessionType::Cookie) {
            SessionType::Header => Session::Header { name },
            SessionType::Cookie => Session::Cookie {
                name,
                path: None,
                lifetime: self.cookie_config.as_ref().map(|c| c.lifetime_type).unwrap_or_default(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{CookieLifetime, Session, SessionPersistence};

    #[test]
    fn the_shapes_of_every_version_mean_the_same() {
        let read = |value| serde_json::from_value::<SessionPersistence>(value).unwrap();
        let old = read(
            json!({"sessionName": "s", "cookieConfig": {"lifetimeType": "Permanent"}, "absoluteTimeout": "1h", "idleTimeout": "5m"}),
        );
        let new = read(
            json!({"cookie": {"name": "s", "lifetimeType": "Permanent"}, "absoluteTimeout": "1h"}),
        );
        let want =
            Session::Cookie { name: Some("s"), path: None, lifetime: CookieLifetime::Permanent };
        assert_eq!(old.session(), want);
        assert_eq!(new.session(), want);

        let old = read(json!({"sessionName": "x-s", "type": "Header"}));
        let new = read(json!({"header": {"name": "x-s"}}));
        assert_eq!(old.session(), Session::Header { name: Some("x-s") });
        assert_eq!(new.session(), old.session());
    }

    #[test]
    fn an_empty_one_is_a_session_cookie() {
        let want = Session::Cookie { name: None, path: None, lifetime: CookieLifetime::Session };
        assert_eq!(SessionPersistence::default().session(), want);
    }
}
