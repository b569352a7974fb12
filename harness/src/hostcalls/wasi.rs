//! The part of WASI preview 1 that modules for `wasm32-wasip1` need, as Envoy answers it.

use super::scope::Scope;
use super::{Interrupt, Outcome};
use crate::{LogLevel, TrapCause};

/// Bad file descriptor.
const BADF: u32 = 8;
/// Bad address.
const FAULT: u32 = 21;
/// Input or output error.
const IO: u32 = 29;
/// No such function.
const NOSYS: u32 = 52;
/// Not supported.
const NOTSUP: u32 = 58;

const STDOUT: u32 = 1;
const STDERR: u32 = 2;
/// `rights::fd_write`
const RIGHT_TO_WRITE: u64 = 64;

fn fault<T, E>(result: Result<T, E>) -> Result<T, Interrupt> {
    result.map_err(|_| Interrupt::Code(FAULT))
}

pub(super) fn random_get(scope: &mut Scope<'_>, buffer: u32, size: u32) -> Outcome {
    let (buffer, host) = fault(scope.buffer_and_host(buffer, size))?;
    if host.options.randomness.fill(buffer) { Ok(()) } else { Err(Interrupt::Code(IO)) }
}

/// Only the real-time clock, as in Envoy.
pub(super) fn clock_time_get(
    scope: &mut Scope<'_>,
    clock: u32,
    _precision: u64,
    time: u32,
) -> Outcome {
    if clock != 0 {
        return Err(Interrupt::Code(NOTSUP));
    }
    let now = scope.host().time;
    fault(scope.write_u64(time, now))
}

/// Standard output goes to the log as information, standard error as an error.
pub(super) fn fd_write(
    scope: &mut Scope<'_>,
    fd: u32,
    vectors: u32,
    count: u32,
    written: u32,
) -> Outcome {
    let level = match fd {
        STDOUT => LogLevel::Info,
        STDERR => LogLevel::Error,
        _ => return Err(Interrupt::Code(BADF)),
    };
    let size = fault(count.checked_mul(8).ok_or(()))?;
    let vectors = fault(scope.bytes(vectors, size))?;
    let mut message = Vec::new();
    for vector in vectors.chunks_exact(8) {
        let word = |at: usize| {
            u32::from_le_bytes([vector[at], vector[at + 1], vector[at + 2], vector[at + 3]])
        };
        message.extend_from_slice(fault(scope.bytes(word(0), word(4)))?);
    }
    let length = message.len() as u32;
    if message.last() == Some(&b'\n') {
        message.pop();
    }
    if length > 0 {
        scope.host().log(level, message);
    }
    fault(scope.write_u32(written, length))
}

pub(super) fn fd_read(
    _scope: &mut Scope<'_>,
    _fd: u32,
    _vectors: u32,
    _count: u32,
    _read: u32,
) -> Outcome {
    Err(Interrupt::Code(NOSYS))
}

pub(super) fn fd_seek(
    _scope: &mut Scope<'_>,
    _fd: u32,
    _offset: i64,
    _whence: u32,
    _new: u32,
) -> Outcome {
    Err(Interrupt::Code(NOSYS))
}

pub(super) fn fd_close(_scope: &mut Scope<'_>, _fd: u32) -> Outcome {
    Err(Interrupt::Code(NOSYS))
}

pub(super) fn fd_fdstat_get(scope: &mut Scope<'_>, fd: u32, stat: u32) -> Outcome {
    if fd != STDOUT && fd != STDERR {
        return Err(Interrupt::Code(BADF));
    }
    let mut bytes = [0; 24];
    bytes[8..16].copy_from_slice(&RIGHT_TO_WRITE.to_le_bytes());
    fault(scope.write(stat, &bytes))
}

pub(super) fn fd_prestat_get(_scope: &mut Scope<'_>, _fd: u32, _stat: u32) -> Outcome {
    Err(Interrupt::Code(BADF))
}

pub(super) fn fd_prestat_dir_name(
    _scope: &mut Scope<'_>,
    _fd: u32,
    _path: u32,
    _size: u32,
) -> Outcome {
    Err(Interrupt::Code(BADF))
}

pub(super) fn environ_get(scope: &mut Scope<'_>, mut pointers: u32, mut buffer: u32) -> Outcome {
    let environment = scope.host().options.environment.clone();
    for (name, value) in environment {
        let entry = format!("{name}={value}\0");
        fault(scope.write_u32(pointers, buffer))?;
        fault(scope.write(buffer, entry.as_bytes()))?;
        pointers = pointers.wrapping_add(4);
        buffer = buffer.wrapping_add(entry.len() as u32);
    }
    Ok(())
}

pub(super) fn environ_sizes_get(scope: &mut Scope<'_>, count: u32, size: u32) -> Outcome {
    let environment = &scope.host().options.environment;
    let entries = environment.len() as u32;
    // An equals sign and a zero byte for each.
    let bytes: usize = environment.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    fault(scope.write_u32(count, entries))?;
    fault(scope.write_u32(size, bytes as u32))
}

pub(super) fn args_get(_scope: &mut Scope<'_>, _pointers: u32, _buffer: u32) -> Outcome {
    Ok(())
}

pub(super) fn args_sizes_get(scope: &mut Scope<'_>, count: u32, size: u32) -> Outcome {
    fault(scope.write_u32(count, 0))?;
    fault(scope.write_u32(size, 0))
}

pub(super) fn sched_yield(_scope: &mut Scope<'_>) -> Outcome {
    Ok(())
}

pub(super) fn proc_exit(_scope: &mut Scope<'_>, code: u32) -> Outcome {
    Err(TrapCause::Exit(code).into())
}
