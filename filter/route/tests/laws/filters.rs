//! Section 5: what the filters do.

use super::{gateway, get, listener, outcome, prefix, route, simple, to};
use crate::model::{
    Act, Filter, Gateway, HeaderModifier, HeaderValue, Headers, Outcome, PathModifier, Redirect,
    Request, Respond, Rewrite,
};

fn redirect() -> Redirect {
    Redirect { scheme: None, hostname: None, path: None, port: None, status_code: 302 }
}

/// A Gateway with a listener on the port whose only route redirects.
fn redirecting(port: u16, path: &str, redirect: Redirect) -> Gateway {
    let route = route("a/r", &[], vec![prefix(path)])
        .filters(vec![Filter::RequestRedirect(redirect)])
        .backends(Vec::new());
    gateway(vec![listener("l", port, None)], vec![route])
}

fn location(gateway: &Gateway, request: &Request) -> (u16, String) {
    match outcome(gateway, request).act {
        Act::Redirect { status, location } => (status, String::from_utf8(location.0).unwrap()),
        act => panic!("no redirect, but {act:?}"),
    }
}

fn headers(pairs: &[(&str, &str)]) -> Vec<HeaderValue> {
    let header = |(name, value): &(&str, &str)| HeaderValue {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
    };
    pairs.iter().map(header).collect()
}

fn modifier(set: &[(&str, &str)], add: &[(&str, &str)], remove: &[&str]) -> HeaderModifier {
    let remove = remove.iter().map(|name| (*name).to_owned()).collect();
    HeaderModifier { set: headers(set), add: headers(add), remove }
}

fn rewrite(hostname: Option<&str>, path: Option<PathModifier>) -> Filter {
    Filter::UrlRewrite(Rewrite { hostname: hostname.map(str::to_owned), path })
}

