//! RouteTests: requests are sent through an engine, and what becomes of them is compared with what
//! is expected.

mod coverage;
mod describe;
mod draw;
mod engine;
mod expect;
mod live;
mod native;
mod record;
mod report;
mod request;
mod run;
mod share;
mod stub;
mod suite;
mod told;

#[cfg(feature = "module")]
mod envoy;
#[cfg(feature = "module")]
mod module;

pub use coverage::{Coverage, Item, ItemKind, Reached, Tally};
pub use draw::Draw;
pub use engine::{Engine, EngineError, Hidden, Outcome, Won};
pub use live::{InvalidTarget, Live, Target};
pub use native::Native;
pub(crate) use record::examples;
pub use record::{Recorded, Unreached, record};
pub use report::{CaseResult, Configuration, Mismatch, Report, Tested, Verdict};
pub use request::Prepared;
pub(crate) use share::outcome_of;
pub use suite::{Options, Suite};

#[cfg(feature = "module")]
pub use envoy::InEnvoy;
#[cfg(feature = "module")]
pub use module::InModule;
