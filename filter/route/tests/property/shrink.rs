//! From a failing case to the smallest one that still fails.

use crate::model::{Gateway, Match, Request, Rule};

/// Takes parts away as long as the case fails; gives the last case with its reason.
pub(super) fn minimal(
    mut gateway: Gateway,
    mut request: Request,
    fails: impl Fn(&Gateway, &Request) -> Option<String>,
) -> (Gateway, Request, String) {
    let mut why = fails(&gateway, &request).expect("the case fails");
    // Halves of the routes first, then smaller pieces, then single parts.
    let mut piece = gateway.routes.len();
    while piece > 0 {
        let mut at = 0;
        while at < gateway.routes.len() {
            let mut smaller = gateway.clone();
            smaller.routes.drain(at..(at + piece).min(smaller.routes.len()));
            match fails(&smaller, &request) {
                Some(reason) => (gateway, why) = (smaller, reason),
                None => at += piece,
            }
        }
        piece /= 2;
    }
    loop {
        let gateways = smaller_gateways(&gateway).into_iter().map(|g| (g, request.clone()));
        let requests = smaller_requests(&request).into_iter().map(|r| (gateway.clone(), r));
        let next = gateways.chain(requests).find_map(|(g, r)| Some((fails(&g, &r)?, g, r)));
        match next {
            Some((reason, g, r)) => (why, gateway, request) = (reason, g, r),
            None => return (gateway, request, why),
        }
    }
}

/// The value with each part of a list taken away.
fn without<T: Clone, P>(whole: &T, part: impl Fn(&mut T) -> &mut Vec<P>) -> Vec<T> {
    let number = part(&mut whole.clone()).len();
    let drop = |at| {
        let mut smaller = whole.clone();
        part(&mut smaller).remove(at);
        smaller
    };
    (0..number).map(drop).collect()
}

/// The value with a part set to what it is by default, if it is not.
fn reset<T: Clone, P: Default + PartialEq>(
    whole: &T,
    part: impl Fn(&mut T) -> &mut P,
) -> Option<T> {
    let mut smaller = whole.clone();
    let part = part(&mut smaller);
    (*part != P::default()).then(|| *part = P::default())?;
    Some(smaller)
}

fn smaller_gateways(gateway: &Gateway) -> Vec<Gateway> {
    let mut all = without(gateway, |g| &mut g.routes);
    if gateway.listeners.len() > 1 {
        all.extend(without(gateway, |g| &mut g.listeners));
    }
    all.extend(reset(gateway, |g| &mut g.fallthrough));
    for at in 0..gateway.listeners.len() {
        all.extend(reset(gateway, |g| &mut g.listeners[at].hostname));
        all.extend(reset(gateway, |g| &mut g.listeners[at].https));
    }
    for at in 0..gateway.routes.len() {
        all.extend(reset(gateway, |g| &mut g.routes[at].created));
        all.extend(without(gateway, |g| &mut g.routes[at].hostnames));
        all.extend(without(gateway, |g| &mut g.routes[at].parents));
        all.extend(without(gateway, |g| &mut g.routes[at].rules));
        for rule in 0..gateway.routes[at].rules.len() {
            let rules = smaller_rules(&gateway.routes[at].rules[rule]);
            all.extend(rules.into_iter().map(|smaller| {
                let mut gateway = gateway.clone();
                gateway.routes[at].rules[rule] = smaller;
                gateway
            }));
        }
    }
    all
}

fn smaller_rules(rule: &Rule) -> Vec<Rule> {
    let mut all = without(rule, |r| &mut r.matches);
    all.extend(without(rule, |r| &mut r.filters));
    all.extend(without(rule, |r| &mut r.backends));
    all.extend(reset(rule, |r| &mut r.name));
    all.extend(reset(rule, |r| &mut r.error));
    for at in 0..rule.backends.len() {
        all.extend(without(rule, |r| &mut r.backends[at].filters));
        all.extend(reset(rule, |r| &mut r.backends[at].error));
    }
    for at in 0..rule.matches.len() {
        all.extend(without(rule, |r| &mut r.matches[at].headers));
        all.extend(without(rule, |r| &mut r.matches[at].query));
        all.extend(reset(rule, |r| &mut r.matches[at].method));
        let path = Match::default().path;
        if rule.matches[at].path != path {
            let mut smaller = rule.clone();
            smaller.matches[at].path = path;
            all.push(smaller);
        }
    }
    all
}

fn smaller_requests(request: &Request) -> Vec<Request> {
    let mut all = without(request, |r| &mut r.headers);
    all.extend(reset(request, |r| &mut r.sni));
    all.extend(reset(request, |r| &mut r.port));
    all.extend(reset(request, |r| &mut r.draw));
    all.extend(without(request, |r| &mut r.path));
    all.extend(without(request, |r| &mut r.authority));
    all
}
