//! Random Gateways and random requests for them, each following from a number.

pub(crate) mod gateways;
pub(crate) mod many;
mod random;
pub(crate) mod requests;
mod rules;

pub(crate) use random::Random;
