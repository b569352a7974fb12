//! The conditions of one match, looked at one by one.
//!
//! Gateway API, `HTTPRouteMatch`: "the match will evaluate to true only if all conditions are
//! satisfied".

use crate::automaton::Loaded;
use crate::config::{Match, NamedMatch, PathMatch, ValueMatch};
use crate::filter::cors::Preflight;
use crate::request::{Request, query_value};
use core::ops::ControlFlow;

/// A request with what several matches need to know of it, found once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'r> {
    pub(crate) request: Request<'r>,
    pub(crate) path: &'r [u8],
    pub(crate) query: &'r [u8],
    /// What a browser asks by it, if it is such a question.
    pub(crate) preflight: Option<Preflight<'r>>,
}

/// The automata of the configuration by number.
pub(crate) type Automata = [Loaded];

/// The first condition that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unmet<'t> {
    Path(&'t PathMatch),
    Method(&'t str),
    Header(&'t NamedMatch),
    Query(&'t NamedMatch),
}

impl<'r> View<'r> {
    pub(crate) fn new(request: &Request<'r>) -> Self {
        Self {
            request: *request,
            path: request.path_only(),
            query: request.query().unwrap_or_default(),
            preflight: Preflight::of(request),
        }
    }

    /// Every value of a header, each on its own. `host` is what HTTP/2 calls `:authority`.
    pub(crate) fn header_values(&self, name: &str) -> impl Iterator<Item = &'r [u8]> {
        let host = name.eq_ignore_ascii_case("host").then_some(self.request.authority);
        self.request
            .headers
            .iter()
            .filter(move |(found, _)| found.eq_ignore_ascii_case(name.as_bytes()))
            .map(|(_, value)| *value)
            .chain(host)
    }
}

/// Which methods of matches a preflight request meets beside its own, OPTIONS. It asks on behalf of
/// another request, and a rule with CORS answers it whatever method its matches have (GEP-1767).
/// Any other request meets none but its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Methods {
    /// None.
    #[default]
    Sent,
    /// The one that it asks for.
    Asked,
    /// Every one of a rule with CORS.
    Cors,
}

/// The first condition of the match that the request does not meet, in the order path, method,
/// headers, query; `None` where all hold. `any_method`: whatever method the match has is met.
pub(crate) fn unmet<'t>(
    matched: &'t Match,
    view: &View<'_>,
    automata: &Automata,
    any_method: bool,
) -> Option<Unmet<'t>> {
    visit_unmet(matched, view, automata, any_method, ControlFlow::Break).break_value()
}

/// Shows the conditions that the request does not meet one by one, until there was enough.
pub(crate) fn visit_unmet<'t, B>(
    matched: &'t Match,
    view: &View<'_>,
    automata: &Automata,
    any_method: bool,
    mut visit: impl FnMut(Unmet<'t>) -> ControlFlow<B>,
) -> ControlFlow<B> {
    if !path(&matched.path, view.path, automata) {
        visit(Unmet::Path(&matched.path))?;
    }
    if let Some(method) = matched.method.as_deref()
        && method.as_bytes() != view.request.method
        && !any_method
    {
        visit(Unmet::Method(method))?;
    }
    for condition in &matched.headers {
        // A header that is sent several times matches when any one of its values does.
        if !view.header_values(&condition.name).any(|v| value(&condition.value, v, automata)) {
            visit(Unmet::Header(condition))?;
        }
    }
    for condition in &matched.query {
        // Of a parameter that is sent several times the first one counts.
        let found = query_value(view.query, condition.name.as_bytes());
        if !found.is_some_and(|found| value(&condition.value, found, automata)) {
            visit(Unmet::Query(condition))?;
        }
    }
    ControlFlow::Continue(())
}

/// The prefix without its trailing slash, which means nothing: `/` becomes empty.
pub(crate) fn trimmed(prefix: &str) -> &str {
    prefix.strip_suffix('/').unwrap_or(prefix)
}

fn path(condition: &PathMatch, path: &[u8], automata: &Automata) -> bool {
    match condition {
        PathMatch::Exact(exact) => exact.as_bytes() == path,
        PathMatch::Prefix(prefix) => {
            path
            .strip_prefix(trimmed(prefix).as_bytes())
            .is_some_and(|rest| rest.is_empty() || rest.first() == Some(&b'/'))
            // The prefix `/` matches every path, also one that is empty or begins with another
            // byte, such as the `*` of `OPTIONS *`.
            || trimmed(prefix).is_empty()
        }
        PathMatch::Regex(number) => accepts(*number, path, automata),
    }
}

fn value(condition: &ValueMatch, value: &[u8], automata: &Automata) -> bool {
    match condition {
        ValueMatch::Exact(exact) => exact.as_bytes() == value,
        ValueMatch::Regex(number) => accepts(*number, value, automata),
    }
}

/// A condition whose automaton did not load is taken to hold as far as its outline allows: its rule
/// answers 500, and letting the request go on to a lesser rule would serve it by the wrong one.
fn accepts(number: u32, value: &[u8], automata: &Automata) -> bool {
    match automata.get(number as usize) {
        Some(Ok(automaton)) => automaton.accepts(value),
        Some(Err(outline)) => outline.fits(value),
        None => true,
    }
}
