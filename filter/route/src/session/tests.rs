use super::*;
use crate::clock::Clock;
use crate::config::SessionPersistence;

const RULE: u64 = 7;

fn cookie_session(permanent: bool) -> SessionPersistence {
    SessionPersistence {
        carrier: Carrier::Cookie { path: "/".into(), permanent },
        name: "s".into(),
        absolute_timeout: None,
        idle_timeout: None,
    }
}

fn backends() -> Vec<BackendRef> {
    (0..3).map(|backend| BackendRef { backend, weight: 1, ..BackendRef::default() }).collect()
}

/// The number of the backend that a request with these headers gets, 0 being the one that is
/// drawn, and the header that it is told.
fn request(
    config: &SessionPersistence,
    headers: &[(&str, &str)],
    now: u64,
    endpoint: Option<&str>,
) -> (u32, Option<(String, String)>) {
    let headers: Vec<_> = headers.iter().map(|(n, v)| (n.as_bytes(), v.as_bytes())).collect();
    let now = move || Some(now);
    let request = Request { clock: Clock::new(&now), headers: &headers, ..Request::default() };
    let backends = backends();
    let id = |b: &BackendRef| Some(u64::from(b.backend) + 0x10);
    let draw = || Ok::<_, ()>(&backends[0]);
    let (session, chosen) = Session::find(config, RULE, &request, &backends, id, draw).unwrap();
    let answer = session.answer(endpoint.map(str::as_bytes));
    let answer = answer.map(|(n, v)| (n.to_owned(), String::from_utf8(v).unwrap()));
    (chosen.backend, answer)
}

const OF_1: &str = "0000000000000007.0000000000000011...Zm9v";

#[test]
fn a_new_session_is_told_its_backend_and_endpoint() {
    let (backend, answer) = request(&cookie_session(false), &[], 0, Some("Zm9v"));
    assert_eq!(backend, 0);
    let (name, value) = answer.unwrap();
    assert_eq!(name, "set-cookie");
    assert_eq!(
        value,
        "s=0000000000000007.0000000000000010...Zm9v; Path=/; Secure; HttpOnly; SameSite=Strict"
    );
}

#[test]
fn an_endpoint_that_is_too_long_for_a_token_is_left_out_and_the_session_stays() {
    let session = SessionPersistence { idle_timeout: Some(60_000), ..cookie_session(false) };
    let cookie = |endpoint: &str, before: &str| {
        let (backend, answer) = request(&session, &[("cookie", before)], 5_000, Some(endpoint));
        let cookie = answer.unwrap().1;
        (backend, cookie.split(';').next().unwrap().to_owned())
    };
    let first = "s=0000000000000007.0000000000000011.5.5.";
    for length in [LONGEST_ENDPOINT, LONGEST_ENDPOINT + 1, 10 * LONGEST] {
        let endpoint = "e".repeat(length);
        let (backend, told) = cookie(&endpoint, first);
        assert_eq!(backend, 1);
        assert_eq!(told.ends_with(&endpoint), length == LONGEST_ENDPOINT, "{length}");
        assert_eq!(cookie("", &told).0, 1, "{length}");
    }
}

#[test]
fn a_token_is_found_among_other_cookies_and_leads_back() {
    for cookie in [
        format!("s={OF_1}"),
        format!("a=b; s={OF_1}; c=d"),
        format!("s=garbage; s={OF_1}"),
        format!("s=0000000000000001.0000000000000012...~{OF_1}"),
    ] {
        let found = request(&cookie_session(false), &[("Cookie", &cookie)], 0, None);
        assert_eq!(found, (1, None), "{cookie}");
    }
    let two_lines = [("cookie", "a=b"), ("cookie", &format!("s={OF_1}"))];
    assert_eq!(request(&cookie_session(false), &two_lines, 0, None).0, 1);
}

#[test]
fn what_is_no_token_of_the_rule_begins_a_new_session() {
    let of_other_rule = OF_1.replace("0007.", "0008.");
    let of_gone_backend = OF_1.replace("0011.", "0099.");
    let long = format!("{OF_1}{}", "A".repeat(600));
    for token in [
        &of_other_rule,
        &of_gone_backend,
        &long,
        "",
        "....",
        "zz.11...Zm9v",
        "7.11.x..Zm9v",
        "7.11..Zm9v",
        "7.11...\u{e9}",
        "7.11...Zm9v\"",
        "+7.11...Zm9v",
        "7.+11...Zm9v",
        "7.11.+1..Zm9v",
        "7.11..+1.Zm9v",
    ] {
        let cookie = format!("s={token}");
        let (backend, answer) = request(&cookie_session(false), &[("cookie", &cookie)], 0, None);
        assert_eq!(backend, 0, "{token}");
        assert!(answer.is_some(), "{token}");
    }
}

