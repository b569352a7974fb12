//! The compiled proxy-wasm module as bytes: what `kgwc` embeds is what it tests and what it ships.

/// The module, built from `filter/` in this workspace.
pub static MODULE: &[u8] = include_bytes!(env!("KGWC_FILTER_WASM"));
