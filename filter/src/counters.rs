//! How many requests each rule got, by outcome.
//!
//! Counted in the module's own memory and handed to the host once a second: on the way of a
//! request this costs no hostcall. The host serves nobody while it is told, so that it is told a
//! bounded number at a time, and the rest soon after.
//!
//! The counters are those of the VM: a configuration that ends leaves nothing that another one
//! could not tell.

use crate::host;
use hashbrown::HashMap;
use route::Decision;
use rustc_hash::FxBuildHasher;
use std::cell::RefCell;
use std::rc::Rc;

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
    static ALL: RefCell<All> = RefCell::default();
}

/// The counters of the VM. A host may keep something for each time that it is asked for one, and
/// every new configuration has much the same ones: each is asked for once.
#[derive(Debug, Default)]
struct All {
    numbers: HashMap<Rc<str>, usize, FxBuildHasher>,
    counters: Vec<Counter>,
    /// The counter whose turn is next; 0 where all had theirs.
    next: usize,
}

#[derive(Clone, Debug)]
struct Counter {
    name: Rc<str>,
    /// The host's number; `None` before it was first told.
    id: Option<u32>,
    /// What the host has not been told yet.
    pending: i64,
}

/// Where the counters of one configuration are among those of the VM.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// By the number of the rule; a rule has seldom more than one outcome.
    rules: Vec<Vec<Place>>,
    /// Of requests that no rule won.
    others: Vec<Place>,
}

#[derive(Debug)]
struct Place {
    outcome: &'static str,
    number: usize,
}

impl Counters {
    /// Counts a request.
    pub(crate) fn count(&mut self, decision: &Decision<'_>) {
        let places = match &decision.matched {
            None => &mut self.others,
            Some(matched) => {
                let number = matched.number as usize;
                if self.rules.len() <= number {
                    self.rules.resize_with(number.saturating_add(1), Vec::new);
                }
                let Some(places) = self.rules.get_mut(number) else { return };
                places
            }
        };
        let outcome = decision.outcome();
        with(|all| {
            let known = places.iter().find(|place| place.outcome == outcome);
            let number = match known {
                Some(place) => place.number,
                None => {
                    let number = all.number(name(decision));
                    places.push(Place { outcome, number });
                    number
                }
            };
            if let Some(counter) = all.counters.get_mut(number) {
                counter.pending = counter.pending.saturating_add(1);
            }
        });
    }
}

/// Whether there is anything to tell.
pub(crate) fn are_pending() -> bool {
    with(|all| all.counters.iter().any(|counter| counter.pending > 0)).unwrap_or_default()
}

/// Tells the host what it may be told at once. Whether all had their turn; what has been counted
/// since has it when they begin anew.
pub(crate) fn tell() -> bool {
    let mut left = AT_ONCE;
    while left > 0 {
        match tell_next() {
            Some(cost) => left = left.saturating_sub(cost),
            None => return true,
        }
    }
    false
}

/// Tells the host all.
pub(crate) fn tell_all() {
    with(|all| all.next = 0);
    while tell_next().is_some() {}
}

/// Tells the host of one counter; what that costs, or `None` where all had their turn. What the
/// host refuses is not lost: it has another turn.
fn tell_next() -> Option<u32> {
    let (number, Counter { name, id, pending }) = with(All::next)??;
    // Not borrowed meanwhile: the host could call back.
    let id = id.or_else(|| host::counter(&name));
    let is_told = id.is_some_and(|id| host::increment(id, pending));
    let was_known = with(|all| {
        let counter = all.counters.get_mut(number)?;
        if is_told {
            counter.pending = counter.pending.saturating_sub(pending);
        }
        Some(std::mem::replace(&mut counter.id, id).is_some())
    });
    Some(if was_known.flatten() == Some(true) { 1 } else { ASKING })
}

impl All {
    fn number(&mut self, name: String) -> usize {
        if let Some(number) = self.numbers.get(name.as_str()) {
            return *number;
        }
        let (name, number) = (Rc::<str>::from(name), self.counters.len());
        self.counters.push(Counter { name: Rc::clone(&name), id: None, pending: 0 });
        self.numbers.insert(name, number);
        number
    }

    /// The next counter that has something to tell, with its number.
    fn next(&mut self) -> Option<(usize, Counter)> {
        let rest = self.counters.get(self.next..).unwrap_or_default();
        let found = rest.iter().zip(self.next..).find(|(counter, _)| counter.pending > 0);
        let found = found.map(|(counter, number)| (number, counter.clone()));
        self.next = found.as_ref().map_or(0, |(number, _)| number.saturating_add(1));
        found
    }
}

fn with<R>(f: impl FnOnce(&mut All) -> R) -> Option<R> {
    ALL.with(|all| all.try_borrow_mut().ok().map(|mut all| f(&mut all)))
}

/// `kgwc.route.NAMESPACE/NAME.rule.NUMBER.outcome.OUTCOME.requests`, or without the route where
/// none won. The stat tags of the generated Envoy configuration make labels of the parts.
fn name(decision: &Decision<'_>) -> String {
    let outcome = decision.outcome();
    match decision.matched {
        Some(route::Matched { route, rule, .. }) => {
            format!("kgwc.route.{route}.rule.{rule}.outcome.{outcome}.requests")
        }
        None => format!("kgwc.outcome.{outcome}.requests"),
    }
}
