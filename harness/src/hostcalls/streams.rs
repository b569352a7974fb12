//! Going on, stopping and answering; the context of a call.

use super::Outcome;
use super::scope::Scope;
use crate::headers::pairs;
use crate::{LocalReply, Status};

const REQUEST: u32 = 0;
const RESPONSE: u32 = 1;
const DOWNSTREAM: u32 = 2;
const UPSTREAM: u32 = 3;

/// Takes effect after the call. As in Envoy the request's maps are out of view from here on,
/// whichever direction goes on.
pub(super) fn resume(scope: &mut Scope<'_>, kind: u32) -> Outcome {
    if kind != REQUEST && kind != RESPONSE {
        return Err(Status::BAD_ARGUMENT.into());
    }
    let host = scope.host();
    if let Some(stream) = host.stream_mut() {
        if kind == REQUEST {
            stream.resume_request = true;
        } else {
            stream.resume_response = true;
        }
        stream.in_view.request_headers = false;
        stream.in_view.request_trailers = false;
        stream.request_held.in_view = false;
        host.touch();
    }
    Ok(())
}

/// Takes effect after the call. An HTTP filter has no TCP streams: closing them does nothing.
pub(super) fn close(scope: &mut Scope<'_>, kind: u32) -> Outcome {
    let host = scope.host();
    match kind {
        REQUEST | RESPONSE => {
            if let Some(stream) = host.stream_mut() {
                stream.close_due = true;
                host.touch();
            }
            Ok(())
        }
        DOWNSTREAM | UPSTREAM => Ok(()),
        _ => Err(Status::BAD_ARGUMENT.into()),
    }
}

/// Takes effect after the call; of several in one call the first does. A root context has nobody
/// to answer, which is no error.
#[expect(clippy::too_many_arguments, reason = "the signature of the ABI")]
pub(super) fn send_local_response(
    scope: &mut Scope<'_>,
    status: u32,
    details: u32,
    details_size: u32,
    body: u32,
    body_size: u32,
    headers: u32,
    headers_size: u32,
    grpc_status: i32,
) -> Outcome {
    let details = scope.bytes(details, details_size)?.to_vec();
    let (body, headers, host) = scope.two_and_host((body, body_size), (headers, headers_size))?;
    let reply = LocalReply {
        status,
        headers: pairs::deserialize(headers)
            .into_iter()
            .map(|(name, value)| (name.to_vec(), value.to_vec()))
            .collect(),
        body: body.to_vec(),
        details,
        grpc_status: u32::try_from(grpc_status).ok(),
    };
    if let Some(stream) = host.stream_mut() {
        stream.reply_due.get_or_insert(reply);
        host.touch();
    }
    Ok(())
}

pub(super) fn set_effective_context(scope: &mut Scope<'_>, context: u32) -> Outcome {
    let host = scope.host();
    if !host.is_context(context) {
        return Err(Status::BAD_ARGUMENT.into());
    }
    host.effective = context;
    Ok(())
}

/// Only for a root context whose `proxy_on_done` has returned false.
pub(super) fn done(scope: &mut Scope<'_>) -> Outcome {
    let host = scope.host();
    let root = host.root();
    match host.roots.get_mut(&root) {
        Some(root) if root.pending_done && !root.done => {
            root.done = true;
            Ok(())
        }
        _ => Err(Status::NOT_FOUND.into()),
    }
}
