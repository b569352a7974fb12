//! The host's side of a VM: everything that hostcalls reach.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use wasmtime::{Memory, ResourceLimiter, TypedFunc};

use crate::cost::Counter;
use crate::fault::Faults;
use crate::http_call::{CallAnswer, HttpCall};
use crate::stream::Stream;
use crate::{Log, LogLevel, Metrics, TrapCause, VmOptions};

/// The VM's own context, which is current while the module starts.
pub(crate) const VM_CONTEXT: u32 = 0;

/// What every hostcall needs of the module.
#[derive(Clone)]
pub(crate) struct Guest {
    pub(crate) memory: Memory,
    pub(crate) allocate: Arc<TypedFunc<u32, u32>>,
}

/// A root context: one accepted or tried configuration.
#[derive(Debug, Default)]
pub(crate) struct Root {
    /// `proxy_on_done` has returned false: it goes when it says so by `proxy_done`.
    pub(crate) pending_done: bool,
    /// It said so.
    pub(crate) done: bool,
}

pub(crate) struct Host {
    pub(crate) options: VmOptions,
    pub(crate) guest: Option<Guest>,
    /// The context that the module was called for, and the one it has chosen instead.
    pub(crate) current: u32,
    pub(crate) effective: u32,
    /// The module is starting: only some hostcalls are allowed.
    pub(crate) starting: bool,
    /// Readable only while a root context is made and configured.
    pub(crate) plugin_configuration: Option<Vec<u8>>,
    pub(crate) roots: BTreeMap<u32, Root>,
    /// Periods in milliseconds by root context. As in Envoy, a root context that ends leaves its
    /// timer running.
    pub(crate) timers: BTreeMap<u32, u32>,
    pub(crate) streams: BTreeMap<u32, Stream>,
    /// Streams for which the module has asked for something outside of their own phases.
    pub(crate) touched: BTreeSet<u32>,
    pub(crate) logs: Vec<Log>,
    pub(crate) metrics: Metrics,
    pub(crate) time: u64,
    pub(crate) counter: Counter,
    pub(crate) faults: Faults,
    pub(crate) calls: BTreeMap<u32, HttpCall>,
    pub(crate) last_call: u32,
    pub(crate) call_answer: Option<CallAnswer>,
    /// What `proxy_get_status` gives.
    pub(crate) status: (u32, &'static str),
    /// Queues that this VM has registered, each with the root context to tell.
    pub(crate) queues: BTreeMap<u32, u32>,
    pub(crate) failure: Option<(&'static str, TrapCause)>,
    /// Reused for values on their way into the module.
    pub(crate) scratch: Vec<u8>,
}

impl Host {
    pub(crate) fn new(options: VmOptions) -> Host {
        Host {
            guest: None,
            current: VM_CONTEXT,
            effective: VM_CONTEXT,
            starting: true,
            plugin_configuration: None,
            roots: BTreeMap::new(),
            timers: BTreeMap::new(),
            streams: BTreeMap::new(),
            touched: BTreeSet::new(),
            logs: Vec::new(),
            metrics: Metrics::default(),
            time: options.time,
            counter: Counter::new(),
            faults: Faults::default(),
            calls: BTreeMap::new(),
            last_call: 0,
            call_answer: None,
            status: (0, ""),
            queues: BTreeMap::new(),
            failure: None,
            scratch: Vec::new(),
            options,
        }
    }

    /// The context that a hostcall is for.
    pub(crate) fn context(&self) -> u32 {
        if self.effective != VM_CONTEXT && self.is_context(self.effective) {
            self.effective
        } else {
            self.current
        }
    }

    pub(crate) fn is_context(&self, id: u32) -> bool {
        id == VM_CONTEXT || self.streams.contains_key(&id) || self.roots.contains_key(&id)
    }

    /// The stream that a hostcall is for; none in a root context.
    pub(crate) fn stream(&self) -> Option<&Stream> {
        self.streams.get(&self.context())
    }

    pub(crate) fn stream_mut(&mut self) -> Option<&mut Stream> {
        let id = self.context();
        self.streams.get_mut(&id)
    }

    /// The root context that a hostcall is for.
    pub(crate) fn root(&self) -> u32 {
        self.stream().map_or_else(|| self.context(), |stream| stream.root)
    }

    /// Says that the stream is to be looked at after the call.
    pub(crate) fn touch(&mut self) {
        let id = self.context();
        self.touched.insert(id);
    }

    pub(crate) fn log(&mut self, level: LogLevel, message: Vec<u8>) {
        let log = Log { level, message };
        match self.stream_mut() {
            Some(stream) => stream.record.logs.push(log),
            None => self.logs.push(log),
        }
    }

    /// The VM has trapped. The logs of its streams would be lost with them and often say why.
    pub(crate) fn fail(&mut self, callback: &'static str, cause: TrapCause) {
        for stream in self.streams.values_mut() {
            self.logs.append(&mut stream.record.logs);
        }
        self.failure = Some((callback, cause));
    }
}

impl ResourceLimiter for Host {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.options.memory_limit.is_none_or(|limit| desired <= limit))
    }

    fn table_growing(
        &mut self,
        _current: usize,
        _desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(true)
    }
}
