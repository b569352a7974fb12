//! The functions that a module imports: the table of them, and what they have in common.

mod buffers;
mod calls;
mod foreign;
mod headers;
mod metrics;
mod properties;
mod scope;
mod shared;
mod streams;
mod system;
mod wasi;

use wasmtime::{Caller, Engine, Linker};

use crate::host::Host;
use crate::hostcall::WASI_UNSTABLE;
use crate::{Hostcall, Status, TrapCause};
use scope::Scope;

/// What ends a hostcall early: a code for the module, or a trap.
enum Interrupt {
    Code(u32),
    Trap(wasmtime::Error),
}

type Outcome = Result<(), Interrupt>;

impl From<Status> for Interrupt {
    fn from(status: Status) -> Interrupt {
        Interrupt::Code(status.0)
    }
}

impl From<wasmtime::Error> for Interrupt {
    fn from(error: wasmtime::Error) -> Interrupt {
        Interrupt::Trap(error)
    }
}

impl From<TrapCause> for Interrupt {
    fn from(cause: TrapCause) -> Interrupt {
        Interrupt::Trap(wasmtime::Error::new(cause))
    }
}

/// Turns a status into the outcome of a hostcall.
fn outcome(status: Status) -> Outcome {
    if status == Status::OK { Ok(()) } else { Err(status.into()) }
}

/// Counts the call, lets a fault take its place, runs it.
fn run(
    caller: Caller<'_, Host>,
    call: Hostcall,
    body: impl FnOnce(&mut Scope<'_>) -> Outcome,
) -> wasmtime::Result<u32> {
    let result = Scope::open(caller, call).and_then(|mut scope| body(&mut scope));
    match result {
        Ok(()) => Ok(Status::OK.0),
        Err(Interrupt::Code(code)) => Ok(code),
        Err(Interrupt::Trap(error)) => Err(error),
    }
}

macro_rules! define {
    ($linker:ident: $($call:ident => $function:path, ($($argument:ident: $type:ty),*);)*) => {
        $($linker.func_wrap(
            Hostcall::$call.module(),
            Hostcall::$call.name(),
            |caller: Caller<'_, Host>, $($argument: $type),*| {
                run(caller, Hostcall::$call, |scope| $function(scope, $($argument),*))
            },
        )?;)*
    };
}

