//! Compiles Gateway API routes into the plugin configuration of the kgwc module.
//!
//! The stages, in the order of the data: [`source`], [`api`], then index, graph, lower, render.

pub mod api;
pub mod diagnostic;
pub mod envoy;
pub mod lower;
pub mod render;
pub mod source;
