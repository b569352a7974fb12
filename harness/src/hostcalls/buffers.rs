//! Bodies and configurations.

use super::Outcome;
use super::scope::Scope;
use crate::Status;
use crate::host::Host;
use crate::stream::Held;

const REQUEST_BODY: u32 = 0;
const RESPONSE_BODY: u32 = 1;
const DOWNSTREAM_DATA: u32 = 2;
const UPSTREAM_DATA: u32 = 3;
const CALL_RESPONSE_BODY: u32 = 4;
const GRPC_RECEIVE: u32 = 5;
const VM_CONFIGURATION: u32 = 6;
const PLUGIN_CONFIGURATION: u32 = 7;
const CALL_DATA: u32 = 8;

/// A body that is not in view reads as empty; a configuration or an answer that is not is not
/// found, as in Envoy.
fn read(host: &Host, kind: u32) -> Result<&[u8], Status> {
    match kind {
        REQUEST_BODY => Ok(host.stream().map_or(&[], |s| in_view(&s.request_held))),
        RESPONSE_BODY => Ok(host.stream().map_or(&[], |s| in_view(&s.response_held))),
        DOWNSTREAM_DATA | UPSTREAM_DATA | GRPC_RECEIVE | CALL_DATA => Ok(&[]),
        CALL_RESPONSE_BODY => {
            host.call_answer.as_ref().map(|answer| &answer.body[..]).ok_or(Status::NOT_FOUND)
        }
        VM_CONFIGURATION => Ok(&host.options.vm_configuration),
        PLUGIN_CONFIGURATION => host.plugin_configuration.as_deref().ok_or(Status::NOT_FOUND),
        _ => Err(Status::BAD_ARGUMENT),
    }
}

fn in_view(held: &Held) -> &[u8] {
    if held.in_view { &held.bytes } else { &[] }
}

pub(super) fn get(
    scope: &mut Scope<'_>,
    kind: u32,
    start: u32,
    length: u32,
    data: u32,
    size: u32,
) -> Outcome {
    let end = start.checked_add(length).ok_or(Status::BAD_ARGUMENT)?;
    let available = read(scope.host(), kind)?.len();
    let range = start as usize..available.min(end as usize);
    if range.is_empty() {
        return Ok(());
    }
    scope.give(data, size, |host, out| {
        out.extend_from_slice(&read(host, kind)?[range]);
        Ok(())
    })
}

pub(super) fn status(scope: &mut Scope<'_>, kind: u32, length: u32, flags: u32) -> Outcome {
    let available = read(scope.host(), kind)?.len();
    scope.write_u32(length, available as u32)?;
    Ok(scope.write_u32(flags, 0)?)
}

/// From the start: takes `length` bytes away and puts the new ones before the rest. From the end
/// or beyond: appends. In between is not possible; nor is any buffer but a body that is in view.
pub(super) fn set(
    scope: &mut Scope<'_>,
    kind: u32,
    start: u32,
    length: u32,
    data: u32,
    size: u32,
) -> Outcome {
    read(scope.host(), kind)?;
    let (new, host) = scope.bytes_and_host(data, size)?;
    let stream = host.stream_mut().ok_or(Status::BAD_ARGUMENT)?;
    let held = match kind {
        REQUEST_BODY => &mut stream.request_held,
        RESPONSE_BODY => &mut stream.response_held,
        _ => return Err(Status::BAD_ARGUMENT.into()),
    };
    if !held.in_view {
        return Err(Status::BAD_ARGUMENT.into());
    }
    let bytes = &mut held.bytes;
    if start == 0 {
        let taken = bytes.len().min(length as usize);
        bytes.splice(..taken, new.iter().copied());
    } else if start as usize >= bytes.len() {
        bytes.extend_from_slice(new);
    } else {
        return Err(Status::BAD_ARGUMENT.into());
    }
    Ok(())
}
