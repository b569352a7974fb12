//! The plugin: one configuration of the module.

use crate::counters::{self, Counters};
use crate::host::{self, LogLevel};
use route::{Config, RouteTable, SplitMix64};
use std::cell::{Cell, RefCell};

/// What the requests of one configuration share.
pub(crate) struct Configured {
    pub(crate) table: RouteTable,
    counters: RefCell<Counters>,
    /// Whether there was more to tell than the host was told at once.
    is_behind: Cell<bool>,
}

/// Reads the configuration that the host has; `None` where it is refused, which is logged.
pub(crate) fn configure() -> Option<Configured> {
    let table = match read() {
        Ok(table) => table,
        Err(error) => {
            host::log(LogLevel::Error, &format!("kgwc: {error}"));
            return None;
        }
    };
    for problem in table.problems() {
        host::log(LogLevel::Warn, &format!("kgwc: {problem}; the rule answers 500"));
    }
    let config = table.config();
    host::log(LogLevel::Info, &format!("kgwc: {} serves {}", config.gateway, config.id));
    host::tick_every(if config.observe.metrics { counters::PERIOD } else { host::NEVER });
    // Seeded before a request has to wait for it.
    with_rng(|_| ());
    Some(Configured { table, counters: RefCell::default(), is_behind: Cell::default() })
}

fn read() -> Result<RouteTable, Box<dyn std::error::Error>> {
    // The text is given back before the table is made: memory never shrinks.
    let config = Config::from_json(&host::plugin_configuration())?;
    Ok(RouteTable::compile(config)?)
}

/// Who tells the host what a configuration leaves that is gone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heirs {
    /// Nobody: it has to do so itself.
    None,
    /// Another one of the VM, a little at a time.
    Some,
}

impl Configured {
    /// Whether it counts requests.
    pub(crate) fn counts(&self) -> bool {
        self.table.config().observe.metrics
    }

    /// Counts a request, if the configuration wants that.
    pub(crate) fn count(&self, decision: &route::Decision<'_>) {
        if self.counts()
            && let Ok(mut counters) = self.counters.try_borrow_mut()
        {
            counters.count(decision);
        }
    }

    /// Tells the host what was counted, in several calls of its timer where that is much.
    pub(crate) fn tick(&self) {
        if let Ok(mut counters) = self.counters.try_borrow_mut() {
            let is_all = counters.tell(self.table.config());
            if self.is_behind.replace(!is_all) == is_all {
                host::tick_every(if is_all { counters::PERIOD } else { counters::SOON });
            }
        }
    }

    /// The end: has the host be told what was counted last, and asks for no more. A host may go on
    /// calling a root context that is gone, once in each period for each configuration that it
    /// ever had.
    pub(crate) fn end(&self, heirs: Heirs) {
        self.tell_rest(heirs);
        if self.counts() {
            host::tick_every(host::NEVER);
        }
    }

    /// Has the host be told what it was not told yet.
    pub(crate) fn tell_rest(&self, heirs: Heirs) {
        if let Ok(mut counters) = self.counters.try_borrow_mut() {
            match heirs {
                Heirs::None => counters.tell_all(self.table.config()),
                Heirs::Some => counters.leave(self.table.config()),
            }
        }
    }
}

/// Lends the one generator of the VM, which is seeded when it is first used.
pub(crate) fn with_rng<R>(f: impl FnOnce(&mut SplitMix64) -> R) -> R {
    thread_local! {
        static RNG: Cell<Option<SplitMix64>> = const { Cell::new(None) };
    }
    RNG.with(|cell| {
        let mut rng = cell.take().unwrap_or_else(|| SplitMix64::new(host::seed()));
        let result = f(&mut rng);
        cell.set(Some(rng));
        result
    })
}
