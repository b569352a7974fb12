//! Randomness is an argument: the engine has none of its own.

/// A source of uniformly distributed numbers.
pub trait Rng {
    /// The next number, uniform over all of `u64`.
    fn next_u64(&mut self) -> u64;
}

/// A small generator for weighted choices: one add and three multiplications a number, any seed is
/// good (Steele, Lea, Flood: "Fast splittable pseudorandom number generators"). Not for secrets.
#[derive(Clone, Debug)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// A generator whose numbers follow from the seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }
}

impl Rng for SplitMix64 {
    fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// A number below `bound`, uniform to within `bound / 2^64`; 0 where `bound` is 0.
pub(crate) fn below(rng: &mut impl Rng, bound: u64) -> u64 {
    ((u128::from(rng.next_u64()) * u128::from(bound)) >> 64) as u64
}
