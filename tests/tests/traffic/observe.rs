//! What can be seen from outside: counters, access log, explanations.

use kgwc::explain;
use kgwc::testing::Prepared;
use kgwc_tests::servers::Server;
use route::RouteTable;
use route::config::Observe;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

use crate::fixture::{Gateway, Setup, compile, get, values, wait_until};
use crate::resources::{route, service};
use kgwc::envoy::RawRequest;

const TOKEN: &str = "a-token-that-nobody-guesses";

fn everything() -> Observe {
    let hash = Sha256::digest(TOKEN.as_bytes());
    let hash = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    Observe { metrics: true, filter_state: true, explain_token: Some(hash) }
}

/// A rule for each outcome that one listener can have.
fn resources(server: &Server) -> String {
    let cors = "{type: CORS, cors: {allowOrigins: [\"*\"]}}";
    let rules = format!(
        "  - matches: [{{path: {{value: /forward}}}}]\n    backendRefs: [{{name: app, port: 80}}]\n    filters: [{cors}]\n\
         \x20 - name: moved\n    matches: [{{path: {{value: /redirect}}}}]\n    filters: [{{type: RequestRedirect, requestRedirect: {{hostname: b.example}}}}]\n\
         \x20 - matches: [{{path: {{value: /direct}}}}]\n    filters: [{{type: ExtensionRef, extensionRef: {{group: gateway.kgateway.dev, kind: DirectResponse, name: fixed}}}}]\n\
         \x20 - matches: [{{path: {{value: /invalid-rule}}}}]\n    filters: [{{type: ExternalAuth, externalAuth: {{protocol: HTTP, http: {{path: /}}, backendRef: {{name: app, port: 80}}}}}}]\n    backendRefs: [{{name: app, port: 80}}]\n\
         \x20 - matches: [{{path: {{value: /invalid-backend}}}}]\n    backendRefs: [{{name: missing, port: 80}}]\n\
         \x20 - matches: [{{path: {{value: /no-backends}}}}]\n\
         \x20 - matches: [{{path: {{value: /no-weight}}}}]\n    backendRefs: [{{name: app, port: 80, weight: 0}}]\n"
    );
    let gateway = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: edge}\n\
                   spec:\n  gatewayClassName: kgwc\n  listeners: [{name: http, port: 80, protocol: HTTP, hostname: \"*.example\"}]\n";
    let fixed = "---\napiVersion: gateway.kgateway.dev/v1alpha1\nkind: DirectResponse\nmetadata: {name: fixed}\nspec: {status: 418, body: tea}\n";
    route("my.app", &rules) + gateway + fixed + &service("app", &[server.address()])
}

/// Number of a rule, and what it is called in logs.
type Rule = Option<(&'static str, &'static str)>;

/// Path, host, status, outcome and rule of each kind of request.
const REQUESTS: [(&str, &str, u16, &str, Rule); 9] = [
    ("/forward", "a.example", 200, "forward", Some(("0", "0"))),
    ("/redirect", "a.example", 302, "redirect", Some(("1", "moved"))),
    ("/direct", "a.example", 418, "direct_response", Some(("2", "2"))),
    ("/invalid-rule", "a.example", 500, "invalid_rule", Some(("3", "3"))),
    ("/invalid-backend", "a.example", 500, "invalid_backend", Some(("4", "4"))),
    ("/no-backends", "a.example", 500, "no_backends", Some(("5", "5"))),
    ("/no-weight", "a.example", 503, "no_weight", Some(("6", "6"))),
    ("/nowhere", "a.example", 404, "no_match", None),
    ("/forward", "other.test", 404, "no_listener", None),
];

/// The counters of the module as Prometheus would get them, without labels of Envoy's own.
fn prometheus(gateway: &mut Gateway) -> BTreeMap<String, u64> {
    let admin = gateway.envoy.admin().address();
    let request = RawRequest::get("admin", "/stats/prometheus");
    let body = gateway.client.send(admin, None, &request).unwrap().body;
    let text = String::from_utf8(body).unwrap();
    let counters = text.lines().filter_map(|line| {
        let (name, count) = line.strip_prefix("kgwc_requests")?.rsplit_once(' ')?;
        Some((name.to_owned(), count.parse().ok()?))
    });
    counters.collect()
}

#[test]
fn every_outcome_is_counted_and_logged_with_its_reason() {
    let server = Server::named("app");
    let setup = Setup::new(resources(&server)).observe(everything()).access_log().keep_going();
    let mut gateway = setup.start();
    let mut expected = BTreeMap::new();
    for (number, (path, host, status, outcome, rule)) in REQUESTS.into_iter().enumerate() {
        let times = number as u64 + 1;
        for _ in 0..times {
            let response = gateway.send(&RawRequest::get(host, path));
            assert_eq!(response.status, status, "{path}");
        }
        let mut labels = format!("kgwc_outcome=\"{outcome}\"");
        if let Some((number, _)) = rule {
            labels.push_str(&format!(",kgwc_route=\"default/my.app\",kgwc_rule=\"{number}\""));
        }
        expected.insert(format!("{{{labels}}}"), times);
    }
    let preflight = RawRequest { method: b"OPTIONS".to_vec(), ..get("/forward") };
    let preflight = preflight
        .header("origin", "https://b.example")
        .header("access-control-request-method", "GET");
    assert_eq!(gateway.send(&preflight).status, 204);
    let labels = "{kgwc_outcome=\"preflight\",kgwc_route=\"default/my.app\",kgwc_rule=\"0\"}";
    expected.insert(labels.to_owned(), 1);
    let sorted = |all: BTreeMap<String, u64>| -> BTreeMap<String, u64> {
        all.into_iter()
            .map(|(labels, count)| {
                let inner = labels.trim_matches(['{', '}']).to_owned();
                let mut parts: Vec<_> = inner.split(',').map(str::to_owned).collect();
                parts.sort();
                (parts.join(","), count)
            })
            .collect()
    };
    let expected = sorted(expected);
    let mut last = BTreeMap::new();
    wait_until("the counters", || {
        last = sorted(prometheus(&mut gateway));
        last == expected
    });

    let log = || -> Vec<String> { gateway.access_log().lines().map(str::to_owned).collect() };
    let total = (1..=REQUESTS.len()).sum::<usize>() + 1;
    wait_until("the access log", || log().len() == total);
    let log = log();
    for (path, host, status, outcome, rule) in REQUESTS {
        let line = log.iter().find(|line| line.contains(&format!(" {host}{path} {status} ")));
        let line = line.unwrap_or_else(|| panic!("{path}: {log:#?}"));
        if outcome == "forward" {
            assert!(line.contains(" via_upstream ") && line.contains("backend=default/app:80"));
        } else {
            assert!(line.contains(&format!(" kgwc_{outcome} ")), "{line}");
            assert!(line.contains("backend=- "), "{line}");
        }
        let winner = match rule {
            Some((_, name)) => format!("route=default/my.app rule={name} "),
            None => "route=- rule=- ".to_owned(),
        };
        assert!(line.contains(&winner), "{line}");
    }
    assert!(log.iter().any(|line| line.contains(" 204 kgwc_preflight ")), "{log:#?}");
}

#[test]
fn an_explanation_is_what_kgwc_explain_prints() {
    let server = Server::echo();
    let resources = resources(&server);
    let mut gateway = Setup::new(resources.clone()).observe(everything()).keep_going().start();
    let compiled = compile(&resources, Observe::default());
    let table = RouteTable::compile(compiled.gateways[0].1.config.clone()).unwrap();
    for (path, host, ..) in REQUESTS {
        let asked = gateway.send(&RawRequest::get(host, path).header("kgwc-explain", TOKEN));
        let lines = values(&asked, "kgwc-explain");
        let prepared = Prepared::new("GET", &format!("http://{host}{path}"), []).unwrap();
        let printed = route::explain::text(&explain::explain(&table, &prepared));
        // What Envoy adds to a request before the module sees it is no part of it here.
        let own = |line: &&str| {
            !["x-forwarded-", "x-request-id", "content-length", "x-envoy"]
                .iter()
                .any(|name| line.trim_start().starts_with(name))
        };
        // A field value loses spaces around it on the way.
        assert!(!lines.concat().contains(TOKEN), "{lines:?}");
        let got: Vec<_> = lines.iter().map(|l| l.trim()).filter(own).collect();
        let wanted: Vec<_> = printed.lines().map(str::trim).filter(own).collect();
        assert_eq!(got, wanted, "{path}");
        for wrong in ["", "wrong", "a-token-that-nobody-guesses "] {
            let request = RawRequest::get(host, path).header("kgwc-explain", wrong);
            let response = gateway.send(&request);
            if wrong.trim() != TOKEN {
                assert_eq!(values(&response, "kgwc-explain"), [""; 0], "{wrong}");
            }
        }
    }
    for received in server.requests() {
        assert_eq!(received.header("kgwc-explain"), None, "the backend gets no token");
    }
    let mut off = Setup::new(resources).keep_going().start();
    let response = off.send(&get("/forward").header("kgwc-explain", TOKEN));
    assert_eq!(values(&response, "kgwc-explain"), [""; 0]);
}
