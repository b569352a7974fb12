//! Small random choices.

use route::{Rng, SplitMix64};

/// A source of choices that follow from a seed.
pub(crate) struct Random(SplitMix64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(SplitMix64::new(seed))
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below the bound.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.number() % bound as u64) as usize
    }

    /// True in so many cases of a hundred.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }

    /// One of the texts.
    pub(crate) fn text(&mut self, choices: &[&str]) -> String {
        choices[self.below(choices.len())].to_owned()
    }

    /// Some value in so many cases of a hundred.
    pub(crate) fn maybe<T>(
        &mut self,
        percent: usize,
        value: impl FnOnce(&mut Self) -> T,
    ) -> Option<T> {
        if self.chance(percent) { Some(value(self)) } else { None }
    }

    /// So many values, at most.
    pub(crate) fn up_to<T>(
        &mut self,
        most: usize,
        mut value: impl FnMut(&mut Self) -> T,
    ) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| value(self)).collect()
    }

    /// The text with the case of its letters changed here and there.
    pub(crate) fn recased(&mut self, text: &str) -> Vec<u8> {
        match self.below(3) {
            0 => text.to_ascii_uppercase().into_bytes(),
            1 => text.to_ascii_lowercase().into_bytes(),
            _ => text.as_bytes().to_vec(),
        }
    }
}
