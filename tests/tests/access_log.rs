//! `kgwc explain --access-log`: a log played against routes.

use expect_test::expect_file;
use kgwc_tests::{kgwc, repository};
use serde_json::Value;

const ROUTES: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  parentRefs: [{name: edge}]
  hostnames: [shop.example.com]
  rules:
  - name: cart
    matches:
    - path: {value: /cart}
    - path: {value: /checkout}
      headers: [{name: beta, type: RegularExpression, value: 'y(es)?'}]
    backendRefs:
    - {name: cart-v1, port: 80, weight: 3}
    - {name: cart-v2, port: 80, weight: 1}
  - matches: [{path: {type: Exact, value: /old}}]
    filters:
    - type: RequestRedirect
      requestRedirect: {path: {type: ReplaceFullPath, replaceFullPath: /new}}
  - matches: [{path: {value: /checkout}}]
    backendRefs: [{name: checkout, port: 80}]
";

fn replay(log: &str, more: &[&str]) -> kgwc_tests::Output {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("routes.yaml"), ROUTES).unwrap();
    let args = ["explain", "routes.yaml", "--access-log", "-"];
    let args = args.into_iter().chain(more.iter().copied());
    kgwc!().in_folder(folder.path()).input(log).run(args)
}

fn json(log: &str) -> Value {
    serde_json::from_str(&replay(log, &["--output", "json"]).fine()).unwrap()
}

#[test]
fn the_example_is_summed_up() {
    let log = "examples/matches/access.log";
    let text = kgwc!().run(["explain", "examples/matches", "--access-log", log]).fine();
    expect_file![repository("tests/golden/commands/access_log.txt")].assert_eq(&text);
}

