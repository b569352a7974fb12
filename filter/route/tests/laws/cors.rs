//! Section 5: CORS.

use super::{get, outcome, prefix, route, simple};
use crate::model::{Act, Bytes, Cors, Filter, Gateway, Headers, Outcome, Request};

fn cors(origins: &[&str], credentials: bool) -> Cors {
    let own = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    Cors {
        allow_origins: own(origins),
        allow_credentials: credentials,
        allow_methods: own(&["GET", "PUT"]),
        allow_headers: own(&["x-a", "x-b"]),
        expose_headers: Vec::new(),
        max_age: 5,
    }
}

/// One route for `GET /` with the filter, and one for everything without.
fn gateway(cors: Cors) -> Gateway {
    let rule = route("a/cors", &[], vec![prefix("/").method("GET")]);
    simple(vec![rule.filters(vec![Filter::Cors(cors)]), route("a/plain", &[], vec![prefix("/")])])
}

fn preflight(origin: &str) -> Request {
    get("http://a.com/")
        .by("OPTIONS")
        .with("Origin", origin)
        .with("Access-Control-Request-Method", "PUT")
}

/// The headers of the answer, which has to be one to a preflight request.
fn answer(outcome: Outcome) -> Headers {
    match outcome.act {
        Act::Respond { status: 204, headers, body: None, reason: "preflight", .. } => headers,
        other => panic!("{other:?}"),
    }
}

fn value(headers: &Headers, name: &str) -> Option<String> {
    let values = headers.get(&Bytes(name.as_bytes().to_vec()))?;
    assert_eq!(values.len(), 1, "{name}: {values:?}");
    Some(String::from_utf8_lossy(&values[0].0).into_owned())
}

#[test]
fn a_rule_that_matches_on_another_method_answers_a_preflight() {
    let outcome = outcome(&gateway(cors(&["https://a.com"], false)), &preflight("https://a.com"));
    assert_eq!(outcome.winner.as_ref().unwrap().route, "a/cors");
    let headers = answer(outcome);
    assert_eq!(value(&headers, "access-control-allow-origin").as_deref(), Some("https://a.com"));
    assert_eq!(value(&headers, "access-control-allow-methods").as_deref(), Some("GET, PUT"));
    assert_eq!(value(&headers, "access-control-allow-headers").as_deref(), Some("x-a, x-b"));
    assert_eq!(value(&headers, "access-control-max-age").as_deref(), Some("5"));
    assert_eq!(value(&headers, "vary").as_deref(), Some("origin"));
    assert_eq!(value(&headers, "access-control-allow-credentials"), None);
}

/// Of rules that are told apart by their method, the one that gets the request answers for it.
#[test]
fn the_rule_that_gets_the_request_answers_the_preflight() {
    let allow = |method: &str| Cors { allow_methods: vec![method.into()], ..cors(&["*"], false) };
    let rule = |name: &str, method: &str| {
        let filter = Filter::Cors(allow(method));
        route(name, &[], vec![prefix("/").method(method)]).filters(vec![filter])
    };
    let gateway = simple(vec![rule("a/get", "GET"), rule("b/put", "PUT"), rule("c/post", "POST")]);
    for (asked, name) in
        [("GET", "a/get"), ("PUT", "b/put"), ("POST", "c/post"), ("DELETE", "a/get")]
    {
        let request = get("http://a.com/")
            .by("OPTIONS")
            .with("Origin", "https://a.com")
            .with("Access-Control-Request-Method", asked);
        let outcome = outcome(&gateway, &request);
        assert_eq!(outcome.winner.as_ref().unwrap().route, name, "{asked}");
        answer(outcome);
    }
}

#[test]
fn a_match_for_options_gets_the_preflight_like_any_other_request() {
    let plain = |name: &str, method: &str| route(name, &[], vec![prefix("/").method(method)]);
    let with_cors =
        |name: &str, method| plain(name, method).filters(vec![Filter::Cors(cors(&["*"], false))]);
    // It comes after the others, which match on a method as well.
    let gateway = simple(vec![
        with_cors("a/get", "GET"),
        with_cors("b/put", "PUT"),
        plain("c/options", "OPTIONS"),
    ]);
    let outcome = outcome(&gateway, &preflight("https://a.com"));
    assert_eq!(outcome.winner.unwrap().route, "c/options");
    assert!(matches!(outcome.act, Act::Forward { .. }));
}

#[test]
fn a_match_for_any_method_does_not_keep_the_rule_that_gets_the_request_from_answering() {
    let filter = || vec![Filter::Cors(cors(&["*"], false))];
    let gateway = simple(vec![
        route("a/any", &[], vec![prefix("/").header("x", "1")]),
        route("b/put", &[], vec![prefix("/").method("PUT")]).filters(filter()),
    ]);
    let request = preflight("https://a.com").with("x", "1");
    assert_eq!(outcome(&gateway, &request).winner.unwrap().route, "b/put");
}

