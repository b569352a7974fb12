//! A running module: its start, its configurations, what can be seen of it.

mod drive;
mod enter;
mod exports;
mod roots;

use std::time::Duration;

use wasmtime::Store;

use crate::host::{Host, VM_CONTEXT};
use crate::http_call::{CallAnswer, HttpCall};
use crate::{
    CallReply, Cost, Error, Fault, Log, Metrics, Module, Randomness, SharedData, Status, TrapCause,
    VmOptions,
};
use enter::enter;
use exports::Exports;

/// A VM: one instance of a module with its memory, its contexts and its host.
///
/// Nothing is shared between VMs but the compiled module, and the shared data where it was given
/// to several of them. A VM can be moved to another thread.
pub struct Vm {
    module: Module,
    options: VmOptions,
    store: Store<Host>,
    exports: Exports,
    start_cost: Cost,
    /// The root context of the configuration in force.
    root: Option<u32>,
    last_context: u32,
}

impl Vm {
    /// Makes an instance of the module and starts it: `_initialize` and then `main`, or `_start`.
    ///
    /// # Errors
    /// [`Error::Instantiate`] where the memory does not fit the limit or the like,
    /// [`Error::MissingExport`] and [`Error::ExportSignature`] where the module is not one for
    /// proxy-wasm, [`Error::Trap`] where it traps while it starts.
    pub fn new(module: &Module, options: VmOptions) -> Result<Vm, Error> {
        let mut store = Store::new(module.engine(), Host::new(options.clone()));
        store.limiter(|host| host);
        let instantiated = store
            .set_fuel(options.fuel_limit)
            .and_then(|()| module.instance().instantiate(&mut store));
        let instance = instantiated.map_err(|error| match enter::cause(&error) {
            TrapCause::Host(message) => Error::Instantiate(message),
            cause => Error::Trap { callback: "the start function", cause },
        })?;
        let guest = exports::guest(&instance, &mut store)?;
        store.data_mut().guest = Some(guest);
        let exports = Exports::find(&instance, &mut store)?;
        let mut vm = Vm {
            module: module.clone(),
            options,
            store,
            exports,
            start_cost: Cost::default(),
            root: None,
            last_context: VM_CONTEXT,
        };
        vm.start()?;
        Ok(vm)
    }

    fn start(&mut self) -> Result<(), Error> {
        let store = &mut self.store;
        if let Some(initialize) = &self.exports.initialize {
            let ((), cost) = enter(store, "_initialize", VM_CONTEXT, initialize, ())?;
            self.start_cost += &cost;
            if let Some(main) = &self.exports.main {
                let (_, cost) = enter(store, "main", VM_CONTEXT, main, (0, 0))?;
                self.start_cost += &cost;
            }
        } else if let Some(start) = &self.exports.start {
            let ((), cost) = enter(store, "_start", VM_CONTEXT, start, ())?;
            self.start_cost += &cost;
        }
        self.store.data_mut().starting = false;
        Ok(())
    }

    /// What starting the module cost.
    #[must_use]
    pub fn start_cost(&self) -> &Cost {
        &self.start_cost
    }

    /// Why the VM has failed; none while it works.
    #[must_use]
    pub fn failure(&self) -> Option<&TrapCause> {
        self.store.data().failure.as_ref().map(|(_, cause)| cause)
    }

    /// What the module logged outside of requests: while it started, in root contexts, and after
    /// a trap also in the requests that were open then.
    #[must_use]
    pub fn logs(&self) -> &[Log] {
        &self.store.data().logs
    }

    /// The same, and forgets them.
    pub fn take_logs(&mut self) -> Vec<Log> {
        std::mem::take(&mut self.store.data_mut().logs)
    }

