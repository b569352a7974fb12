//! Compiles Gateway API routes into the plugin configuration of the kgwc module.
//!
//! The stages, in the order of the data: [`source`] reads text, [`api`] validates objects,
//! [`index`] keeps them by name, [`graph`] resolves their references, [`lint`] doubts them, [`lower`] flattens a Gateway,
//! [`render`] writes it; [`pipeline`] puts them in a row. Each is a function of its input, and
//! nothing reaches back. [`host`](mod@host) says what each feature needs of the proxy. [`testing`], [`explain`](mod@explain),
//! [`replay`] and [`envoy`] use the result.
//! [`settings`] are the defaults of [`commands`].

pub mod api;
pub mod commands;
pub mod diagnostic;
mod digest;
pub mod envoy;
pub mod explain;
pub mod graph;
pub mod host;
pub mod index;
pub mod lint;
pub mod lower;
pub mod migrate;
pub mod pipeline;
pub mod render;
pub mod replay;
pub mod settings;
pub mod source;
pub mod testing;
