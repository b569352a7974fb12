//! One hostcall: the host's state and the module's memory.

use wasmtime::Caller;

use super::Interrupt;
use crate::fault::Effect;
use crate::host::{Guest, Host};
use crate::{Hostcall, Status, TrapCause};

pub(super) struct Scope<'a> {
    caller: Caller<'a, Host>,
    guest: Guest,
}

impl<'a> Scope<'a> {
    /// Counts the call and finds out whether it may be made and whether a fault takes its place.
    pub(super) fn open(mut caller: Caller<'a, Host>, call: Hostcall) -> Result<Self, Interrupt> {
        let host = caller.data_mut();
        host.counter.count(call);
        match host.faults.at(call) {
            Some(Effect::Return(status)) => return Err(status.into()),
            Some(Effect::Trap) => return Err(TrapCause::Injected(call).into()),
            None => {}
        }
        if host.starting && !call.allowed_at_start() {
            return Err(TrapCause::Restricted(call).into());
        }
        // Not there yet while the module's start function runs, within the instantiation.
        let guest = host.guest.clone().ok_or(TrapCause::Restricted(call))?;
        Ok(Scope { caller, guest })
    }

    pub(super) fn host(&mut self) -> &mut Host {
        self.caller.data_mut()
    }

    /// The module's memory from `start`, `size` bytes long.
    pub(super) fn bytes(&self, start: u32, size: u32) -> Result<&[u8], Status> {
        slice(self.guest.memory.data(&self.caller), start, size)
    }

    /// The same, beside the host's state.
    pub(super) fn bytes_and_host(
        &mut self,
        start: u32,
        size: u32,
    ) -> Result<(&[u8], &mut Host), Status> {
        let (memory, host) = self.guest.memory.data_and_store_mut(&mut self.caller);
        Ok((slice(memory, start, size)?, host))
    }

    /// Two pieces of the module's memory, beside the host's state.
    pub(super) fn two_and_host(
        &mut self,
        first: (u32, u32),
        second: (u32, u32),
    ) -> Result<(&[u8], &[u8], &mut Host), Status> {
        let (memory, host) = self.guest.memory.data_and_store_mut(&mut self.caller);
        let memory: &[u8] = memory;
        Ok((slice(memory, first.0, first.1)?, slice(memory, second.0, second.1)?, host))
    }

    /// The module's memory to write to, beside the host's state.
    pub(super) fn buffer_and_host(
        &mut self,
        start: u32,
        size: u32,
    ) -> Result<(&mut [u8], &mut Host), Status> {
        let (memory, host) = self.guest.memory.data_and_store_mut(&mut self.caller);
        let start = start as usize;
        let end = start.checked_add(size as usize).ok_or(Status::INVALID_MEMORY_ACCESS)?;
        Ok((memory.get_mut(start..end).ok_or(Status::INVALID_MEMORY_ACCESS)?, host))
    }

    pub(super) fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), Status> {
        let memory = &self.guest.memory;
        let written = memory.write(&mut self.caller, address as usize, bytes);
        written.map_err(|_| Status::INVALID_MEMORY_ACCESS)
    }

    pub(super) fn write_u32(&mut self, address: u32, value: u32) -> Result<(), Status> {
        self.write(address, &value.to_le_bytes())
    }

    pub(super) fn write_u64(&mut self, address: u32, value: u64) -> Result<(), Status> {
        self.write(address, &value.to_le_bytes())
    }

    /// Gives the module what `fill` appends: memory from the module's allocator, its address and
    /// size written to `data` and `size`. Nothing at all is a null pointer, as in Envoy.
    pub(super) fn give(
        &mut self,
        data: u32,
        size: u32,
        fill: impl FnOnce(&Host, &mut Vec<u8>) -> Result<(), Status>,
    ) -> Result<(), Interrupt> {
        // Taken out for the call of the allocator, which may make hostcalls of its own.
        let mut value = std::mem::take(&mut self.caller.data_mut().scratch);
        value.clear();
        let given = match fill(self.caller.data(), &mut value) {
            Ok(()) => self.hand_over(data, size, &value),
            Err(status) => Err(status.into()),
        };
        self.caller.data_mut().scratch = value;
        given
    }

    fn hand_over(&mut self, data: u32, size: u32, value: &[u8]) -> Result<(), Interrupt> {
        let length = u32::try_from(value.len()).map_err(|_| Status::INVALID_MEMORY_ACCESS)?;
        let mut address = 0;
        if length > 0 {
            address = self.guest.allocate.call(&mut self.caller, length)?;
            if address == 0 {
                return Err(Status::INVALID_MEMORY_ACCESS.into());
            }
            self.write(address, value)?;
        }
        self.write_u32(data, address)?;
        Ok(self.write_u32(size, length)?)
    }
}

fn slice(memory: &[u8], start: u32, size: u32) -> Result<&[u8], Status> {
    let start = start as usize;
    let end = start.checked_add(size as usize).ok_or(Status::INVALID_MEMORY_ACCESS)?;
    memory.get(start..end).ok_or(Status::INVALID_MEMORY_ACCESS)
}
