//! The phases of a request, and what a filter says after each.

use std::fmt;

/// A call into the module on behalf of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// `proxy_on_context_create`
    Create,
    /// `proxy_on_request_headers`
    RequestHeaders,
    /// `proxy_on_request_body`
    RequestBody,
    /// `proxy_on_request_trailers`
    RequestTrailers,
    /// `proxy_on_response_headers`
    ResponseHeaders,
    /// `proxy_on_response_body`
    ResponseBody,
    /// `proxy_on_response_trailers`
    ResponseTrailers,
    /// `proxy_on_log`
    Log,
    /// `proxy_on_done`
    Done,
    /// `proxy_on_delete`
    Delete,
}

impl Phase {
    /// The export that is called.
    #[must_use]
    pub const fn export(self) -> &'static str {
        match self {
            Phase::Create => "proxy_on_context_create",
            Phase::RequestHeaders => "proxy_on_request_headers",
            Phase::RequestBody => "proxy_on_request_body",
            Phase::RequestTrailers => "proxy_on_request_trailers",
            Phase::ResponseHeaders => "proxy_on_response_headers",
            Phase::ResponseBody => "proxy_on_response_body",
            Phase::ResponseTrailers => "proxy_on_response_trailers",
            Phase::Log => "proxy_on_log",
            Phase::Done => "proxy_on_done",
            Phase::Delete => "proxy_on_delete",
        }
    }

    pub(crate) fn is_headers(self) -> bool {
        matches!(self, Phase::RequestHeaders | Phase::ResponseHeaders)
    }

    pub(crate) fn is_request(self) -> bool {
        matches!(self, Phase::RequestHeaders | Phase::RequestBody | Phase::RequestTrailers)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Phase::Create => "create",
            Phase::RequestHeaders => "request headers",
            Phase::RequestBody => "request body",
            Phase::RequestTrailers => "request trailers",
            Phase::ResponseHeaders => "response headers",
            Phase::ResponseBody => "response body",
            Phase::ResponseTrailers => "response trailers",
            Phase::Log => "log",
            Phase::Done => "done",
            Phase::Delete => "delete",
        })
    }
}

/// What a filter returns from a phase of the request or response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Go on.
    Continue,
    /// Stop until the filter continues the stream or answers it itself.
    Pause,
}

impl Action {
    pub(crate) fn from_abi(action: u32) -> Action {
        if action == 0 { Action::Continue } else { Action::Pause }
    }
}
