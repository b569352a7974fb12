//! The functions that the host offers to a module, by name.

use std::fmt;

macro_rules! hostcalls {
    ($($variant:ident = $module:literal $name:literal,)*) => {
        /// A function that a module can import.
        ///
        /// Costs are counted and faults are injected per hostcall.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Hostcall {
            $(#[doc = concat!("`", $module, ".", $name, "`")] $variant,)*
        }

        impl Hostcall {
            /// Every hostcall, in the order of the ABI's description.
            pub const ALL: &'static [Hostcall] = &[$(Hostcall::$variant,)*];

            /// The name of the module that it is imported from.
            #[must_use]
            pub const fn module(self) -> &'static str {
                match self { $(Hostcall::$variant => $module,)* }
            }

            /// The name that it is imported by.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Hostcall::$variant => $name,)* }
            }
        }
    };
}

hostcalls! {
    Log = "env" "proxy_log",
    GetLogLevel = "env" "proxy_get_log_level",
    GetCurrentTime = "env" "proxy_get_current_time_nanoseconds",
    SetTickPeriod = "env" "proxy_set_tick_period_milliseconds",
    GetBufferBytes = "env" "proxy_get_buffer_bytes",
    SetBufferBytes = "env" "proxy_set_buffer_bytes",
    GetBufferStatus = "env" "proxy_get_buffer_status",
    GetHeaderMapSize = "env" "proxy_get_header_map_size",
    GetHeaderMapPairs = "env" "proxy_get_header_map_pairs",
    SetHeaderMapPairs = "env" "proxy_set_header_map_pairs",
    GetHeaderMapValue = "env" "proxy_get_header_map_value",
    ReplaceHeaderMapValue = "env" "proxy_replace_header_map_value",
    AddHeaderMapValue = "env" "proxy_add_header_map_value",
    RemoveHeaderMapValue = "env" "proxy_remove_header_map_value",
    GetProperty = "env" "proxy_get_property",
    SetProperty = "env" "proxy_set_property",
    GetSharedData = "env" "proxy_get_shared_data",
    SetSharedData = "env" "proxy_set_shared_data",
    RegisterSharedQueue = "env" "proxy_register_shared_queue",
    ResolveSharedQueue = "env" "proxy_resolve_shared_queue",
    DequeueSharedQueue = "env" "proxy_dequeue_shared_queue",
    EnqueueSharedQueue = "env" "proxy_enqueue_shared_queue",
    ContinueStream = "env" "proxy_continue_stream",
    CloseStream = "env" "proxy_close_stream",
    SendLocalResponse = "env" "proxy_send_local_response",
    HttpCall = "env" "proxy_http_call",
    GrpcCall = "env" "proxy_grpc_call",
    GrpcStream = "env" "proxy_grpc_stream",
    GrpcSend = "env" "proxy_grpc_send",
    GrpcCancel = "env" "proxy_grpc_cancel",
    GrpcClose = "env" "proxy_grpc_close",
    GetStatus = "env" "proxy_get_status",
    SetEffectiveContext = "env" "proxy_set_effective_context",
    CallForeignFunction = "env" "proxy_call_foreign_function",
    Done = "env" "proxy_done",
    DefineMetric = "env" "proxy_define_metric",
    GetMetric = "env" "proxy_get_metric",
    RecordMetric = "env" "proxy_record_metric",
    IncrementMetric = "env" "proxy_increment_metric",
    NotifyMemoryGrowth = "env" "emscripten_notify_memory_growth",
    RandomGet = "wasi_snapshot_preview1" "random_get",
    ClockTimeGet = "wasi_snapshot_preview1" "clock_time_get",
    FdWrite = "wasi_snapshot_preview1" "fd_write",
    FdRead = "wasi_snapshot_preview1" "fd_read",
    FdSeek = "wasi_snapshot_preview1" "fd_seek",
    FdClose = "wasi_snapshot_preview1" "fd_close",
    FdFdstatGet = "wasi_snapshot_preview1" "fd_fdstat_get",
    FdPrestatGet = "wasi_snapshot_preview1" "fd_prestat_get",
    FdPrestatDirName = "wasi_snapshot_preview1" "fd_prestat_dir_name",
    EnvironGet = "wasi_snapshot_preview1" "environ_get",
    EnvironSizesGet = "wasi_snapshot_preview1" "environ_sizes_get",
    ArgsGet = "wasi_snapshot_preview1" "args_get",
    ArgsSizesGet = "wasi_snapshot_preview1" "args_sizes_get",
    SchedYield = "wasi_snapshot_preview1" "sched_yield",
    ProcExit = "wasi_snapshot_preview1" "proc_exit",
}

/// The older name of the WASI module; it holds the same functions.
pub(crate) const WASI_UNSTABLE: &str = "wasi_unstable";

impl Hostcall {
    /// The hostcall of that name, whichever module it belongs to.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Hostcall> {
        Hostcall::ALL.iter().copied().find(|call| call.name() == name)
    }

    /// Whether an import of this module and name is offered.
    pub(crate) fn offers(module: &str, name: &str) -> bool {
        Hostcall::ALL.iter().any(|call| {
            call.name() == name
                && (call.module() == module || (module == WASI_UNSTABLE && call.module() != "env"))
        })
    }

    /// Whether the module may call it while it starts (`_initialize`, `_start`, `main`), when
    /// there is no context yet: only the log and WASI, as in Envoy.
    pub(crate) fn allowed_at_start(self) -> bool {
        self == Hostcall::Log || self == Hostcall::NotifyMemoryGrowth || self.module() != "env"
    }
}

impl fmt::Display for Hostcall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        for &call in Hostcall::ALL {
            assert_eq!(Hostcall::from_name(call.name()), Some(call));
        }
        assert_eq!(Hostcall::from_name("proxy_nothing"), None);
    }

    #[test]
    fn wasi_is_offered_under_both_names() {
        assert!(Hostcall::offers("wasi_snapshot_preview1", "random_get"));
        assert!(Hostcall::offers("wasi_unstable", "random_get"));
        assert!(!Hostcall::offers("wasi_unstable", "proxy_log"));
        assert!(!Hostcall::offers("env", "random_get"));
    }
}
