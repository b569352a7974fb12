//! The plugin: one configuration of the module.

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
    table: Option<Rc<RouteTable>>,
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
        self.table = Some(Rc::new(table));
        Ok(())
    }
}

impl Context for Plugin {}

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

    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> {
        let rng = RNG.with(Rc::clone);
        Some(Box::new(Stream::new(self.table.clone(), rng)))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}
