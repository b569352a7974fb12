//! The functions that the host calls in the module, looked up once.

use wasmtime::{Instance, Store, TypedFunc, WasmParams, WasmResults};

use crate::Error;
use crate::host::{Guest, Host};

type Func<P, R> = Option<TypedFunc<P, R>>;

/// All are optional: a host does not call what a module lacks.
pub(super) struct Exports {
    pub(super) initialize: Func<(), ()>,
    pub(super) main: Func<(u32, u32), u32>,
    pub(super) start: Func<(), ()>,
    pub(super) on_context_create: Func<(u32, u32), ()>,
    pub(super) on_vm_start: Func<(u32, u32), u32>,
    pub(super) on_configure: Func<(u32, u32), u32>,
    pub(super) on_tick: Func<u32, ()>,
    pub(super) on_queue_ready: Func<(u32, u32), ()>,
    pub(super) on_http_call_response: Func<(u32, u32, u32, u32, u32), ()>,
    pub(super) on_request_headers: Func<(u32, u32, u32), u32>,
    pub(super) on_request_body: Func<(u32, u32, u32), u32>,
    pub(super) on_request_trailers: Func<(u32, u32), u32>,
    pub(super) on_response_headers: Func<(u32, u32, u32), u32>,
    pub(super) on_response_body: Func<(u32, u32, u32), u32>,
    pub(super) on_response_trailers: Func<(u32, u32), u32>,
    pub(super) on_log: Func<u32, ()>,
    pub(super) on_done: Func<u32, u32>,
    pub(super) on_delete: Func<u32, ()>,
}

impl Exports {
    pub(super) fn find(instance: &Instance, store: &mut Store<Host>) -> Result<Exports, Error> {
        Ok(Exports {
            initialize: function(instance, store, "_initialize")?,
            main: function(instance, store, "main")?,
            start: function(instance, store, "_start")?,
            on_context_create: function(instance, store, "proxy_on_context_create")?,
            on_vm_start: function(instance, store, "proxy_on_vm_start")?,
            on_configure: function(instance, store, "proxy_on_configure")?,
            on_tick: function(instance, store, "proxy_on_tick")?,
            on_queue_ready: function(instance, store, "proxy_on_queue_ready")?,
            on_http_call_response: function(instance, store, "proxy_on_http_call_response")?,
            on_request_headers: function(instance, store, "proxy_on_request_headers")?,
            on_request_body: function(instance, store, "proxy_on_request_body")?,
            on_request_trailers: function(instance, store, "proxy_on_request_trailers")?,
            on_response_headers: function(instance, store, "proxy_on_response_headers")?,
            on_response_body: function(instance, store, "proxy_on_response_body")?,
            on_response_trailers: function(instance, store, "proxy_on_response_trailers")?,
            on_log: function(instance, store, "proxy_on_log")?,
            on_done: function(instance, store, "proxy_on_done")?,
            on_delete: function(instance, store, "proxy_on_delete")?,
        })
    }
}

/// The module's memory and its allocator: `malloc` before `proxy_on_memory_allocate`, as Envoy
/// looks for them.
pub(super) fn guest(instance: &Instance, store: &mut Store<Host>) -> Result<Guest, Error> {
    let memory =
        instance.get_memory(&mut *store, "memory").ok_or(Error::MissingExport("memory"))?;
    let allocate = match function(instance, store, "malloc")? {
        Some(malloc) => malloc,
        None => function(instance, store, "proxy_on_memory_allocate")?
            .ok_or(Error::MissingExport("malloc or proxy_on_memory_allocate"))?,
    };
    Ok(Guest { memory, allocate: std::sync::Arc::new(allocate) })
}

fn function<P: WasmParams, R: WasmResults>(
    instance: &Instance,
    store: &mut Store<Host>,
    name: &'static str,
) -> Result<Func<P, R>, Error> {
    match instance.get_func(&mut *store, name) {
        None => Ok(None),
        Some(func) => func.typed(&*store).map(Some).map_err(|_| Error::ExportSignature(name)),
    }
}
