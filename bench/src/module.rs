//! The module that is measured.

use sha2::{Digest, Sha256};

/// Its SHA-256 in hexadecimal digits, as `kgwc --version` says it.
pub(crate) fn sha256() -> String {
    Sha256::digest(filter_module::MODULE).iter().map(|byte| format!("{byte:02x}")).collect()
}
