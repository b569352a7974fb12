//! Random tables and requests that mean the same to the Gateway API and to Envoy's router.
//!
//! Left out, because they do not:
//! - values that are no ASCII: patterns of the module are about bytes, those of Envoy about
//!   characters;
//! - patterns that only one of the two libraries has, and empty ones, which Envoy refuses;
//! - conditions on an empty value: a parameter without a value is none to some versions of Envoy;
//! - conditions on `host`, which is `:authority` to Envoy.

use crate::generate::Random;
use crate::model::{Backend, BackendRef, Gateway, Listener, Match, Path, Route, Rule, Value};
use kgwc::envoy::RawRequest;
use route::precedence::RegexRank;

const HOSTNAMES: [&str; 7] =
    ["a.com", "x.a.com", "y.x.a.com", "*.a.com", "*.x.a.com", "*.com", "b.com"];

const HOSTS: [&str; 9] =
    ["a.com", "x.a.com", "y.x.a.com", "z.x.a.com", "b.com", "c.com", "com", "q.b.com", "xa.com"];

const PATTERNS: [&str; 10] = [
    "/a|/ab",
    "/ab|/a",
    "/a.*",
    "/a/[^/]+",
    "/(a|b)/.*",
    ".*",
    "(?i)/A(/b)?",
    "/[ab]+",
    "(/a)+",
    "/a{2,3}|/b",
];

const VALUES: [&str; 6] = ["v1|v12", "v[12]*", ".+", "(?i)V1", r"v\d", "[^v].*"];

/// So many tables, each on a listener with a port of its own. Every rule has a backend of its own,
/// by which it is known.
pub(crate) fn gateway(random: &mut Random, tables: u16) -> Gateway {
    let mut gateway = Gateway {
        regex_rank: random.pick(&[RegexRank::BeforePrefix, RegexRank::AfterPrefix]),
        ..Gateway::default()
    };
    for port in 1..=tables {
        let name = format!("t{port}");
        // The listener's own hostname limits those of its routes.
        let hostname = random.maybe(20, |random| random.text(&["*.com", "*.a.com", "a.com"]));
        gateway.listeners.push(Listener { name: name.clone(), port, hostname, https: false });
        for number in 0..1 + random.below(12) {
            let rules = (0..1 + random.below(3)).map(|_| rule(random, &mut gateway.backends));
            let rules = rules.collect();
            let created = random.maybe(50, |r| format!("2024-01-0{}T00:00:00Z", 1 + r.below(3)));
            gateway.routes.push(Route {
                name: format!("default/r{port}-{}", number * 7 % 13),
                created,
                parents: vec![name.clone()],
                hostnames: random.up_to(2, |random| random.text(&HOSTNAMES)),
                rules,
            });
        }
    }
    gateway
}

fn rule(random: &mut Random, backends: &mut Vec<Backend>) -> Rule {
    let backend = backends.len();
    backends.push(Backend { name: format!("b{backend}"), ..Backend::default() });
    Rule {
        matches: (0..1 + random.below(2)).map(|_| matched(random)).collect(),
        backends: vec![BackendRef { backend, weight: 1, ..BackendRef::default() }],
        ..Rule::default()
    }
}

fn matched(random: &mut Random) -> Match {
    let conditions = |random: &mut Random, names: [&str; 2]| {
        let mut conditions = Vec::new();
        for name in names {
            conditions.extend(random.maybe(25, |random| {
                let value = match random.chance(25) {
                    true => Value::Regex(random.text(&VALUES)),
                    false => Value::Exact(value(random)),
                };
                (name.to_owned(), value)
            }));
        }
        conditions
    };
    Match {
        path: match random.below(4) {
            0 => Path::Regex(random.text(&PATTERNS)),
            1 => Path::Exact(path(random)),
            _ => Path::Prefix(path(random)),
        },
        method: random.maybe(20, |random| random.text(&["GET", "POST", "OPTIONS"])),
        headers: conditions(random, ["x-a", "X-B"]),
        query: conditions(random, ["q", "Q"]),
    }
}

fn value(random: &mut Random) -> String {
    random.text(&["v1", "v2", "v12", "V1", "%20"])
}

/// Of few elements, so that paths meet; normal, as the host makes those of requests.
fn path(random: &mut Random) -> String {
    let mut path = String::new();
    for _ in 0..random.below(4) {
        path.push('/');
        path.push_str(&random.text(&["a", "b", "ab", "A"]));
    }
    if path.is_empty() || random.chance(20) {
        path.push('/');
    }
    path
}

/// A request that is made for a match of the table, or just beside it.
pub(crate) fn request(random: &mut Random, gateway: &Gateway, listener: &Listener) -> RawRequest {
    let here = |route: &&Route| route.parents.contains(&listener.name);
    let routes: Vec<_> = gateway.routes.iter().filter(here).collect();
    let route = random.pick(&routes);
    let rule = random.pick(&route.rules);
    let matched = random.pick(&rule.matches);
    let mut target = match &matched.path {
        Path::Exact(path) | Path::Prefix(path) if random.chance(80) => path.clone(),
        _ => path(random),
    };
    target.push_str(&random.text(&["", "", "", "/", "b", "/b", "//b", "/../b", "/%61"]));
    let some = |random: &mut Random, wanted: &Value| match wanted {
        Value::Exact(exact) if random.chance(90) => exact.clone(),
        _ => value(random),
    };
    let mut query = Vec::new();
    for (name, wanted) in &matched.query {
        query.push(format!("{name}={}", some(random, wanted)));
    }
    // Of a repeated parameter the first one counts for both.
    for _ in 0..random.pick(&[0, 0, 1, 2]) {
        let at = random.below(query.len() + 1);
        let (name, value) = (random.text(&["q", "Q", "p"]), value(random));
        query.insert(at, format!("{name}={value}"));
    }
    if !query.is_empty() {
        target.push('?');
        target.push_str(&query.join("&"));
    }
    let mut request = RawRequest::get(host(random, &route.hostnames), target);
    let method = matched.method.clone().filter(|_| random.chance(85));
    request.method = method.unwrap_or_else(|| random.text(&["GET", "GET", "POST", "PUT"])).into();
    for (name, wanted) in &matched.headers {
        if random.chance(10) {
            continue;
        }
        // Of a repeated header each value counts by itself for both.
        if random.chance(10) {
            request = request.header(random.recased(name), value(random));
        }
        request = request.header(random.recased(name), some(random, wanted));
    }
    if random.chance(30) {
        let name = random.text(&["x-a", "x-b", "x-c"]);
        request = request.header(name, value(random));
    }
    request
}

fn host(random: &mut Random, hostnames: &[String]) -> Vec<u8> {
    let named = (!hostnames.is_empty() && random.chance(60)).then(|| random.pick(hostnames));
    let host = match named {
        Some(name) => name.replace('*', &random.text(&["z", "y.z"])),
        None => random.text(&HOSTS),
    };
    let mut host = random.recased(&host);
    host.extend(random.text(&["", "", "", ":80", ".", ".:8080"]).bytes());
    host
}
