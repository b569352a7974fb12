//! The reasons that a trace gives.

use super::{exact, get, prefix, regex, route, simple, table};
use crate::model::Draw;

#[test]
fn every_loser_says_why_the_nearest_first() {
    let gateway = simple(vec![
        route("a/exact", &[], vec![exact("/b")]),
        route("a/regex", &[], vec![regex("/c.*")]),
        route("a/method", &[], vec![prefix("/").method("POST")]),
        route("a/header", &[], vec![prefix("/").header("h", "1").header("i", "2")]),
        route("a/absent", &[], vec![prefix("/").header("j", "1")]),
        route("a/like", &[], vec![prefix("/").header_like("h", "x+")]),
        route("a/query", &[], vec![prefix("/").query("q", "1")]),
        route("a/long", &[], vec![prefix("/a/b")]),
        route("a/won", &[], vec![prefix("/a")]),
        route("a/z", &[], vec![prefix("/")]),
        route("a/other", &["b.com"], vec![prefix("/")]),
    ]);
    let request = get("http://a.com/a?q=2&q=1").with("h", "1").with("h", b"\xff").with("i", "3");
    let table = table(&gateway);
    let told: Vec<String> = request.lend(|lent| {
        let trace = table.trace(lent, &mut Draw(0), usize::MAX);
        assert_eq!(trace.decision.matched.map(|matched| matched.route), Some("a/won"));
        let tell = |c: &route::Candidate<'_>| format!("{}: {}", c.matched.route, c.failed);
        trace.candidates.iter().map(tell).collect()
    });
    assert_eq!(
        told,
        [
            "a/z: matches too, but comes later in precedence",
            "a/method: method is GET, the match wants POST",
            "a/header: header i is 3, the match wants 2",
            "a/absent: header j is absent, the match wants 1",
            "a/like: header h is 1 and \u{fffd}, the match wants the pattern x+",
            "a/query: query parameter q is 2, the match wants 1",
            "a/long: path is /a, the match wants the prefix /a/b",
            "a/exact: path is /a, the match wants exactly /b",
            "a/regex: path is /a, the match wants the pattern /c.*",
        ]
    );
}

#[test]
fn a_host_that_nobody_serves_is_told_the_likest_hostnames() {
    let gateway = simple(vec![
        route("a/one", &["www.example.com"], vec![prefix("/")]),
        route("a/two", &["*.shop.example.com"], vec![prefix("/")]),
        route("a/three", &["api.example.com"], vec![prefix("/")]),
    ]);
    let table = table(&gateway);
    let hostnames = |url: &str| {
        get(url).lend(|lent| {
            let trace = table.trace(lent, &mut Draw(0), usize::MAX);
            trace.hostnames.into_iter().map(str::to_owned).collect::<Vec<_>>()
        })
    };
    assert_eq!(
        hostnames("http://ap.Example.com/"),
        ["*.shop.example.com", "api.example.com", "www.example.com"]
    );
    assert_eq!(
        hostnames("http://wwww.example.com/"),
        ["www.example.com", "*.shop.example.com", "api.example.com"]
    );
    assert!(hostnames("http://api.example.com/").is_empty(), "where one fits none is told");
}