/// Everything that a module can import.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<Host>> {
    let mut linker = Linker::new(engine);
    define! { linker:
        Log => system::log, (level: u32, data: u32, size: u32);
        GetLogLevel => system::get_log_level, (level: u32);
        GetCurrentTime => system::get_current_time, (time: u32);
        SetTickPeriod => system::set_tick_period, (period: u32);
        GetStatus => system::get_status, (code: u32, data: u32, size: u32);
        GetBufferBytes => buffers::get, (kind: u32, start: u32, length: u32, data: u32, size: u32);
        SetBufferBytes => buffers::set, (kind: u32, start: u32, length: u32, data: u32, size: u32);
        GetBufferStatus => buffers::status, (kind: u32, length: u32, flags: u32);
        GetHeaderMapSize => headers::size, (map: u32, result: u32);
        GetHeaderMapPairs => headers::get_all, (map: u32, data: u32, size: u32);
        SetHeaderMapPairs => headers::set_all, (map: u32, data: u32, size: u32);
        GetHeaderMapValue => headers::get,
            (map: u32, key: u32, key_size: u32, data: u32, size: u32);
        ReplaceHeaderMapValue => headers::replace,
            (map: u32, key: u32, key_size: u32, data: u32, size: u32);
        AddHeaderMapValue => headers::add,
            (map: u32, key: u32, key_size: u32, data: u32, size: u32);
        RemoveHeaderMapValue => headers::remove, (map: u32, key: u32, key_size: u32);
        GetProperty => properties::get, (path: u32, path_size: u32, data: u32, size: u32);
        SetProperty => properties::set, (path: u32, path_size: u32, data: u32, size: u32);
        GetSharedData => shared::get, (key: u32, key_size: u32, data: u32, size: u32, cas: u32);
        SetSharedData => shared::set, (key: u32, key_size: u32, data: u32, size: u32, cas: u32);
        RegisterSharedQueue => shared::register, (name: u32, name_size: u32, token: u32);
        ResolveSharedQueue => shared::resolve,
            (vm: u32, vm_size: u32, name: u32, name_size: u32, token: u32);
        DequeueSharedQueue => shared::dequeue, (token: u32, data: u32, size: u32);
        EnqueueSharedQueue => shared::enqueue, (token: u32, data: u32, size: u32);
        ContinueStream => streams::resume, (kind: u32);
        CloseStream => streams::close, (kind: u32);
        SendLocalResponse => streams::send_local_response,
            (status: u32, details: u32, details_size: u32, body: u32, body_size: u32,
             headers: u32, headers_size: u32, grpc_status: i32);
        SetEffectiveContext => streams::set_effective_context, (context: u32);
        Done => streams::done, ();
        HttpCall => calls::http_call,
            (upstream: u32, upstream_size: u32, headers: u32, headers_size: u32, body: u32,
             body_size: u32, trailers: u32, trailers_size: u32, timeout: u32, token: u32);
        GrpcCall => calls::grpc_call,
            (_upstream: u32, _upstream_size: u32, _service: u32, _service_size: u32, _method: u32,
             _method_size: u32, _metadata: u32, _metadata_size: u32, _message: u32,
             _message_size: u32, _timeout: u32, _token: u32);
        GrpcStream => calls::grpc_stream,
            (_upstream: u32, _upstream_size: u32, _service: u32, _service_size: u32, _method: u32,
             _method_size: u32, _metadata: u32, _metadata_size: u32, _token: u32);
        GrpcSend => calls::grpc_send,
            (_token: u32, _message: u32, _message_size: u32, _end_stream: u32);
        GrpcCancel => calls::grpc_end, (_token: u32);
        GrpcClose => calls::grpc_end, (_token: u32);
        CallForeignFunction => foreign::call,
            (name: u32, name_size: u32, arguments: u32, arguments_size: u32, data: u32, size: u32);
        DefineMetric => metrics::define, (kind: u32, name: u32, name_size: u32, id: u32);
        GetMetric => metrics::get, (id: u32, value: u32);
        RecordMetric => metrics::record, (id: u32, value: u64);
        IncrementMetric => metrics::increment, (id: u32, offset: i64);
        RandomGet => wasi::random_get, (buffer: u32, size: u32);
        ClockTimeGet => wasi::clock_time_get, (clock: u32, precision: u64, time: u32);
        FdWrite => wasi::fd_write, (fd: u32, vectors: u32, count: u32, written: u32);
        FdRead => wasi::fd_read, (_fd: u32, _vectors: u32, _count: u32, _read: u32);
        FdSeek => wasi::fd_seek, (_fd: u32, _offset: i64, _whence: u32, _new: u32);
        FdClose => wasi::fd_close, (_fd: u32);
        FdFdstatGet => wasi::fd_fdstat_get, (fd: u32, stat: u32);
        FdPrestatGet => wasi::fd_prestat_get, (_fd: u32, _stat: u32);
        FdPrestatDirName => wasi::fd_prestat_dir_name, (_fd: u32, _path: u32, _size: u32);
        EnvironGet => wasi::environ_get, (pointers: u32, buffer: u32);
        EnvironSizesGet => wasi::environ_sizes_get, (count: u32, size: u32);
        ArgsGet => wasi::args_get, (_pointers: u32, _buffer: u32);
        ArgsSizesGet => wasi::args_sizes_get, (count: u32, size: u32);
        SchedYield => wasi::sched_yield, ();
    }
    // These two return nothing.
    linker.func_wrap(
        Hostcall::ProcExit.module(),
        Hostcall::ProcExit.name(),
        |caller: Caller<'_, Host>, code: u32| {
            run(caller, Hostcall::ProcExit, |scope| wasi::proc_exit(scope, code)).map(drop)
        },
    )?;
    linker.func_wrap(
        Hostcall::NotifyMemoryGrowth.module(),
        Hostcall::NotifyMemoryGrowth.name(),
        |caller: Caller<'_, Host>, _memory: u32| {
            run(caller, Hostcall::NotifyMemoryGrowth, |_| Ok(())).map(drop)
        },
    )?;
    linker.alias_module(Hostcall::RandomGet.module(), WASI_UNSTABLE)?;
    Ok(linker)
}
