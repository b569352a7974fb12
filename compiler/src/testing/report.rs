//! What came of RouteTests.

use super::coverage::{Coverage, Reached};
use crate::diagnostic::Place;
use crate::index::ObjectKey;
use route::explain::Explanation;
use std::fmt::Display;

/// The results of RouteTests in one engine.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// One for each case, in the order of the input.
    pub cases: Vec<CaseResult>,
    /// What was run.
    pub tested: Tested,
    /// What the cases reached of the routes; `None` where the engine does not tell, as a live
    /// gateway does not.
    pub coverage: Option<Coverage>,
}

/// What was run, for who wants to know whether it is what serves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tested {
    /// The engine: `module`, `native`, `envoy`, or the URL of a gateway.
    pub engine: String,
    /// SHA-256 of the module in hexadecimal, where the engine runs it.
    pub module: Option<String>,
    /// The configurations, one for each Gateway that cases were run for.
    pub configurations: Vec<Configuration>,
}

/// A configuration that was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// The Gateway.
    pub gateway: ObjectKey,
    /// SHA-256 in hexadecimal of the plugin configuration as `kgwc compile` writes it. The run adds
    /// to it only the token by which the module explains what it does.
    pub sha256: String,
}

/// The result of one case.
#[derive(Clone, Debug)]
pub struct CaseResult {
    /// The RouteTest.
    pub test: ObjectKey,
    /// Name of the case.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// The request, for people.
    pub request: String,
    /// What was expected, for people.
    pub expected: String,
    /// What became of the request, for people.
    pub got: String,
    /// The result.
    pub verdict: Verdict,
    /// What was expected and the engine does not show: `backend`, `request.path`, ...
    pub unseen: Vec<String>,
    /// What the request reached of the routes; `None` where no rule matched or it was not sent.
    pub reached: Option<Reached>,
    /// Why a case that failed got what it got; `None` where the routes have no say in it.
    pub explanation: Option<Box<Explanation>>,
}

/// The result of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything that the engine shows is as expected.
    Passed,
    /// Something is not.
    Failed(Vec<Mismatch>),
    /// The engine cannot run it; the text says why.
    NotRun(String),
}

/// One thing that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// What: `backend`, `request.path`, ...
    pub what: String,
    /// What was expected.
    pub expected: String,
    /// What there was.
    pub got: String,
}

impl Mismatch {
    pub(super) fn new(what: impl Into<String>, expected: impl Display, got: impl Display) -> Self {
        Self { what: what.into(), expected: expected.to_string(), got: got.to_string() }
    }
}

impl Report {
    /// Whether no case failed.
    pub fn is_success(&self) -> bool {
        !self.cases.iter().any(|case| matches!(case.verdict, Verdict::Failed(_)))
    }
}
