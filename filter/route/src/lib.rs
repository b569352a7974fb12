//! What a request gets: the routing engine of kgwc, and the plugin configuration it reads.
//!
//! [`Config`] is the plugin configuration as it travels; [`RouteTable::compile`] indexes it once;
//! [`RouteTable::find`] decides for each [`Request`]. Pure: no host, no clock, no randomness of
//! its own, and no allocation on the way to a plain forward. [`Decision`] is data; carrying it out
//! is the business of the filter.

#![cfg_attr(
    not(test),
    deny(
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

mod automaton;
mod clock;
mod decision;
pub mod explain;
mod filter;
mod forwarded;
mod hash;
mod matching;
mod normalize;
pub mod precedence;
mod request;
mod rng;
mod session;
mod table;
mod trace;

pub use kgwc_config as config;

#[cfg(feature = "build")]
pub use automaton::build;
pub use clock::Clock;
pub use config::Config;
pub use decision::{
    Action, Answer, CrossOrigin, Decision, Forward, HeaderChange, Matched, Reason, Redirect,
};
pub use filter::owned;
pub use forwarded::ForwardedRequest;
pub use normalize::{PathRejected, normalize_path};
pub use request::Request;
pub use rng::{Rng, SplitMix64};
pub use session::Session;
pub use table::{CompileError, Problem, RouteTable};
pub use trace::{Candidate, Failed, Trace};
