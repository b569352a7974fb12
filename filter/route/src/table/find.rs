//! From a request to the match that wins.

use super::{ListenerIndex, RouteTable};
use crate::config::{Listener, Match, Protocol};
use crate::decision::{Decision, Reason};
use crate::matching::{Unmet, View, unmet, visit_unmet};
use crate::request::Request;
use crate::rng::Rng;
use std::ops::ControlFlow;

/// Where the conditions of a request lead: a listener, a hostname of it, and the best match there.
pub(crate) struct Found<'t> {
    pub(crate) listener: Option<&'t Listener>,
    /// Number of the listener's hostname.
    pub(crate) hostname: Option<usize>,
    /// The match; or why there is none.
    pub(crate) matched: Result<&'t Match, Reason<'static>>,
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
        let none = |listener, reason| Found { listener, hostname: None, matched: Err(reason) };
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
        let (hostname, matched) = self.locate_match(view, host, listener, index);
        Found { listener: Some(listener), hostname, matched: matched.ok_or(Reason::NoMatch) }
    }

    fn locate_match<'t>(
        &'t self,
        view: &View<'_>,
        host: &[u8],
        listener: &'t Listener,
        index: &'t ListenerIndex,
    ) -> (Option<usize>, Option<&'t Match>) {
        let mut first = None;
        for number in index.hosts.find(host).map(|number| number as usize) {
            first = first.or(Some(number));
            let (Some(hostname), Some(paths)) =
                (listener.hostnames.get(number), index.paths.get(number))
            else {
                continue;
            };
            let at = |position: u32| {
                let number = hostname.matches.get(position as usize)?;
                self.config.matches.get(*number as usize)
            };
            let holds = |position: u32| {
                at(position).is_some_and(|matched| self.unmet(matched, view).is_none())
            };
            if let Some(matched) = paths.find(view, holds).and_then(at) {
                return (Some(number), Some(matched));
            }
            if !self.config.hostname_fallthrough {
                break;
            }
        }
        (first, None)
    }

    /// The first condition of a match that the request does not meet; `None` where all hold.
    pub(crate) fn unmet<'t>(&'t self, matched: &'t Match, view: &View<'_>) -> Option<Unmet<'t>> {
        unmet(matched, view, &self.automata, self.has_cors(matched))
    }

    /// Shows the conditions of a match that the request does not meet, until there was enough.
    pub(crate) fn visit_unmet<'t, B>(
        &'t self,
        matched: &'t Match,
        view: &View<'_>,
        visit: impl FnMut(Unmet<'t>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        visit_unmet(matched, view, &self.automata, self.has_cors(matched), visit)
    }

    fn has_cors(&self, matched: &Match) -> bool {
        self.rules.get(matched.rule as usize).is_some_and(|rule| rule.has_cors)
    }
}