#[test]
fn requests_go_to_rules_and_their_shares_to_backends() {
    let mut log = String::new();
    for (path, count) in [("/cart?item=1", 5), ("/cart/2", 3), ("/old", 2), ("/checkout", 4)] {
        let line =
            format!("{{\"method\":\"GET\",\"path\":\"{path}\",\"host\":\"shop.example.com\"}}\n");
        log.push_str(&line.repeat(count));
    }
    let replay = json(&log);
    // No match asks for the query: the item in the cart makes no difference.
    assert_eq!((&replay["requests"], &replay["distinct"]), (&14.into(), &4.into()));
    let destinations: Vec<_> = replay["destinations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| (d["rule"].as_u64().unwrap(), d["requests"].as_u64().unwrap(), &d["outcomes"]))
        .collect();
    assert_eq!(
        destinations,
        [
            (0, 8, &serde_json::json!({"default/cart-v1:80": 6.0, "default/cart-v2:80": 2.0})),
            (2, 4, &serde_json::json!({"default/checkout:80": 4.0})),
            (1, 2, &serde_json::json!({"302 redirect": 2.0})),
        ]
    );
    // With the header that the log does not have the first rule would get them.
    assert_eq!(replay["missingHeaders"], serde_json::json!({"beta": 4}));
}

/// What was answered and would be a 404 is what a migration has to know.
#[test]
fn what_was_answered_and_would_not_be_is_named_with_the_nearest_match() {
    let log = r#"
[t] "GET /card HTTP/1.1" 200 - 0 12 4 3 "-" "curl" "1" "shop.example.com" "10.1.0.4:80"
[t] "GET /card HTTP/1.1" 404 - 0 12 4 3 "-" "curl" "2" "shop.example.com" "10.1.0.4:80"
[t] "GET /cart HTTP/1.1" 200 - 0 12 4 3 "-" "curl" "3" "ship.example.com" "10.1.0.4:80"
[t] "GET /a%2Fb HTTP/1.1" 200 - 0 12 4 3 "-" "curl" "4" "shop.example.com" "10.1.0.4:80"
"#;
    let replay = json(log);
    let told = |name: &str| -> Vec<String> {
        let requests = replay[name].as_array().unwrap().iter();
        let text = |request: &Value| {
            format!(
                "{} of {} at {}: {}; {}",
                request["requests"],
                request["url"],
                request["line"],
                request["now"],
                request["nearest"]
            )
        };
        requests.map(text).collect()
    };
    let card = r#""http://shop.example.com/card" at 2: "404: no match fits"; "default/shop, rule 0, match 0: path is /card, the match wants the prefix /cart""#;
    let ship = r#"1 of "http://ship.example.com/cart" at 4: "404: no match fits"; "the hostname shop.example.com""#;
    let slash = r#"1 of "http://shop.example.com/a%2Fb" at 5: "400: Envoy refuses the path"; null"#;
    assert_eq!(told("unmatched"), [&format!("2 of {card}"), ship, slash]);
    assert_eq!(told("lost"), [&format!("1 of {card}"), ship, slash]);
}

#[test]
fn a_url_says_what_the_log_does_not() {
    let log = "1.2.3.4 - - [t] \"GET /cart HTTP/1.1\" 200 12 \"-\" \"curl\"\n";
    let replay_with = |more: &[&str]| -> Value {
        let output = replay(log, &[&["--output", "json"], more].concat()).fine();
        serde_json::from_str(&output).unwrap()
    };
    let without = replay(log, &[]);
    assert_eq!(without.status, Some(2));
    assert_eq!(
        without.stderr,
        "kgwc: - names no hosts: name a URL with the host after the inputs\n"
    );
    let with = replay_with(&["http://shop.example.com"]);
    assert_eq!(with["destinations"][0]["requests"], 1);
    let elsewhere = replay_with(&["http://shop.example.com:8080"]);
    assert_eq!(elsewhere["unmatched"][0]["requests"], 1, "no listener has that port");
}

#[test]
fn any_bytes_are_a_log() {
    let garbage: Vec<u8> = (0..=255).cycle().take(4096).collect();
    let output = replay(&String::from_utf8_lossy(&garbage), &[]);
    assert_eq!((output.status, output.stdout.as_str()), (Some(2), ""));
    assert_eq!(output.stderr, "kgwc: - has no line in a format that is known\n");
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("access.log.gz");
    std::fs::write(&log, b"\x1f\x8b\x08\x00\x00\x00\x00\x00\n").unwrap();
    let args = ["explain", "examples/matches", "--access-log", log.to_str().unwrap()];
    let compressed = kgwc!().run(args);
    assert_eq!(compressed.status, Some(2));
    assert!(compressed.stderr.contains("is compressed: zcat"), "{}", compressed.stderr);
    let missing = kgwc!().run(["explain", "examples/matches", "--access-log", "no-such.log"]);
    assert_eq!(missing.status, Some(2));
    assert!(missing.stderr.starts_with("kgwc: cannot read no-such.log: "), "{}", missing.stderr);
    let twice = kgwc!().run(["explain", "-", "--access-log", "-"]);
    assert_eq!(twice.stderr, "kgwc: standard input is either the routes or the log\n");
}

/// Which share is drawn first must not decide whether a share that fails is told.
#[test]
fn a_share_that_fails_is_lost_whatever_its_place() {
    for (first, second) in [("good", "bad"), ("bad", "good")] {
        let reference = |name: &str| match name {
            "good" => "{name: good, port: 80}".to_owned(),
            _ => "{name: bad, namespace: elsewhere, port: 80}".to_owned(),
        };
        let routes = format!(
            "
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: shop}}
spec:
  parentRefs: [{{name: edge}}]
  rules: [{{backendRefs: [{}, {}]}}]
",
            reference(first),
            reference(second)
        );
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("routes.yaml"), routes).unwrap();
        let log = r#"{"method":"GET","path":"/","host":"a.example","status":200}"#;
        let args = ["explain", "--keep-going", "--output", "json", "routes.yaml"];
        let args = args.into_iter().chain(["--access-log", "-"]);
        let output = kgwc!().in_folder(folder.path()).input(log).run(args).fine();
        let replay: Value = serde_json::from_str(&output).unwrap();
        assert_eq!(replay["lost"][0]["now"], "500 for 50.0 % of them", "{first} first: {output}");
    }
}
