//! What a request gets, as data.

use crate::config::{Backend, BackendRef, HeaderModifier, Listener, Mirror, Ref, Retry, Timeouts};
use crate::filter::cors;
use crate::session::Session;
use std::borrow::Cow;

/// What a request gets, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision<'t> {
    /// The listener that the request belongs to; `None` where no hostname of the port fits.
    pub listener: Option<&'t Listener>,
    /// The match that won; `None` where none did.
    pub matched: Option<Matched<'t>>,
    /// Where the request may go: the backends of the winning rule with their weights.
    pub backends: &'t [BackendRef],
    /// What is to be done.
    pub action: Action<'t>,
    /// What CORS says in the response; `None` where the rule has no such filter.
    pub cross_origin: Option<CrossOrigin>,
    /// Changes to the headers of the response: the rule's, then the backend's.
    pub response_headers: [Option<&'t HeaderModifier>; 2],
}

/// What CORS says in a response to a request that is no preflight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrossOrigin {
    /// Headers by name; none where the origin is not allowed. What the backend says under the
    /// names of CORS counts for nothing.
    headers: Vec<cors::Header>,
}

/// The match that won.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matched<'t> {
    /// The route as `namespace/name`.
    pub route: &'t str,
    /// Number of the rule in the configuration.
    pub number: Ref,
    /// Number of the rule in the route, from 0.
    pub rule: u32,
    /// Name of the rule.
    pub rule_name: Option<&'t str>,
    /// Number of the match in the rule, from 0.
    pub index: u32,
}

/// What is to be done with a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Action<'t> {
    /// Send it to a backend.
    Forward(Forward<'t>),
    /// Answer with a redirect.
    Redirect(Redirect),
    /// Answer with a response of our own.
    Respond(Answer<'t>),
}

/// A request on its way to a backend.
#[derive(Clone, Debug, PartialEq)]
pub struct Forward<'t> {
    /// The backend.
    pub backend: &'t Backend,
    /// The host's name of its cluster.
    pub cluster: &'t str,
    /// The new `:authority`.
    pub authority: Option<&'t str>,
    /// The new `:path`, query included.
    pub path: Option<Vec<u8>>,
    /// Changes to the headers of the request: the rule's, then the backend's.
    pub request_headers: [Option<&'t HeaderModifier>; 2],
    /// The variant of the host's catch-all route; `None` for the plain one.
    pub variant: Option<&'t str>,
    /// Whether the variant makes each try a request of its own.
    pub separate_tries: bool,
    /// Who gets a copy: the host sends it, by the variant.
    pub mirrors: Vec<&'t Mirror>,
    /// How long it may take.
    pub timeouts: Option<&'t Timeouts>,
    /// When it is sent again.
    pub retry: Option<&'t Retry>,
    /// The session that it belongs to.
    pub session: Option<Box<Session>>,
}

/// A redirect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// 301, 302, 303, 307 or 308.
    pub status: u16,
    /// Value of the `location` header.
    pub location: Vec<u8>,
}

/// A response that comes from no backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<'t> {
    /// Its status.
    pub status: u16,
    /// Its headers, beside those of its body.
    pub headers: Vec<(&'static str, Vec<u8>)>,
    /// Its body; `None` for none at all.
    pub body: Option<&'t str>,
    /// Why it is given.
    pub reason: Reason<'t>,
}

/// Why a response comes from no backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason<'t> {
    /// No listener of the port has a hostname that fits.
    NoListener,
    /// The listener, or its most specific hostname, has no match for the request.
    NoMatch,
    /// The host belongs to another listener than the one that the TLS handshake chose.
    Misdirected,
    /// A DirectResponse.
    DirectResponse,
    /// CORS answers a preflight request.
    Preflight,
    /// The rule cannot be carried out; the text says why.
    InvalidRule(Cow<'t, str>),
    /// The chosen backend cannot be used; the text says why.
    InvalidBackend(&'t str),
    /// The rule has no backends.
    NoBackends,
    /// All backends have weight 0.
    NoWeight,
}

/// One change to a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderChange<'t> {
    /// Take the place of every value.
    Set(&'t str, &'t [u8]),
    /// Come after the values there are.
    Add(&'t str, &'t [u8]),
    /// Take the header away.
    Remove(&'t str),
}

impl Decision<'_> {
    /// A short stable name for what is done, for counters and access logs: `forward`, `redirect`,
    /// or that of the [`Reason`].
    pub fn outcome(&self) -> &'static str {
        match &self.action {
            Action::Forward(_) => "forward",
            Action::Redirect(_) => "redirect",
            Action::Respond(answer) => answer.reason.as_str(),
        }
    }

    /// The sum of the weights of the winning rule's backends: what each weight is a share of.
    pub fn total_weight(&self) -> u64 {
        total_weight(self.backends)
    }
}

