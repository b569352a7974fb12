//! What an access log comes to, for people.

use super::visible::visible;
use crate::replay::{Destination, Replay, Request, Skipped};
use std::fmt::Write;

/// How many requests are listed of a kind.
const LISTED: usize = 10;

/// The summary for a terminal. Writing to a string cannot fail.
pub fn text(replay: &Replay) -> String {
    let Replay {
        requests,
        distinct,
        not_understood,
        without_host,
        destinations,
        unmatched,
        lost,
        missing_headers,
    } = replay;
    let mut out = String::new();
    let _ = writeln!(out, "{}, {distinct} of them distinct", counted(*requests));
    skipped(&mut out, *not_understood, "not understood");
    skipped(&mut out, *without_host, "without a host: name a URL with one");
    out.push('\n');
    for destination in destinations {
        write_destination(&mut out, destination, *requests);
    }
    let missed: u64 = unmatched.iter().map(|request| request.requests).sum();
    if missed > 0 {
        let _ = writeln!(out, "{}  no route", share(missed as f64, *requests));
        write_requests(&mut out, unmatched, |request| request.now.clone());
    }
    if !lost.is_empty() {
        let count: u64 = lost.iter().map(|request| request.requests).sum();
        let were = if count == 1 { "was" } else { "were" };
        let counted = counted(count);
        let _ = writeln!(out, "\n{counted} {were} answered before and would get an error:");
        write_requests(&mut out, lost, |request| {
            let before = request.before.map(|status| format!("{status} before, "));
            format!("{}{}", before.unwrap_or_default(), request.now)
        });
    }
    if !missing_headers.is_empty() {
        let _ = writeln!(out, "\nThe log does not have headers that matches ask for:");
        for (name, requests) in missing_headers {
            let _ = writeln!(out, "  {name}: {} might go elsewhere with it", counted(*requests));
        }
    }
    out
}

fn counted(requests: u64) -> String {
    if requests == 1 { "1 request".to_owned() } else { format!("{requests} requests") }
}

fn skipped(out: &mut String, Skipped { lines, first }: Skipped, why: &str) {
    if let Some(first) = first {
        let noun = if lines == 1 { "line" } else { "lines" };
        let _ = writeln!(out, "{lines} {noun} {why}; the first is line {first}");
    }
}

fn write_destination(out: &mut String, destination: &Destination, all: u64) {
    let Destination { route, rule, rule_name, requests, outcomes } = destination;
    let name = rule_name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    let _ = writeln!(out, "{}  {route}, rule {rule}{name}", share(*requests as f64, all));
    let mut outcomes: Vec<_> = outcomes.iter().collect();
    outcomes.sort_by(|(a, x), (b, y)| y.total_cmp(x).then_with(|| a.cmp(b)));
    for (outcome, count) in outcomes {
        let _ = writeln!(out, "{}    {outcome}", share(*count, all));
    }
}

fn write_requests(out: &mut String, requests: &[Request], now: impl Fn(&Request) -> String) {
    for request in requests.iter().take(LISTED) {
        let Request { method, url, requests, line, nearest, .. } = request;
        let _ =
            writeln!(out, "{requests:>9}  {} (line {line})", visible(&format!("{method} {url}")));
        let _ = writeln!(out, "{:>9}    {}", "", visible(&now(request)));
        if let Some(nearest) = nearest {
            let _ = writeln!(out, "{:>9}    nearest: {}", "", visible(nearest));
        }
    }
    if requests.len() > LISTED {
        let more = requests.len() - LISTED;
        let _ = writeln!(out, "{:>9}  and {more} more: --output json has all", "");
    }
}

/// A number of requests with its share of all; a backend gets a share of them, which is rounded.
fn share(count: f64, all: u64) -> String {
    let percent = if all == 0 { 0.0 } else { count * 100.0 / all as f64 };
    // Half a request is what a share of one request comes to.
    let digits = usize::from(count.fract() != 0.0);
    format!("{count:>9.digits$}  {percent:>5.1} %")
}