#[test]
fn options_that_is_no_preflight_matches_as_any_method() {
    for request in [
        get("http://a.com/").by("OPTIONS"),
        get("http://a.com/").by("OPTIONS").with("Origin", "https://a.com"),
        get("http://a.com/").by("OPTIONS").with("Access-Control-Request-Method", "PUT"),
    ] {
        let outcome = outcome(&gateway(cors(&["*"], false)), &request);
        assert_eq!(outcome.winner.unwrap().route, "a/plain");
        assert!(matches!(outcome.act, Act::Forward { .. }));
    }
}

#[test]
fn the_other_conditions_of_a_rule_hold_for_a_preflight_too() {
    let cors = Filter::Cors(cors(&["*"], false));
    let matched = prefix("/").method("GET").header("x", "1");
    let gateway = simple(vec![route("a/cors", &[], vec![matched]).filters(vec![cors])]);
    let without = outcome(&gateway, &preflight("https://a.com"));
    assert!(matches!(without.act, Act::Respond { status: 404, .. }));
    answer(outcome(&gateway, &preflight("https://a.com").with("x", "1")));
}

#[test]
fn a_disallowed_origin_gets_204_and_no_headers() {
    let gateway = gateway(cors(&["https://a.com"], true));
    for origin in ["https://b.com", "null", "", "https://a.com.evil.example"] {
        assert!(answer(outcome(&gateway, &preflight(origin))).is_empty(), "{origin}");
    }
}

#[test]
fn any_origin_is_a_star_unless_there_are_credentials() {
    let origin = |credentials| {
        let gateway = gateway(cors(&["*"], credentials));
        let headers = answer(outcome(&gateway, &preflight("https://b.com")));
        (value(&headers, "access-control-allow-origin").unwrap(), value(&headers, "vary"))
    };
    assert_eq!(origin(false), ("*".to_owned(), None));
    assert_eq!(origin(true), ("https://b.com".to_owned(), Some("origin".to_owned())));
}

#[test]
fn any_method_and_header_is_what_was_asked_for_where_there_are_credentials() {
    let any = vec!["*".to_owned()];
    let answered = |credentials, request: &Request| {
        let cors = Cors {
            allow_methods: any.clone(),
            allow_headers: any.clone(),
            ..cors(&["*"], credentials)
        };
        let headers = answer(outcome(&gateway(cors), request));
        ["methods", "headers"].map(|n| value(&headers, &format!("access-control-allow-{n}")))
    };
    let text = |text: &str| Some(text.to_owned());
    let asked = preflight("https://b.com").with("Access-Control-Request-Headers", "x-z, x-y");
    assert_eq!(answered(false, &asked), [text("*"), text("*")]);
    assert_eq!(answered(true, &asked), [text("PUT"), text("x-z, x-y")]);
    assert_eq!(answered(true, &preflight("https://b.com")), [text("PUT"), None]);
}

#[test]
fn lists_that_are_not_configured_are_left_out() {
    let cors = Cors { allow_methods: vec![], allow_headers: vec![], ..cors(&["*"], false) };
    let headers = answer(outcome(&gateway(cors), &preflight("https://b.com")));
    assert_eq!(value(&headers, "access-control-allow-methods"), None);
    assert_eq!(value(&headers, "access-control-allow-headers"), None);
}

#[test]
fn what_the_backend_says_is_replaced() {
    let cors = Cors { expose_headers: vec!["x-c".into()], ..cors(&["https://a.com"], true) };
    let gateway = gateway(cors);
    let request = |origin| get("http://a.com/").with("Origin", origin);
    let allowed = outcome(&gateway, &request("https://a.com")).response;
    assert_eq!(value(&allowed, "access-control-allow-origin").as_deref(), Some("https://a.com"));
    assert_eq!(value(&allowed, "access-control-allow-credentials").as_deref(), Some("true"));
    assert_eq!(value(&allowed, "access-control-expose-headers").as_deref(), Some("x-c"));
    let vary: Vec<_> = allowed[&Bytes(b"vary".to_vec())].iter().map(|v| v.0.clone()).collect();
    assert_eq!(vary, [b"accept".to_vec(), b"origin".to_vec()]);
    for other in [request("https://b.com"), get("http://a.com/")] {
        let response = outcome(&gateway, &other).response;
        assert_eq!(value(&response, "access-control-allow-origin"), None);
        assert_eq!(value(&response, "access-control-allow-credentials"), None);
    }
}
