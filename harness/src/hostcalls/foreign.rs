//! Foreign functions: those of the caller, and two of Envoy's.

use super::Outcome;
use super::scope::Scope;
use crate::host::Host;
use crate::{ForeignCall, Status};

pub(super) fn call(
    scope: &mut Scope<'_>,
    name: u32,
    name_size: u32,
    arguments: u32,
    arguments_size: u32,
    data: u32,
    size: u32,
) -> Outcome {
    let (name, arguments, host) =
        scope.two_and_host((name, name_size), (arguments, arguments_size))?;
    let (name, arguments) = (name.to_vec(), arguments.to_vec());
    let (status, result) = match host.options.foreign_functions.get(&name) {
        Some((status, result)) => (*status, result.clone()),
        None => (built_in(host, &name, &arguments), Vec::new()),
    };
    if let Some(stream) = host.stream_mut() {
        stream.record.foreign_calls.push(ForeignCall { name, arguments, status });
    }
    if status == Status::NOT_FOUND {
        return Err(status.into());
    }
    // A module that does not want the result passes null.
    if data != 0 && size != 0 {
        scope.give(data, size, |_, out| {
            out.extend_from_slice(&result);
            Ok(())
        })?;
    }
    super::outcome(status)
}

fn built_in(host: &mut Host, name: &[u8], arguments: &[u8]) -> Status {
    match name {
        // There are no routes here that could be cached.
        b"clear_route_cache" => Status::OK,
        b"set_envoy_filter_state" => match (filter_state(arguments), host.stream_mut()) {
            (Some((path, value)), Some(stream)) => {
                stream.record.filter_state.set([path], value);
                Status::OK
            }
            (None, _) => Status::BAD_ARGUMENT,
            (_, None) => Status::NOT_FOUND,
        },
        _ => Status::NOT_FOUND,
    }
}

/// Reads `SetEnvoyFilterStateArguments` (protobuf): 1 is the path, 2 the value, 3 the life span.
fn filter_state(mut message: &[u8]) -> Option<(&[u8], &[u8])> {
    let (mut path, mut value) = (&[][..], &[][..]);
    while !message.is_empty() {
        let (key, rest) = varint(message)?;
        let (number, rest) = varint(rest)?;
        message = rest;
        match key & 7 {
            0 => {}
            2 => {
                let (bytes, rest) = message.split_at_checked(usize::try_from(number).ok()?)?;
                message = rest;
                match key >> 3 {
                    1 => path = bytes,
                    2 => value = bytes,
                    _ => {}
                }
            }
            _ => return None,
        }
    }
    Some((path, value))
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0;
    for (index, &byte) in bytes.iter().enumerate().take(10) {
        number |= u64::from(byte & 0x7f) << (7 * index).min(63);
        if byte & 0x80 == 0 {
            return Some((number, &bytes[index + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filter_state_arguments_are_read() {
        let read = filter_state(b"\x0a\x03a.b\x12\x01\xff\x18\x01").unwrap();
        assert_eq!(read, (&b"a.b"[..], &b"\xff"[..]));
        assert_eq!(filter_state(b"\x0a\x09a"), None, "longer than the message");
        assert_eq!(filter_state(b"\x80\x80"), None, "a number without an end");
        assert_eq!(filter_state(&[0xff; 32]), None);
    }
}
