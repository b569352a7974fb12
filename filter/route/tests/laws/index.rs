//! Every class of the index by itself: large tables in which each route has its own request.

use super::{exact, get, prefix, regex, route, simple, winner};
use crate::model::{Gateway, Match, Request, Route};
use std::time::{Duration, Instant};

const MANY: usize = 60;

/// One route for each number.
fn many(matched: impl Fn(usize) -> Match) -> Vec<Route> {
    (0..MANY).map(|n| route(&format!("a/r{n}"), &[], vec![matched(n)])).collect()
}

/// Each route gets its own request.
fn each_its_own(gateway: &Gateway, request: impl Fn(usize) -> Request) {
    for n in 0..MANY {
        assert_eq!(winner(gateway, &request(n)), format!("a/r{n}"), "{}", request(n));
    }
}

#[test]
fn exact_hosts() {
    let routes =
        (0..MANY).map(|n| route(&format!("a/r{n}"), &[&format!("h{n}.com")], vec![prefix("/")]));
    let gateway = simple(routes.collect());
    each_its_own(&gateway, |n| get(&format!("http://H{n}.com:80/")));
    assert_eq!(winner(&gateway, &get("http://h.com/")), "404 no_match");
}

#[test]
fn wildcard_hosts() {
    let routes =
        (0..MANY).map(|n| route(&format!("a/r{n}"), &[&format!("*.h{n}.com")], vec![prefix("/")]));
    let gateway = simple(routes.collect());
    each_its_own(&gateway, |n| get(&format!("http://x.y.h{n}.com/")));
    assert_eq!(winner(&gateway, &get("http://h1.com/")), "404 no_match");
}

#[test]
fn exact_paths() {
    let gateway = simple(many(|n| exact(&format!("/p/{n}"))));
    each_its_own(&gateway, |n| get(&format!("http://a.com/p/{n}?x")));
    assert_eq!(winner(&gateway, &get("http://a.com/p/1/")), "404 no_match");
}

#[test]
fn prefixes_side_by_side() {
    let gateway = simple(many(|n| prefix(&format!("/p/{n}/"))));
    each_its_own(&gateway, |n| get(&format!("http://a.com/p/{n}")));
    each_its_own(&gateway, |n| get(&format!("http://a.com/p/{n}/x/y")));
    assert_eq!(winner(&gateway, &get("http://a.com/p/1x")), "404 no_match");
    assert_eq!(winner(&gateway, &get("http://a.com/p/")), "404 no_match");
}

#[test]
fn prefixes_inside_each_other() {
    let depth = |n: usize| "/a".repeat(n + 1);
    let gateway = simple(many(|n| prefix(&depth(n))));
    each_its_own(&gateway, |n| get(&format!("http://a.com{}", depth(n))));
    each_its_own(&gateway, |n| get(&format!("http://a.com{}/ab", depth(n))));
    each_its_own(&gateway, |n| get(&format!("http://a.com{}/", depth(n))));
    assert_eq!(winner(&gateway, &get("http://a.com/ab")), "404 no_match");
}

#[test]
fn regular_expressions_by_their_literal() {
    let gateway = simple(many(|n| regex(&format!("/p{n}/[0-9]+"))));
    each_its_own(&gateway, |n| get(&format!("http://a.com/p{n}/42")));
    assert_eq!(winner(&gateway, &get("http://a.com/p1/x")), "404 no_match");
}

#[test]
fn regular_expressions_that_begin_with_anything() {
    let gateway = simple(many(|n| regex(&format!("(/[a-z]+)+/v{n}"))));
    each_its_own(&gateway, |n| get(&format!("http://a.com/b/c/v{n}")));
    assert_eq!(winner(&gateway, &get("http://a.com/v1")), "404 no_match");
}

#[test]
fn regular_expressions_by_an_element() {
    let gateway = simple(many(|n| regex(&format!("/api/[^/]+/v{n}(/[0-9]+)?"))));
    each_its_own(&gateway, |n| get(&format!("http://a.com/api/x/v{n}")));
    each_its_own(&gateway, |n| get(&format!("http://a.com/api/v1/v{n}/42?q=/v2")));
    for path in ["/api/v1", "/api/x/v1x", "/api/x/v1/", "/api/x/y/v1", "/api/x?/v1", "/api/x/V1"] {
        let request = get(&format!("http://a.com{path}"));
        assert_eq!(winner(&gateway, &request), "404 no_match", "{path}");
    }
}

