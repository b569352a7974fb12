//! Every hostcall of the module.
//!
//! Declared here and not taken from the crate `proxy-wasm`, whose wrappers panic on a status that
//! they do not expect and copy every header, and whose dispatcher has a host call the module for
//! everything. Each takes and gives bytes and reports a refusal as `None` or not at all: there is
//! nothing that a filter could do about it but go on.
#![allow(unsafe_code, reason = "the interface to the host is made of pointers")]

use crate::memory::Received;
use pairs::Pair;

const OK: u32 = 0;

/// What the host does with a message after a callback (`proxy_action_t`).
#[derive(Clone, Copy)]
#[repr(u32)]
pub(crate) enum Next {
    /// Goes on with it.
    Continue = 0,
    /// Holds it: it was answered.
    Pause = 1,
}

/// Whose headers (`proxy_header_map_type_t`).
#[derive(Clone, Copy)]
pub(crate) enum MapType {
    RequestHeaders = 0,
    ResponseHeaders = 2,
}

/// How loud a line of the log is (`proxy_log_level_t`).
#[derive(Clone, Copy)]
pub(crate) enum LogLevel {
    Info = 2,
    Warn = 3,
    Error = 4,
}

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn proxy_log(level: u32, message: *const u8, size: usize) -> u32;
    fn proxy_get_buffer_bytes(
        buffer: u32,
        start: usize,
        max_size: usize,
        data: *mut *mut u8,
        size: *mut usize,
    ) -> u32;
    fn proxy_get_header_map_pairs(map: u32, data: *mut *mut u8, size: *mut usize) -> u32;
    fn proxy_replace_header_map_value(
        map: u32,
        name: *const u8,
        name_size: usize,
        value: *const u8,
        value_size: usize,
    ) -> u32;
    fn proxy_add_header_map_value(
        map: u32,
        name: *const u8,
        name_size: usize,
        value: *const u8,
        value_size: usize,
    ) -> u32;
    fn proxy_remove_header_map_value(map: u32, name: *const u8, name_size: usize) -> u32;
    fn proxy_get_header_map_value(
        map: u32,
        name: *const u8,
        name_size: usize,
        data: *mut *mut u8,
        size: *mut usize,
    ) -> u32;
    fn proxy_set_property(
        path: *const u8,
        path_size: usize,
        value: *const u8,
        value_size: usize,
    ) -> u32;
    fn proxy_get_current_time_nanoseconds(time: *mut u64) -> u32;
    fn proxy_set_tick_period_milliseconds(period: u32) -> u32;
    fn proxy_define_metric(kind: u32, name: *const u8, name_size: usize, id: *mut u32) -> u32;
    fn proxy_increment_metric(id: u32, offset: i64) -> u32;
    fn proxy_get_property(
        path: *const u8,
        path_size: usize,
        data: *mut *mut u8,
        size: *mut usize,
    ) -> u32;
    fn proxy_send_local_response(
        status: u32,
        details: *const u8,
        details_size: usize,
        body: *const u8,
        body_size: usize,
        headers: *const u8,
        headers_size: usize,
        grpc_status: i32,
    ) -> u32;
}

#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    fn random_get(buffer: *mut u8, size: usize) -> u32;
}

/// Writes a line to the host's log.
pub(crate) fn log(level: LogLevel, message: &str) {
    // SAFETY: the host reads `size` bytes at `message`, which is borrowed for the call.
    unsafe { proxy_log(level as u32, message.as_ptr(), message.len()) };
}

/// The plugin configuration; empty where there is none.
pub(crate) fn plugin_configuration() -> Received {
    const PLUGIN_CONFIGURATION: u32 = 7;
    received(|data, size| {
        // SAFETY: both pointers are valid for a write; see `received`.
        unsafe { proxy_get_buffer_bytes(PLUGIN_CONFIGURATION, 0, usize::MAX, data, size) }
    })
    .unwrap_or_default()
}

/// All headers of the request, serialised: see [`pairs::parse`].
pub(crate) fn request_headers() -> Option<Received> {
    received(|data, size| {
        // SAFETY: both pointers are valid for a write; see `received`.
        unsafe { proxy_get_header_map_pairs(MapType::RequestHeaders as u32, data, size) }
    })
}

/// The first value of a header.
pub(crate) fn header(map: MapType, name: &[u8]) -> Option<Received> {
    received(|data, size| {
        // SAFETY: the host reads the slice; both pointers are valid for a write, see `received`.
        unsafe { proxy_get_header_map_value(map as u32, name.as_ptr(), name.len(), data, size) }
    })
}

