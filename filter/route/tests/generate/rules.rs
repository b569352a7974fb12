//! Random rules.

use super::gateways::Style;
use super::random::Random;
use crate::model::{
    BackendRef, Cors, Filter, HeaderModifier, HeaderValue, Match, Path, PathModifier, Redirect,
    Respond, Rewrite, Rule, Value,
};

const PATHS: [&str; 20] = [
    "/a",
    "/a|/ab",
    "/ab|/a",
    "/a.*",
    "/a/[^/]+",
    "/(a|b)/.*",
    ".*",
    "/a/b?",
    "(?i)/A",
    "/[ab]+",
    "/a/b/.+",
    "^/a|/b$",
    "",
    r"/.*\bb",
    "(/a)*",
    "/é.*",
    "/a{2,3}",
    "[^/]*",
    "/a/(b|)",
    "/+a?",
];

const VALUES: [&str; 9] = ["x|xy", "[xy]*", "", ".+", "x.y", "(?i)X", "1", r"\w+", "[^x]"];

/// Names of headers: some differ in nothing but their case.
pub(super) const HEADERS: [&str; 6] = ["x", "X", "x-y", "X-Y", "host", "z"];

pub(super) const PARAMETERS: [&str; 5] = ["q", "Q", "p", "%71", "q+"];

pub(super) fn value(random: &mut Random, style: Style) -> String {
    match style {
        Style::Headers | Style::Query if random.chance(80) => format!("v{}", random.below(40)),
        _ => random.text(&["1", "2", "x", "xy", "X", "é", "a.com", "%20"]),
    }
}

/// A path that begins with a slash.
pub(super) fn path(random: &mut Random, style: Style) -> String {
    let (depth, elements) = match style {
        Style::Headers | Style::Query if random.chance(70) => (1, &["a"][..]),
        Style::Nested => (9, &["a", "b"][..]),
        _ => (4, &["a", "b", "ab", "A", "%61", "é"][..]),
    };
    let mut path = String::new();
    for _ in 0..random.below(depth + 1) {
        path.push('/');
        path.push_str(&random.text(elements));
    }
    if path.is_empty() || random.chance(20) {
        path.push('/');
    }
    path
}

pub(super) fn rule(random: &mut Random, style: Style) -> Rule {
    let matches: Vec<_> = (0..=random.below(3)).map(|_| matched(random, style)).collect();
    // ReplacePrefixMatch needs exactly one match, a PathPrefix.
    let prefix = matches!(matches.as_slice(), [Match { path: Path::Prefix(_), .. }]);
    let mut filters = headers(random);
    let answers = random.chance(20);
    if answers {
        filters.push(match random.chance(70) {
            true => Filter::RequestRedirect(redirect(random, prefix)),
            false => Filter::DirectResponse(Respond {
                status: random.pick(&[200, 404, 503]),
                body: random.maybe(50, |random| random.text(&["", "no"])),
            }),
        });
    } else {
        filters.extend(random.maybe(25, |random| rewrite(random, prefix)));
    }
    filters.extend(random.maybe(25, cors).map(Filter::Cors));
    if random.chance(50) {
        filters.reverse();
    }
    Rule {
        name: random.maybe(10, |random| random.text(&["one", "two"])),
        error: random.maybe(4, |random| random.text(&["no such filter", "not lowered"])),
        matches,
        filters,
        backends: if answers { Vec::new() } else { backends(random, prefix) },
    }
}

fn backends(random: &mut Random, prefix: bool) -> Vec<BackendRef> {
    let number = random.pick(&[0, 1, 1, 1, 2, 2, 3, 4]);
    let one = |random: &mut Random| {
        let mut filters = if random.chance(30) { headers(random) } else { Vec::new() };
        filters.extend(random.maybe(15, |random| match random.chance(30) {
            true => Filter::RequestRedirect(redirect(random, prefix)),
            false => rewrite(random, prefix),
        }));
        filters.extend(random.maybe(5, cors).map(Filter::Cors));
        BackendRef {
            backend: random.pick(&[0, 0, 0, 1, 1, 1, 2, 2, 3, 4]),
            weight: random.pick(&[0, 0, 1, 1, 1, 3, 80, 1_000_000]),
            error: random.maybe(4, |random| random.text(&["RefNotPermitted"])),
            filters,
        }
    };
    (0..number).map(|_| one(random)).collect()
}

