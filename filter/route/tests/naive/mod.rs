//! The specification's text, carried out in the most obvious way.
//!
//! Written from the sentences of the Gateway API: everything is filtered linearly, criteria are
//! compared one by one, nothing is prepared.

mod backends;
pub(crate) mod cors;
mod filters;
mod hosts;
mod matching;
mod paths;
pub(crate) mod precedence;

pub(crate) use matching::{header_holds, method_holds, others_hold, path_holds, query_holds};

use crate::model::{Act, Gateway, Listener, Match, Outcome, Request, Route, Rule, Winner};
use matching::holds;

/// A match of an attached route, under a hostname that fits the request.
#[derive(Clone, Copy)]
pub(crate) struct Candidate<'g> {
    pub(crate) hostname: Option<&'g str>,
    pub(crate) route: &'g Route,
    pub(crate) rule: usize,
    pub(crate) index: usize,
}

/// What the request gets.
pub(crate) fn answer(gateway: &Gateway, request: &Request) -> Outcome {
    let host = hosts::of(&request.authority).to_ascii_lowercase();
    let Some(listener) = listener(gateway, request, &host) else {
        return nobody(None, 404, "no_listener");
    };
    // The SNI chooses the listener; a Host that belongs to another one is misdirected.
    if listener.https
        && let Some(sni) = &request.sni
    {
        let chosen = self::listener(gateway, request, &sni.to_ascii_lowercase());
        if chosen.is_none_or(|chosen| chosen.name != listener.name) {
            return nobody(Some(listener), 421, "misdirected");
        }
    }
    let candidates = candidates(gateway, listener, &host);
    match winner(gateway, &candidates, request) {
        Some(winner) => filters::carry_out(gateway, listener, request, &winner),
        None => nobody(Some(listener), 404, "no_match"),
    }
}

fn winner<'g>(
    gateway: &Gateway,
    candidates: &[Candidate<'g>],
    request: &Request,
) -> Option<Candidate<'g>> {
    let best = |holds: &dyn Fn(&Candidate<'_>) -> bool| {
        let mut best: Option<Candidate<'_>> = None;
        for candidate in candidates.iter().filter(|candidate| holds(candidate)) {
            if best.is_none_or(|best| precedence::beats(candidate, &best, gateway.regex_rank)) {
                best = Some(*candidate);
            }
        }
        best
    };
    let as_sent = best(&|candidate| holds(candidate.matched(), request));
    // A preflight request goes to a match for OPTIONS like any other request,
    if !cors::is_preflight(request)
        || as_sent.is_some_and(|winner| winner.matched().method.as_deref() == Some("OPTIONS"))
    {
        return as_sent;
    }
    // else to the rule that gets the request it asks for, if that has CORS,
    let asked = cors::asked(request);
    let as_asked = best(&|candidate| holds(candidate.matched(), &asked));
    if let Some(winner) = as_asked.filter(|winner| cors::has(winner.rule())) {
        return Some(winner);
    }
    // else a rule with CORS has an implicit OPTIONS match.
    best(&|candidate| {
        holds(candidate.matched(), request)
            || (cors::has(candidate.rule()) && others_hold(candidate.matched(), request))
    })
}

/// Port first; on that port the listener with the most specific hostname.
fn listener<'g>(gateway: &'g Gateway, request: &Request, host: &[u8]) -> Option<&'g Listener> {
    let first_port = gateway.listeners.first()?.port;
    let port = match request.port {
        Some(port) => port,
        None if gateway.listeners.iter().all(|l| l.port == first_port) => first_port,
        None => return None,
    };
    let mut best: Option<&Listener> = None;
    for listener in &gateway.listeners {
        let fits = listener.port == port && hosts::fits(listener.hostname.as_deref(), host);
        let better = |best: &Listener| {
            hosts::more_specific(listener.hostname.as_deref(), best.hostname.as_deref())
        };
        if fits && best.is_none_or(better) {
            best = Some(listener);
        }
    }
    best
}

/// Every match of the routes attached to the listener, under each hostname that fits; only under
/// the most specific one, unless the Gateway falls through.
fn candidates<'g>(gateway: &'g Gateway, listener: &'g Listener, host: &[u8]) -> Vec<Candidate<'g>> {
    let mut all = Vec::new();
    for route in gateway.routes.iter().filter(|route| route.parents.contains(&listener.name)) {
        for hostname in hosts::common(listener.hostname.as_deref(), &route.hostnames, host) {
            for (rule, matches) in route.rules.iter().map(|rule| &rule.matches).enumerate() {
                let one = |index| Candidate { hostname, route, rule, index };
                all.extend((0..matches.len()).map(one));
            }
        }
    }
    if !gateway.fallthrough {
        let mut most: Option<&str> = None;
        for candidate in &all {
            if hosts::more_specific(candidate.hostname, most) {
                most = candidate.hostname;
            }
        }
        all.retain(|candidate| candidate.hostname == most);
    }
    all
}

/// The other matches of the hostname that decided, each once.
pub(crate) fn losers<'g>(
    gateway: &'g Gateway,
    request: &Request,
    outcome: &Outcome,
) -> Vec<Candidate<'g>> {
    if matches!(outcome.act, Act::Respond { reason: "no_listener" | "misdirected", .. }) {
        return Vec::new();
    }
    let host = hosts::of(&request.authority).to_ascii_lowercase();
    let Some(listener) = listener(gateway, request, &host) else { return Vec::new() };
    let mut all = candidates(gateway, listener, &host);
    let won = |candidate: &Candidate<'_>| Some(candidate.winner()) == outcome.winner;
    let decided = all
        .iter()
        .filter(|candidate| outcome.winner.is_none() || won(candidate))
        .map(|candidate| candidate.hostname)
        .reduce(|a, b| if hosts::more_specific(a, b) { a } else { b });
    all.retain(|candidate| Some(candidate.hostname) == decided && !won(candidate));
    all
}

impl<'g> Candidate<'g> {
    pub(crate) fn rule(&self) -> &'g Rule {
        &self.route.rules[self.rule]
    }

    pub(crate) fn matched(&self) -> &'g Match {
        &self.rule().matches[self.index]
    }

    pub(crate) fn winner(&self) -> Winner {
        Winner {
            route: self.route.name.clone(),
            rule: self.rule,
            rule_name: self.rule().name.clone(),
            index: self.index,
        }
    }
}

fn nobody(listener: Option<&Listener>, status: u16, reason: &'static str) -> Outcome {
    Outcome {
        listener: listener.map(|listener| listener.name.clone()),
        winner: None,
        backends: Vec::new(),
        act: filters::respond(status, reason, ""),
        response: filters::unchanged(),
    }
}
