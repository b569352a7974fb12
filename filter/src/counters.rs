//! How many requests each rule got, by outcome.
//!
//! Counted in the module's own memory and handed to the host once a second: on the way of a
//! request this costs no hostcall. The host serves nobody while it is told, so that it is told a
//! bounded number at a time, and the rest soon after.

use crate::host;
use hashbrown::HashMap;
use route::{Config, Decision};
use rustc_hash::FxBuildHasher;
use std::cell::RefCell;

/// How often the host is told, in milliseconds.
pub(crate) const PERIOD: u32 = 1_000;
/// The same while there is more than was told at once.
pub(crate) const SOON: u32 = 10;

/// How much is told at once: so many additions to counters, fractions of a millisecond.
const AT_ONCE: u32 = 256;
/// To ask for a counter costs a host as much as so many additions: Envoy looks for labels in its
/// name.
const ASKING: u32 = 16;

thread_local! {
    /// The host's number of each counter that was asked for in this VM. A host may keep something
    /// for each time that it is asked, and every new configuration asks for much the same.
    static IDS: RefCell<HashMap<String, u32, FxBuildHasher>> = RefCell::default();
    /// What configurations that are gone have counted and not told.
    static LEFT: RefCell<Vec<Left>> = RefCell::default();
}

/// The counters of one configuration.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// By the number of the rule; a rule has seldom more than one outcome.
    rules: Vec<Vec<Counter>>,
    /// Of requests that no rule won.
    others: Vec<Counter>,
    /// The rule that is told next; 0 where all were told.
    next: usize,
}

#[derive(Debug)]
struct Counter {
    outcome: &'static str,
    /// The host's number; `None` before it was first told.
    id: Option<u32>,
    /// What the host has not been told yet.
    pending: i64,
}

/// What is left of a counter whose configuration is gone.
#[derive(Debug)]
struct Left {
    counter: Known,
    pending: i64,
}

#[derive(Debug)]
enum Known {
    Id(u32),
    Name(String),
}

/// How much may still be told at once.
struct Budget(u32);

impl Budget {
    fn spend(&mut self, cost: u32) {
        self.0 = self.0.saturating_sub(cost);
    }

    fn is_spent(&self) -> bool {
        self.0 == 0
    }
}

impl Counters {
    /// Counts a request.
    pub(crate) fn count(&mut self, decision: &Decision<'_>) {
        let counters = match &decision.matched {
            None => &mut self.others,
            Some(matched) => {
                let number = matched.number as usize;
                if self.rules.len() <= number {
                    self.rules.resize_with(number.saturating_add(1), Vec::new);
                }
                let Some(counters) = self.rules.get_mut(number) else { return };
                counters
            }
        };
        let outcome = decision.outcome();
        match counters.iter_mut().find(|counter| counter.outcome == outcome) {
            Some(counter) => counter.pending = counter.pending.saturating_add(1),
            None => counters.push(Counter { outcome, id: None, pending: 1 }),
        }
    }

    /// Tells the host what it may be told at once, first what is left of configurations that are
    /// gone. Whether that was all. What the host refuses is tried again.
    pub(crate) fn tell(&mut self, config: &Config) -> bool {
        let mut budget = Budget(AT_ONCE);
        tell_left(&mut budget);
        self.tell_own(config, &mut budget)
    }

    /// Tells the host all that was counted.
    pub(crate) fn tell_all(&mut self, config: &Config) {
        self.next = 0;
        self.tell_own(config, &mut Budget(u32::MAX));
    }

    /// Leaves what the host has not been told to the configurations that still have a timer.
    pub(crate) fn leave(&mut self, config: &Config) {
        let mut left = Vec::new();
        for number in 0..=self.rules.len() {
            let (counters, rule) = self.at(number, config);
            for counter in counters.iter_mut().filter(|counter| counter.pending > 0) {
                let known = match counter.id {
                    Some(id) => Known::Id(id),
                    None => Known::Name(name(rule, counter.outcome)),
                };
                left.push(Left { counter: known, pending: std::mem::take(&mut counter.pending) });
            }
        }
        give_back(left);
    }

    fn tell_own(&mut self, config: &Config, budget: &mut Budget) -> bool {
        while !budget.is_spent() {
            let is_last = self.next >= self.rules.len();
            let (counters, rule) = self.at(self.next, config);
            for counter in counters.iter_mut().filter(|counter| counter.pending > 0) {
                counter.id = counter.id.or_else(|| id(name(rule, counter.outcome), budget));
                if let Some(id) = counter.id {
                    host::increment(id, counter.pending);
                    counter.pending = 0;
                    budget.spend(1);
                }
            }
            self.next = if is_last { 0 } else { self.next.saturating_add(1) };
            if is_last {
                return true;
            }
        }
        false
    }

    /// The counters of a rule, with its route and its number there; behind the last rule those of
    /// requests that none won.
    fn at<'c>(
        &mut self,
        number: usize,
        config: &'c Config,
    ) -> (&mut Vec<Counter>, Option<(&'c str, u32)>) {
        match (self.rules.get_mut(number), config.rules.get(number)) {
            (Some(counters), Some(rule)) => {
                let route = config.routes.get(rule.route as usize).map_or("", String::as_str);
                (counters, Some((route, rule.index)))
            }
            _ => (&mut self.others, None),
        }
    }
}

/// What the host refuses is lost with the configuration that has counted it.
fn tell_left(budget: &mut Budget) {
    // Not borrowed meanwhile: the host could call back.
    let mut left = LEFT.take();
    while !budget.is_spent()
        && let Some(Left { counter, pending }) = left.pop()
    {
        budget.spend(1);
        let id = match counter {
            Known::Id(id) => Some(id),
            Known::Name(name) => id(name, budget),
        };
        if let Some(id) = id {
            host::increment(id, pending);
        }
    }
    give_back(left);
}

fn give_back(mut left: Vec<Left>) {
    LEFT.with(|all| {
        if let Ok(mut all) = all.try_borrow_mut() {
            all.append(&mut left);
        }
    });
}

/// The host's number of the counter of that name; `None` where the host refuses it.
fn id(name: String, budget: &mut Budget) -> Option<u32> {
    let known = IDS.with(|ids| ids.try_borrow().ok()?.get(&name).copied());
    if known.is_some() {
        return known;
    }
    budget.spend(ASKING);
    let id = host::counter(&name)?;
    IDS.with(|ids| Some(ids.try_borrow_mut().ok()?.insert(name, id)));
    Some(id)
}

/// `kgwc.route.NAMESPACE/NAME.rule.NUMBER.outcome.OUTCOME.requests`, or without the route where
/// none won. The stat tags of the generated Envoy configuration make labels of the parts.
fn name(rule: Option<(&str, u32)>, outcome: &str) -> String {
    match rule {
        Some((route, rule)) => format!("kgwc.route.{route}.rule.{rule}.outcome.{outcome}.requests"),
        None => format!("kgwc.outcome.{outcome}.requests"),
    }
}
