//! Everything that can go wrong, typed.

use crate::{Hostcall, Phase};

/// Why the module trapped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrapCause {
    /// The module did something that WebAssembly does not allow: `unreachable` (a Rust panic ends
    /// there), memory out of bounds, a division by zero, a stack overflow.
    #[error("{0}")]
    Wasm(wasmtime::Trap),
    /// The call used up its fuel: an endless loop, or a limit that is too low.
    #[error("the call ran out of fuel")]
    OutOfFuel,
    /// A fault that the caller asked for.
    #[error("a fault was injected at {0}")]
    Injected(Hostcall),
    /// The module called `proc_exit`.
    #[error("the module called proc_exit({0})")]
    Exit(u32),
    /// The module made a hostcall that is not allowed while it starts.
    #[error("{0} must not be called while the module starts")]
    Restricted(Hostcall),
    /// The host's side of the call failed.
    #[error("{0}")]
    Host(String),
}

/// Why something could not be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The runtime could not be set up on this machine.
    #[error("cannot set up the WebAssembly runtime: {0}")]
    Engine(String),
    /// The bytes are not a valid module.
    #[error("cannot compile the module: {0}")]
    Compile(String),
    /// The module has no `proxy_abi_version_0_2_0` or `proxy_abi_version_0_2_1`.
    #[error("the module exports no proxy-wasm ABI version that the host has (0.2.0, 0.2.1){}", other(.found))]
    AbiVersion {
        /// The ABI version that it has instead, as its export spells it.
        found: Option<String>,
    },
    /// The module imports something that the host does not offer.
    #[error("the module imports {module}.{name}, which the host does not offer")]
    UnknownImport {
        /// The module part of the import.
        module: String,
        /// The name part of the import.
        name: String,
    },
    /// The module imports a hostcall with another signature than the host's.
    #[error("the module's imports do not fit the host: {0}")]
    Link(String),
    /// The module lacks an export that every proxy-wasm module must have: `memory`, and `malloc`
    /// or `proxy_on_memory_allocate`.
    #[error("the module has no export {0}")]
    MissingExport(&'static str),
    /// An export has another signature than the ABI's.
    #[error("the module's export {0} does not have the signature of the ABI")]
    ExportSignature(&'static str),
    /// The module could not be instantiated.
    #[error("cannot instantiate the module: {0}")]
    Instantiate(String),
    /// The module trapped. The VM has failed with it; what the module logged is in
    /// [`Vm::logs`](crate::Vm::logs).
    #[error("the module trapped in {callback}: {cause}")]
    Trap {
        /// The export that was being run.
        callback: &'static str,
        /// Why it trapped.
        cause: TrapCause,
    },
    /// The VM has trapped before and runs nothing any more; make a new one.
    #[error("the VM has failed, it trapped in {callback}: {cause}")]
    VmFailed {
        /// The export in which it trapped.
        callback: &'static str,
        /// Why it trapped.
        cause: TrapCause,
    },
    /// `proxy_on_vm_start` returned false.
    #[error("the module refused to start: proxy_on_vm_start returned false")]
    StartRejected,
    /// `proxy_on_configure` returned false; the configuration before stays in force.
    #[error("the module refused its configuration: proxy_on_configure returned false")]
    ConfigurationRejected,
    /// A request came before any configuration was accepted.
    #[error("the VM has no configuration yet")]
    NotConfigured,
    /// The filter has stopped the request or response, so that there is nothing to go on with.
    #[error("the filter has paused the stream in the phase {phase}")]
    Paused {
        /// Where it is paused.
        phase: Phase,
    },
    /// There is a response already, or the stream was reset.
    #[error("the stream has been answered or reset already")]
    Answered,
    /// No call of this token is in progress.
    #[error("there is no HTTP call with the token {0}")]
    UnknownCall(u32),
    /// No stream of this id is open.
    #[error("there is no open stream with the id {0}")]
    UnknownStream(u32),
}

fn other(version: &Option<String>) -> String {
    version.as_ref().map_or_else(String::new, |version| format!("; it has {version}"))
}