    /// All metrics that the module has defined.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.store.data().metrics
    }

    /// The shared data and queues of this VM.
    #[must_use]
    pub fn shared_data(&self) -> &SharedData {
        &self.options.shared_data
    }

    /// The size of the linear memory, in pages of 64 KiB.
    #[must_use]
    pub fn memory_pages(&self) -> u64 {
        self.store.data().guest.as_ref().map_or(0, |guest| guest.memory.size(&self.store))
    }

    /// How many root contexts there are: the one in force and those that wait for their requests
    /// to end or for their own `proxy_done`.
    #[must_use]
    pub fn root_contexts(&self) -> usize {
        self.store.data().roots.len()
    }

    /// How many requests are open.
    #[must_use]
    pub fn open_streams(&self) -> usize {
        self.store.data().streams.len()
    }

    /// Injects a fault. Its calls are counted from here on.
    pub fn inject(&mut self, fault: Fault) {
        self.store.data_mut().faults.inject(fault);
    }

    /// Takes all faults back.
    pub fn clear_faults(&mut self) {
        self.store.data_mut().faults.clear();
    }

    /// The time that the module sees, in nanoseconds since 1970.
    #[must_use]
    pub fn time(&self) -> u64 {
        self.store.data().time
    }

    /// Moves the clock forward. This alone runs nothing: see [`Vm::tick`].
    pub fn advance(&mut self, duration: Duration) {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let time = &mut self.store.data_mut().time;
        *time = time.saturating_add(nanoseconds);
    }

    /// Replaces the source of randomness.
    pub fn set_randomness(&mut self, randomness: Randomness) {
        self.store.data_mut().options.randomness = randomness;
    }

    /// How often the configuration in force wants its tick; none where it wants none.
    #[must_use]
    pub fn tick_period(&self) -> Option<Duration> {
        let period = *self.store.data().timers.get(&self.root?)?;
        Some(Duration::from_millis(period.into()))
    }

    /// How many timers run: those of root contexts that have ended without stopping theirs count,
    /// because Envoy keeps them running for as long as the VM lives.
    #[must_use]
    pub fn timers(&self) -> usize {
        self.store.data().timers.len()
    }

    /// Calls `proxy_on_tick` for the configuration in force.
    ///
    /// # Errors
    /// [`Error::NotConfigured`], [`Error::Trap`], [`Error::VmFailed`].
    pub fn tick(&mut self) -> Result<Cost, Error> {
        enter::check(self.store.data())?;
        let root = self.root.ok_or(Error::NotConfigured)?;
        let cost = match &self.exports.on_tick {
            Some(on_tick) => enter(&mut self.store, "proxy_on_tick", root, on_tick, root)?.1,
            None => Cost::default(),
        };
        self.settle()?;
        Ok(cost)
    }

    /// Calls `proxy_on_queue_ready` for each queue that this VM has registered and that holds
    /// something, once for each item.
    ///
    /// # Errors
    /// [`Error::Trap`], [`Error::VmFailed`].
    pub fn deliver_queues(&mut self) -> Result<Cost, Error> {
        enter::check(self.store.data())?;
        let mut sum = Cost::default();
        let queues: Vec<(u32, u32)> =
            self.store.data().queues.iter().map(|(&token, &root)| (token, root)).collect();
        for (token, root) in queues {
            let known = self.store.data().roots.contains_key(&root);
            let items = self.options.shared_data.queued(token);
            if let (Some(ready), true) = (&self.exports.on_queue_ready, known) {
                for _ in 0..items {
                    let params = (root, token);
                    let ((), cost) =
                        enter(&mut self.store, "proxy_on_queue_ready", root, ready, params)?;
                    sum += &cost;
                }
            }
        }
        self.settle()?;
        Ok(sum)
    }

    /// The HTTP calls of the module that wait for an answer, oldest first.
    pub fn http_calls(&self) -> impl Iterator<Item = &HttpCall> {
        self.store.data().calls.values()
    }

    /// Ends an HTTP call of the module and calls `proxy_on_http_call_response`. Requests that the
    /// module continues or answers there go on.
    ///
    /// # Errors
    /// [`Error::UnknownCall`], [`Error::Trap`], [`Error::VmFailed`].
    pub fn answer(&mut self, token: u32, reply: CallReply) -> Result<Cost, Error> {
        enter::check(self.store.data())?;
        let host = self.store.data_mut();
        let root = host.calls.remove(&token).ok_or(Error::UnknownCall(token))?.root;
        let sizes = match reply {
            CallReply::Response(response) => {
                let answer = CallAnswer::from(response);
                let sizes = [answer.headers.len(), answer.body.len(), answer.trailers.len()];
                host.call_answer = Some(answer);
                sizes.map(|size| u32::try_from(size).unwrap_or(u32::MAX))
            }
            CallReply::Failed => {
                host.status = (Status::BROKEN_CONNECTION.0, "reset");
                [0; 3]
            }
        };
        let mut cost = Cost::default();
        let known = host.roots.contains_key(&root);
        if let (Some(on_response), true) = (&self.exports.on_http_call_response, known) {
            let [headers, body, trailers] = sizes;
            let params = (root, token, headers, body, trailers);
            let callback = "proxy_on_http_call_response";
            cost = enter(&mut self.store, callback, root, on_response, params)?.1;
        }
        let host = self.store.data_mut();
        host.call_answer = None;
        host.status.1 = "";
        self.settle()?;
        Ok(cost)
    }

    fn next_context(&mut self) -> u32 {
        self.last_context += 1;
        self.last_context
    }
}

impl std::fmt::Debug for Vm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vm")
            .field("failure", &self.failure())
            .field("root", &self.root)
            .field("open_streams", &self.open_streams())
            .finish_non_exhaustive()
    }
}
