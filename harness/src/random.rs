//! Where `random_get` takes its bytes from.

use std::collections::VecDeque;

/// A source of randomness that gives the same bytes in every run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Randomness {
    /// An endless sequence (SplitMix64) that the seed determines.
    Seed(u64),
    /// These bytes, each once; when they are used up `random_get` fails with `EIO` (29).
    Bytes(VecDeque<u8>),
}

impl Randomness {
    /// These bytes and no others.
    #[must_use]
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Randomness {
        Randomness::Bytes(VecDeque::from(bytes.into()))
    }

    /// Fills the buffer; false, and nothing taken, where there are not enough bytes left.
    pub(crate) fn fill(&mut self, buffer: &mut [u8]) -> bool {
        match self {
            Randomness::Seed(state) => {
                for chunk in buffer.chunks_mut(8) {
                    let word = splitmix64(state).to_le_bytes();
                    chunk.copy_from_slice(&word[..chunk.len()]);
                }
                true
            }
            Randomness::Bytes(bytes) => {
                if bytes.len() < buffer.len() {
                    return false;
                }
                let taken = bytes.drain(..buffer.len());
                for (slot, byte) in buffer.iter_mut().zip(taken) {
                    *slot = byte;
                }
                true
            }
        }
    }
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
fn splitmix64(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_reference_sequence() {
        let mut source = Randomness::Seed(0);
        let mut bytes = [0; 8];
        assert!(source.fill(&mut bytes));
        assert_eq!(u64::from_le_bytes(bytes), 0xe220_a839_7b1d_cdaf);
    }

    #[test]
    fn bytes_are_given_once_and_whole() {
        let mut source = Randomness::bytes([1, 2, 3]);
        let mut two = [0; 2];
        assert!(source.fill(&mut two));
        assert_eq!(two, [1, 2]);
        assert!(!source.fill(&mut two), "one byte is left");
        let mut one = [0; 1];
        assert!(source.fill(&mut one));
        assert_eq!(one, [3]);
    }
}
