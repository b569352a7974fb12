//! Header and trailer maps.

use super::Outcome;
use super::scope::Scope;
use crate::headers::pairs;
use crate::host::Host;
use crate::{Headers, Status};

const REQUEST_HEADERS: u32 = 0;
const REQUEST_TRAILERS: u32 = 1;
const RESPONSE_HEADERS: u32 = 2;
const RESPONSE_TRAILERS: u32 = 3;
const GRPC_INITIAL_METADATA: u32 = 4;
const GRPC_TRAILING_METADATA: u32 = 5;
const CALL_RESPONSE_HEADERS: u32 = 6;
const CALL_RESPONSE_TRAILERS: u32 = 7;

/// The map to read; none where it is not in view.
fn readable(host: &Host, map: u32) -> Result<Option<&Headers>, Status> {
    let stream = |pick: fn(&crate::stream::Stream) -> (bool, &Headers)| {
        host.stream().and_then(|stream| {
            let (in_view, headers) = pick(stream);
            (in_view || stream.in_view.log).then_some(headers)
        })
    };
    Ok(match map {
        REQUEST_HEADERS => stream(|s| (s.in_view.request_headers, &s.record.request_headers)),
        REQUEST_TRAILERS => stream(|s| (s.in_view.request_trailers, &s.record.request_trailers)),
        RESPONSE_HEADERS => stream(|s| (s.in_view.response_headers, &s.record.response_headers)),
        RESPONSE_TRAILERS => stream(|s| (s.in_view.response_trailers, &s.record.response_trailers)),
        GRPC_INITIAL_METADATA | GRPC_TRAILING_METADATA => None,
        CALL_RESPONSE_HEADERS => host.call_answer.as_ref().map(|answer| &answer.headers),
        CALL_RESPONSE_TRAILERS => host.call_answer.as_ref().map(|answer| &answer.trailers),
        _ => return Err(Status::BAD_ARGUMENT),
    })
}

/// The map to write; only those of a stream, and not in `proxy_on_log`.
fn writable(host: &mut Host, map: u32) -> Result<&mut Headers, Status> {
    let stream = host.stream_mut().ok_or(Status::BAD_ARGUMENT)?;
    let (in_view, headers) = match map {
        REQUEST_HEADERS => (stream.in_view.request_headers, &mut stream.record.request_headers),
        REQUEST_TRAILERS => (stream.in_view.request_trailers, &mut stream.record.request_trailers),
        RESPONSE_HEADERS => (stream.in_view.response_headers, &mut stream.record.response_headers),
        RESPONSE_TRAILERS => {
            (stream.in_view.response_trailers, &mut stream.record.response_trailers)
        }
        _ => return Err(Status::BAD_ARGUMENT),
    };
    if in_view { Ok(headers) } else { Err(Status::BAD_ARGUMENT) }
}

/// All pairs; of a map that is not in view, none (unlike the other calls, which refuse it).
pub(super) fn get_all(scope: &mut Scope<'_>, map: u32, data: u32, size: u32) -> Outcome {
    scope.give(data, size, |host, out| {
        if let Some(headers) = readable(host, map)? {
            pairs::serialize(headers, out);
        }
        Ok(())
    })
}

/// The first value of several.
pub(super) fn get(
    scope: &mut Scope<'_>,
    map: u32,
    key: u32,
    key_size: u32,
    data: u32,
    size: u32,
) -> Outcome {
    let key = scope.bytes(key, key_size)?.to_vec();
    scope.give(data, size, |host, out| {
        let headers = readable(host, map)?.ok_or(Status::BAD_ARGUMENT)?;
        out.extend_from_slice(headers.get(&key).ok_or(Status::NOT_FOUND)?);
        Ok(())
    })
}

pub(super) fn size(scope: &mut Scope<'_>, map: u32, result: u32) -> Outcome {
    let headers = readable(scope.host(), map)?.ok_or(Status::BAD_ARGUMENT)?;
    let size = headers.byte_size() as u32;
    Ok(scope.write_u32(result, size)?)
}

pub(super) fn set_all(scope: &mut Scope<'_>, map: u32, data: u32, size: u32) -> Outcome {
    let (bytes, host) = scope.bytes_and_host(data, size)?;
    writable(host, map)?.replace_all(pairs::deserialize(bytes));
    Ok(())
}

pub(super) fn add(
    scope: &mut Scope<'_>,
    map: u32,
    key: u32,
    key_size: u32,
    data: u32,
    size: u32,
) -> Outcome {
    let (key, value, host) = scope.two_and_host((key, key_size), (data, size))?;
    writable(host, map)?.add(key, value);
    Ok(())
}

pub(super) fn replace(
    scope: &mut Scope<'_>,
    map: u32,
    key: u32,
    key_size: u32,
    data: u32,
    size: u32,
) -> Outcome {
    let (key, value, host) = scope.two_and_host((key, key_size), (data, size))?;
    writable(host, map)?.set(key, value);
    Ok(())
}

/// Removing what is not there is fine.
pub(super) fn remove(scope: &mut Scope<'_>, map: u32, key: u32, key_size: u32) -> Outcome {
    let (key, host) = scope.bytes_and_host(key, key_size)?;
    writable(host, map)?.remove(key);
    Ok(())
}
