use super::*;

fn request() -> Headers {
    Headers::request([(":method", "GET"), (":path", "/"), ("X-A", "1"), ("x-a", "2")])
}

#[test]
fn names_are_lower_case_and_found_in_any_case() {
    let headers = request();
    assert_eq!(headers.as_slice()[2].0, b"x-a");
    assert_eq!(headers.get("X-a"), Some(&b"1"[..]));
}

#[test]
fn repeated_headers_stay_apart() {
    let mut headers = request();
    assert_eq!(headers.get_all("x-a"), [b"1", b"2"]);
    headers.add("X-A", "3");
    assert_eq!(headers.get_all("x-a"), [b"1", b"2", b"3"]);
    headers.set("x-A", "4");
    assert_eq!(headers.get_all("x-a"), [b"4"]);
    headers.remove("X-A");
    assert!(!headers.contains("x-a"));
}

#[test]
fn what_envoy_keeps_once_is_joined_by_a_comma() {
    let mut headers = request();
    headers.add("User-Agent", "a");
    headers.add("user-agent", "b");
    assert_eq!(headers.get_all("user-agent"), [b"a,b"]);
    headers.add(":path", "/b");
    assert_eq!(headers.get(":path"), Some(&b"/,/b"[..]));

    let mut response = Headers::response([("location", "a"), ("user-agent", "a")]);
    response.add("location", "b");
    response.add("user-agent", "b");
    assert_eq!(response.get_all("location"), [b"a,b"]);
    assert_eq!(response.get_all("user-agent"), [b"a", b"b"], "joined in requests only");
}

#[test]
fn pseudo_headers_come_first() {
    let mut headers = request();
    headers.add(":scheme", "https");
    assert_eq!(headers.as_slice()[2].0, b":scheme");
    headers.set(":path", "/x");
    let names: Vec<_> = headers.iter().map(|(name, _)| name.to_vec()).collect();
    assert_eq!(names, [&b":method"[..], b":scheme", b":path", b"x-a", b"x-a"]);
}

#[test]
fn host_is_the_authority_of_a_request() {
    let mut headers = request();
    headers.set("Host", "a.example");
    assert_eq!(headers.get(":authority"), Some(&b"a.example"[..]));
    assert_eq!(headers.get("host"), Some(&b"a.example"[..]));
    let response = Headers::response([("host", "a")]);
    assert_eq!(response.get(":authority"), None);
}

#[test]
fn values_are_bytes() {
    let headers = Headers::request([("x-bin", &b"\xff\x80\x00"[..])]);
    assert_eq!(headers.get("x-bin"), Some(&b"\xff\x80\x00"[..]));
    assert_eq!(headers.byte_size(), 8);
    assert_eq!(format!("{headers:?}"), r#"[("x-bin", "\\xff\\x80\\x00")]"#);
}
