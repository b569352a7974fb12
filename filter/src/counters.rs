//! How many requests each rule got, by outcome.
//!
//! Counted in the module's own memory and handed to the host once a second: on the way of a
//! request this costs no hostcall.

use crate::host;
use route::{Decision, Matched};
use std::collections::BTreeMap;

/// How often the host is told, in milliseconds.
pub(crate) const PERIOD: u32 = 1_000;

/// The counters of one configuration.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    by_name: BTreeMap<Box<str>, Counter>,
    /// Kept from one request to the next, so that no name is allocated for a counter that is there.
    name: String,
}

#[derive(Debug, Default)]
struct Counter {
    /// The host's number; `None` before it was first told.
    id: Option<u32>,
    /// What the host has not been told yet.
    pending: i64,
}

impl Counters {
    /// Counts a request.
    pub(crate) fn count(&mut self, decision: &Decision<'_>) {
        self.name.clear();
        write_name(&mut self.name, decision.matched.as_ref(), decision.outcome());
        match self.by_name.get_mut(self.name.as_str()) {
            Some(counter) => counter.pending = counter.pending.saturating_add(1),
            None => {
                let counter = Counter { id: None, pending: 1 };
                self.by_name.insert(self.name.as_str().into(), counter);
            }
        }
    }

    /// Tells the host. What it refuses is tried again.
    pub(crate) fn flush(&mut self) {
        for (name, counter) in self.by_name.iter_mut().filter(|(_, c)| c.pending > 0) {
            counter.id = counter.id.or_else(|| host::counter(name));
            if let Some(id) = counter.id {
                host::increment(id, counter.pending);
                counter.pending = 0;
            }
        }
    }
}

/// `kgwc.route.NAMESPACE/NAME.rule.NUMBER.outcome.OUTCOME.requests`, or without the route where
/// none won. The stat tags of the generated Envoy configuration make labels of the parts.
fn write_name(name: &mut String, matched: Option<&Matched<'_>>, outcome: &str) {
    name.push_str("kgwc.");
    if let Some(matched) = matched {
        name.push_str("route.");
        name.push_str(matched.route);
        name.push_str(".rule.");
        name.push_str(&matched.rule.to_string());
        name.push('.');
    }
    name.push_str("outcome.");
    name.push_str(outcome);
    name.push_str(".requests");
}
