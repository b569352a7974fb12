#![doc = include_str!("../README.md")]

mod cost;
mod error;
mod exchange;
mod fault;
mod headers;
mod host;
mod hostcall;
mod hostcalls;
mod http_call;
mod local_reply;
mod log;
mod message;
mod metrics;
mod module;
mod options;
mod phase;
mod properties;
mod random;
mod record;
mod shared_data;
mod status;
mod stream;
mod vm;

pub use cost::Cost;
pub use error::{Error, TrapCause};
pub use exchange::Exchange;
pub use fault::{Effect, Fault, FaultAt, Occurrence};
pub use headers::{Headers, Pair, pairs};
pub use hostcall::Hostcall;
pub use http_call::{CallReply, HttpCall};
pub use log::{Log, LogLevel};
pub use message::{Request, Response};
pub use metrics::{MetricChange, MetricKind, MetricOperation, MetricValue, Metrics};
pub use module::{Engine, Module};
pub use options::VmOptions;
pub use phase::{Action, Phase};
pub use properties::Properties;
pub use random::Randomness;
pub use record::{Call, ForeignCall, LocalReply, Record};
pub use shared_data::SharedData;
pub use status::Status;
pub use vm::Vm;
/// What a module can trap with.
pub use wasmtime::Trap;
