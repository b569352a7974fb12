//! What is wrong in one rule fails that rule alone.

use super::{get, holds, prefix, regex, route, simple};
use crate::model::{Act, Draw, Headers, Outcome, Request, assemble};
use route::config::{Carrier, Config, Filter, HeaderModifier, SessionPersistence};
use route::{Problem, RouteTable};

/// Two routes, `a/good` on `/good` and `a/bad` by a pattern that begins with `/bad/`; the table is
/// small enough to be tried one by one, or large enough to be indexed.
fn config(fillers: usize) -> Config {
    let mut routes = vec![
        route("a/good", &[], vec![prefix("/good"), regex("/good/[a-z]")]),
        route("a/bad", &[], vec![regex("/bad/[a-z]+")]),
    ];
    routes.extend((0..fillers).map(|n| route(&format!("f/{n}"), &[], vec![prefix("/filler")])));
    assemble(&simple(routes))
}

/// The status (200 for a forward) and the winner of a path.
fn status(table: &RouteTable, path: &str) -> (u16, Option<String>) {
    let request: Request = get(&format!("http://a.com{path}"));
    let outcome =
        request.lend(|lent| Outcome::of(&table.find(lent, &mut Draw(request.draw)), lent));
    let status = match outcome.act {
        Act::Forward { .. } => 200,
        Act::Redirect { status, .. } | Act::Respond { status, .. } => status,
    };
    (status, outcome.winner.map(|winner| winner.route))
}