/// A forwarded request as `authority path name=value...`.
fn sent(outcome: &Outcome) -> String {
    let Act::Forward { authority, path, headers, .. } = &outcome.act else {
        panic!("not forwarded: {outcome:?}");
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut sent = format!("{} {}", text(&authority.0), text(&path.0));
    for (name, values) in headers {
        for value in values {
            sent.push_str(&format!(" {}={}", text(&name.0), text(&value.0)));
        }
    }
    sent
}

#[test]
fn what_a_redirect_does_not_name_is_the_requests() {
    let plain = redirecting(80, "/", redirect());
    let expected = (302, "http://A.com/p?q=1".to_owned());
    assert_eq!(location(&plain, &get("http://A.com:8080/p?q=1")), expected);
    let tls = redirecting(443, "/", redirect());
    assert_eq!(location(&tls, &get("http://a.com/p")).1, "https://a.com/p");
}

#[test]
fn the_port_is_explicit_or_the_schemes_or_the_listeners() {
    let moved = |port: u16, redirect: Redirect| {
        location(&redirecting(port, "/", redirect), &get("http://a.com:99/")).1
    };
    let https = || Redirect { scheme: Some("https".to_owned()), ..redirect() };
    assert_eq!(moved(8080, redirect()), "http://a.com:8080/");
    assert_eq!(moved(8080, https()), "https://a.com/");
    assert_eq!(moved(80, Redirect { port: Some(8443), ..https() }), "https://a.com:8443/");
    assert_eq!(moved(80, Redirect { port: Some(80), ..https() }), "https://a.com:80/");
    assert_eq!(moved(8080, Redirect { port: Some(80), ..redirect() }), "http://a.com/");
}

#[test]
fn each_status_of_a_redirect_is_given_as_it_stands() {
    for status_code in [301, 302, 303, 307, 308] {
        let gateway = redirecting(80, "/", Redirect { status_code, ..redirect() });
        assert_eq!(location(&gateway, &get("http://a.com/")).0, status_code);
    }
}

#[test]
fn a_redirect_replaces_the_prefix_or_the_whole_path() {
    let moved = |path: PathModifier, url: &str| {
        let redirect = Redirect { path: Some(path), ..redirect() };
        location(&redirecting(80, "/foo", redirect), &get(url)).1
    };
    let prefix = PathModifier::ReplacePrefixMatch("/xyz/".to_owned());
    assert_eq!(moved(prefix.clone(), "http://a.com/foo/bar?q"), "http://a.com/xyz/bar?q");
    let full = PathModifier::ReplaceFullPath("/new".to_owned());
    assert_eq!(moved(full, "http://a.com/foo/bar?q"), "http://a.com/new?q");
}

#[test]
fn without_a_host_a_redirect_names_only_the_path() {
    assert_eq!(location(&redirecting(80, "/", redirect()), &get("http:///p?q")).1, "/p?q");
}

#[test]
fn set_overwrites_add_appends_remove_ignores_case() {
    let change = modifier(&[("X-Set", "new")], &[("x-add", "2")], &["X-GONE"]);
    let route =
        route("a/r", &[], vec![prefix("/")]).filters(vec![Filter::RequestHeaderModifier(change)]);
    let request = get("http://a.com/")
        .with("x-set", "1")
        .with("X-SET", "2")
        .with("x-add", "1")
        .with("x-gone", "1")
        .with("kept", "1");
    let outcome = outcome(&simple(vec![route]), &request);
    assert_eq!(sent(&outcome), "a.com / kept=1 x-add=1 x-add=2 x-set=new");
}

#[test]
fn what_only_the_module_may_say_to_its_host_gets_to_no_backend() {
    let gateway = simple(vec![route("a/r", &[], vec![prefix("/")])]);
    let request = get("http://a.com/")
        .with("x-kgwc-cluster", "a")
        .with("X-KGWC-Variant", "b")
        .with("x-kgwc-\u{e9}", "c")
        .with("x-kgwca", "d")
        .with("x-kgw", "e");
    assert_eq!(sent(&outcome(&gateway, &request)), "a.com / x-kgw=e x-kgwca=d");
}

#[test]
fn setting_the_host_header_sets_the_authority() {
    let host = |name: &str| Filter::RequestHeaderModifier(modifier(&[(name, "b.com")], &[], &[]));
    let route = |filters| simple(vec![route("a/r", &[], vec![prefix("/")]).filters(filters)]);
    let request = get("http://a.com/");
    assert_eq!(sent(&outcome(&route(vec![host("Host")]), &request)), "b.com /");
    let both = vec![host("host"), rewrite(Some("c.com"), None)];
    assert_eq!(sent(&outcome(&route(both.clone()), &request)), "c.com /", "the last one counts");
    let reversed = both.into_iter().rev().collect();
    assert_eq!(sent(&outcome(&route(reversed), &request)), "b.com /");
    let remove = Filter::RequestHeaderModifier(modifier(&[], &[], &["host"]));
    assert_eq!(sent(&outcome(&route(vec![remove]), &request)), "a.com /", "it cannot be removed");
}

#[test]
fn url_rewrite_changes_host_and_path_and_keeps_the_query() {
    let new = PathModifier::ReplacePrefixMatch("/xyz".to_owned());
    let route =
        route("a/r", &[], vec![prefix("/foo")]).filters(vec![rewrite(Some("b.com"), Some(new))]);
    let outcome = outcome(&simple(vec![route]), &get("http://a.com:80/foo/bar?q=1"));
    assert_eq!(sent(&outcome), "b.com /xyz/bar?q=1");
}

#[test]
fn filters_of_a_backend_run_after_the_rules_and_only_when_it_is_chosen() {
    let set = |value: &str| {
        vec![Filter::RequestHeaderModifier(modifier(&[("a", value)], &[(("b"), value)], &[]))]
    };
    let full = |path: &str| rewrite(None, Some(PathModifier::ReplaceFullPath(path.to_owned())));
    let mut own = to(0, 1);
    own.filters = [set("backend"), vec![full("/backend")]].concat();
    let route = route("a/r", &[], vec![prefix("/")])
        .filters([set("rule"), vec![full("/rule")]].concat())
        .backends(vec![own, to(1, 1)]);
    let gateway = simple(vec![route]);
    let mut request = get("http://a.com/");
    assert_eq!(sent(&outcome(&gateway, &request)), "a.com /backend a=backend b=rule b=backend");
    request.draw = u64::MAX;
    assert_eq!(sent(&outcome(&gateway, &request)), "a.com /rule a=rule b=rule");
}

#[test]
fn response_headers_change_on_forwards_and_on_answers_of_filters() {
    let change =
        || Filter::ResponseHeaderModifier(modifier(&[("X", "set")], &[("x-y", "4")], &["SERVER"]));
    let rule = |filters: Vec<Filter>, backends| {
        let route = route("a/r", &[], vec![prefix("/")]).filters(filters).backends(backends);
        let mut response = outcome(&simple(vec![route]), &get("http://a.com/")).response;
        response.retain(|name, _| b"server x x-y".windows(name.0.len()).any(|n| n == name.0));
        format!("{response:?}")
    };
    let changed = r#"{"x": ["set"], "x-y": ["3", "4"]}"#;
    let untouched = r#"{"server": ["backend"], "x": ["1", "2"], "x-y": ["3"]}"#;
    let moved = Filter::RequestRedirect(redirect());
    let fixed = Filter::DirectResponse(Respond { status: 200, body: None });
    assert_eq!(rule(vec![change()], vec![to(0, 1)]), changed);
    assert_eq!(rule(vec![change(), moved], Vec::new()), changed);
    assert_eq!(rule(vec![fixed, change()], Vec::new()), changed);
    assert_eq!(rule(vec![change()], Vec::new()), untouched, "a 500 is nobody's answer");
    assert_eq!(rule(Vec::new(), vec![to(0, 1)]), untouched);
    let mut own = to(0, 1);
    own.filters = vec![Filter::ResponseHeaderModifier(modifier(&[], &[("x", "own")], &[]))];
    assert_eq!(rule(vec![change()], vec![own]), r#"{"x": ["set", "own"], "x-y": ["3", "4"]}"#);
}

#[test]
fn a_direct_response_answers_with_its_status_and_body() {
    let body = Some("Disallow: /\n".to_owned());
    let fixed = Filter::DirectResponse(Respond { status: 404, body: body.clone() });
    let route = route("a/r", &[], vec![prefix("/")]).filters(vec![fixed]).backends(Vec::new());
    let outcome = outcome(&simple(vec![route]), &get("http://a.com/"));
    let (reason, detail) = ("direct_response", String::new());
    assert_eq!(
        outcome.act,
        Act::Respond { status: 404, headers: Headers::new(), body, reason, detail }
    );
}