/// Found by the element that is rare, wherever it stands; what has none is tried besides.
#[test]
fn a_shared_element_does_not_hide_the_one_that_differs() {
    let mut routes = many(|n| regex(&format!("/[a-z]+/all/v{n}/[a-z]*/end")));
    routes.push(route("a/any", &[], vec![regex("/[a-z]+/.*")]));
    let gateway = simple(routes);
    each_its_own(&gateway, |n| get(&format!("http://a.com/x/all/v{n}/y/end")));
    each_its_own(&gateway, |n| get(&format!("http://a.com/x/all/v{n}//end")));
    for path in ["/x/all/v1/end", "/x/all/v1/v2/y/end", "/x/v1/all/y/end"] {
        assert_eq!(winner(&gateway, &get(&format!("http://a.com{path}"))), "a/any", "{path}");
    }
}

/// Two elements of one path lead to two routes: the better one wins, whichever comes first.
#[test]
fn the_best_of_all_elements_wins() {
    let gateway = simple(many(|n| regex(&format!("/.*/v{n:02}(/.*)?"))));
    for path in ["/x/v07/v03", "/x/v03/v07", "/x/v03/v07/v03"] {
        assert_eq!(winner(&gateway, &get(&format!("http://a.com{path}"))), "a/r3", "{path}");
    }
}

#[test]
fn header_values_under_one_path() {
    let gateway = simple(many(|n| prefix("/a").header("X-V", &format!("v{n}"))));
    each_its_own(&gateway, |n| get("http://a.com/a").with("x-v", format!("v{n}")));
    each_its_own(&gateway, |n| {
        get("http://a.com/a").with("y", "v1").with("x-v", "v").with("X-v", format!("v{n}"))
    });
    assert_eq!(winner(&gateway, &get("http://a.com/a").with("x-v", "V1")), "404 no_match");
    assert_eq!(winner(&gateway, &get("http://a.com/a").with("x", "v1")), "404 no_match");
}

#[test]
fn header_names_under_one_path() {
    let gateway = simple(many(|n| prefix("/a").header(&format!("H{n}"), "same")));
    each_its_own(&gateway, |n| get("http://a.com/a").with(&format!("h{n}"), "same"));
}

#[test]
fn hosts_as_header_values() {
    let gateway = simple(many(|n| prefix("/a").header("Host", &format!("h{n}.com"))));
    each_its_own(&gateway, |n| get(&format!("http://h{n}.com/a")));
}

/// Found by the condition that is rare, whichever it is.
#[test]
fn a_shared_header_does_not_hide_the_one_that_differs() {
    let gateway = simple(many(|n| {
        prefix("/a").header("shared", "1").header("own", &format!("{n}")).query("q", "1")
    }));
    let own = |n| get("http://a.com/a?q=1").with("own", format!("{n}"));
    each_its_own(&gateway, |n| own(n).with("shared", "1"));
    assert_eq!(winner(&gateway, &own(1)), "404 no_match");
}

#[test]
fn query_values_under_one_path() {
    let gateway = simple(many(|n| prefix("/a").query("q", &format!("v{n}"))));
    each_its_own(&gateway, |n| get(&format!("http://a.com/a?x&q=v{n}&q=v0")));
    assert_eq!(winner(&gateway, &get("http://a.com/a?q=&q=v1")), "404 no_match");
    assert_eq!(winner(&gateway, &get("http://a.com/a?Q=v1")), "404 no_match");
}

#[test]
fn methods_under_one_path() {
    let gateway = simple(many(|n| prefix("/a").method(&format!("M{n}"))));
    each_its_own(&gateway, |n| get("http://a.com/a").by(&format!("M{n}")));
    assert_eq!(winner(&gateway, &get("http://a.com/a")), "404 no_match");
}

/// Conditions that no index can use, next to ones that it can.
#[test]
fn patterns_and_values_of_a_header_under_one_path() {
    let mut routes = many(|n| prefix("/a").header("x", &format!("v{n}")));
    routes.push(route("a/pattern", &[], vec![prefix("/a").header_like("x", "w.*")]));
    routes.push(route("b/none", &[], vec![prefix("/a")]));
    let gateway = simple(routes);
    each_its_own(&gateway, |n| get("http://a.com/a").with("x", format!("v{n}")));
    assert_eq!(winner(&gateway, &get("http://a.com/a").with("x", "w1")), "a/pattern");
    assert_eq!(winner(&gateway, &get("http://a.com/a").with("x", "u1")), "b/none");
}

/// One text as exact path, as prefix with and without its slash, and as pattern.
#[test]
fn classes_that_share_a_text_are_told_apart() {
    let mut routes = many(|n| exact(&format!("/filler/{n}")));
    routes.extend([
        route("a/exact", &[], vec![exact("/a")]),
        route("a/slash", &[], vec![exact("/a/")]),
        route("a/prefix", &[], vec![prefix("/a/")]),
        route("b/prefix", &[], vec![prefix("/a")]),
        route("a/regex", &[], vec![regex("/a|/ab|/a/r")]),
        route("a/root", &[], vec![prefix("/")]),
        route("a/top", &[], vec![exact("/")]),
    ]);
    let gateway = simple(routes);
    for (path, expected) in [
        ("/a", "a/exact"),
        ("/a/", "a/slash"),
        ("/a/x", "a/prefix"),
        ("/a//", "a/prefix"),
        ("/ab", "a/regex"),
        ("/a/r", "a/regex"),
        ("/abc", "a/root"),
        ("/", "a/top"),
        ("//", "a/root"),
        ("", "a/root"),
    ] {
        assert_eq!(winner(&gateway, &get(&format!("http://a.com{path}"))), expected, "{path}");
    }
}

