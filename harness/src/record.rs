//! What a filter did with one request.

use std::borrow::Cow;

use crate::headers::Pair;
use crate::{Action, Cost, Headers, Log, MetricChange, Phase, Properties, Status};

/// Everything that can be seen of a filter's work on one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// The request headers as they stand: after the request phases, what upstream gets.
    pub request_headers: Headers,
    /// The part of the request body that the filter has let pass.
    pub request_body: Vec<u8>,
    /// The request trailers as they stand.
    pub request_trailers: Headers,
    /// The response that the filter has sent itself.
    pub local_reply: Option<LocalReply>,
    /// The response headers as they stand: after the response phases, what the client gets. For
    /// a local reply with the headers that the proxy adds, and after the filter's own response
    /// phases.
    pub response_headers: Headers,
    /// The part of the response body that the filter has let pass.
    pub response_body: Vec<u8>,
    /// The response trailers as they stand.
    pub response_trailers: Headers,
    /// Whether the stream was reset: the filter closed it, or sent a local reply when the
    /// response was on its way already.
    pub reset: bool,
    /// The calls into the module, in order. Exports that the module lacks are not called.
    pub calls: Vec<Call>,
    /// What the module logged for this request.
    pub logs: Vec<Log>,
    /// What the module did to metrics for this request, in order.
    pub metrics: Vec<MetricChange>,
    /// The properties that the module set. Envoy keeps them as filter state under
    /// `wasm.` and the path.
    pub properties: Properties,
    /// Filter state that the module set under its plain name by the foreign function
    /// `set_envoy_filter_state`; the path has one segment.
    pub filter_state: Properties,
    /// The foreign functions that the module called, in order.
    pub foreign_calls: Vec<ForeignCall>,
    /// The tokens of the HTTP calls that the module made.
    pub http_calls: Vec<u32>,
}

impl Record {
    /// What the module returned from the last call of that phase; none where it was not called
    /// or the phase returns nothing.
    #[must_use]
    pub fn action(&self, phase: Phase) -> Option<Action> {
        self.calls.iter().rev().find(|call| call.phase == phase)?.action
    }

    /// What all calls of that phase cost together; nothing where there was none.
    #[must_use]
    pub fn cost(&self, phase: Phase) -> Cost {
        self.sum(|call| call.phase == phase)
    }

    /// What all calls cost together.
    #[must_use]
    pub fn total_cost(&self) -> Cost {
        self.sum(|_| true)
    }

    fn sum(&self, counts: impl Fn(&Call) -> bool) -> Cost {
        let mut sum = Cost::default();
        for call in self.calls.iter().filter(|call| counts(call)) {
            sum += &call.cost;
        }
        sum
    }

    /// The response status that the client gets, once there is one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        std::str::from_utf8(self.response_headers.get(":status")?).ok()?.parse().ok()
    }
}

/// One call into the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Which export.
    pub phase: Phase,
    /// What it returned, where it returns an action.
    pub action: Option<Action>,
    /// What it cost.
    pub cost: Cost,
}

/// A response that a filter sends itself, as it passed it to the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalReply {
    /// The HTTP status.
    pub status: u32,
    /// The headers that the filter added, as it spelt them.
    pub headers: Vec<Pair>,
    /// The body; for a gRPC request it becomes the `grpc-message`.
    pub body: Vec<u8>,
    /// The response code details, for the proxy's log.
    pub details: Vec<u8>,
    /// The gRPC status; none where the filter gave a negative one.
    pub grpc_status: Option<u32>,
}

/// A call of a foreign function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignCall {
    /// The name of the function.
    pub name: Vec<u8>,
    /// The bytes passed to it.
    pub arguments: Vec<u8>,
    /// What the call returned.
    pub status: Status,
}

impl ForeignCall {
    /// The name as text; bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn name_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.name)
    }
}
