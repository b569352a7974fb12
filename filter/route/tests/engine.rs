//! The engine against the text of the specification.
//!
//! `laws` has one test for each law; `property` holds the engine and the naive evaluator of
//! `naive` together on random tables and requests, both fed from the plain `model`.

mod laws;
mod model;
mod naive;
mod property;
