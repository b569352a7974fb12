//! What it means that both agree on a request.

use crate::model::{Draw, Gateway, Match, Outcome, Request, Rule, Value, Winner, assemble};
use crate::naive;
use route::{Failed, RouteTable, Trace};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The indexed table of a Gateway.
pub(crate) fn table(gateway: &Gateway) -> RouteTable {
    let table = RouteTable::compile(assemble(gateway)).expect("the configuration is in order");
    assert_eq!(table.problems(), []);
    table
}

/// What both say; or how they differ. A panic is a difference too.
pub(crate) fn disagreement(
    gateway: &Gateway,
    table: &RouteTable,
    request: &Request,
) -> Result<Outcome, String> {
    catch_unwind(AssertUnwindSafe(|| compare(gateway, table, request)))
        .unwrap_or_else(|_| Err("one of them panics".to_owned()))
}

fn compare(gateway: &Gateway, table: &RouteTable, request: &Request) -> Result<Outcome, String> {
    let (naive, trace) = decisions(gateway, table, request)?;
    untrue(gateway, request, &naive, &trace).map_or(Ok(naive), Err)
}

/// What both say, and the trace of the index, which says the same; or how they differ.
pub(crate) fn decisions<'t>(
    gateway: &Gateway,
    table: &'t RouteTable,
    request: &Request,
) -> Result<(Outcome, Trace<'t>), String> {
    let naive = naive::answer(gateway, request);
    request.lend(|lent| {
        let found = table.find(lent, &mut Draw(request.draw));
        let indexed = Outcome::of(&found, lent);
        if indexed != naive {
            return Err(format!("indexed: {indexed:?}\nnaive:   {naive:?}"));
        }
        let trace = table.trace(lent, &mut Draw(request.draw), usize::MAX);
        if trace.decision != found {
            return Err(format!("find:  {found:?}\ntrace: {:?}", trace.decision));
        }
        Ok((naive, trace))
    })
}

/// The first candidate of a trace that is missing, too many, or lost for another reason than it
/// says.
fn untrue(
    gateway: &Gateway,
    request: &Request,
    outcome: &Outcome,
    trace: &Trace<'_>,
) -> Option<String> {
    let mut losers = naive::losers(gateway, request, outcome);
    for candidate in &trace.candidates {
        let name = Winner::of(&candidate.matched);
        let Some(at) = losers.iter().position(|loser| loser.winner() == name) else {
            return Some(format!("{name:?} is no candidate, or comes twice"));
        };
        let loser = losers.remove(at);
        if !is_true(&candidate.failed, loser.rule(), loser.matched(), request) {
            return Some(format!("{name:?} did not lose because {}", candidate.failed));
        }
    }
    losers.first().map(|loser| format!("{:?} is missing in the trace", loser.winner()))
}

/// Whether the reason is the first condition that does not hold.
fn is_true(failed: &Failed, rule: &Rule, matched: &Match, request: &Request) -> bool {
    let path = naive::path_holds(&matched.path, request);
    let sent = naive::method_holds(matched, request);
    // What a preflight request asks for counts too, or any method of a rule with CORS.
    let method = sent
        || (naive::cors::is_preflight(request)
            && (naive::method_holds(matched, &naive::cors::asked(request))
                || naive::cors::has(rule)));
    let header = |(name, value): &(String, Value)| naive::header_holds(name, value, request);
    let query = |(name, value): &(String, Value)| naive::query_holds(name, value, request);
    let first_header = matched.headers.iter().find(|condition| !header(condition));
    let first_query = matched.query.iter().find(|condition| !query(condition));
    match failed {
        Failed::Path { .. } => !path,
        Failed::Method { wants, .. } => path && !sent && matched.method.as_ref() == Some(wants),
        Failed::Value { what: "header", name, .. } => {
            path && method && first_header.is_some_and(|(first, _)| first == name)
        }
        Failed::Value { name, .. } => {
            path && method
                && first_header.is_none()
                && first_query.is_some_and(|(first, _)| first == name)
        }
        Failed::Outranked => method && naive::others_hold(matched, request),
        _ => false,
    }
}