/// What one class finds does not stop the others from finding something better.
#[test]
fn the_best_of_all_classes_wins() {
    let mut routes = many(|n| prefix("/a").header("x", &format!("v{n}")));
    routes.extend(many(|n| prefix("/a").query("q", &format!("v{n}"))));
    for (route, n) in routes.iter_mut().zip(0..) {
        route.name = format!("a/{n:03}");
    }
    routes.extend([
        route("b/long", &[], vec![prefix("/a/b")]),
        route("b/regex", &[], vec![regex("/a/c.*")]),
        route("b/method", &[], vec![prefix("/a").method("PUT")]),
        route("b/two", &[], vec![prefix("/a").header("x", "v1").header("y", "1")]),
    ]);
    let gateway = simple(routes);
    let both = |path: &str| get(&format!("http://a.com{path}?q=v2")).with("x", "v1");
    assert_eq!(winner(&gateway, &both("/a")), "a/001", "headers before parameters");
    assert_eq!(winner(&gateway, &both("/a/b")), "b/long");
    assert_eq!(winner(&gateway, &both("/a/c")), "b/regex");
    assert_eq!(winner(&gateway, &both("/a").by("PUT")), "b/method");
    assert_eq!(winner(&gateway, &both("/a").with("y", "1")), "b/two");
    assert_eq!(winner(&gateway, &get("http://a.com/a?q=v2")), "a/062");
    // Two values of one header lead to two routes: the older name wins, whichever comes first.
    let twice = |a, b| winner(&gateway, &get("http://a.com/a").with("x", a).with("x", b));
    assert_eq!(twice("v7", "v3"), "a/003");
    assert_eq!(twice("v3", "v7"), "a/003");
}

/// A client chooses how long its request is: what that costs may grow with the length, not with
/// its square. Either takes minutes where it does.
fn is_quick(gateway: &Gateway, request: &Request, expected: &str) {
    let started = Instant::now();
    assert_eq!(winner(gateway, request), expected);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[test]
fn a_host_of_many_labels_is_quick() {
    let gateway = simple(vec![route("a/r", &["*.example.com"], vec![prefix("/")])]);
    let labels = "a.".repeat(500_000);
    is_quick(&gateway, &get(&format!("http://{labels}example.com/")), "a/r");
    is_quick(&gateway, &get(&format!("http://{labels}example.org/")), "404 no_match");
}

#[test]
fn a_parameter_that_is_sent_many_times_is_quick() {
    let gateway = simple(many(|n| prefix("/a").query("q", &format!("v{n}"))));
    let filler = "f&".repeat(200_000);
    let again = "&q=v1".repeat(200_000);
    is_quick(&gateway, &get(&format!("http://a.com/a?{filler}q=v0{again}")), "a/r0");
    is_quick(&gateway, &get(&format!("http://a.com/a?{filler}q=w{again}")), "404 no_match");
}

/// Names and elements that all are those of some route, and then one of them again and again.
#[test]
fn many_names_and_elements_are_quick() {
    let numbered = |routes, matched: &dyn Fn(usize) -> Match| -> Vec<Route> {
        (0..routes).map(|n| route(&format!("a/r{n}"), &[], vec![matched(n)])).collect()
    };
    let gateway = simple(numbered(10_000, &|n| prefix("/a").query(&format!("q{n}"), "1")));
    let names: String = (0..10_000).map(|n| format!("&q{n}=0")).collect();
    let again = "&q9999=1".repeat(200_000);
    is_quick(&gateway, &get(&format!("http://a.com/a?{names}{again}")), "404 no_match");

    let gateway = simple(numbered(2_000, &|n| regex(&format!("/[0-9]+/v{n}/end"))));
    let elements: String = (0..2_000).map(|n| format!("/v{n}")).collect();
    let again = "/v1999".repeat(500_000);
    is_quick(&gateway, &get(&format!("http://a.com/1{elements}{again}")), "404 no_match");
}

#[test]
fn an_element_that_is_sent_many_times_is_quick() {
    let gateway = simple(many(|n| regex(&format!("/.*/v{}/end", n / 10))));
    let again = "/v1".repeat(200_000);
    is_quick(&gateway, &get(&format!("http://a.com/1{again}")), "404 no_match");
}
