//! What the tests of whole programs share: where the inputs are, how the program is run, and the
//! servers behind a gateway.

mod cli;
mod corpus;
mod envoy;
pub mod servers;

pub use cli::{Kgwc, Output};
pub use corpus::{Loaded, corpus, examples, load};
pub use envoy::{assert_no_trap, resident_memory};

use std::path::{Path, PathBuf};

/// A path in this repository.
pub fn repository(path: impl AsRef<Path>) -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).join(path)
}

/// The module in an Envoy can be tested where the set-up installs one: Linux on x86-64. Elsewhere
/// an Envoy is used where there is one, and said to be missing where there is none.
///
/// # Panics
/// Where the set-up would have installed one, and there is none.
#[allow(clippy::print_stdout, reason = "a skipped test should not look like one that ran")]
pub fn has_envoy() -> bool {
    match kgwc::envoy::find() {
        Ok(_) => true,
        Err(error) if cfg!(all(target_os = "linux", target_arch = "x86_64")) => {
            panic!("{error}\n`make test` sets an Envoy up before it runs the tests")
        }
        Err(error) => {
            println!("skipped: {error}");
            false
        }
    }
}
