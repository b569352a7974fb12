//! The plugin: one configuration of the module.

use crate::counters::{self, Counters};
use crate::host::{self, LogLevel};
use route::{Config, RouteTable, SplitMix64};
use std::cell::{Cell, RefCell};

/// What the requests of one configuration share.
pub(crate) struct Configured {
    pub(crate) table: RouteTable,
    counters: RefCell<Counters>,
    timer: Cell<Timer>,
}

/// When the host calls `on_tick`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Timer {
    /// Never: nothing is counted, or the host has no timers.
    Off,
    /// Once in a period.
    Slow,
    /// Soon, because there is more to tell than the host is told at once.
    Fast,
}

impl Timer {
    /// Has the host keep it. Where the host refuses, the timer is what it was.
    fn start(self, was: Self) -> Self {
        let period = match self {
            Self::Off => host::NEVER,
            Self::Slow => counters::PERIOD,
            Self::Fast => counters::SOON,
        };
        if host::tick_every(period) { self } else { was }
    }
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
    // Configurations that end before a second is over must not leave more and more to tell.
    let timer = match config.observe.metrics {
        true if counters::are_pending() => Timer::Fast,
        true => Timer::Slow,
        false => Timer::Off,
    };
    let timer = Cell::new(timer.start(Timer::Off));
    // Seeded before a request has to wait for it.
    with_rng(|_| ());
    Some(Configured { table, counters: RefCell::default(), timer })
}

fn read() -> Result<RouteTable, Box<dyn std::error::Error>> {
    // The text is given back before the table is made: memory never shrinks.
    let config = Config::from_json(&host::plugin_configuration())?;
    Ok(RouteTable::compile(config)?)
}

impl Configured {
    /// Counts a request, if the configuration wants that.
    pub(crate) fn count(&self, decision: &route::Decision<'_>) {
        if self.table.config().observe.metrics
            && let Ok(mut counters) = self.counters.try_borrow_mut()
        {
            counters.count(decision);
        }
    }

    /// Whether the host calls [`Self::tick`] by and by.
    pub(crate) fn has_timer(&self) -> bool {
        self.timer.get() != Timer::Off
    }

    /// Tells the host what was counted, in several calls of its timer where that is much.
    pub(crate) fn tick(&self) {
        let wanted = if counters::tell() { Timer::Slow } else { Timer::Fast };
        let timer = self.timer.get();
        if timer != wanted {
            self.timer.set(wanted.start(timer));
        }
    }

    /// The end: asks for no more ticks. A host may go on calling a root context that is gone, once
    /// in each period for each configuration that it ever had.
    pub(crate) fn end(&self) {
        if self.has_timer() {
            self.timer.set(Timer::Off.start(self.timer.get()));
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
