//! A real Envoy with the real module: what is rendered runs, and behaves.

mod fixture;
mod process;
mod reload;
mod requests;
mod tls;
