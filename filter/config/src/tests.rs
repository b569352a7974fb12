//! The configuration as JSON.

use super::*;

/// Has every field that there is, once with and once without its default.
fn full() -> Config {
    let condition = |name: &str, value| NamedMatch { name: name.to_owned(), value };
    let header = |name: &str| HeaderValue { name: name.to_owned(), value: "1".to_owned() };
    let modifier =
        HeaderModifier { set: vec![header("a")], add: vec![header("b")], remove: vec!["c".into()] };
    Config {
        version: VERSION,
        id: "0123abcd".to_owned(),
        gateway: "default/gateway".to_owned(),
        port: Some(443),
        hostname_fallthrough: true,
        observe: Observe {
            metrics: true,
            filter_state: true,
            explain_token: Some("0123abcd".to_owned()),
        },
        listeners: vec![Listener {
            name: "https".to_owned(),
            port: 443,
            bound: Some(8443),
            protocol: Protocol::Https,
            hostname: Some("*.example.com".to_owned()),
            hostnames: vec![Hostname {
                hostname: Some("a.example.com".to_owned()),
                matches: vec![1, 0],
            }],
        }],
        routes: vec!["default/route".to_owned()],
        rules: vec![
            Rule {
                route: 0,
                index: 1,
                name: Some("named".to_owned()),
                error: Some("why".to_owned()),
                filters: vec![0, 1],
                backends: vec![BackendRef {
                    backend: 1,
                    weight: 80,
                    error: Some("RefNotPermitted".to_owned()),
                    filters: vec![3],
                    variant: Some("v-0123".to_owned()),
                    separate_tries: true,
                }],
                timeouts: Some(Timeouts { request: Some(10_000), backend_request: Some(200) }),
                retry: Some(Box::new(Retry { codes: vec![500], attempts: 3, backoff: Some(100) })),
                session_persistence: Some(Box::new(SessionPersistence {
                    carrier: Carrier::Cookie { path: "/".to_owned(), permanent: true },
                    name: "session".to_owned(),
                    absolute_timeout: Some(3_600_000),
                    idle_timeout: Some(60_000),
                })),
            },
            Rule {
                timeouts: Some(Timeouts::default()),
                retry: Some(Box::new(Retry { attempts: 1, ..Retry::default() })),
                session_persistence: Some(Box::new(SessionPersistence {
                    carrier: Carrier::Header,
                    name: "x-session".to_owned(),
                    absolute_timeout: None,
                    idle_timeout: None,
                })),
                backends: vec![BackendRef { backend: 0, weight: 1, ..BackendRef::default() }],
                ..Rule::default()
            },
        ],
        matches: vec![
            Match {
                rule: 0,
                index: 1,
                path: PathMatch::Regex(0),
                method: Some("GET".to_owned()),
                headers: vec![condition("h", ValueMatch::Exact("x".to_owned()))],
                query: vec![condition("q", ValueMatch::Regex(0))],
            },
            Match { rule: 1, path: PathMatch::Exact("/a".to_owned()), ..Match::default() },
            Match { rule: 1, ..Match::default() },
        ],
        backends: vec![
            Backend {
                kind: "Service".to_owned(),
                namespace: "default".to_owned(),
                name: "v1".to_owned(),
                port: Some(8000),
                cluster: None,
                error: None,
            },
            Backend {
                kind: "Backend".to_owned(),
                namespace: "other".to_owned(),
                name: "lambda".to_owned(),
                port: None,
                cluster: Some("aws".to_owned()),
                error: Some(BackendError { status: 503, reason: "no endpoints".to_owned() }),
            },
        ],
        filters: vec![
            Filter::RequestHeaderModifier(modifier.clone()),
            Filter::ResponseHeaderModifier(HeaderModifier::default()),
            Filter::RequestRedirect(Redirect {
                scheme: Some("https".to_owned()),
                hostname: Some("b.example.com".to_owned()),
                path: Some(PathModifier::ReplaceFullPath("/full".to_owned())),
                port: Some(8443),
                status_code: 301,
            }),
            Filter::UrlRewrite(Rewrite {
                hostname: Some("c.example.com".to_owned()),
                path: Some(PathModifier::ReplacePrefixMatch(String::new())),
            }),
            Filter::DirectResponse(Respond { status: 404, body: Some("no\n".to_owned()) }),
            Filter::DirectResponse(Respond { status: 204, body: None }),
            Filter::Cors(Cors {
                allow_origins: vec!["https://*.example.com".to_owned()],
                allow_credentials: true,
                allow_methods: vec!["GET".to_owned()],
                allow_headers: vec!["x-a".to_owned()],
                expose_headers: vec!["x-b".to_owned()],
                max_age: 60,
            }),
            Filter::Cors(Cors { max_age: 5, ..Cors::default() }),
            Filter::RequestMirror(Mirror { backend: 1, numerator: 1, denominator: 3 }),
        ],
        regexes: vec![Regex {
            pattern: "/v[0-9]+/(a|b)/items/[a-z]+/all".to_owned(),
            prefix: "/v".to_owned(),
            elements: vec!["items".to_owned(), "all".to_owned()],
            dfa: "AAAA".to_owned(),
        }],
    }
}

