//! One hash for every index of the table: FNV-1a, because it can be continued byte by byte, so
//! that one pass over a path gives the hash of each of its prefixes. Requests add no keys, so that a
//! client cannot make a slot longer; what it can make hit one again and again is tried once, and
//! every hit is compared in full.

/// A hash that is being computed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hash(u64);

impl Hash {
    pub(crate) const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub(crate) fn push(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }

    pub(crate) fn extend(mut self, bytes: impl IntoIterator<Item = u8>) -> Self {
        for byte in bytes {
            self.push(byte);
        }
        self
    }

    /// FNV leaves its best bits in the upper half; the tables look at the lowest and the highest.
    pub(crate) fn finish(self) -> u64 {
        self.finish_with(0)
    }

    /// The hash of the same bytes for another purpose, which the number tells from others.
    pub(crate) fn finish_with(self, number: u64) -> u64 {
        let salted = self.0 ^ (self.0 >> 32) ^ number.wrapping_mul(0xd6e8_feb8_6659_fd93);
        let mixed = salted.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ (mixed >> 29)
    }

    /// The hash of numbers in their order.
    pub(crate) fn of_numbers<const N: usize>(numbers: [u64; N]) -> u64 {
        numbers.into_iter().fold(0, |hash, number| Self(hash).finish_with(number))
    }
}

/// Hash of bytes as they stand.
pub(crate) fn of(bytes: &[u8]) -> u64 {
    Hash::new().extend(bytes.iter().copied()).finish()
}

/// Hash of bytes without regard to ASCII case.
pub(crate) fn of_ignoring_case(bytes: &[u8]) -> u64 {
    Hash::new().extend(bytes.iter().map(u8::to_ascii_lowercase)).finish()
}

/// A hasher for keys that are hashes already.
#[derive(Clone, Copy, Default)]
pub(crate) struct Hashed(u64);

impl core::hash::Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = of(bytes);
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
}

/// A map whose keys are hashes: what is found under a key still has to be compared in full.
pub(crate) type HashedMap<V> = hashbrown::HashMap<u64, V, core::hash::BuildHasherDefault<Hashed>>;
