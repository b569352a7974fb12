//! The plugin: one configuration of the module.

use crate::counters::{self, Counters};
use crate::host;
use crate::stream::Stream;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{ContextType, LogLevel};
use route::{Config, RouteTable, SplitMix64};
use std::cell::RefCell;
use std::rc::Rc;

thread_local! {
    /// One generator for the VM, seeded when it is first used.
    static RNG: Rc<RefCell<SplitMix64>> =
        Rc::new(RefCell::new(SplitMix64::new(host::seed())));
}

/// A root context: it lives as long as its configuration.
#[derive(Default)]
pub(crate) struct Plugin {
    configured: Option<Rc<Configured>>,
}

/// What the requests of one configuration share.
pub(crate) struct Configured {
    pub(crate) table: RouteTable,
    pub(crate) counters: RefCell<Counters>,
}

impl Plugin {
    fn configure(&mut self) -> Result<(), Box<dyn std::error::Error>> {
        let table = RouteTable::compile(Config::from_json(&host::plugin_configuration())?)?;
        for problem in table.problems() {
            host::log(LogLevel::Warn, &format!("kgwc: {problem}; the rule answers 500"));
        }
        let config = table.config();
        let summary = format!("kgwc: {} serves {}", config.gateway, config.id);
        host::log(LogLevel::Info, &summary);
        if config.observe.metrics {
            host::tick_every(counters::PERIOD);
        }
        // Seeded before a request has to wait for it.
        RNG.with(|_| ());
        self.configured = Some(Rc::new(Configured { table, counters: RefCell::default() }));
        Ok(())
    }

    fn flush(&self) {
        if let Some(configured) = &self.configured {
            configured.counters.borrow_mut().flush();
        }
    }
}

impl Context for Plugin {
    /// The end of the configuration: requests that still run are not counted any more.
    fn on_done(&mut self) -> bool {
        self.flush();
        true
    }
}

impl RootContext for Plugin {
    fn on_configure(&mut self, _: usize) -> bool {
        match self.configure() {
            Ok(()) => true,
            Err(error) => {
                host::log(LogLevel::Error, &format!("kgwc: {error}"));
                false
            }
        }
    }

    fn on_tick(&mut self) {
        self.flush();
    }

    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> {
        let rng = RNG.with(Rc::clone);
        Some(Box::new(Stream::new(self.configured.clone(), rng)))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}
