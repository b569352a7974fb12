//! From a request to a decision.

use super::{ListenerIndex, RouteTable};
use crate::config::{
    BackendRef, Filter, HeaderModifier, Listener, Match, Protocol, Redirect, Ref, Respond, Rewrite,
    Rule,
};
use crate::decision::{Action, Answer, Decision, Forward, Matched, Reason, total_weight};
use crate::filter::{redirect, replace};
use crate::matching::{View, unmet};
use crate::request::Request;
use crate::rng::{Rng, below};
use std::borrow::Cow;

/// Where the conditions of a request lead: a listener, a hostname of it, and the best match there.
pub(crate) struct Found<'t> {
    pub(crate) listener: Option<&'t Listener>,
    /// Number of the listener's hostname.
    pub(crate) hostname: Option<usize>,
    /// The match; or why there is none.
    pub(crate) matched: Result<&'t Match, Reason<'static>>,
}

/// The filters of a rule or of a backend, sorted by what they do.
#[derive(Default)]
struct Filters<'t> {
    request: Option<&'t HeaderModifier>,
    response: Option<&'t HeaderModifier>,
    rewrite: Option<&'t Rewrite>,
    /// The host that the last filter to name one gives.
    authority: Option<&'t str>,
    /// The filter that answers in place of a backend.
    answering: Option<Answering<'t>>,
}

