//! Faults on request: hostcalls that fail, and traps.

use crate::{Hostcall, Status};

/// What happens instead of a hostcall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The call does nothing and returns this status. A WASI call returns it as its errno.
    Return(Status),
    /// The call traps, and with it the VM.
    Trap,
}

/// Which calls are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occurrence {
    /// The nth call from now on, the first being 1; later calls work again.
    Nth(u64),
    /// Every call.
    Every,
}

/// A fault: at which calls of which hostcall, and what happens.
///
/// ```
/// use harness::{Fault, Hostcall, Status};
/// let fault = Fault::every(Hostcall::GetProperty).returns(Status::NOT_FOUND);
/// let trap = Fault::nth(Hostcall::AddHeaderMapValue, 2).traps();
/// # assert_ne!(fault, trap);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The hostcall that fails.
    pub hostcall: Hostcall,
    /// When it fails.
    pub occurrence: Occurrence,
    /// How it fails.
    pub effect: Effect,
}

/// A fault whose effect is still to be said.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct FaultAt(Hostcall, Occurrence);

impl Fault {
    /// A fault at every call.
    pub fn every(hostcall: Hostcall) -> FaultAt {
        FaultAt(hostcall, Occurrence::Every)
    }

    /// A fault at the nth call from now on, the first being 1.
    pub fn nth(hostcall: Hostcall, n: u64) -> FaultAt {
        FaultAt(hostcall, Occurrence::Nth(n))
    }
}

impl FaultAt {
    /// The call returns this status and does nothing.
    #[must_use]
    pub fn returns(self, status: Status) -> Fault {
        Fault { hostcall: self.0, occurrence: self.1, effect: Effect::Return(status) }
    }

    /// The call traps.
    #[must_use]
    pub fn traps(self) -> Fault {
        Fault { hostcall: self.0, occurrence: self.1, effect: Effect::Trap }
    }
}

/// The faults that are in force, each with the number of calls it has seen.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<(Fault, u64)>);

impl Faults {
    pub(crate) fn inject(&mut self, fault: Fault) {
        self.0.push((fault, 0));
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// What happens at this call; the fault that was injected first wins.
    pub(crate) fn at(&mut self, call: Hostcall) -> Option<Effect> {
        let mut effect = None;
        for (fault, seen) in self.0.iter_mut().filter(|(fault, _)| fault.hostcall == call) {
            *seen += 1;
            let strikes = match fault.occurrence {
                Occurrence::Nth(n) => *seen == n,
                Occurrence::Every => true,
            };
            if strikes && effect.is_none() {
                effect = Some(fault.effect);
            }
        }
        effect
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nth_call_fails_and_no_other() {
        let mut faults = Faults::default();
        faults.inject(Fault::nth(Hostcall::Log, 2).returns(Status::EMPTY));
        assert_eq!(faults.at(Hostcall::Log), None);
        assert_eq!(faults.at(Hostcall::Done), None);
        assert_eq!(faults.at(Hostcall::Log), Some(Effect::Return(Status::EMPTY)));
        assert_eq!(faults.at(Hostcall::Log), None);
    }

    #[test]
    fn the_first_of_two_faults_wins_and_both_count() {
        let mut faults = Faults::default();
        faults.inject(Fault::nth(Hostcall::Log, 1).traps());
        faults.inject(Fault::nth(Hostcall::Log, 2).returns(Status::EMPTY));
        assert_eq!(faults.at(Hostcall::Log), Some(Effect::Trap));
        assert_eq!(faults.at(Hostcall::Log), Some(Effect::Return(Status::EMPTY)));
    }
}
