//! An explanation in a few readable lines.

use super::{Explanation, Share};
use std::fmt::Write;

/// How many of the losers are shown.
const CANDIDATES: usize = 8;

/// The explanation for a terminal. Writing to a string cannot fail.
pub fn render(explanation: &Explanation) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(out, "{name:<9} {value}");
    };
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
    for candidate in others.iter().take(CANDIDATES) {
        let lost = format!(
            "{}, rule {}, match {}: {}",
            candidate.route, candidate.rule, candidate.r#match, candidate.failed
        );
        line("not", &lost);
    }
    if others.len() > CANDIDATES {
        line("", &format!("and {} more", others.len() - CANDIDATES));
    }
    out
}

fn describe(share: &Share) -> String {
    let percent = share.share * 100.0;
    let digits = if percent.fract() == 0.0 { 0 } else { 2 };
    let status = share.status.map(|status| format!(", answers {status}")).unwrap_or_default();
    format!("{} with {percent:.digits$} % (weight {}){status}", share.backend, share.weight)
}
