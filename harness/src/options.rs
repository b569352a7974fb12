//! What a VM is started with.

use std::collections::{BTreeMap, BTreeSet};

use crate::{LogLevel, Properties, Randomness, SharedData, Status};

/// The settings of a VM. The default is a host with nothing configured: clock at zero, seed
/// zero, no properties, no upstreams.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VmOptions {
    /// The configuration that `proxy_on_vm_start` reads.
    pub vm_configuration: Vec<u8>,
    /// The `vm_id`, to which shared data belongs.
    pub vm_id: String,
    /// The name of the plugin (property `plugin_name`).
    pub plugin_name: String,
    /// The root id of the plugin (property `plugin_root_id`).
    pub root_id: String,
    /// Properties that every context can read.
    pub properties: Properties,
    /// The environment variables of the module, for WASI.
    pub environment: BTreeMap<String, String>,
    /// What `proxy_get_log_level` returns. Lines below it are kept nevertheless.
    pub log_level: LogLevel,
    /// The time at the start, in nanoseconds since 1970.
    pub time: u64,
    /// What `random_get` gives.
    pub randomness: Randomness,
    /// Shared data and queues.
    pub shared_data: SharedData,
    /// The upstreams that HTTP calls can go to; calls to others fail with `BadArgument`.
    pub upstreams: BTreeSet<Vec<u8>>,
    /// Foreign functions by name, each with what it returns. Without being named here
    /// `clear_route_cache` and `set_envoy_filter_state` work as in Envoy.
    pub foreign_functions: BTreeMap<Vec<u8>, (Status, Vec<u8>)>,
    /// The most bytes that the linear memory may have; growing beyond fails in the module.
    pub memory_limit: Option<usize>,
    /// The most fuel that one call into the module may use; beyond it the call traps.
    pub fuel_limit: u64,
}

impl Default for VmOptions {
    fn default() -> VmOptions {
        VmOptions {
            vm_configuration: Vec::new(),
            vm_id: String::new(),
            plugin_name: String::new(),
            root_id: String::new(),
            properties: Properties::new(),
            environment: BTreeMap::new(),
            log_level: LogLevel::Info,
            time: 0,
            randomness: Randomness::Seed(0),
            shared_data: SharedData::new(),
            upstreams: BTreeSet::new(),
            foreign_functions: BTreeMap::new(),
            memory_limit: None,
            fuel_limit: 1 << 40,
        }
    }
}

impl VmOptions {
    /// The default settings.
    #[must_use]
    pub fn new() -> VmOptions {
        VmOptions::default()
    }

    /// Sets the properties that every context can read.
    #[must_use]
    pub fn properties(mut self, properties: Properties) -> VmOptions {
        self.properties = properties;
        self
    }

    /// Sets the seed of the randomness.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> VmOptions {
        self.randomness = Randomness::Seed(seed);
        self
    }

    /// Sets the source of the randomness.
    #[must_use]
    pub fn randomness(mut self, randomness: Randomness) -> VmOptions {
        self.randomness = randomness;
        self
    }

    /// Sets the time at the start, in nanoseconds since 1970.
    #[must_use]
    pub fn time(mut self, nanoseconds: u64) -> VmOptions {
        self.time = nanoseconds;
        self
    }

    /// Sets the configuration of the VM.
    #[must_use]
    pub fn vm_configuration(mut self, configuration: impl Into<Vec<u8>>) -> VmOptions {
        self.vm_configuration = configuration.into();
        self
    }

    /// Sets the id of the VM.
    #[must_use]
    pub fn vm_id(mut self, id: impl Into<String>) -> VmOptions {
        self.vm_id = id.into();
        self
    }

    /// Sets the name and the root id of the plugin.
    #[must_use]
    pub fn plugin(mut self, name: impl Into<String>, root_id: impl Into<String>) -> VmOptions {
        self.plugin_name = name.into();
        self.root_id = root_id.into();
        self
    }

    /// Adds an environment variable.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> VmOptions {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Sets the log level that the module is told.
    #[must_use]
    pub fn log_level(mut self, level: LogLevel) -> VmOptions {
        self.log_level = level;
        self
    }

    /// Shares data and queues with the other VMs that have this store.
    #[must_use]
    pub fn shared_data(mut self, shared_data: SharedData) -> VmOptions {
        self.shared_data = shared_data;
        self
    }

    /// Adds an upstream for HTTP calls.
    #[must_use]
    pub fn upstream(mut self, name: impl Into<Vec<u8>>) -> VmOptions {
        self.upstreams.insert(name.into());
        self
    }

    /// Adds a foreign function that returns this.
    #[must_use]
    pub fn foreign_function(
        mut self,
        name: impl Into<Vec<u8>>,
        status: Status,
        result: impl Into<Vec<u8>>,
    ) -> VmOptions {
        self.foreign_functions.insert(name.into(), (status, result.into()));
        self
    }

    /// Limits the linear memory, in bytes.
    #[must_use]
    pub fn memory_limit(mut self, bytes: usize) -> VmOptions {
        self.memory_limit = Some(bytes);
        self
    }

    /// Limits the fuel of each call.
    #[must_use]
    pub fn fuel_limit(mut self, fuel: u64) -> VmOptions {
        self.fuel_limit = fuel;
        self
    }
}
