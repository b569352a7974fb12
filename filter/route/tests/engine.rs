//! The engine against the text of the specification.
//!
//! `laws` has one test for each law; `property` holds the engine and the naive evaluator of
//! `naive` together on random tables and requests of `generate`, both fed from the plain `model`;
//! `agreement` says what it means that they agree.

mod agreement;
mod generate;
mod laws;
mod model;
mod naive;
mod property;