#[derive(Clone, Copy)]
enum Answering<'t> {
    Redirect(&'t Redirect),
    Respond(&'t Respond),
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
                at(position).is_some_and(|matched| unmet(matched, view, &self.automata).is_none())
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

    pub(crate) fn decide<'t>(
        &'t self,
        view: &View<'_>,
        found: &Found<'t>,
        rng: &mut impl Rng,
    ) -> Decision<'t> {
        let listener = found.listener;
        let nothing = |matched, reason: Reason<'t>| Decision {
            listener,
            matched,
            backends: &[],
            action: Action::Respond(Answer::new(reason)),
            response_headers: [None, None],
        };
        let (matched, listener) = match (&found.matched, listener) {
            (Ok(matched), Some(listener)) => (*matched, listener),
            (Ok(_), None) => return nothing(None, Reason::NoListener),
            (Err(reason), _) => return nothing(None, reason.clone()),
        };
        let Some(rule) = self.config.rules.get(matched.rule as usize) else {
            let reason = Cow::from(format!("there is no rule {}", matched.rule));
            return nothing(None, Reason::InvalidRule(reason));
        };
        let winner = Some(self.matched(matched, rule));
        if let Some(error) = rule.error.as_deref() {
            return nothing(winner, Reason::InvalidRule(error.into()));
        }

        let filters = self.filters(&rule.filters);
        if let Some(filter) = filters.answering {
            return Decision {
                listener: Some(listener),
                matched: winner,
                backends: &[],
                action: filter.action(view, matched, listener),
                response_headers: [filters.response, None],
            };
        }
        let outcome = self.choose(&rule.backends, rng);
        let (action, response_headers) = match outcome {
            Ok(chosen) => self.forward(chosen, &filters, view, matched, listener),
            Err(reason) => (Action::Respond(Answer::new(reason)), [None, None]),
        };
        Decision {
            listener: Some(listener),
            matched: winner,
            backends: &rule.backends,
            action,
            response_headers,
        }
    }

    pub(crate) fn matched<'t>(&'t self, matched: &Match, rule: &'t Rule) -> Matched<'t> {
        Matched {
            route: self.config.routes.get(rule.route as usize).map_or("", String::as_str),
            rule: rule.index,
            rule_name: rule.name.as_deref(),
            index: matched.index,
        }
    }

    /// Draws a backend. "If weight is set to 0, no traffic should be forwarded for this entry."
    fn choose<'t>(
        &'t self,
        backends: &'t [BackendRef],
        rng: &mut impl Rng,
    ) -> Result<&'t BackendRef, Reason<'t>> {
        if backends.is_empty() {
            return Err(Reason::NoBackends);
        }
        let total = total_weight(backends);
        let mut drawn = match backends {
            [_] => 0,
            _ => below(rng, total),
        };
        for backend in backends.iter().filter(|backend| backend.weight > 0) {
            match drawn.checked_sub(u64::from(backend.weight)) {
                Some(rest) => drawn = rest,
                None => return Ok(backend),
            }
        }
        // All weights are 0. Where no reference is valid, that is the reason to give.
        let invalid = backends.iter().map(|backend| self.reference_error(backend));
        match invalid.collect::<Option<Vec<_>>>().as_deref() {
            Some([reason, ..]) => Err(Reason::InvalidBackend(reason)),
            Some([]) | None => Err(Reason::NoWeight),
        }
    }

    /// Why a reference is invalid; that its Service has no endpoints does not make it so.
    fn reference_error<'t>(&'t self, backend: &'t BackendRef) -> Option<&'t str> {
        backend.error.as_deref().or_else(|| {
            let referent = self.config.backends.get(backend.backend as usize)?;
            referent.error.as_ref().filter(|e| e.status == 500).map(|e| e.reason.as_str())
        })
    }

    fn forward<'t>(
        &'t self,
        chosen: &'t BackendRef,
        rule: &Filters<'t>,
        view: &View<'_>,
        matched: &Match,
        listener: &Listener,
    ) -> (Action<'t>, [Option<&'t HeaderModifier>; 2]) {
        let refused = |status, reason| {
            let answer = Answer { status, body: None, reason: Reason::InvalidBackend(reason) };
            (Action::Respond(answer), [None, None])
        };
        if let Some(error) = chosen.error.as_deref() {
            return refused(500, error);
        }
        let Some(backend) = self.config.backends.get(chosen.backend as usize) else {
            return refused(500, "there is no such backend");
        };
        if let Some(error) = &backend.error {
            return refused(error.status, &error.reason);
        }
        let own = self.filters(&chosen.filters);
        let response_headers = [rule.response, own.response];
        if let Some(filter) = own.answering {
            return (filter.action(view, matched, listener), response_headers);
        }
        // The prefix that a rewrite of the backend names is that of the request as it came: the
        // backend's new path takes the place of the rule's.
        let path = [&own, rule].into_iter().find_map(|f| f.rewrite?.path.as_ref());
        let forward = Forward {
            backend,
            cluster: backend.cluster.as_deref().unwrap_or_default(),
            authority: own.authority.or(rule.authority),
            path: path.map(|modifier| replace(modifier, view, &matched.path)),
            request_headers: [rule.request, own.request],
        };
        (Action::Forward(forward), response_headers)
    }

    fn filters(&self, refs: &[Ref]) -> Filters<'_> {
        let mut filters = Filters::default();
        for filter in refs.iter().filter_map(|number| self.config.filters.get(*number as usize)) {
            match filter {
                Filter::RequestHeaderModifier(modifier) => {
                    filters.request = Some(modifier);
                    filters.authority = modifier.host().or(filters.authority);
                }
                Filter::ResponseHeaderModifier(modifier) => filters.response = Some(modifier),
                Filter::UrlRewrite(rewrite) => {
                    filters.rewrite = Some(rewrite);
                    filters.authority = rewrite.hostname.as_deref().or(filters.authority);
                }
                Filter::RequestRedirect(redirect) => {
                    filters.answering.get_or_insert(Answering::Redirect(redirect));
                }
                Filter::DirectResponse(response) => {
                    filters.answering.get_or_insert(Answering::Respond(response));
                }
                // Its rule has got an error when the table was compiled.
                Filter::Unknown => {}
            }
        }
        filters
    }
}

impl<'t> Answering<'t> {
    fn action(self, view: &View<'_>, matched: &Match, listener: &Listener) -> Action<'t> {
        match self {
            Self::Redirect(config) => {
                Action::Redirect(redirect(config, view, &matched.path, listener))
            }
            Self::Respond(response) => Action::Respond(Answer {
                status: response.status,
                body: response.body.as_deref(),
                reason: Reason::DirectResponse,
            }),
        }
    }
}

impl<'t> Answer<'t> {
    /// The response that stands for a reason: a status, and no body.
    fn new(reason: Reason<'t>) -> Self {
        let status = match reason {
            Reason::NoListener | Reason::NoMatch => 404,
            Reason::Misdirected => 421,
            Reason::DirectResponse => 200,
            Reason::InvalidRule(_) | Reason::InvalidBackend(_) | Reason::NoBackends => 500,
            Reason::NoWeight => 503,
        };
        Self { status, body: None, reason }
    }
}
