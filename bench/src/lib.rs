//! What routes cost: in the engine, in the module, in Envoy and in the compiler.
//!
//! [`workload`] makes tables of routes of any size; each [`part`] measures them in one place and
//! gives back records ([`measurement`]), of which [`report`] makes a page.

pub mod measurement;
mod module;
pub mod part;
mod proxy;
pub mod report;
pub mod workload;

pub use part::{Part, Scale, Setting};

/// Tells whoever waits what is going on.
#[allow(clippy::print_stderr, reason = "that is what it is for")]
pub fn say(line: &str) {
    eprintln!("{line}");
}
