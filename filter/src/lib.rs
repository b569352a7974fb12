//! The proxy-wasm module of kgwc: an adapter between a proxy and the engine.
//!
//! `on_configure` builds the table, the request callback asks it and carries the decision out.
//! Every decision is made in the crate `route`; every hostcall is in [`host`]. Nothing in here may
//! trap: a trap takes down every plugin that shares the VM.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unreachable,
    clippy::unwrap_used
)]

mod carry_out;
mod counters;
mod explain;
mod host;
mod names;
mod plugin;
mod response;
mod stream;

use plugin::Plugin;

// `_initialize` comes from the macro, without documentation.
#[allow(missing_docs, clippy::missing_docs_in_private_items)]
mod entry {
    use super::Plugin;

    proxy_wasm::main! {{
        proxy_wasm::set_root_context(|_| Box::new(Plugin::default()));
    }}
}
