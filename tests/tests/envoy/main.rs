//! A real Envoy with the real module: what is rendered runs, and behaves.

#![allow(clippy::print_stderr, reason = "processes talk to the test that started them")]

mod fixture;
mod many_reloads;
mod process;
mod reload;
mod requests;
mod soak;
mod tls;
