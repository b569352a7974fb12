//! Calls to upstreams.

use std::time::Duration;

use super::Outcome;
use super::scope::Scope;
use crate::headers::{Pair, pairs};
use crate::http_call::HttpCall;
use crate::{Headers, Status};

/// Refused where the upstream is not known or a header that every request has is missing.
#[expect(clippy::too_many_arguments, reason = "the signature of the ABI")]
pub(super) fn http_call(
    scope: &mut Scope<'_>,
    upstream: u32,
    upstream_size: u32,
    headers: u32,
    headers_size: u32,
    body: u32,
    body_size: u32,
    trailers: u32,
    trailers_size: u32,
    timeout: u32,
    token: u32,
) -> Outcome {
    let upstream = scope.bytes(upstream, upstream_size)?.to_vec();
    let body = scope.bytes(body, body_size)?.to_vec();
    let headers = owned(scope.bytes(headers, headers_size)?);
    let trailers = owned(scope.bytes(trailers, trailers_size)?);
    scope.write_u32(token, 0)?;
    let host = scope.host();
    if !host.options.upstreams.contains(&upstream) {
        return Err(Status::BAD_ARGUMENT.into());
    }
    let map = Headers::request(headers.iter().map(|(name, value)| (name, value)));
    if [":path", ":method", ":authority"].iter().any(|name| !map.contains(name)) {
        return Err(Status::BAD_ARGUMENT.into());
    }
    host.last_call += 1;
    let new = host.last_call;
    let root = host.root();
    if let Some(stream) = host.stream_mut() {
        stream.record.http_calls.push(new);
    }
    let timeout = Duration::from_millis(timeout.into());
    let call = HttpCall { token: new, upstream, headers, body, trailers, timeout, root };
    host.calls.insert(new, call);
    Ok(scope.write_u32(token, new)?)
}

fn owned(bytes: &[u8]) -> Vec<Pair> {
    let pairs = pairs::deserialize(bytes).into_iter();
    pairs.map(|(name, value)| (name.to_vec(), value.to_vec())).collect()
}

/// The harness has no gRPC: a call cannot be started, which is a status that every SDK knows.
#[expect(clippy::too_many_arguments, reason = "the signature of the ABI")]
pub(super) fn grpc_call(
    _scope: &mut Scope<'_>,
    _upstream: u32,
    _upstream_size: u32,
    _service: u32,
    _service_size: u32,
    _method: u32,
    _method_size: u32,
    _metadata: u32,
    _metadata_size: u32,
    _message: u32,
    _message_size: u32,
    _timeout: u32,
    _token: u32,
) -> Outcome {
    Err(Status::INTERNAL_FAILURE.into())
}

#[expect(clippy::too_many_arguments, reason = "the signature of the ABI")]
pub(super) fn grpc_stream(
    _scope: &mut Scope<'_>,
    _upstream: u32,
    _upstream_size: u32,
    _service: u32,
    _service_size: u32,
    _method: u32,
    _method_size: u32,
    _metadata: u32,
    _metadata_size: u32,
    _token: u32,
) -> Outcome {
    Err(Status::INTERNAL_FAILURE.into())
}

/// No call was ever started, so no token is known.
pub(super) fn grpc_send(
    _scope: &mut Scope<'_>,
    _token: u32,
    _message: u32,
    _message_size: u32,
    _end_stream: u32,
) -> Outcome {
    Err(Status::NOT_FOUND.into())
}

pub(super) fn grpc_end(_scope: &mut Scope<'_>, _token: u32) -> Outcome {
    Err(Status::NOT_FOUND.into())
}
