//! From the match that won to a decision.

use super::RouteTable;
use super::find::Found;
use crate::config::{
    Backend, BackendRef, Cors, Filter, HeaderModifier, Listener, Match, Mirror, Redirect, Ref,
    Respond, Rewrite, Rule,
};
use crate::decision::{
    Action, Answer, CrossOrigin, Decision, Forward, Matched, Reason, host_of, total_weight,
};
use crate::filter::{cors, redirect, replace};
use crate::matching::View;
use crate::rng::{Rng, below};
use crate::session::{Session, backend_id};
use std::borrow::Cow;

/// The filters of a rule or of a backend, sorted by what they do.
#[derive(Default)]
struct Filters<'t> {
    request: Option<&'t HeaderModifier>,
    response: Option<&'t HeaderModifier>,
    rewrite: Option<&'t Rewrite>,
    cors: Option<&'t Cors>,
    mirrors: Vec<&'t Mirror>,
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

/// What became of a match: the action, and what is done to the response.
struct Carried<'t> {
    /// Where such a request may go.
    backends: &'t [BackendRef],
    action: Action<'t>,
    cors: Option<&'t Cors>,
    response: [Option<&'t HeaderModifier>; 2],
}

impl RouteTable {
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
            cross_origin: None,
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
        let carried = match answer(&filters, view, matched, listener) {
            Some(action) => {
                let response = [filters.response, None];
                Carried { backends: &[], action, cors: filters.cors, response }
            }
            None => self.carry_out(rule, &filters, view, matched, listener, rng),
        };
        let Carried { backends, action, cors, response } = carried;
        let is_preflight =
            matches!(&action, Action::Respond(Answer { reason: Reason::Preflight, .. }));
        // The answer to a preflight is complete: nothing is left to be done to it.
        let (cors, response) = if is_preflight { (None, [None, None]) } else { (cors, response) };
        Decision {
            listener: Some(listener),
            matched: winner,
            backends,
            action,
            cross_origin: cors.map(|config| CrossOrigin::new(cors::actual(config, &view.request))),
            response_headers: response,
        }
    }

    pub(crate) fn matched<'t>(&'t self, matched: &Match, rule: &'t Rule) -> Matched<'t> {
        Matched {
            route: self.config.routes.get(rule.route as usize).map_or("", String::as_str),
            number: matched.rule,
            rule: rule.index,
            rule_name: rule.name.as_deref(),
            index: matched.index,
        }
    }

    /// The backend that the request goes to: that of its session, else one that is drawn.
    fn carry_out<'t>(
        &'t self,
        rule: &'t Rule,
        filters: &Filters<'t>,
        view: &View<'_>,
        matched: &Match,
        listener: &Listener,
        rng: &mut impl Rng,
    ) -> Carried<'t> {
        let chosen = match rule.session_persistence.as_deref() {
            None => self.choose(&rule.backends, rng).map(|chosen| (None, chosen)),
            Some(config) => {
                let facts = self.rules.get(matched.rule as usize).copied().unwrap_or_default();
                // One that cannot be used any more is gone.
                let id = |backend: &'t BackendRef| match self.reference_error(backend) {
                    None => self.config.backends.get(backend.backend as usize).map(backend_id),
                    Some(_) => None,
                };
                let choose = || self.choose(&rule.backends, rng);
                let (request, backends) = (&view.request, rule.backends.as_slice());
                Session::find(config, facts.id, request, backends, id, choose)
                    .map(|(session, chosen)| (Some(session), chosen))
            }
        };
        match chosen {
            Ok((session, chosen)) => {
                self.forward(rule, chosen, session, filters, view, matched, listener)
            }
            Err(reason) => Carried::refused(&rule.backends, Answer::new(reason), filters.cors),
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

    /// A backend that can be used, or the answer that stands for it.
    fn usable<'t>(&'t self, chosen: &'t BackendRef) -> Result<&'t Backend, Answer<'t>> {
        let refused =
            |status, reason| Answer { status, ..Answer::new(Reason::InvalidBackend(reason)) };
        if let Some(error) = chosen.error.as_deref() {
            return Err(refused(500, error));
        }
        let Some(backend) = self.config.backends.get(chosen.backend as usize) else {
            return Err(refused(500, "there is no such backend"));
        };
        match &backend.error {
            Some(error) => Err(refused(error.status, &error.reason)),
            None => Ok(backend),
        }
    }

    #[allow(clippy::too_many_arguments, reason = "what a decision depends on, each once")]
    fn forward<'t>(
        &'t self,
        rule: &'t Rule,
        chosen: &'t BackendRef,
        session: Option<Session>,
        of_rule: &Filters<'t>,
        view: &View<'_>,
        matched: &Match,
        listener: &Listener,
    ) -> Carried<'t> {
        // A session leaves nothing to the weights.
        let backends = match &session {
            Some(session) if session.is_resumed() => std::slice::from_ref(chosen),
            _ => &rule.backends,
        };
        let backend = match self.usable(chosen) {
            Ok(backend) => backend,
            Err(answer) => return Carried::refused(backends, answer, of_rule.cors),
        };
        let own = self.filters(&chosen.filters);
        let cors = own.cors.or(of_rule.cors);
        let response = [of_rule.response, own.response];
        if let Some(action) = answer(&own, view, matched, listener) {
            return Carried { backends, action, cors, response };
        }
        // The prefix that a rewrite of the backend names is that of the request as it came: the
        // backend's new path takes the place of the rule's.
        let path = [&own, of_rule].into_iter().find_map(|f| f.rewrite?.path.as_ref());
        let mut mirrors = own.mirrors;
        mirrors.extend(&of_rule.mirrors);
        let forward = Forward {
            backend,
            cluster: backend.cluster.as_deref().unwrap_or_default(),
            authority: own.authority.or(of_rule.authority),
            path: path.map(|modifier| replace(modifier, view, &matched.path)),
            request_headers: [of_rule.request, own.request],
            variant: chosen.variant.as_deref(),
            separate_tries: chosen.separate_tries,
            mirrors,
            timeouts: rule.timeouts.as_ref(),
            retry: rule.retry.as_deref(),
            session: session.map(Box::new),
        };
        Carried { backends, action: Action::Forward(forward), cors, response }
    }

    fn filters(&self, refs: &[Ref]) -> Filters<'_> {
        let mut filters = Filters::default();
        for filter in refs.iter().filter_map(|number| self.config.filters.get(*number as usize)) {
            match filter {
                Filter::RequestHeaderModifier(modifier) => {
                    filters.request = Some(modifier);
                    filters.authority = host_of(modifier).or(filters.authority);
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
                Filter::Cors(cors) => filters.cors = Some(cors),
                Filter::RequestMirror(mirror) => filters.mirrors.push(mirror),
                // Its rule has got an error when the table was compiled.
                Filter::Unknown => {}
            }
        }
        filters
    }
}

