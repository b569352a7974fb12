//! Results to text: one folder for each thing that is written, one file for each format.

pub mod diagnostics;
pub mod envoy;
pub mod graph;
pub mod istio;
pub mod replay;
pub mod report;
pub mod status;
pub(crate) mod visible;
mod workflow;
