//! From a request to the match that wins.

use super::{ListenerIndex, RouteTable};
use crate::config::{Listener, Match, Protocol};
use crate::decision::{Decision, Reason};
use crate::matching::{Methods, Unmet, View, unmet, visit_unmet};
use crate::request::Request;
use crate::rng::Rng;
use std::cell::Cell;
use std::ops::ControlFlow;

/// Where the conditions of a request lead: a listener, a hostname of it, and the best match there.
pub(crate) struct Found<'t> {
    pub(crate) listener: Option<&'t Listener>,
    /// Number of the listener's hostname.
    pub(crate) hostname: Option<usize>,
    /// The match; or why there is none.
    pub(crate) matched: Result<&'t Match, Reason<'static>>,
    /// The methods that were met when it was chosen.
    pub(crate) methods: Methods,
}

/// A match under a hostname, by the number of that and its position in its list.
#[derive(Clone, Copy)]
struct Place<'t> {
    hostname: usize,
    position: u32,
    matched: &'t Match,
}

impl RouteTable {
    /// Decides what a request gets.
    pub fn find<'t>(&'t self, request: &Request<'_>, rng: &mut impl Rng) -> Decision<'t> {
        let view = View::new(request);
        let found = self.locate(&view);
        self.decide(&view, &found, rng)
    }

    /// The listener by port, then by the most specific hostname; then the first match of its most
    /// specific hostname.
    pub(crate) fn locate(&self, view: &View<'_>) -> Found<'_> {
        let none = |listener, reason| Found {
            listener,
            hostname: None,
            matched: Err(reason),
            methods: Methods::Sent,
        };
        let port = match view.request.port {
            Some(port) => self.ports.get(&u64::from(port)),
            None => self.ports.values().next().filter(|_| self.ports.len() == 1),
        };
        let host = view.request.host();
        let by = |name| port.and_then(|hosts| hosts.find(name).next());
        let Some(number) = by(host).map(|number| number as usize) else {
            return none(None, Reason::NoListener);
        };
        let (Some(listener), Some(index)) =
            (self.config.listeners.get(number), self.listeners.get(number))
        else {
            return none(None, Reason::NoListener);
        };
        // The handshake has chosen a listener already: RFC 9110, section 15.5.20.
        if listener.protocol == Protocol::Https
            && let Some(sni) = view.request.sni
            && by(sni) != u32::try_from(number).ok()
        {
            return none(Some(listener), Reason::Misdirected);
        }
        let (place, methods) = self.locate_match(view, host, listener, index);
        let first = || index.hosts.find(host).next().map(|number| number as usize);
        Found {
            listener: Some(listener),
            hostname: place.map(|place| place.hostname).or_else(first),
            matched: place.map(|place| place.matched).ok_or(Reason::NoMatch),
            methods,
        }
    }

    /// The match that wins. Of a preflight request: one that names OPTIONS, if it is the best for
    /// the request as it was sent; else the one that gets the request it asks for, if its rule has
    /// CORS; else the best of all rules with CORS and of those that match the request as it was
    /// sent. That takes two look-ups, however many routes there are.
    fn locate_match<'t>(
        &'t self,
        view: &View<'_>,
        host: &[u8],
        listener: &'t Listener,
        index: &'t ListenerIndex,
    ) -> (Option<Place<'t>>, Methods) {
        let holds = |place: Place<'_>, methods| self.unmet(place.matched, view, methods).is_none();
        let sent = |place| holds(place, Methods::Sent);
        if view.preflight.is_none() {
            return (self.best(view, host, listener, index, sent), Methods::Sent);
        }
        // Every match that is better than the one that is found is tested on the way, so that the
        // best with CORS is known by then.
        let with_cors: Cell<Option<Place<'t>>> = Cell::new(None);
        // What was found under another hostname was found first.
        let precedes = |place: Place<'_>, other: Place<'_>| {
            place.hostname == other.hostname && place.position < other.position
        };
        let as_sent = self.best(view, host, listener, index, |place| {
            let holds_as_sent = sent(place);
            if !holds_as_sent
                && with_cors.get().is_none_or(|best| precedes(place, best))
                && holds(place, Methods::Cors)
            {
                with_cors.set(Some(place));
            }
            holds_as_sent
        });
        if as_sent.is_some_and(|place| place.matched.method.is_some()) {
            return (as_sent, Methods::Sent);
        }
        let asked = |place| holds(place, Methods::Asked);
        let as_asked = self.best(view, host, listener, index, asked);
        if as_asked.is_some_and(|place| self.has_cors(place.matched)) {
            return (as_asked, Methods::Asked);
        }
        let with_cors = with_cors.get();
        let best = as_sent.filter(|sent| with_cors.is_none_or(|cors| precedes(*sent, cors)));
        (best.or(with_cors), Methods::Cors)
    }

    /// The first match of the most specific hostname that passes the test; where the configuration
    /// falls through, of the first hostname that has one.
    fn best<'t>(
        &'t self,
        view: &View<'_>,
        host: &[u8],
        listener: &'t Listener,
        index: &'t ListenerIndex,
        test: impl Fn(Place<'t>) -> bool,
    ) -> Option<Place<'t>> {
        for found in index.hosts.find(host).map(|number| number as usize) {
            let (Some(served), Some(&paths)) =
                (listener.hostnames.get(found), index.paths.get(found))
            else {
                continue;
            };
            let at = |position: u32| {
                let number = served.matches.get(position as usize)?;
                let matched = self.config.matches.get(*number as usize)?;
                Some(Place { hostname: found, position, matched })
            };
            let best = self.index.find(paths, view, |position| at(position).is_some_and(&test));
            if let Some(place) = best.and_then(at) {
                return Some(place);
            }
            if !self.config.hostname_fallthrough {
                break;
            }
        }
        None
    }

    /// The first condition of a match that the request does not meet; `None` where all hold.
    pub(crate) fn unmet<'t>(
        &'t self,
        matched: &'t Match,
        view: &View<'_>,
        methods: Methods,
    ) -> Option<Unmet<'t>> {
        unmet(matched, view, &self.automata, self.meets_method(matched, view, methods))
    }

    /// Shows the conditions of a match that the request does not meet, until there was enough.
    pub(crate) fn visit_unmet<'t, B>(
        &'t self,
        matched: &'t Match,
        view: &View<'_>,
        methods: Methods,
        visit: impl FnMut(Unmet<'t>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        let any_method = self.meets_method(matched, view, methods);
        visit_unmet(matched, view, &self.automata, any_method, visit)
    }

    /// Whether a preflight request meets the method of a match beside its own.
    fn meets_method(&self, matched: &Match, view: &View<'_>, methods: Methods) -> bool {
        let Some(preflight) = &view.preflight else { return false };
        match methods {
            Methods::Sent => false,
            Methods::Asked => {
                matched.method.as_deref().is_some_and(|m| m.as_bytes() == preflight.method)
            }
            Methods::Cors => self.has_cors(matched),
        }
    }

    fn has_cors(&self, matched: &Match) -> bool {
        self.rules.get(matched.rule as usize).is_some_and(|rule| rule.has_cors)
    }
}
