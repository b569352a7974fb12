//! A Gateway with many rules, as a large installation has them: what tells the rules apart is the
//! host, the path, a header or a parameter, and each kind meets the others on shared hosts.

use super::gateways::{Style, backends};
use super::random::Random;
use super::rules::rule;
use crate::model::{Gateway, Listener, Match, Path, Request, Route, Rule, Value};
use route::precedence::RegexRank;

/// A Gateway with so many rules, on a listener for every host and one for those below `a.com`.
pub(crate) fn gateway(random: &mut Random, rules: usize) -> Gateway {
    let listener = |name: &str, hostname: Option<&str>| Listener {
        name: name.to_owned(),
        port: 80,
        hostname: hostname.map(str::to_owned),
        ..Listener::default()
    };
    let mut routes = Vec::new();
    let mut left = rules;
    while left > 0 {
        let number = routes.len();
        let own = (1 + random.below(8)).min(left);
        left -= own;
        let parents = random.pick(&[&["any", "a"][..], &["any"], &["a"]]);
        routes.push(Route {
            // The order of the names is not the order of the routes.
            name: format!("{}/r{}", random.text(&["a", "b"]), number * 7919 % 104_729),
            created: random.maybe(60, |r| format!("2024-01-0{}T00:00:00Z", 1 + r.below(9))),
            parents: parents.iter().map(|&name| name.to_owned()).collect(),
            hostnames: hostnames(random, rules),
            rules: (0..own).map(|_| one(random, rules)).collect(),
        });
    }
    Gateway {
        fallthrough: random.chance(50),
        regex_rank: random.pick(&[RegexRank::BeforePrefix, RegexRank::AfterPrefix]),
        listeners: vec![listener("any", None), listener("a", Some("*.a.com"))],
        routes,
        backends: backends(),
    }
}

/// Mostly hosts that many routes share; some of the route's own.
fn hostnames(random: &mut Random, rules: usize) -> Vec<String> {
    match random.below(10) {
        0..4 => Vec::new(),
        4..7 => vec![random.text(&["x.a.com", "*.a.com", "b.com", "*.x.a.com"])],
        7 => vec![format!("*.h{}.a.com", random.below(rules))],
        _ => vec![format!("h{}.a.com", random.below(rules)), "b.com".to_owned()],
    }
}

/// A rule with the filters and backends of the small tables, and matches of its own.
fn one(random: &mut Random, rules: usize) -> Rule {
    let rule = rule(random, Style::Mixed);
    let is_prefix = |matched: &Match| matches!(matched.path, Path::Prefix(_));
    // One that replaces the prefix of its path has exactly one match, a PathPrefix.
    let matches = match rule.matches.as_slice() {
        [only] if is_prefix(only) => {
            let mut drawn = std::iter::repeat_with(|| matched(random, rules));
            vec![drawn.find(is_prefix).expect("half of them are")]
        }
        _ => (0..random.pick(&[1, 1, 1, 2])).map(|_| matched(random, rules)).collect(),
    };
    Rule { matches, ..rule }
}

fn matched(random: &mut Random, rules: usize) -> Match {
    // On the same host all of these meet; the wide ones, which every request fits, are for some
    // value of a header, a parameter or both.
    let service = random.below(rules / 4 + 1);
    let (path, header, query) = match random.below(20) {
        0 => (Path::Prefix("/".to_owned()), 100, 20),
        1..4 => (Path::Prefix("/api".to_owned()), 100, 10),
        4..6 => (Path::Prefix("/search".to_owned()), 10, 100),
        6 => (Path::Regex(random.text(&["/s[0-9]+/.*", "/.*/v1", ".*"])), 20, 100),
        // A few hundred patterns of each shape: each is compiled to an automaton.
        7 => (Path::Regex(format!("/p{}/[ab]+", random.below(rules / 50 + 1))), 30, 30),
        8 => (Path::Regex(format!("/e/[a-z]*/v{}(/[ab]+)?", random.below(rules / 50 + 1))), 30, 30),
        9..13 => (Path::Exact(format!("/s{service}/v{}", random.below(3))), 10, 10),
        13 => (Path::Prefix(format!("/s{service}/v1/{}", random.text(&["a", "a/b"]))), 10, 10),
        _ => (Path::Prefix(format!("/s{service}")), 10, 10),
    };
    let condition = |random: &mut Random, name: &str| {
        let value = match random.chance(3) {
            true => Value::Regex(random.text(&["v[0-9]", "v[0-9]*7"])),
            false => Value::Exact(format!("v{}", random.below(rules))),
        };
        (name.to_owned(), value)
    };
    let conditions = |random: &mut Random, percent: usize, names: [&str; 2]| {
        let first = random.maybe(percent, |random| condition(random, names[0]));
        let second = random.maybe(percent / 5, |random| condition(random, names[1]));
        first.into_iter().chain(second).collect()
    };
    Match {
        path,
        method: random.maybe(15, |random| random.text(&["GET", "POST", "OPTIONS"])),
        headers: conditions(random, header, ["x", "x-y"]),
        query: conditions(random, query, ["q", "p"]),
    }
}

/// The request with one thing beside what it was made for, or as it is.
pub(crate) fn nearly(random: &mut Random, mut request: Request) -> Request {
    match random.below(6) {
        0 => request.path.push(b'x'),
        1 => {
            if let Some(digit) = request.path.iter_mut().rev().find(|b| b.is_ascii_digit()) {
                *digit = b'0' + (*digit - b'0' + 1) % 10;
            }
        }
        2 => request.method = b"PATCH".to_vec(),
        3 => request.headers.clear(),
        _ => {}
    }
    request
}
