//! Hashes that people compare.

use sha2::{Digest, Sha256};

/// The SHA-256 of bytes in 64 hexadecimal digits, as `sha256sum` prints it.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