/// [`full`] as it travels. Changing this text breaks configurations that are in use: it needs a
/// new [`VERSION`].
const FULL: &str = include_str!("full.json");

#[test]
fn the_json_of_a_version_does_not_change() {
    let json = serde_json::to_string_pretty(&full()).unwrap();
    assert_eq!(json, FULL.trim_end());
}

#[test]
fn what_is_written_reads_the_same() {
    assert_eq!(Config::from_json(FULL.as_bytes()).unwrap(), full());
}

#[test]
fn defaults_are_left_out() {
    let least = Config {
        version: VERSION,
        gateway: "a/b".to_owned(),
        listeners: vec![Listener {
            name: "http".to_owned(),
            port: 80,
            bound: None,
            protocol: Protocol::Http,
            hostname: None,
            hostnames: vec![Hostname { hostname: None, matches: vec![0] }],
        }],
        routes: vec!["a/r".to_owned()],
        rules: vec![Rule {
            backends: vec![BackendRef { backend: 0, weight: 1, ..BackendRef::default() }],
            ..Rule::default()
        }],
        matches: vec![Match::default()],
        ..Config::default()
    };
    let expected = concat!(
        r#"{"version":1,"id":"","gateway":"a/b","#,
        r#""listeners":[{"name":"http","port":80,"hostnames":[{"matches":[0]}]}],"#,
        r#""routes":["a/r"],"rules":[{"route":0,"backends":[{"backend":0}]}],"#,
        r#""matches":[{"rule":0}],"backends":[],"filters":[],"regexes":[]}"#,
    );
    assert_eq!(serde_json::to_string(&least).unwrap(), expected);
    assert_eq!(Config::from_json(expected.as_bytes()).unwrap(), least);
}

#[test]
fn there_is_no_null() {
    for config in [full(), Config::default()] {
        let json = serde_json::to_string(&config).unwrap();
        assert!(!json.contains("null"), "{json}");
    }
}

/// A Struct holds every number as a double.
#[test]
fn numbers_survive_a_protobuf_struct() {
    fn numbers(value: &serde_json::Value, found: &mut Vec<u64>) {
        match value {
            serde_json::Value::Number(number) => found.push(number.as_u64().unwrap()),
            serde_json::Value::Array(values) => values.iter().for_each(|v| numbers(v, found)),
            serde_json::Value::Object(map) => map.values().for_each(|v| numbers(v, found)),
            _ => {}
        }
    }
    let mut config = full();
    config.rules[0].backends[0].weight = u32::MAX;
    config.listeners[0].hostnames[0].matches = vec![u32::MAX];
    let mut found = Vec::new();
    numbers(&serde_json::to_value(&config).unwrap(), &mut found);
    assert!(found.contains(&u64::from(u32::MAX)));
    assert!(found.iter().all(|number| *number <= 1 << 53), "{found:?}");
}