fn matched(random: &mut Random, style: Style) -> Match {
    let conditions = |random: &mut Random, names: &[&str], eager: bool| {
        let mut conditions: Vec<(String, Value)> = Vec::new();
        let number = if eager { 1 + random.below(2) } else { random.pick(&[0, 0, 0, 1, 1, 2, 3]) };
        for _ in 0..number {
            let name = random.text(names);
            // Names are unique in a match, those of headers in any case.
            if conditions.iter().all(|(other, _)| !other.eq_ignore_ascii_case(&name)) {
                let value = match random.chance(20) {
                    true => Value::Regex(random.text(&VALUES)),
                    false => Value::Exact(value(random, style)),
                };
                conditions.push((name, value));
            }
        }
        conditions
    };
    Match {
        path: match (random.below(10), style) {
            (0..7, Style::Patterns) => {
                let tail = random.text(&["[ab]+", ".*", "(a|ab)(/b)?"]);
                Path::Regex(format!("/p{}/{tail}", random.below(12)))
            }
            (0..2, _) => Path::Regex(random.text(&PATHS)),
            (2..5, _) => Path::Exact(path(random, style)),
            _ => Path::Prefix(path(random, style)),
        },
        method: random.maybe(25, |random| random.text(&["GET", "POST", "PUT", "OPTIONS", "get"])),
        headers: conditions(random, &HEADERS, style == Style::Headers),
        query: conditions(random, &PARAMETERS, style == Style::Query),
    }
}

/// One or both of the header modifiers, or none. One action for each name.
fn headers(random: &mut Random) -> Vec<Filter> {
    let modifier = |random: &mut Random| {
        let mut modifier = HeaderModifier::default();
        for name in ["X", "x-y", "z", "Host", "server"] {
            let header = |value: String| HeaderValue { name: name.to_owned(), value };
            match random.below(8) {
                0 => modifier.set.push(header(value(random, Style::Mixed))),
                1 => modifier.add.push(header(value(random, Style::Mixed))),
                2 => modifier.remove.push(name.to_owned()),
                _ => {}
            }
        }
        modifier
    };
    let request = random.maybe(30, modifier).map(Filter::RequestHeaderModifier);
    let response = random.maybe(30, modifier).map(Filter::ResponseHeaderModifier);
    request.into_iter().chain(response).collect()
}

fn modifier(random: &mut Random, prefix: bool) -> PathModifier {
    match prefix && random.chance(70) {
        true => PathModifier::ReplacePrefixMatch(random.text(&["/xyz", "/x/y/", "/", "", "x"])),
        false => PathModifier::ReplaceFullPath(random.text(&["/full", "/full/", "", "full"])),
    }
}

fn rewrite(random: &mut Random, prefix: bool) -> Filter {
    Filter::UrlRewrite(Rewrite {
        hostname: random.maybe(50, |random| random.text(&["new.com", "a.com"])),
        path: random.maybe(80, |random| modifier(random, prefix)),
    })
}

fn redirect(random: &mut Random, prefix: bool) -> Redirect {
    Redirect {
        scheme: random.maybe(40, |random| random.text(&["http", "https"])),
        hostname: random.maybe(30, |random| random.text(&["new.com", "a.com"])),
        path: random.maybe(40, |random| modifier(random, prefix)),
        port: random.maybe(30, |random| random.pick(&[80, 443, 8443])),
        status_code: random.pick(&[301, 302, 303, 307, 308]),
    }
}

/// Origins of requests.
pub(super) const ORIGINS: [&str; 6] = [
    "https://a.com",
    "https://b.a.com",
    "https://c.b.a.com:8443",
    "http://a.com",
    "null",
    "https://a.com.evil",
];

fn cors(random: &mut Random) -> Cors {
    let some = |random: &mut Random, of: &[&[&str]]| -> Vec<String> {
        random.pick(of).iter().map(|&text| text.to_owned()).collect()
    };
    let origins: [&[&str]; 4] =
        [&["*"], &["https://a.com", "http://a.com"], &["https://*.a.com"], &[]];
    Cors {
        allow_origins: some(random, &origins),
        allow_credentials: random.chance(40),
        allow_methods: some(random, &[&["*"], &["GET", "PUT"], &[]]),
        allow_headers: some(random, &[&["*"], &["x", "x-y"], &[]]),
        expose_headers: some(random, &[&["x"], &[]]),
        max_age: random.pick(&[5, 60]),
    }
}
