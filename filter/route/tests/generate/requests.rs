//! Random requests: most of them made for a match of the table, some of them just beside it.

use super::gateways::{Style, hostname};
use super::random::Random;
use super::rules::{HEADERS, ORIGINS, PARAMETERS, path, value};
use crate::model::{Gateway, Match, Path, Request, Value};

/// Paths that a proxy would not let through, and others that are seldom seen.
const ODD: [&[u8]; 18] = [
    b"*",
    b"",
    b"/",
    b"//",
    b"//a",
    b"/a//b",
    b"a",
    b"a/b",
    b"?",
    b"?q=1",
    b"/?",
    b"/a?q=1?q=2",
    b"/\xff",
    b"/a/\x80/b",
    b"/%61",
    b"/a/.",
    b"/a/../b",
    b"/\xc3\xa9x",
];

const ODD_HOSTS: [&[u8]; 12] = [
    b"",
    b".",
    b".a.com",
    b"xa.com",
    b"..a.com",
    b"a.com..",
    b"[::1]:80",
    b"[::1]",
    b"\xff.a.com",
    b"a:b.com",
    b"com",
    b"a.com:80:90",
];

/// A value that a pattern may match.
const SAMPLES: [&[u8]; 10] =
    [b"x", b"xy", b"X", b"", b"1", b"v1", b"x\xffy", b"\xff\xfe", b"x,xy", b"yx"];

pub(crate) fn request(random: &mut Random, gateway: &Gateway) -> Request {
    let route = (!gateway.routes.is_empty()).then(|| random.pick(&gateway.routes));
    let mut request = Request {
        port: None,
        sni: None,
        method: random.text(&["GET", "GET", "POST", "HEAD", "get", "OPTIONS", ""]).into(),
        authority: Vec::new(),
        path: path(random, Style::Mixed).into(),
        headers: Vec::new(),
        draw: random.number(),
    };
    let mut query = Vec::new();
    let listener = random.pick(&gateway.listeners);
    let mut hostnames: Vec<String> = listener.hostname.iter().cloned().collect();
    if let Some(route) = route.filter(|_| random.chance(85)) {
        hostnames.extend(route.hostnames.iter().cloned());
        let rule = random.pick(&route.rules);
        let matched = random.pick(&rule.matches);
        fulfil(random, &matched, &mut request, &mut query);
    }
    if random.chance(25) {
        ask_across_origins(random, &mut request);
    }
    request.authority = host(random, &hostnames);
    if random.chance(if listener.https { 70 } else { 5 }) {
        let same = request.authority.split(|b| *b == b':').next().unwrap_or_default().to_vec();
        request.sni = Some(if random.chance(70) { same } else { host(random, &hostnames) });
    }
    let ports = gateway.listeners.iter().any(|l| l.port != listener.port);
    request.port = random.maybe(if ports { 90 } else { 40 }, |_| listener.port);
    if random.chance(3) {
        request.port = Some(random.pick(&[80, 443, 8080, 1]));
    }
    disturb(random, &mut request, &mut query);
    if random.chance(7) {
        request.path = random.pick(&ODD).to_vec();
    }
    if !query.is_empty() {
        request.path.push(b'?');
        request.path.extend(query.join(&b"&"[..]));
    }
    request
}

/// Makes the request meet the conditions; where a pattern is wanted, perhaps.
fn fulfil(random: &mut Random, matched: &Match, request: &mut Request, query: &mut Vec<Vec<u8>>) {
    request.path = match &matched.path {
        Path::Exact(path) => path.clone().into(),
        Path::Prefix(path) => {
            let tail = random.text(&["", "", "/", "/b", "b", "/a/b/", "//"]);
            let trimmed = path.trim_end_matches('/');
            format!("{}{tail}", if random.chance(50) { path } else { trimmed }).into()
        }
        Path::Regex(pattern) => like(random, pattern).into(),
    };
    if let Some(method) = &matched.method {
        request.method = method.clone().into();
    }
    let sample = |random: &mut Random, value: &Value| match value {
        Value::Exact(value) => value.clone().into_bytes(),
        Value::Regex(_) => random.pick(&SAMPLES).to_vec(),
    };
    for (name, value) in &matched.headers {
        let name = random.recased(name);
        request.headers.push((name, sample(random, value)));
    }
    for (name, value) in &matched.query {
        query.push([name.as_bytes(), b"=", &sample(random, value)].concat());
    }
}

