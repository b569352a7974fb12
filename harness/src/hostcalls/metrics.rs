//! Metrics.

use super::Outcome;
use super::scope::Scope;
use crate::host::Host;
use crate::{MetricChange, Status};

pub(super) fn define(
    scope: &mut Scope<'_>,
    kind: u32,
    name: u32,
    name_size: u32,
    id: u32,
) -> Outcome {
    let (name, host) = scope.bytes_and_host(name, name_size)?;
    let new = host.metrics.define(kind, name)?;
    Ok(scope.write_u32(id, new)?)
}

pub(super) fn get(scope: &mut Scope<'_>, id: u32, value: u32) -> Outcome {
    let current = scope.host().metrics.get(id)?;
    Ok(scope.write_u64(value, current)?)
}

pub(super) fn record(scope: &mut Scope<'_>, id: u32, value: u64) -> Outcome {
    let host = scope.host();
    let change = host.metrics.record(id, value);
    note(host, change)
}

pub(super) fn increment(scope: &mut Scope<'_>, id: u32, offset: i64) -> Outcome {
    let host = scope.host();
    let change = host.metrics.increment(id, offset);
    note(host, change)
}

fn note(host: &mut Host, change: Result<MetricChange, Status>) -> Outcome {
    let change = change?;
    if let Some(stream) = host.stream_mut() {
        stream.record.metrics.push(change);
    }
    Ok(())
}
