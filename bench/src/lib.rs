//! What routes cost: in the engine, in the module, in Envoy and in the compiler.
//!
//! [`workload`] makes tables of routes of any size; each [`part`] measures them in one place and
//! gives back records ([`measurement`]).

pub mod measurement;
mod module;
pub mod part;
mod proxy;
pub mod workload;

pub use part::{Part, Scale, Setting};

/// Tells whoever waits what is going on.
#[allow(clippy::print_stderr, reason = "that is what it is for")]
fn say(line: &str) {
    eprintln!("{line}");
}