/// A path that a pattern may match.
fn like(random: &mut Random, pattern: &str) -> String {
    let tail = random.text(&["a", "ab", "ab/b", "/", ""]);
    // The patterns of one kind begin with `/pN/`, those of another are `/e/[a-z]*/vN(/[ab]+)?`.
    let number = pattern.strip_prefix("/p").and_then(|p| p.split_once('/'));
    let element = pattern.strip_prefix("/e/[a-z]*/").and_then(|p| p.split_once('('));
    match (number, element) {
        (Some((number, _)), _) => format!("/p{number}/{tail}"),
        (_, Some((element, _))) => {
            let between = random.text(&["a", "", "bc", "v1"]);
            let slash = random.text(&["/", "/", ""]);
            format!("/e/{between}/{element}{slash}{tail}")
        }
        (None, None) => path(random, Style::Mixed),
    }
}

/// Makes it the request of a script, often a preflight.
fn ask_across_origins(random: &mut Random, request: &mut Request) {
    if random.chance(70) {
        request.method = b"OPTIONS".to_vec();
    }
    let origin = random.text(&ORIGINS);
    let asked = random.text(&["PUT", "GET", "POST", "OPTIONS", ""]);
    for (name, value, chance) in [
        ("origin", origin.as_str(), 90),
        ("access-control-request-method", asked.as_str(), 80),
        ("access-control-request-headers", "x, z", 40),
    ] {
        if random.chance(chance) {
            request.headers.push((random.recased(name), value.into()));
        }
    }
}

/// Adds, repeats, takes away and reorders.
fn disturb(random: &mut Random, request: &mut Request, query: &mut Vec<Vec<u8>>) {
    for _ in 0..random.pick(&[0, 0, 1, 1, 2, 4]) {
        let name = random.text(&HEADERS);
        let bytes = match random.chance(50) {
            true => value(random, Style::Headers).into_bytes(),
            false => random.pick(&SAMPLES).to_vec(),
        };
        let at = random.below(request.headers.len() + 1);
        let name = random.recased(&name);
        request.headers.insert(at, (name, bytes));
    }
    if !request.headers.is_empty() && random.chance(15) {
        let at = random.below(request.headers.len());
        request.headers.remove(at);
    }
    for _ in 0..random.pick(&[0, 0, 0, 1, 1, 3]) {
        let name = random.text(&PARAMETERS);
        let text = value(random, Style::Query);
        let one = random.pick(&[
            format!("{name}={text}"),
            format!("{name}="),
            name.clone(),
            format!("={text}"),
            String::new(),
            format!("{name}={text}=1"),
            format!("{name}?={text}"),
        ]);
        let at = random.below(query.len() + 1);
        query.insert(at, one.into_bytes());
    }
    if !query.is_empty() && random.chance(15) {
        let at = random.below(query.len());
        query.remove(at);
    }
}

/// A host that one of the hostnames fits, or one beside them.
fn host(random: &mut Random, hostnames: &[String]) -> Vec<u8> {
    if random.chance(6) {
        return random.pick(&ODD_HOSTS).to_vec();
    }
    let name = match hostnames.is_empty() || random.chance(20) {
        true => hostname(random, Style::Hosts),
        false => random.pick(hostnames),
    };
    let name = match name.strip_prefix('*') {
        Some(suffix) => format!("{}{suffix}", random.text(&["x", "y", "y.x", "h1", ""])),
        None => name,
    };
    let mut host = random.recased(&name);
    host.extend(random.text(&["", "", "", "", ".", ":80", ":8080", ".:443", ":", ":x"]).bytes());
    host
}