/// The answer of the filters in place of a backend: to a preflight always, and never sent on.
fn answer<'t>(
    filters: &Filters<'t>,
    view: &View<'_>,
    matched: &Match,
    listener: &Listener,
) -> Option<Action<'t>> {
    if let (Some(cors), Some(preflight)) = (filters.cors, &view.preflight) {
        let headers = preflight.answer(cors);
        return Some(Action::Respond(Answer { headers, ..Answer::new(Reason::Preflight) }));
    }
    Some(match filters.answering? {
        Answering::Redirect(config) => {
            Action::Redirect(redirect(config, view, &matched.path, listener))
        }
        Answering::Respond(response) => Action::Respond(Answer {
            status: response.status,
            body: response.body.as_deref(),
            ..Answer::new(Reason::DirectResponse)
        }),
    })
}

impl<'t> Carried<'t> {
    /// An answer of our own: modifiers are for what a backend or a filter answers, but a script
    /// may read the status of this as well.
    fn refused(backends: &'t [BackendRef], answer: Answer<'t>, cors: Option<&'t Cors>) -> Self {
        Self { backends, action: Action::Respond(answer), cors, response: [None, None] }
    }
}

impl<'t> Answer<'t> {
    /// The response that stands for a reason: a status, and nothing else.
    fn new(reason: Reason<'t>) -> Self {
        let status = match reason {
            Reason::NoListener | Reason::NoMatch => 404,
            Reason::Misdirected => 421,
            Reason::DirectResponse => 200,
            Reason::Preflight => 204,
            Reason::InvalidRule(_) | Reason::InvalidBackend(_) | Reason::NoBackends => 500,
            Reason::NoWeight => 503,
        };
        Self { status, headers: Vec::new(), body: None, reason }
    }
}