/// The same JSON with the keys of each object the other way round.
fn reversed(value: &serde_json::Value) -> String {
    let list = |parts: Vec<String>| parts.join(",");
    match value {
        serde_json::Value::Array(values) => {
            format!("[{}]", list(values.iter().map(reversed).collect()))
        }
        serde_json::Value::Object(map) => {
            let pair = |(key, value)| format!("{key:?}:{}", reversed(value));
            format!("{{{}}}", list(map.iter().rev().map(pair).collect()))
        }
        other => other.to_string(),
    }
}

#[test]
fn the_order_of_keys_means_nothing() {
    let value: serde_json::Value = serde_json::from_str(FULL).unwrap();
    for json in [value.to_string(), reversed(&value)] {
        assert_eq!(Config::from_json(json.as_bytes()).unwrap(), full());
    }
}

fn refusal(json: &str) -> String {
    Config::from_json(json.as_bytes()).unwrap_err().to_string()
}

#[test]
fn an_unknown_version_is_refused() {
    let message = "the plugin configuration has version 2; this module reads version 1: \
                   compile it with the kgwc of the module's release";
    assert_eq!(refusal(r#"{"version":2,"gateway":"a/b","listeners":[]}"#), message);
    // Also where nothing else of it can be understood.
    assert_eq!(refusal(r#"{"version":2,"listeners":"elsewhere"}"#), message);
    assert_eq!(
        refusal(r#"{"version":0,"gateway":"a/b","listeners":[]}"#),
        message.replace("version 2;", "version 0;")
    );
}

#[test]
fn what_is_no_configuration_is_refused() {
    for (json, message) in [
        ("", "EOF while parsing a value at line 1 column 0"),
        ("{}", "missing field `version` at line 1 column 2"),
        (r#"{"version":1,"gateway":"a/b"}"#, "missing field `listeners` at line 1 column 29"),
        (
            r#"{"version":1,"gateway":"a/b","listeners":[{"name":"a","port":65536}]}"#,
            "invalid value: integer `65536`, expected u16 at line 1 column 66",
        ),
    ] {
        assert_eq!(refusal(json), format!("the plugin configuration cannot be read: {message}"));
    }
}

#[test]
fn a_filter_of_an_unknown_type_is_read() {
    let filter: Filter = serde_json::from_str(r#"{"later":{"some":["*"]}}"#).unwrap();
    assert_eq!(filter, Filter::Unknown);
}

#[test]
fn a_backend_is_known_by_kind_namespace_name_and_port() {
    let ids: Vec<_> = full().backends.iter().map(Backend::id).collect();
    assert_eq!(ids, ["default/v1:8000", "Backend/other/lambda"]);
}

/// 5,000 routes, each with a host, a path prefix and a Service of its own.
#[test]
fn five_thousand_simple_routes_stay_under_a_megabyte_and_a_half() {
    let number = 5_000;
    let name = |n: u32| format!("application-{n:04}");
    let config = Config {
        version: VERSION,
        gateway: "default/gateway".to_owned(),
        listeners: vec![Listener {
            name: "http".to_owned(),
            port: 80,
            bound: None,
            protocol: Protocol::Http,
            hostname: None,
            hostnames: (0..number)
                .map(|n| Hostname {
                    hostname: Some(format!("{}.example.com", name(n))),
                    matches: vec![n],
                })
                .collect(),
        }],
        routes: (0..number).map(|n| format!("production/{}", name(n))).collect(),
        rules: (0..number)
            .map(|n| Rule {
                route: n,
                backends: vec![BackendRef { backend: n, weight: 1, ..BackendRef::default() }],
                ..Rule::default()
            })
            .collect(),
        matches: (0..number)
            .map(|n| Match {
                rule: n,
                path: PathMatch::Prefix(format!("/api/{}", name(n))),
                ..Match::default()
            })
            .collect(),
        backends: (0..number)
            .map(|n| Backend {
                kind: "Service".to_owned(),
                namespace: "production".to_owned(),
                name: name(n),
                port: Some(8080),
                cluster: None,
                error: None,
            })
            .collect(),
        ..Config::default()
    };
    let size = serde_json::to_vec(&config).unwrap().len();
    assert!(size < 1_500_000, "{size} bytes");
    assert!(size > 500_000, "{size} bytes are too few for that many routes");
}
