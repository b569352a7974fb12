//! Shared data and queues.

use super::scope::Scope;
use super::{Outcome, outcome};
use crate::Status;

pub(super) fn get(
    scope: &mut Scope<'_>,
    key: u32,
    key_size: u32,
    data: u32,
    size: u32,
    cas: u32,
) -> Outcome {
    let (key, host) = scope.bytes_and_host(key, key_size)?;
    let (value, current) = host.options.shared_data.get(&host.options.vm_id, key)?;
    scope.give(data, size, |_, out| {
        out.extend_from_slice(&value);
        Ok(())
    })?;
    Ok(scope.write_u32(cas, current)?)
}

pub(super) fn set(
    scope: &mut Scope<'_>,
    key: u32,
    key_size: u32,
    data: u32,
    size: u32,
    cas: u32,
) -> Outcome {
    let (key, value, host) = scope.two_and_host((key, key_size), (data, size))?;
    outcome(host.options.shared_data.set(&host.options.vm_id, key, value, cas))
}

pub(super) fn register(scope: &mut Scope<'_>, name: u32, name_size: u32, token: u32) -> Outcome {
    let (name, host) = scope.bytes_and_host(name, name_size)?;
    let new = host.options.shared_data.register(&host.options.vm_id, name);
    let root = host.root();
    host.queues.insert(new, root);
    Ok(scope.write_u32(token, new)?)
}

/// An empty VM id is the VM's own.
pub(super) fn resolve(
    scope: &mut Scope<'_>,
    vm: u32,
    vm_size: u32,
    name: u32,
    name_size: u32,
    token: u32,
) -> Outcome {
    let (vm, name, host) = scope.two_and_host((vm, vm_size), (name, name_size))?;
    let vm = if vm.is_empty() {
        host.options.vm_id.as_str()
    } else {
        std::str::from_utf8(vm).map_err(|_| Status::NOT_FOUND)?
    };
    let found = host.options.shared_data.resolve(vm, name)?;
    Ok(scope.write_u32(token, found)?)
}

pub(super) fn dequeue(scope: &mut Scope<'_>, token: u32, data: u32, size: u32) -> Outcome {
    let item = scope.host().options.shared_data.dequeue(token)?;
    scope.give(data, size, |_, out| {
        out.extend_from_slice(&item);
        Ok(())
    })
}

pub(super) fn enqueue(scope: &mut Scope<'_>, token: u32, data: u32, size: u32) -> Outcome {
    let (item, host) = scope.bytes_and_host(data, size)?;
    outcome(host.options.shared_data.enqueue(token, item))
}
