//! Draws that are not left to chance.

use route::Rng;
use route::config::BackendRef;

/// A generator that always gives the same number: the one that makes a given backend be chosen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Draw(u64);

impl Draw {
    /// The draw that chooses the backend of that number; `None` where its weight is 0.
    pub fn of(backends: &[BackendRef], number: usize) -> Option<Self> {
        let weight = |backend: &BackendRef| u128::from(backend.weight);
        let total: u128 = backends.iter().map(weight).sum();
        let before: u128 = backends.get(..number)?.iter().map(weight).sum();
        if backends.get(number)?.weight == 0 {
            return None;
        }
        // The least number r with r * total / 2^64 >= before.
        let least = (before << 64).div_ceil(total);
        u64::try_from(least).ok().map(Self)
    }
}

impl Rng for Draw {
    fn next_u64(&mut self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_backend_with_a_weight_can_be_drawn() {
        let weights = [10, 0, 10, 80, 1_000_000, 1];
        let backends = weights.map(|weight| BackendRef { weight, ..BackendRef::default() });
        let total: u128 = weights.iter().map(|w| u128::from(*w)).sum();
        let mut before = 0;
        for (number, weight) in weights.into_iter().enumerate() {
            match Draw::of(&backends, number) {
                Some(mut draw) => {
                    let drawn = (u128::from(draw.next_u64()) * total) >> 64;
                    assert!((before..before + u128::from(weight)).contains(&drawn), "{number}");
                }
                None => assert_eq!(weight, 0),
            }
            before += u128::from(weight);
        }
        assert!(Draw::of(&backends, weights.len()).is_none());
    }
}
