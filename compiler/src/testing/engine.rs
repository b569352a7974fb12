//! What sends requests.

use super::request::Prepared;

/// Something that decides what a request gets.
pub trait Engine {
    /// Its name, for reports.
    fn name(&self) -> &str;

    /// Sends a request. Where its rule has several backends, `draw` asks for the one of that
    /// number; an engine that cannot choose leaves it to chance.
    ///
    /// # Errors
    /// When the engine itself fails.
    fn send(&mut self, request: &Prepared, draw: Option<usize>) -> Result<Outcome, EngineError>;

    /// Sends one of many requests of which only the backend counts: which match won may be left
    /// out, where it costs something to tell.
    ///
    /// # Errors
    /// As [`Engine::send`].
    fn send_one_of_many(&mut self, request: &Prepared) -> Result<Outcome, EngineError> {
        self.send(request, None)
    }

    /// Whether it normalises paths by itself, as Envoy does; else it gets them normalised.
    fn normalizes_paths(&self) -> bool {
        false
    }

    /// Whether it runs the configuration that it was started with, and tells of each request which
    /// match won.
    fn is_ours(&self) -> bool {
        true
    }

    /// How many requests show the shares of a split at best; 0 for an engine that has no chance in
    /// it.
    fn samples(&self) -> u32;
}

/// What became of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The backend that got it, as [`route::config::Backend::id`]; `None` where none did.
    pub backend: Option<String>,
    /// The match that won; `None` where none did.
    pub won: Option<Won>,
    /// The request as the backend got it.
    pub forwarded: Option<Forwarded>,
    /// Status of the response.
    pub status: u16,
    /// Headers of the response, names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Body of a response that came from no backend.
    pub body: Vec<u8>,
    /// The backends that got a copy, sorted; `None` where the engine does not tell. One that gets
    /// a copy of a share of the requests is named whether this request was one of them or not.
    pub mirrors: Option<Vec<String>>,
    /// The timeouts that apply; `None` where the engine does not tell.
    pub timeouts: Option<Timeouts>,
    /// What the engine does not tell of the rest.
    pub hidden: Hidden,
}

/// What a response does not show of what became of its request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hidden {
    /// Which backend got it, if one did.
    pub backend: bool,
    /// Which match won, if one did.
    pub won: bool,
    /// The request as the backend got it.
    pub request: bool,
}

pub(super) use route::config::Timeouts;

/// The match that won.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Won {
    /// The route as `namespace/name`.
    pub route: String,
    /// Number of the rule.
    pub rule: u32,
    /// Its name.
    pub rule_name: Option<String>,
    /// Number of the match.
    pub index: u32,
}

/// A request as a backend got it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forwarded {
    /// Path and query.
    pub path: Vec<u8>,
    /// Host.
    pub authority: Vec<u8>,
    /// Other headers, names in lower case; what only proxies exchange is left out.
    pub headers: Vec<(String, Vec<u8>)>,
}

/// An engine that cannot tell what becomes of a request.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No listener of the Gateway has that port.
    #[error("no listener of the Gateway has port {0}")]
    NoSuchPort(u16),
    /// The host cannot run the request.
    #[error("not run: {0}")]
    NotRun(String),
    /// Nobody is there to send a request to: no other would get an answer.
    #[error("{url} does not answer: {why}")]
    Unreachable {
        /// Where to.
        url: String,
        /// Why not.
        why: String,
    },
    /// The configuration contradicts itself.
    #[error(transparent)]
    Config(#[from] route::CompileError),
    /// The module or its host failed.
    #[error("{0}")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl EngineError {
    /// Wraps what went wrong in a host.
    pub fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Failed(error.into())
    }
}

/// Whether a header is only for the host and never shown.
pub(super) fn is_internal(name: &str) -> bool {
    name.starts_with(':') || name.starts_with("x-kgwc-") || name.starts_with("x-envoy-")
}

/// Sends a request again until the wanted backend gets it, for engines that leave it to chance;
/// gives the last outcome where patience runs out.
pub(super) fn until(
    wanted: Option<&str>,
    patience: u32,
    mut once: impl FnMut() -> Result<Outcome, EngineError>,
) -> Result<Outcome, EngineError> {
    let mut outcome = once()?;
    for _ in 0..patience {
        if outcome.backend.as_deref() == wanted {
            break;
        }
        outcome = once()?;
    }
    Ok(outcome)
}
