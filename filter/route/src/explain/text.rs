//! An explanation in a few readable lines.

use super::{Explanation, Retry, Session, Share, Timeouts};

/// How many of the losers are shown.
pub const CANDIDATES: usize = 8;
/// How many of the hostnames that do not fit are shown.
const HOSTNAMES: usize = 3;

/// The explanation for a terminal.
pub fn render(explanation: &Explanation) -> String {
    lines(explanation).into_iter().map(|line| line + "\n").collect()
}

/// The lines of the explanation.
pub fn lines(explanation: &Explanation) -> Vec<String> {
    let mut out = Vec::new();
    let mut line = |name: &str, value: &str| out.push(format!("{name:<9} {value}"));
    line(
        "listener",
        explanation.listener.as_deref().unwrap_or("none: no hostname of this port fits"),
    );
    match (&explanation.route, explanation.rule) {
        (Some(route), Some(rule)) => {
            let name = explanation.rule_name.as_ref().map(|name| format!(" ({name})"));
            let matched = explanation.r#match.unwrap_or_default();
            let name = name.unwrap_or_default();
            line("route", &format!("{route}, rule {rule}{name}, match {matched}"));
        }
        _ => line("route", "none matches"),
    }
    if !explanation.hostnames.is_empty() {
        line("nearest", &format!("hostnames {}", listed(&explanation.hostnames)));
    }
    match explanation.action {
        "forward" => {
            for share in &explanation.backends {
                line("backend", &describe(share));
            }
            if let Some(cluster) = &explanation.cluster {
                line("cluster", cluster);
            }
        }
        _ => {
            let status = explanation.response.status.unwrap_or_default();
            let reason = explanation.reason.as_deref();
            line("answer", &reason.map_or(status.to_string(), |r| format!("{status}: {r}")));
        }
    }
    if let Some(request) = &explanation.request {
        let first = format!("{} {} to host {}", request.method, request.path, request.authority);
        line("request", &first);
        for (name, value) in &request.headers {
            line("", &format!("{name}: {value}"));
        }
    }
    for mirror in &explanation.mirrors {
        line("mirror", &format!("a copy to {mirror}"));
    }
    if let Some(timeouts) = &explanation.timeouts {
        line("timeouts", &describe_timeouts(timeouts));
    }
    if let Some(retry) = &explanation.retry {
        line("retry", &describe_retry(retry));
    }
    if let Some(Session { carrier, name, resumed }) = &explanation.session {
        let state = if *resumed { "resumed" } else { "new" };
        line("session", &format!("{state}, by the {carrier} {name}"));
    }
    let response = &explanation.response;
    for (verb, headers) in [("set", &response.set), ("add", &response.add)] {
        for (name, value) in headers {
            line("response", &format!("{verb} {name}: {value}"));
        }
    }
    for name in &response.remove {
        line("response", &format!("remove {name}"));
    }
    if let Some(body) = &response.body {
        for text in body.lines() {
            line("body", text);
        }
    }
    let others = &explanation.candidates;
    for (number, candidate) in others.iter().take(CANDIDATES).enumerate() {
        let lost = format!(
            "{}, rule {}, match {}: {}",
            candidate.route, candidate.rule, candidate.r#match, candidate.failed
        );
        let is_miss = number == 0 && explanation.route.is_none();
        line(if is_miss { "nearest" } else { "not" }, &lost);
    }
    let more = others.len().saturating_sub(CANDIDATES) + explanation.left_out;
    if more > 0 {
        line("", &format!("and {more} more"));
    }
    out
}

/// The first few, and how many more there are.
fn listed(hostnames: &[String]) -> String {
    let mut text = hostnames.iter().take(HOSTNAMES).cloned().collect::<Vec<_>>().join(", ");
    if hostnames.len() > HOSTNAMES {
        text.push_str(&format!(" and {} more", hostnames.len() - HOSTNAMES));
    }
    text
}

fn describe(share: &Share) -> String {
    let percent = share.share * 100.0;
    let digits = if percent.fract() == 0.0 { 0 } else { 2 };
    let status = share.status.map(|status| format!(", answers {status}")).unwrap_or_default();
    format!("{} with {percent:.digits$} % (weight {}){status}", share.backend, share.weight)
}

fn describe_timeouts(timeouts: &Timeouts) -> String {
    let Timeouts { request, backend_request } = timeouts;
    let request = request.as_ref().map(|t| format!("{t} for the request"));
    let backend = backend_request.as_ref().map(|t| format!("{t} for each try"));
    let all: Vec<_> = request.into_iter().chain(backend).collect();
    if all.is_empty() { "none".to_owned() } else { all.join(", ") }
}

fn describe_retry(retry: &Retry) -> String {
    let Retry { codes, attempts, backoff } = retry;
    let codes: Vec<_> = codes.iter().map(u16::to_string).collect();
    let codes = if codes.is_empty() { String::new() } else { format!(", {}", codes.join(", ")) };
    let backoff = backoff.as_ref().map(|b| format!(", {b} apart at least")).unwrap_or_default();
    format!("up to {attempts} after connection errors{codes}{backoff}")
}
