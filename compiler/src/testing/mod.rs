//! RouteTests: requests are sent through an engine, and what becomes of them is compared with what
//! is expected.

mod draw;
mod engine;
mod expect;
mod native;
mod request;
mod run;
mod share;
#[cfg(feature = "module")]
mod told;

#[cfg(feature = "module")]
mod envoy;
#[cfg(feature = "module")]
mod module;

pub use draw::Draw;
pub use engine::{Engine, EngineError, Outcome, Won};
pub use native::Native;
pub use request::{InvalidUrl, Prepared};
pub use run::{CaseResult, Mismatch, Report, Runner, Verdict, run};

#[cfg(feature = "module")]
pub use envoy::InEnvoy;
#[cfg(feature = "module")]
pub use module::InModule;
