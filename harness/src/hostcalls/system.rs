//! Log, clock, timer, status of the last call.

use super::Outcome;
use super::scope::Scope;
use crate::{LogLevel, Status};

pub(super) fn log(scope: &mut Scope<'_>, level: u32, data: u32, size: u32) -> Outcome {
    let level = LogLevel::from_abi(level).ok_or(Status::BAD_ARGUMENT)?;
    let (message, host) = scope.bytes_and_host(data, size)?;
    host.log(level, message.to_vec());
    Ok(())
}

pub(super) fn get_log_level(scope: &mut Scope<'_>, level: u32) -> Outcome {
    let value = scope.host().options.log_level as u32;
    Ok(scope.write_u32(level, value)?)
}

pub(super) fn get_current_time(scope: &mut Scope<'_>, time: u32) -> Outcome {
    let now = scope.host().time;
    Ok(scope.write_u64(time, now)?)
}

/// A timer belongs to the root context, whichever context sets it. Zero stops it.
pub(super) fn set_tick_period(scope: &mut Scope<'_>, period: u32) -> Outcome {
    let host = scope.host();
    let root = host.root();
    if period == 0 {
        host.timers.remove(&root);
    } else {
        host.timers.insert(root, period);
    }
    Ok(())
}

pub(super) fn get_status(scope: &mut Scope<'_>, code: u32, data: u32, size: u32) -> Outcome {
    let (status, _) = scope.host().status;
    scope.write_u32(code, status)?;
    scope.give(data, size, |host, out| {
        out.extend_from_slice(host.status.1.as_bytes());
        Ok(())
    })
}
