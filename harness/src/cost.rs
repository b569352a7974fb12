//! What a call into the module costs.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use crate::Hostcall;

/// The cost of one call into the module, or of several added up.
///
/// The same module, input and randomness give the same cost in every run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Wasm instructions, as wasmtime counts fuel (about one per instruction).
    pub fuel: u64,
    /// How often each hostcall was made; those never made are not in it.
    pub hostcalls: BTreeMap<Hostcall, u64>,
    /// The size of the linear memory after the call, in pages of 64 KiB. It never shrinks.
    pub memory_pages: u64,
}

impl Cost {
    /// How often this hostcall was made.
    #[must_use]
    pub fn count(&self, call: Hostcall) -> u64 {
        self.hostcalls.get(&call).copied().unwrap_or(0)
    }

    /// How many hostcalls were made.
    #[must_use]
    pub fn hostcall_count(&self) -> u64 {
        self.hostcalls.values().sum()
    }
}

impl AddAssign<&Cost> for Cost {
    fn add_assign(&mut self, other: &Cost) {
        self.fuel += other.fuel;
        for (&call, count) in &other.hostcalls {
            *self.hostcalls.entry(call).or_default() += count;
        }
        self.memory_pages = self.memory_pages.max(other.memory_pages);
    }
}

/// Counts of the call in progress, one slot for each hostcall.
#[derive(Clone, Debug)]
pub(crate) struct Counter([u64; Hostcall::ALL.len()]);

impl Counter {
    pub(crate) fn new() -> Counter {
        Counter([0; Hostcall::ALL.len()])
    }

    pub(crate) fn count(&mut self, call: Hostcall) {
        self.0[call as usize] += 1;
    }

    /// The counts since the last time, and starts again from nothing.
    pub(crate) fn take(&mut self) -> BTreeMap<Hostcall, u64> {
        let mut counts = BTreeMap::new();
        for (slot, &call) in self.0.iter_mut().zip(Hostcall::ALL) {
            if *slot != 0 {
                counts.insert(call, std::mem::take(slot));
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_add_up() {
        let mut sum = Cost::default();
        let one =
            Cost { fuel: 5, hostcalls: BTreeMap::from([(Hostcall::Log, 2)]), memory_pages: 3 };
        sum += &one;
        sum += &Cost { fuel: 1, hostcalls: BTreeMap::new(), memory_pages: 2 };
        sum += &one;
        assert_eq!((sum.fuel, sum.count(Hostcall::Log), sum.memory_pages), (11, 4, 3));
        assert_eq!(sum.hostcall_count(), 4);
    }

    #[test]
    fn counts_start_again_after_they_were_taken() {
        let mut counter = Counter::new();
        counter.count(Hostcall::ProcExit);
        assert_eq!(counter.take(), BTreeMap::from([(Hostcall::ProcExit, 1)]));
        assert_eq!(counter.take(), BTreeMap::new());
    }
}
