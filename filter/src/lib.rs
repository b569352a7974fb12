//! The proxy-wasm module of kgwc: an adapter between a proxy and the engine.
//!
//! `on_configure` builds the table, the request callback asks it and carries the decision out.
//! Every decision is made in the crate `route`; what the host calls is in [`abi`], every call of the
//! host in [`host`]. Nothing in here may trap: a trap takes down every plugin that shares the VM.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unreachable,
    clippy::unwrap_used
)]

mod abi;
mod carry_out;
mod counters;
mod explain;
mod host;
mod memory;
mod names;
mod plugin;
mod response;
mod stream;