#[test]
fn an_endpoint_that_has_changed_is_told() {
    let cookie = format!("s={OF_1}");
    let (backend, answer) =
        request(&cookie_session(false), &[("cookie", &cookie)], 0, Some("YmFy"));
    assert_eq!(backend, 1);
    assert!(answer.unwrap().1.starts_with("s=0000000000000007.0000000000000011...YmFy;"));
}

#[test]
fn rules_of_one_name_keep_each_others_tokens() {
    let other = "0000000000000001.0000000000000012...YmF6";
    let (backend, answer) =
        request(&cookie_session(false), &[("cookie", &format!("s={other}"))], 0, Some("Zm9v"));
    assert_eq!(backend, 0);
    let value = answer.unwrap().1;
    assert!(value.starts_with("s=0000000000000007.0000000000000010...Zm9v~"), "{value}");
    assert!(value.contains(other), "{value}");
}

#[test]
fn a_header_carries_a_session_as_well() {
    let config = SessionPersistence {
        carrier: Carrier::Header,
        name: "x-session".into(),
        ..cookie_session(false)
    };
    let (_, answer) = request(&config, &[], 0, Some("Zm9v"));
    let (name, token) = answer.unwrap();
    assert_eq!(
        (name.as_str(), token.as_str()),
        ("x-session", "0000000000000007.0000000000000010...Zm9v")
    );
    assert_eq!(request(&config, &[("X-Session", OF_1)], 0, None), (1, None));
    assert_eq!(request(&config, &[("cookie", &format!("x-session={OF_1}"))], 0, None).0, 0);
}

#[test]
fn a_session_ends_with_its_absolute_timeout() {
    let config = SessionPersistence { absolute_timeout: Some(60_000), ..cookie_session(true) };
    let (_, answer) = request(&config, &[], 1_000_000, Some("Zm9v"));
    let value = answer.unwrap().1;
    assert!(value.contains("; Max-Age=60;"), "{value}");
    assert!(value.starts_with("s=0000000000000007.0000000000000010.1000..Zm9v"), "{value}");
    let at = |now, issued: &str| {
        let cookie = format!("s=7.11.{issued}..Zm9v");
        request(&config, &[("cookie", &cookie)], now, None).0
    };
    assert_eq!(at(1_059_999, "1000"), 1);
    assert_eq!(at(1_060_000, "1000"), 0);
    assert_eq!(at(1_000_000, "1060"), 1, "another clock may be a little ahead");
    assert_eq!(at(1_000_000, "1061"), 0, "one from further in the future was made up");
    assert_eq!(at(1_000_000, ""), 0, "one that does not say when it began");
    // What is left of it, where the endpoint has changed on the way.
    let cookie = "s=7.11.1000..Zm9v";
    let (_, answer) = request(&config, &[("cookie", cookie)], 1_050_000, Some("YmFy"));
    assert!(answer.unwrap().1.contains("; Max-Age=10;"));
}

#[test]
fn a_session_ends_when_it_is_not_used() {
    let config = SessionPersistence { idle_timeout: Some(10_000), ..cookie_session(false) };
    let (backend, answer) =
        request(&config, &[("cookie", "s=7.11.1000.1000.Zm9v")], 1_009_000, None);
    assert_eq!(backend, 1);
    let value = answer.unwrap().1;
    assert!(value.starts_with("s=0000000000000007.0000000000000011.1000.1009.Zm9v"), "{value}");
    let late = request(&config, &[("cookie", "s=7.11.1000.1000.Zm9v")], 1_010_000, None);
    assert_eq!(late.0, 0);
}

#[test]
fn an_endpoint_that_is_no_base64_is_not_passed_on() {
    let (_, answer) = request(&cookie_session(false), &[], 0, Some("x; Domain=example.com"));
    assert!(answer.unwrap().1.starts_with("s=0000000000000007.0000000000000010...; Path=/;"));
}

/// Functions of one Backend have one name and a cluster each.
#[test]
fn functions_of_one_backend_are_told_apart() {
    let function = |name: &str| {
        backend_id(&Backend {
            kind: "Backend".into(),
            namespace: "default".into(),
            name: "lambda".into(),
            port: None,
            cluster: Some(format!("Backend/default/lambda/{name}")),
            error: None,
        })
    };
    assert_ne!(function("one"), function("two"));
    assert_eq!(function("one"), function("one"));
}
