//! A single call into the module.

use wasmtime::{Store, TypedFunc, WasmParams, WasmResults};

use crate::host::{Host, VM_CONTEXT};
use crate::{Cost, Error, TrapCause};

/// Runs an export on behalf of a context.
///
/// Measures what it costs. A trap is remembered: the VM runs nothing afterwards.
pub(super) fn enter<P: WasmParams, R: WasmResults>(
    store: &mut Store<Host>,
    callback: &'static str,
    context: u32,
    func: &TypedFunc<P, R>,
    params: P,
) -> Result<(R, Cost), Error> {
    check(store.data())?;
    let host = store.data_mut();
    host.current = context;
    host.effective = VM_CONTEXT;
    let limit = host.options.fuel_limit;
    let result = store
        .set_fuel(limit)
        .and_then(|()| func.call(&mut *store, params))
        .and_then(|result| Ok((result, store.get_fuel()?)));
    match result {
        Ok((result, left)) => {
            let pages = store.data().guest.as_ref().map(|guest| guest.memory);
            let memory_pages = pages.map_or(0, |memory| memory.size(&*store));
            let hostcalls = store.data_mut().counter.take();
            Ok((result, Cost { fuel: limit - left, hostcalls, memory_pages }))
        }
        Err(error) => {
            let cause = cause(&error);
            store.data_mut().fail(callback, cause.clone());
            Err(Error::Trap { callback, cause })
        }
    }
}

/// A VM that has trapped runs nothing any more.
pub(super) fn check(host: &Host) -> Result<(), Error> {
    match &host.failure {
        None => Ok(()),
        Some((callback, cause)) => Err(Error::VmFailed { callback, cause: cause.clone() }),
    }
}

pub(super) fn cause(error: &wasmtime::Error) -> TrapCause {
    if let Some(cause) = error.downcast_ref::<TrapCause>() {
        return cause.clone();
    }
    match error.downcast_ref::<wasmtime::Trap>() {
        Some(wasmtime::Trap::OutOfFuel) => TrapCause::OutOfFuel,
        Some(trap) => TrapCause::Wasm(*trap),
        None => TrapCause::Host(format!("{error:#}")),
    }
}
