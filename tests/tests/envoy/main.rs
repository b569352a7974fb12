//! A real Envoy with the real module: what is rendered runs, and behaves.

#![allow(clippy::print_stderr, reason = "a child process tells its parent what happens")]

mod fixture;
mod process;
mod reload;
mod requests;
mod tls;