/// Makes a header have this one value.
pub(crate) fn set_header(map: MapType, name: &[u8], value: &[u8]) {
    // SAFETY: the host reads both slices, which are borrowed for the call.
    unsafe {
        proxy_replace_header_map_value(
            map as u32,
            name.as_ptr(),
            name.len(),
            value.as_ptr(),
            value.len(),
        )
    };
}

/// Gives a header another value.
pub(crate) fn add_header(map: MapType, name: &[u8], value: &[u8]) {
    // SAFETY: the host reads both slices, which are borrowed for the call.
    unsafe {
        proxy_add_header_map_value(
            map as u32,
            name.as_ptr(),
            name.len(),
            value.as_ptr(),
            value.len(),
        )
    };
}

/// Takes all values of a header away.
pub(crate) fn remove_header(map: MapType, name: &[u8]) {
    // SAFETY: the host reads the slice, which is borrowed for the call.
    unsafe { proxy_remove_header_map_value(map as u32, name.as_ptr(), name.len()) };
}

/// A property of the request by the NUL-separated names of its path.
pub(crate) fn property(path: &[u8]) -> Option<Received> {
    received(|data, size| {
        // SAFETY: the host reads the slice; both pointers are valid for a write, see `received`.
        unsafe { proxy_get_property(path.as_ptr(), path.len(), data, size) }
    })
}

/// Sets a property of the request by the NUL-separated names of its path. Envoy keeps it as filter
/// state, under its path with `wasm.` before it.
pub(crate) fn set_property(path: &[u8], value: &[u8]) {
    // SAFETY: the host reads both slices, which are borrowed for the call.
    unsafe { proxy_set_property(path.as_ptr(), path.len(), value.as_ptr(), value.len()) };
}

/// Milliseconds since 1970.
pub(crate) fn now() -> Option<u64> {
    let mut nanoseconds = 0;
    // SAFETY: the pointer is valid for a write.
    let status = unsafe { proxy_get_current_time_nanoseconds(&raw mut nanoseconds) };
    (status == OK).then_some(nanoseconds / 1_000_000)
}

/// The period that stops calls of `on_tick`.
pub(crate) const NEVER: u32 = 0;

/// Has `on_tick` of the calling root context called again and again. Whether the host does so.
pub(crate) fn tick_every(milliseconds: u32) -> bool {
    // SAFETY: no memory is passed.
    unsafe { proxy_set_tick_period_milliseconds(milliseconds) == OK }
}

/// The counter of that name; all that ask for a name get the same one.
pub(crate) fn counter(name: &str) -> Option<u32> {
    const COUNTER: u32 = 0;
    let mut id = 0;
    // SAFETY: the host reads the slice; the pointer is valid for a write.
    let status = unsafe { proxy_define_metric(COUNTER, name.as_ptr(), name.len(), &raw mut id) };
    (status == OK).then_some(id)
}

/// Adds to a counter. Whether the host did so.
pub(crate) fn increment(counter: u32, by: i64) -> bool {
    // SAFETY: no memory is passed.
    unsafe { proxy_increment_metric(counter, by) == OK }
}

/// Answers the request. The details are what the host logs as its reason.
pub(crate) fn respond(status: u16, details: &str, headers: &[Pair<'_>], body: &[u8]) {
    const NO_GRPC_STATUS: i32 = -1;
    let headers = pairs::serialize(headers);
    // SAFETY: the host reads all slices, which are borrowed for the call.
    unsafe {
        proxy_send_local_response(
            u32::from(status),
            details.as_ptr(),
            details.len(),
            body.as_ptr(),
            body.len(),
            headers.as_ptr(),
            headers.len(),
            NO_GRPC_STATUS,
        )
    };
}

/// A number that nobody can foretell, to seed the choice of backends.
pub(crate) fn seed() -> u64 {
    let mut bytes = [0; 8];
    // SAFETY: the host writes at most `size` bytes at `buffer`.
    unsafe { random_get(bytes.as_mut_ptr(), bytes.len()) };
    u64::from_le_bytes(bytes)
}

/// Bytes that the host hands over, in memory that it has asked the module for.
fn received(call: impl FnOnce(*mut *mut u8, *mut usize) -> u32) -> Option<Received> {
    let mut data = std::ptr::null_mut();
    let mut size = 0;
    let status = call(&raw mut data, &raw mut size);
    // SAFETY: the host got the memory from `proxy_on_memory_allocate`, for this size, and keeps no
    // pointer to it.
    (status == OK).then(|| unsafe { Received::take(data, size) })
}
