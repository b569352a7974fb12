//! One law for each test: every criterion against the one that comes after it.

use super::*;

/// Wins by nothing but its name.
fn plain(route: &str) -> Precedence<'_> {
    Precedence {
        hostname: None,
        path: PathRank::Prefix(1),
        regex_rank: RegexRank::BeforePrefix,
        method: false,
        headers: 0,
        query: 0,
        created: Some("2024-06-01T00:00:00Z"),
        route,
        rule: 0,
        index: 0,
    }
}

/// The better one wins, although it loses by its name; and it does so from either side.
#[track_caller]
fn wins(better: &Precedence<'_>, worse: &Precedence<'_>) {
    assert_eq!(better.cmp(worse), Ordering::Less, "{better:?}\n{worse:?}");
    assert_eq!(worse.cmp(better), Ordering::Greater, "{better:?}\n{worse:?}");
}

fn z() -> Precedence<'static> {
    plain("z/z")
}

fn a() -> Precedence<'static> {
    plain("a/a")
}

#[test]
fn an_exact_hostname_before_any_wildcard() {
    wins(
        &Precedence { hostname: Some("a.b"), ..z() },
        &Precedence { hostname: Some("*.example.com"), ..a() },
    );
    wins(&Precedence { hostname: Some("*.b"), ..z() }, &a());
}

#[test]
fn the_longer_of_two_hostnames() {
    wins(
        &Precedence { hostname: Some("*.a.com"), ..z() },
        &Precedence { hostname: Some("*.com"), ..a() },
    );
    wins(
        &Precedence { hostname: Some("aa.com"), ..z() },
        &Precedence { hostname: Some("a.com"), ..a() },
    );
}

#[test]
fn hostname_before_path() {
    wins(
        &Precedence { hostname: Some("*.com"), ..z() },
        &Precedence { path: PathRank::Exact, ..a() },
    );
}

#[test]
fn an_exact_path_before_the_longest_other() {
    for other in [PathRank::Prefix(1024), PathRank::Regex(1024)] {
        for regex_rank in [RegexRank::BeforePrefix, RegexRank::AfterPrefix] {
            wins(
                &Precedence { path: PathRank::Exact, regex_rank, ..z() },
                &Precedence { path: other, regex_rank, ..a() },
            );
        }
    }
}

#[test]
fn exact_paths_are_equal() {
    wins(
        &Precedence { path: PathRank::Exact, ..a() },
        &Precedence { path: PathRank::Exact, ..z() },
    );
}

#[test]
fn the_prefix_with_the_most_characters() {
    let rank = |prefix: &str| PathRank::of(&PathMatch::Prefix(prefix.to_owned()), |_| "");
    wins(&Precedence { path: rank("/ab"), ..z() }, &Precedence { path: rank("/a"), ..a() });
    assert_eq!(rank("/é"), PathRank::Prefix(2), "characters, not bytes");
}

#[test]
fn the_longest_pattern() {
    let rank =
        |number| PathRank::of(&PathMatch::Regex(number), |n| ["/a.*", "/a/b/.*"][n as usize]);
    for regex_rank in [RegexRank::BeforePrefix, RegexRank::AfterPrefix] {
        wins(
            &Precedence { path: rank(1), regex_rank, ..z() },
            &Precedence { path: rank(0), regex_rank, ..a() },
        );
    }
}

#[test]
fn regular_expressions_before_prefixes() {
    wins(
        &Precedence { path: PathRank::Regex(1), ..z() },
        &Precedence { path: PathRank::Prefix(100), ..a() },
    );
}

#[test]
fn regular_expressions_after_prefixes_where_that_is_chosen() {
    let regex_rank = RegexRank::AfterPrefix;
    wins(
        &Precedence { path: PathRank::Prefix(1), regex_rank, ..z() },
        &Precedence { path: PathRank::Regex(100), regex_rank, ..a() },
    );
}

#[test]
fn path_before_method() {
    wins(&Precedence { path: PathRank::Prefix(2), ..z() }, &Precedence { method: true, ..a() });
}

#[test]
fn method_before_headers() {
    wins(&Precedence { method: true, ..z() }, &Precedence { headers: 16, ..a() });
}

#[test]
fn headers_before_query() {
    wins(&Precedence { headers: 1, ..z() }, &Precedence { query: 16, ..a() });
    wins(&Precedence { headers: 2, ..z() }, &Precedence { headers: 1, query: 1, ..a() });
}

#[test]
fn query_before_age() {
    wins(
        &Precedence { query: 2, ..z() },
        &Precedence { query: 1, created: Some("2001-01-01T00:00:00Z"), ..a() },
    );
}

#[test]
fn age_before_name() {
    wins(
        &Precedence { created: Some("2023-12-31T23:59:59Z"), ..z() },
        &Precedence { created: Some("2024-01-01T00:00:00Z"), ..a() },
    );
}

#[test]
fn a_route_without_a_timestamp_is_the_youngest() {
    wins(&z(), &Precedence { created: None, ..a() });
    wins(&Precedence { created: None, ..a() }, &Precedence { created: None, ..z() });
}

#[test]
fn name_before_place_in_the_route() {
    wins(&Precedence { rule: 15, index: 63, ..a() }, &z());
    // By "{namespace}/{name}" as one text: `-` comes before `/`.
    wins(&Precedence { rule: 1, ..plain("a-b/a") }, &plain("a/a"));
}

#[test]
fn the_first_rule_then_its_first_match() {
    wins(&Precedence { index: 63, ..a() }, &Precedence { rule: 1, ..a() });
    wins(&a(), &Precedence { index: 1, ..a() });
    assert_eq!(a().cmp(&a()), Ordering::Equal);
}

/// "Each match is ranked on its own, not its rule as a block."
#[test]
fn a_match_is_ranked_by_its_own_conditions() {
    let of = |matched: &Match| {
        let precedence = Precedence::of(
            matched,
            |_| "/v[0-9]+",
            Some("a.com"),
            "ns/name",
            None,
            3,
            RegexRank::AfterPrefix,
        );
        (precedence.path, precedence.method, precedence.headers, precedence.query, precedence.index)
    };
    assert_eq!(of(&Match::default()), (PathRank::Prefix(1), false, 0, 0, 0));
    let condition = crate::config::NamedMatch {
        name: "x".to_owned(),
        value: crate::config::ValueMatch::Exact("1".to_owned()),
    };
    let matched = Match {
        rule: 0,
        index: 2,
        path: PathMatch::Regex(0),
        method: Some("GET".to_owned()),
        headers: vec![condition.clone(), condition.clone()],
        query: vec![condition],
    };
    assert_eq!(of(&matched), (PathRank::Regex(8), true, 2, 1, 2));
}
