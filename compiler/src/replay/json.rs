//! Lines that are JSON objects. Nobody has agreed on the names of their fields: those that Envoy's
//! documentation, Istio, NGINX, Caddy, Traefik and the load balancers of clouds use are known.

use super::line::{Logged, is_method, value};
use serde_json::{Map, Value};

const METHOD: &[&str] = &["method", ":method", "request_method", "requestmethod"];
/// A path before a rewrite says more than the one after.
const PATH: &[&str] = &[
    "x-envoy-original-path",
    "original_path",
    "path",
    ":path",
    "request_uri",
    "uri",
    "url",
    "requesturl",
    "requestpath",
    "request_path",
];
const AUTHORITY: &[&str] =
    &["x-envoy-original-host", "authority", ":authority", "host", "http_host", "requesthost"];
const SCHEME: &[&str] = &["scheme", ":scheme", "x_forwarded_proto", "x-forwarded-proto"];
const STATUS: &[&str] =
    &["response_code", "status", "status_code", "downstreamstatus", "responsestatus"];
const HEADERS: &[&str] = &["headers", "request_headers", "requestheaders"];
/// Objects that hold what else stands at the top.
const NESTED: &[&str] = &["request", "httprequest"];
/// Fields that are a header each.
const SINGLE: &[(&str, &str)] = &[
    ("user_agent", "user-agent"),
    ("user-agent", "user-agent"),
    ("http_user_agent", "user-agent"),
    ("x_forwarded_for", "x-forwarded-for"),
    ("x-forwarded-for", "x-forwarded-for"),
    ("http_x_forwarded_for", "x-forwarded-for"),
    ("request_id", "x-request-id"),
    ("x-request-id", "x-request-id"),
    ("referer", "referer"),
    ("http_referer", "referer"),
];

pub(super) fn parse(line: &str) -> Option<Logged> {
    let Value::Object(top) = serde_json::from_str(line).ok()? else { return None };
    let top = lower(&top);
    let nested = NESTED.iter().find_map(|name| top.get(*name)?.as_object().map(lower));
    let objects: Vec<_> = nested.iter().chain([&top]).collect();
    let text = |names: &[&str]| {
        let found = objects.iter().flat_map(|object| names.iter().map(|name| object.get(*name)));
        found.flatten().find_map(Value::as_str).and_then(value)
    };
    let method = text(METHOD).filter(|method| is_method(method))?;
    let mut logged = Logged { method: method.to_owned(), ..Logged::default() };
    logged.aim(text(PATH)?)?;
    if let Some(authority) = text(AUTHORITY) {
        logged.authority = Some(authority.to_owned());
    }
    if let Some(scheme) = text(SCHEME) {
        logged.https = Some(scheme.eq_ignore_ascii_case("https"));
    }
    let mut statuses = objects.iter().flat_map(|o| STATUS.iter().filter_map(|name| o.get(*name)));
    logged.status = statuses.find_map(|status| match status {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64().and_then(|number| u16::try_from(number).ok()),
    });
    for object in &objects {
        for (field, header) in SINGLE {
            if let Some(text) = object.get(*field).and_then(Value::as_str).and_then(value)
                && logged.headers.iter().all(|(name, _)| name != header)
            {
                logged.headers.push(((*header).to_owned(), text.to_owned()));
            }
        }
    }
    let headers = objects.iter().find_map(|o| HEADERS.iter().find_map(|name| o.get(*name)));
    for (name, values) in headers.and_then(Value::as_object).into_iter().flatten() {
        push(&mut logged, &name.to_ascii_lowercase(), values);
    }
    Some(logged)
}

/// A header with one value or several.
fn push(logged: &mut Logged, name: &str, values: &Value) {
    let values: Vec<&str> = match values {
        Value::String(text) => vec![text],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => return,
    };
    if matches!(name, "host" | ":authority") {
        if logged.authority.is_none() {
            logged.authority = values.first().map(|host| (*host).to_owned());
        }
        return;
    }
    if name.starts_with(':') {
        return;
    }
    logged.headers.retain(|(known, _)| known != name);
    logged.headers.extend(values.into_iter().map(|text| (name.to_owned(), text.to_owned())));
}

/// The same fields, their names in lower case.
fn lower(object: &Map<String, Value>) -> Map<String, Value> {
    object.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn fields_have_many_names() {
        for line in [
            r#"{"method":"GET","path":"/a","authority":"shop.example","response_code":200}"#,
            r#"{":method":"GET","x-envoy-original-path":"/a","path":"/b",":authority":"shop.example","status":"200"}"#,
            r#"{"request_method":"GET","request_uri":"/a","http_host":"shop.example","status":200}"#,
            r#"{"request":{"method":"GET","host":"shop.example","uri":"/a"},"status":200}"#,
            r#"{"RequestMethod":"GET","RequestHost":"shop.example","RequestPath":"/a","DownstreamStatus":200}"#,
            r#"{"httpRequest":{"requestMethod":"GET","requestUrl":"http://shop.example/a","status":200}}"#,
        ] {
            let logged = parse(line).expect(line);
            assert_eq!(
                (logged.method.as_str(), logged.path.as_str(), logged.authority.as_deref()),
                ("GET", "/a", Some("shop.example")),
                "{line}"
            );
            assert_eq!(logged.status, Some(200), "{line}");
        }
    }

    #[test]
    fn headers_are_taken_where_they_are() {
        let line = r#"{"method":"GET","path":"/","user_agent":"curl","headers":{"User":["a","b"],"User-Agent":"wget","Host":"h"}}"#;
        let logged = parse(line).unwrap();
        let headers: Vec<_> =
            logged.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(headers, [("user", "a"), ("user", "b"), ("user-agent", "wget")]);
        assert_eq!(logged.authority.as_deref(), Some("h"));
    }

    #[test]
    fn what_names_no_request_is_none() {
        for line in ["{}", "{", "[]", r#"{"method":"GET"}"#, r#"{"method":7,"path":"/"}"#] {
            assert_eq!(parse(line), None, "{line}");
        }
    }
}
