//! Time is an argument: the engine has no clock of its own.

use std::fmt;

/// Tells the time when it is asked, which costs a host something: only a session that ends asks.
/// The default knows no time.
#[derive(Clone, Copy, Default)]
pub struct Clock<'c>(Option<&'c dyn Fn() -> Option<u64>>);

impl<'c> Clock<'c> {
    /// A clock that asks `now` for the milliseconds since 1970.
    pub fn new(now: &'c dyn Fn() -> Option<u64>) -> Self {
        Self(Some(now))
    }

    /// Milliseconds since 1970; `None` where nobody knows.
    pub fn now(&self) -> Option<u64> {
        self.0.and_then(|now| now())
    }
}

impl fmt::Debug for Clock<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
