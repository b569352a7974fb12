//! How many requests each rule got, by outcome.
//!
//! Counted in the module's own memory and handed to the host once a second: on the way of a
//! request this costs no hostcall.

use crate::host;
use hashbrown::HashMap;
use route::{Config, Decision};
use rustc_hash::FxBuildHasher;
use std::cell::RefCell;

/// How often the host is told, in milliseconds.
pub(crate) const PERIOD: u32 = 1_000;

thread_local! {
    /// The host's number of each counter that was asked for in this VM. A host may keep something
    /// for each time that it is asked, and every new configuration asks for much the same.
    static IDS: RefCell<HashMap<String, u32, FxBuildHasher>> = RefCell::default();
}

/// The counters of one configuration.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// By the number of the rule; a rule has seldom more than one outcome.
    rules: Vec<Vec<Counter>>,
    /// Of requests that no rule won.
    others: Vec<Counter>,
}

#[derive(Debug)]
struct Counter {
    outcome: &'static str,
    /// The host's number; `None` before it was first told.
    id: Option<u32>,
    /// What the host has not been told yet.
    pending: i64,
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

    /// Tells the host. What it refuses is tried again.
    pub(crate) fn flush(&mut self, config: &Config) {
        let rules = self.rules.iter_mut().zip(&config.rules);
        let rules = rules.map(|(counters, rule)| {
            let route = config.routes.get(rule.route as usize).map_or("", String::as_str);
            (counters, Some((route, rule.index)))
        });
        for (counters, rule) in rules.chain([(&mut self.others, None)]) {
            for counter in counters.iter_mut().filter(|counter| counter.pending > 0) {
                counter.id = counter.id.or_else(|| id(name(rule, counter.outcome)));
                if let Some(id) = counter.id {
                    host::increment(id, counter.pending);
                    counter.pending = 0;
                }
            }
        }
    }
}

/// The host's number of the counter of that name; `None` where the host refuses it.
fn id(name: String) -> Option<u32> {
    let known = IDS.with(|ids| ids.try_borrow().ok()?.get(&name).copied());
    if known.is_some() {
        return known;
    }
    // Not borrowed meanwhile: the host could call back.
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
