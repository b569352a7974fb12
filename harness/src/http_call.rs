//! HTTP calls that a module makes to an upstream of its own.

use crate::headers::Pair;
use crate::{Headers, Response};
use std::time::Duration;

/// A call that waits for its answer, see [`Vm::answer`](crate::Vm::answer).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpCall {
    /// What the module knows the call by.
    pub token: u32,
    /// The upstream (for Envoy a cluster).
    pub upstream: Vec<u8>,
    /// The request headers.
    pub headers: Vec<Pair>,
    /// The request body.
    pub body: Vec<u8>,
    /// The request trailers.
    pub trailers: Vec<Pair>,
    /// After how long the module wants an answer; zero is no limit.
    pub timeout: Duration,
    /// The root context that gets the answer.
    pub(crate) root: u32,
}

/// How an HTTP call ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallReply {
    /// The upstream answered.
    Response(Response),
    /// There is no answer: the connection broke or the time is over.
    Failed,
}

/// The answer while the module looks at it.
#[derive(Debug, Default)]
pub(crate) struct CallAnswer {
    pub(crate) headers: Headers,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: Headers,
}

impl From<Response> for CallAnswer {
    fn from(response: Response) -> CallAnswer {
        let Response { headers, body, trailers } = response;
        CallAnswer {
            headers: Headers::response(headers),
            body: body.concat(),
            trailers: Headers::trailers(trailers),
        }
    }
}
