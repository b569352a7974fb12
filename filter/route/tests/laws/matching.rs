//! Section 4: the conditions of a match.

use super::{exact, get, holds, outcome, prefix, regex, route, simple};
use crate::model::{Match, Request};

fn path(path: &str) -> Request {
    get(&format!("http://a.com{path}"))
}

/// Whether the match holds for each of the paths.
fn paths<const N: usize>(matched: &Match, expected: [(&str, bool); N]) {
    for (text, expected) in expected {
        assert_eq!(holds(matched.clone(), &path(text)), expected, "{matched} for {text}");
    }
}

#[test]
fn an_exact_path_is_byte_equal() {
    paths(
        &exact("/abc"),
        [("/abc", true), ("/abc/", false), ("/Abc", false), ("/abcd", false), ("/%61bc", false)],
    );
}

#[test]
fn a_prefix_matches_by_element() {
    for prefix_path in ["/abc", "/abc/"] {
        paths(
            &prefix(prefix_path),
            [("/abc", true), ("/abc/", true), ("/abc/d", true), ("/abcd", false), ("/ab", false)],
        );
    }
    paths(&prefix("/a/b"), [("/a/b/c", true), ("/a", false), ("/a/bc", false), ("/A/b", false)]);
}

#[test]
fn the_prefix_of_a_single_slash_matches_every_path() {
    paths(&prefix("/"), [("/", true), ("/a", true), ("//", true), ("", true)]);
    let mut asterisk = path("");
    asterisk.path = b"*".to_vec();
    assert!(holds(prefix("/"), &asterisk));
}

#[test]
fn the_query_is_no_part_of_the_path() {
    paths(&exact("/abc"), [("/abc?", true), ("/abc?x=/d", true), ("/abc?/abc?", true)]);
    paths(&prefix("/abc"), [("/abc?d", true), ("/?/abc", false)]);
    paths(&regex("/a.c"), [("/abc?d", true), ("/a?c", false)]);
}

#[test]
fn a_regular_expression_matches_the_whole_path() {
    paths(&regex("/abc"), [("/abc", true), ("/abcd", false), ("/x/abc", false)]);
    paths(&regex("/a|/ab"), [("/a", true), ("/ab", true), ("/abb", false)]);
    paths(&regex("/v[0-9]+/.*"), [("/v1/", true), ("/v12/x/y", true), ("/v1", false)]);
}

#[test]
fn header_names_ignore_case_and_values_do_not() {
    assert!(holds(prefix("/").header("X-User", "Me"), &path("/").with("x-USER", "Me")));
    assert!(!holds(prefix("/").header("X-User", "Me"), &path("/").with("x-user", "me")));
    assert!(!holds(prefix("/").header("X-User", "Me"), &path("/")));
    assert!(holds(prefix("/").header_like("x", "a+"), &path("/").with("x", "aaa")));
    assert!(!holds(prefix("/").header_like("x", "a+"), &path("/").with("x", "aab")));
    assert!(!holds(prefix("/").header_like("x", ".*"), &path("/")), "it has to be there");
}

#[test]
fn any_one_value_of_a_repeated_header_is_enough() {
    let twice = path("/").with("h", "y").with("H", "x");
    assert!(holds(prefix("/").header("h", "x"), &twice));
    assert!(holds(prefix("/").header("h", "y"), &twice));
    assert!(!holds(prefix("/").header("h", "y,x"), &twice), "the values are not joined");
    assert!(!holds(prefix("/").header_like("h", "y.+"), &twice));
    assert!(!holds(prefix("/").header("h", "x"), &path("/").with("h", "y,x")), "nor split");
}

#[test]
fn the_host_is_a_header_too() {
    assert!(holds(prefix("/").header("Host", "a.com"), &path("/")));
    assert!(!holds(prefix("/").header("Host", "b.com"), &path("/")));
}

#[test]
fn values_that_are_not_utf8_are_compared_as_bytes() {
    let bytes: Vec<u8> = (0x80..=0xff).collect();
    let request = path("/").with("h", &bytes).with("h", "x");
    assert!(holds(prefix("/").header("h", "x"), &request));
    assert!(holds(prefix("/").header_like("h", r"[\x80-\xff]{128}"), &path("/").with("h", &bytes)));
    assert!(!holds(prefix("/").header("h", "é"), &path("/").with("h", b"\xe9")));
    assert!(holds(prefix("/").header("h", "é"), &path("/").with("h", b"\xc3\xa9")));
    let mut odd = path("/");
    odd.path = b"/\xff\x80".to_vec();
    odd.authority = b"\xff".to_vec();
    odd.method = b"\x80".to_vec();
    assert!(holds(prefix("/"), &odd));
}

#[test]
fn query_parameters_are_compared_as_they_stand() {
    paths(
        &prefix("/").query("q", "a b"),
        [("/?q=a%20b", false), ("/?q=a+b", false), ("/?q=a b", true)],
    );
    paths(
        &prefix("/").query("q", "x"),
        [("/?q=x", true), ("/?Q=x", false), ("/?q=X", false), ("/?%71=x", false), ("/", false)],
    );
    paths(&prefix("/").query("q", "x=y"), [("/?q=x=y", true), ("/?q=x", false)]);
    paths(&prefix("/").query_like("q", "x*"), [("/?q=xx", true), ("/?q", true), ("/?q=xy", false)]);
}

#[test]
fn of_a_repeated_parameter_the_first_counts() {
    paths(
        &prefix("/").query("q", "x"),
        [("/?q=x&q=y", true), ("/?q=y&q=x", false), ("/?q&q=x", false), ("/?&a=1&q=x", true)],
    );
}

#[test]
fn methods_are_compared_as_they_stand() {
    let post = || prefix("/").method("POST");
    assert!(holds(post(), &path("/").by("POST")));
    assert!(!holds(post(), &path("/").by("post")));
    assert!(!holds(prefix("/").method("GET"), &path("/").by("HEAD")), "HEAD is not GET");
}

#[test]
fn all_conditions_of_a_match_have_to_hold() {
    let matched = || prefix("/a").method("GET").header("h", "1").header("i", "2").query("q", "3");
    let request = path("/a?q=3").with("h", "1").with("i", "2");
    assert!(holds(matched(), &request));
    assert!(!holds(matched(), &request.clone().by("POST")));
    for at in 0..2 {
        let mut less = request.clone();
        less.headers.remove(at);
        assert!(!holds(matched(), &less));
    }
    for other in ["/b?q=3", "/a?q=4", "/a"] {
        let mut request = request.clone();
        request.path = other.into();
        assert!(!holds(matched(), &request), "{other}");
    }
}

#[test]
fn one_match_of_a_rule_is_enough() {
    let matches = vec![exact("/headers"), prefix("/").header("version", "3")];
    let gateway = simple(vec![route("a/r", &[], matches)]);
    let index = |request: &Request| outcome(&gateway, request).winner.map(|winner| winner.index);
    assert_eq!(index(&path("/headers")), Some(0));
    assert_eq!(index(&path("/x").with("version", "3")), Some(1));
    assert_eq!(index(&path("/headers").with("version", "3")), Some(0), "Exact ranks higher");
    assert_eq!(index(&path("/x")), None);
}