impl Reason<'_> {
    /// A short stable name, for counters and access logs.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::NoListener => "no_listener",
            Self::NoMatch => "no_match",
            Self::Misdirected => "misdirected",
            Self::DirectResponse => "direct_response",
            Self::Preflight => "preflight",
            Self::InvalidRule(_) => "invalid_rule",
            Self::InvalidBackend(_) => "invalid_backend",
            Self::NoBackends => "no_backends",
            Self::NoWeight => "no_weight",
        }
    }
}

/// What was found, in a sentence without a full stop.
impl std::fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NoListener => "no listener of the port has a hostname that fits",
            Self::NoMatch => "no match fits",
            Self::Misdirected => "the host belongs to another listener than the TLS server name",
            Self::DirectResponse => "a DirectResponse",
            Self::Preflight => "CORS answers a preflight request",
            Self::InvalidRule(why) => return write!(f, "the rule cannot be carried out: {why}"),
            Self::InvalidBackend(why) => return write!(f, "the backend cannot be used: {why}"),
            Self::NoBackends => "the rule has no backends",
            Self::NoWeight => "all backends have weight 0",
        })
    }
}

impl<'t> Forward<'t> {
    /// The changes to the headers of the request, in their order.
    pub fn request_changes(&self) -> impl Iterator<Item = HeaderChange<'t>> {
        // The host is no header to a proxy: what names it is in `authority`.
        self.request_headers
            .into_iter()
            .flatten()
            .flat_map(changes)
            .filter(|change| !is_host(change.name()))
    }
}

impl Decision<'_> {
    /// The changes to the headers of the response, in their order: what CORS says, then the
    /// modifiers of the rule and of the backend.
    pub fn response_changes(&self) -> impl Iterator<Item = HeaderChange<'_>> {
        let cross_origin = self.cross_origin.iter().flat_map(CrossOrigin::changes);
        let modifiers = self.response_headers.into_iter().flatten();
        cross_origin.chain(modifiers.flat_map(changes))
    }
}

impl CrossOrigin {
    pub(crate) fn new(headers: Vec<cors::Header>) -> Self {
        Self { headers }
    }

    fn changes(&self) -> impl Iterator<Item = HeaderChange<'_>> {
        let own = cors::OWN_HEADERS.into_iter().map(|name| {
            match self.headers.iter().find(|(said, _)| *said == name) {
                Some((_, value)) => HeaderChange::Set(name, value),
                None => HeaderChange::Remove(name),
            }
        });
        // `vary` is not CORS's alone: it may have other values.
        let others = self.headers.iter().filter(|(name, _)| !cors::OWN_HEADERS.contains(name));
        own.chain(others.map(|(name, value)| HeaderChange::Add(name, value)))
    }
}

impl<'t> HeaderChange<'t> {
    /// Name of the header that is changed.
    pub fn name(&self) -> &'t str {
        match self {
            Self::Set(name, _) | Self::Add(name, _) | Self::Remove(name) => name,
        }
    }
}

/// The changes of a modifier in the order in which they are carried out: set, add, remove.
pub(crate) fn changes(modifier: &HeaderModifier) -> impl Iterator<Item = HeaderChange<'_>> {
    let set = modifier.set.iter().map(|h| HeaderChange::Set(&h.name, h.value.as_bytes()));
    let add = modifier.add.iter().map(|h| HeaderChange::Add(&h.name, h.value.as_bytes()));
    set.chain(add).chain(modifier.remove.iter().map(|name| HeaderChange::Remove(name)))
}

/// The sum of the weights.
pub(crate) fn total_weight(backends: &[BackendRef]) -> u64 {
    backends.iter().map(|backend| u64::from(backend.weight)).sum()
}

/// The host that the modifier sets, if it does.
pub(crate) fn host_of(modifier: &HeaderModifier) -> Option<&str> {
    let host = modifier.set.iter().chain(&modifier.add).find(|h| is_host(&h.name));
    host.map(|h| h.value.as_str())
}

fn is_host(name: &str) -> bool {
    name.eq_ignore_ascii_case("host")
}
