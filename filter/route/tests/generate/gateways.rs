//! Random Gateways, small alphabets, so that routes collide, nearly collide and tie.

use super::random::Random;
use super::rules::rule;
use crate::model::{Backend, Gateway, Listener, Route};
use route::precedence::RegexRank;

/// What tells the routes of a table apart.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Style {
    Mixed,
    Headers,
    Query,
    Nested,
    Hosts,
    Patterns,
}

const HOSTNAMES: [&str; 12] = [
    "a.com",
    "b.com",
    "x.a.com",
    "y.x.a.com",
    "*.a.com",
    "*.x.a.com",
    "*.y.x.a.com",
    "*.com",
    "*.b.com",
    "com",
    "q.b.com",
    "z.com",
];

pub(super) fn hostname(random: &mut Random, style: Style) -> String {
    if style == Style::Hosts && random.chance(70) {
        let wildcard = if random.chance(30) { "*." } else { "" };
        return format!("{wildcard}h{}.a.com", random.below(40));
    }
    random.text(&HOSTNAMES)
}

pub(crate) fn gateway(random: &mut Random) -> Gateway {
    use Style::*;
    let style = random.pick(&[Mixed, Mixed, Mixed, Headers, Query, Nested, Hosts, Patterns]);
    let routes = match random.below(10) {
        0..3 => random.below(4),
        3..7 => random.below(21),
        7..9 => random.below(61),
        _ => random.below(201),
    };
    let listeners = listeners(random, style);
    let names: Vec<String> = listeners.iter().map(|l| l.name.clone()).collect();
    // A table of one style only grows deep where its routes meet.
    let parted = random.chance(60);
    let routes = (0..routes).map(|number| {
        let mut parents = names.clone();
        if parted {
            parents.retain(|_| random.chance(70));
        }
        Route {
            // The order of the names is not the order of the routes.
            name: format!("{}/r{}", random.text(&["a", "a-b", "b"]), number * 37 % 211),
            created: random.maybe(60, |r| format!("2024-01-0{}T00:00:00Z", 1 + r.below(3))),
            parents,
            hostnames: match random.chance(40) {
                true => random.up_to(3, |random| hostname(random, style)),
                false => Vec::new(),
            },
            rules: (0..=random.below(3)).map(|_| rule(random, style)).collect(),
        }
    });
    let routes = routes.collect();
    Gateway {
        fallthrough: random.chance(30),
        regex_rank: random.pick(&[RegexRank::BeforePrefix, RegexRank::AfterPrefix]),
        listeners,
        routes,
        backends: backends(),
    }
}

fn listeners(random: &mut Random, style: Style) -> Vec<Listener> {
    let ports = [80, 443, 8080];
    let several_ports = random.chance(30);
    let port = random.pick(&ports);
    let https = random.chance(30);
    let one = |number: usize, random: &mut Random| {
        let port = if several_ports { random.pick(&ports) } else { port };
        Listener {
            name: format!("l{number}"),
            port,
            https: if several_ports { port == 443 } else { https },
            hostname: random.maybe(50, |random| hostname(random, style)),
        }
    };
    let number = random.pick(&[1, 1, 2, 3, 5]);
    (0..number).map(|number| one(number, random)).collect()
}

/// What [`rule`] refers to by number: three that serve, one that is not there, one without
/// endpoints.
pub(super) fn backends() -> Vec<Backend> {
    let named = |name: &str| Backend { name: name.to_owned(), cluster: None, error: None };
    vec![
        named("v1"),
        Backend { cluster: Some("outbound|80||v2".to_owned()), ..named("v2") },
        named("v3"),
        Backend { error: Some((500, "BackendNotFound".to_owned())), ..named("missing") },
        Backend { error: Some((503, "no endpoints".to_owned())), ..named("empty") },
    ]
}