/// Breaks the second rule (with the second match and the second regex) of a small and of a large
/// table; the first goes on, the second answers 500, and the problems are these.
fn fails_alone(breaks: impl Fn(&mut Config), expected: &[(&'static str, usize, &str)]) {
    for fillers in [0, 20] {
        let mut config = config(fillers);
        breaks(&mut config);
        let table = RouteTable::compile(config).expect("only one rule is broken");
        let problem = |&(place, number, message): &(&'static str, usize, &str)| Problem {
            place,
            number,
            message: message.to_owned(),
        };
        assert_eq!(table.problems(), expected.iter().map(problem).collect::<Vec<_>>());
        assert_eq!(status(&table, "/bad/x").0, 500, "{fillers}");
        assert_eq!(status(&table, "/good"), (200, Some("a/good".to_owned())), "{fillers}");
        assert_eq!(status(&table, "/good/x"), (200, Some("a/good".to_owned())), "{fillers}");
        assert_eq!(status(&table, "/other"), (404, None), "{fillers}");
    }
}

/// A route that could change them could smuggle a request into a connection, or choose the cluster.
#[test]
fn a_filter_that_changes_a_header_of_the_proxy() {
    let change =
        |name: &str| HeaderModifier { remove: vec![name.to_owned()], ..Default::default() };
    for (name, why) in [
        ("Content-Length", "it belongs to the connection"),
        ("transfer-encoding", "it belongs to the connection"),
        (":path", "it belongs to the first line of the message"),
        ("x-kgwc-cluster", "it is kgwc's own"),
        ("X-Envoy-Max-Retries", "Envoy takes it for an instruction"),
    ] {
        let message = format!("filter 0 changes the header {name}: {why}");
        let filter = Filter::RequestHeaderModifier(change(name));
        let breaks = |config: &mut Config| {
            config.filters.push(filter.clone());
            config.rules[1].filters.push(0);
        };
        fails_alone(breaks, &[("rules", 1, &message)]);
    }
    let filter = Filter::ResponseHeaderModifier(change(":status"));
    let breaks = |config: &mut Config| {
        config.filters.push(filter.clone());
        config.rules[1].backends[0].filters.push(0);
    };
    let message =
        "filter 0 changes the header :status: it belongs to the first line of the message";
    fails_alone(breaks, &[("rules", 1, message)]);
}

#[test]
fn a_session_in_a_header_of_the_proxy() {
    for (name, why) in [
        ("content-length", "it belongs to the connection"),
        ("Host", "it has another meaning"),
        ("set-cookie", "it has another meaning"),
    ] {
        let message = format!("the header {name} cannot carry a session: {why}");
        let session = SessionPersistence {
            carrier: Carrier::Header,
            name: name.to_owned(),
            absolute_timeout: None,
            idle_timeout: None,
        };
        let breaks = |config: &mut Config| {
            config.rules[1].session_persistence = Some(Box::new(session.clone()));
        };
        fails_alone(breaks, &[("rules", 1, &message)]);
    }
}

#[test]
fn an_automaton_that_is_no_base64() {
    fails_alone(
        |config| config.regexes[1].dfa = "?".to_owned(),
        &[
            (
                "regexes",
                1,
                "/bad/[a-z]+: the automaton is not base64: Invalid symbol 63, offset 0.",
            ),
            ("rules", 1, "the automaton of regex 1 cannot be used"),
        ],
    );
}

/// Only what has the elements fails, also where many patterns begin with the same text.
#[test]
fn an_automaton_that_does_not_load_and_its_elements() {
    for fillers in [0, 20] {
        let pattern = |n: usize| regex(&format!("/[a-z]+/v{n}/.*"));
        let routes = (0..=fillers).map(|n| route(&format!("a/{n:02}"), &[], vec![pattern(n)]));
        let last = route("b/rest", &[], vec![prefix("/")]);
        let mut config = assemble(&simple(routes.chain([last]).collect()));
        config.regexes[0].dfa = "AAAA".to_owned();
        let table = RouteTable::compile(config).unwrap();
        assert_eq!(status(&table, "/x/v0/"), (500, Some("a/00".to_owned())));
        assert_eq!(status(&table, "/1/v0"), (500, Some("a/00".to_owned())), "nobody can tell");
        assert_eq!(status(&table, "/x/v0x/"), (200, Some("b/rest".to_owned())));
        assert_eq!(status(&table, "/x"), (200, Some("b/rest".to_owned())));
    }
}

/// Also where the table is too small for an index: the literal prefix bounds what fails.
#[test]
fn an_automaton_that_does_not_load() {
    for fillers in [0, 20] {
        let mut config = config(fillers);
        config.regexes[1].dfa = "AAAA".to_owned();
        let table = RouteTable::compile(config).unwrap();
        let [regexes, rules] = table.problems() else { panic!("{:?}", table.problems()) };
        assert_eq!((regexes.place, regexes.number), ("regexes", 1));
        assert!(regexes.message.starts_with("/bad/[a-z]+: the automaton does not load: "));
        assert_eq!(rules.to_string(), "rules 1: the automaton of regex 1 cannot be used");
        assert_eq!(status(&table, "/bad/1"), (500, Some("a/bad".to_owned())));
        assert_eq!(status(&table, "/good/x"), (200, Some("a/good".to_owned())));
        assert_eq!(status(&table, "/other"), (404, None));
    }
}

#[test]
fn a_filter_that_is_not_there() {
    fails_alone(|config| config.rules[1].filters.push(7), &[("rules", 1, "there is no filter 7")]);
    fails_alone(
        |config| config.rules[1].backends[0].filters.push(7),
        &[("rules", 1, "there is no filter 7")],
    );
}

#[test]
fn a_filter_of_a_type_that_this_release_does_not_know() {
    let message = "filter 0 is of a type that this module does not know";
    fails_alone(
        |config| {
            config.filters.push(Filter::Unknown);
            config.rules[1].filters.push(0);
        },
        &[("rules", 1, message)],
    );
}

#[test]
fn a_backend_that_is_not_there() {
    fails_alone(
        |config| config.rules[1].backends[0].backend = 9,
        &[("rules", 1, "there is no backend 9")],
    );
}

#[test]
fn a_route_that_is_not_there() {
    fails_alone(|config| config.rules[1].route = 99, &[("rules", 1, "no route 99")]);
}

#[test]
fn a_rule_that_is_not_there() {
    let bad = 2;
    fails_alone(|config| config.matches[bad].rule = 99, &[("matches", bad, "there is no rule 99")]);
}

/// Nobody knows for which requests it stood, or for which rule: it is told, and nothing fails.
#[test]
fn a_match_that_is_not_there() {
    let mut config = config(0);
    config.listeners[0].hostnames[0].matches.insert(0, 99);
    let table = RouteTable::compile(config).unwrap();
    let told: Vec<_> = table.problems().iter().map(Problem::to_string).collect();
    assert_eq!(told, ["listeners 0: there is no match 99"]);
    assert_eq!(status(&table, "/good").0, 200);
    assert_eq!(status(&table, "/bad/x").0, 200);
}

#[test]
fn a_regex_that_is_not_there() {
    let mut config = config(0);
    config.matches[2].method = Some("PUT".to_owned());
    config.matches[2].path = route::config::PathMatch::Regex(9);
    let table = RouteTable::compile(config).unwrap();
    let told: Vec<_> = table.problems().iter().map(Problem::to_string).collect();
    assert_eq!(told, ["rules 1: the automaton of regex 9 cannot be used"]);
    let mut put = get("http://a.com/any").by("PUT");
    let code = |request: &Request| {
        request.lend(|lent| Outcome::of(&table.find(lent, &mut Draw(0)), lent).act)
    };
    assert!(matches!(code(&put), Act::Respond { status: 500, .. }));
    put.method = b"GET".to_vec();
    assert!(matches!(code(&put), Act::Respond { status: 404, .. }), "its other conditions count");
}

#[test]
fn a_rule_with_an_error_answers_500_with_it() {
    let mut config = config(0);
    config.rules[1].error = Some("the filter CORS is not supported yet".to_owned());
    let table = RouteTable::compile(config).unwrap();
    assert_eq!(table.problems(), [], "the compiler knows of it");
    let outcome =
        get("http://a.com/bad/x").lend(|lent| Outcome::of(&table.find(lent, &mut Draw(0)), lent));
    let (reason, detail) = ("invalid_rule", "the filter CORS is not supported yet".to_owned());
    assert_eq!(
        outcome.act,
        Act::Respond { status: 500, headers: Headers::new(), body: None, reason, detail }
    );
}

/// Whatever the bytes of an automaton are: an error or an answer, never a panic.
#[test]
fn a_damaged_automaton_never_panics() {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let good = config(0);
    let bytes = STANDARD.decode(&good.regexes[1].dfa).unwrap();
    let mut refused = 0;
    for at in 0..bytes.len() {
        for mask in [0x01, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[at] ^= mask;
            let mut config = good.clone();
            config.regexes[1].dfa = STANDARD.encode(&damaged);
            let table = RouteTable::compile(config).unwrap();
            refused += usize::from(!table.problems().is_empty());
            for path in ["/bad/x", "/bad/", "/bad/xyz0", "/\u{80}", ""] {
                status(&table, path);
            }
        }
    }
    assert!(refused > bytes.len(), "{refused} of {}", 3 * bytes.len());
    assert!(holds(regex("/bad/[a-z]+"), &get("http://a.com/bad/x")), "undamaged it works");
}
