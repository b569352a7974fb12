//! The module's counters, and the line of the access log for each request.

use std::time::{Duration, Instant};

use kgwc::envoy::{Client, RawRequest};
use kgwc_tests::servers::Server;
use route::config::Observe;

use crate::fixture::{Gateway, Setup, get, wait_for, wait_until};
use crate::resources::{backend, https_gateway, route, service};

/// A request and what becomes of it.
struct Case {
    path: &'static str,
    status: u16,
    outcome: &'static str,
    route: Option<(&'static str, &'static str)>,
}

const fn case(
    path: &'static str,
    status: u16,
    outcome: &'static str,
    route: &'static str,
    rule: &'static str,
) -> Case {
    Case { path, status, outcome, route: Some((route, rule)) }
}

const CASES: [Case; 9] = [
    case("/", 200, "forward", "default/app", "0"),
    case("/redirect", 302, "redirect", "default/app", "1"),
    case("/direct", 418, "direct_response", "default/app", "2"),
    case("/none", 500, "no_backends", "default/app", "3"),
    case("/missing", 500, "invalid_backend", "default/app", "4"),
    case("/zero", 503, "no_weight", "default/app", "5"),
    case("/filter", 500, "invalid_rule", "default/app", "6"),
    // A name may look like the rest of the counter.
    case("/dots", 200, "forward", "default/a.rule.7.outcome.x", "0"),
    Case { path: "/nowhere", status: 404, outcome: "no_match", route: None },
];

const RULES: &str = "
  - matches: [{path: {type: Exact, value: /}}]
    backendRefs: [{name: app, port: 80}]
  - matches: [{path: {value: /redirect}}]
    filters: [{type: RequestRedirect, requestRedirect: {hostname: new.example}}]
  - matches: [{path: {value: /direct}}]
    filters: [{type: ExtensionRef, extensionRef: {group: gateway.kgateway.dev, kind: DirectResponse, name: teapot}}]
  - matches: [{path: {value: /none}}]
  - matches: [{path: {value: /missing}}]
    backendRefs: [{name: missing, port: 80}]
  - matches: [{path: {value: /zero}}]
    backendRefs: [{name: app, port: 80, weight: 0}]
  - matches: [{path: {value: /filter}}]
    backendRefs: [{name: app, port: 80}]
    filters: [{type: ExtensionRef, extensionRef: {group: gateway.kgateway.dev, kind: DirectResponse, name: missing}}]
  - name: cors
    matches: [{path: {value: /cors}}]
    backendRefs: [{name: app, port: 80}]
    filters: [{type: CORS, cors: {allowOrigins: [\"https://page.example\"]}}]
";

const TEAPOT: &str = "---
apiVersion: gateway.kgateway.dev/v1alpha1
kind: DirectResponse
metadata: {name: teapot}
spec: {status: 418, body: short and stout}
";

/// HTTP on port 80 for `a.example`, HTTPS on 443 for `a.example.com` and for all others.
fn start(server: &Server, observe: Observe) -> Gateway {
    let listener = "  - {name: http, port: 80, protocol: HTTP, hostname: a.example}\n";
    let secure = https_gateway(
        &[("any", None), ("a", Some("a.example.com"))],
        include_str!("../envoy/a.pem"),
        include_str!("../envoy/key.pem"),
    );
    let gateway = secure.replace("listeners:\n", &format!("listeners:\n{listener}"));
    let dots = "  - matches: [{path: {value: /dots}}]\n    backendRefs: [{name: app, port: 80}]\n";
    let resources = gateway
        + &route("app", RULES)
        + &route("a.rule.7.outcome.x", dots)
        + TEAPOT
        + &service("app", &[server.address()]);
    Setup::new(resources).observe(observe).keep_going().access_log().start()
}

fn preflight() -> RawRequest {
    let request = get("/cors").header("origin", "https://page.example");
    let request = request.header("access-control-request-method", "PUT");
    RawRequest { method: b"OPTIONS".to_vec(), ..request }
}

/// The module's counters as Prometheus reads them, sorted.
fn counters(gateway: &Gateway) -> Vec<String> {
    let request = RawRequest::get("kgwc", "/stats/prometheus?usedonly");
    let admin = gateway.envoy.admin().address();
    let response = Client::new().send(admin, None, &request).unwrap();
    let body = String::from_utf8(response.body).unwrap();
    let lines = body.lines().filter(|line| line.starts_with("kgwc_"));
    let mut lines: Vec<_> = lines.map(sorted_labels).collect();
    lines.sort_unstable();
    lines
}

#[test]
fn every_request_is_counted_once_by_route_rule_and_outcome() {
    let server = Server::named("app");
    let observe = Observe { metrics: true, ..Observe::default() };
    let mut gateway = start(&server, observe);
    let mut expected = Vec::new();
    for (n, Case { path, status, outcome, route }) in (3..).zip(&CASES) {
        for _ in 0..n {
            assert_eq!(gateway.get(path).status, *status, "{path}");
        }
        let labels =
            route.map(|(name, rule)| format!(r#",kgwc_route="{name}",kgwc_rule="{rule}""#));
        let labels = labels.unwrap_or_default();
        expected.push(format!(r#"kgwc_requests{{kgwc_outcome="{outcome}"{labels}}} {n}"#));
    }
    for _ in 0..2 {
        assert_eq!(gateway.send(&preflight()).status, 204);
    }
    let labels = r#"kgwc_outcome="preflight",kgwc_route="default/app",kgwc_rule="7""#;
    expected.push(format!("kgwc_requests{{{labels}}} 2"));
    assert_eq!(gateway.send(&RawRequest::get("b.example", "/")).status, 404);
    expected.push(r#"kgwc_requests{kgwc_outcome="no_listener"} 1"#.to_owned());
    let secure = gateway.envoy.address(443).unwrap();
    let other = RawRequest::get("a.example.com", "/");
    let misdirected = Client::new().send(secure, Some("b.example.com"), &other).unwrap();
    assert_eq!(misdirected.status, 421);
    expected.push(r#"kgwc_requests{kgwc_outcome="misdirected"} 1"#.to_owned());
    expected.sort_unstable();

    wait_for(&expected, || counters(&gateway));
    // Once told, they are not told again.
    assert_eq!(gateway.get("/").status, 200);
    let line = r#"kgwc_requests{kgwc_outcome="forward",kgwc_route="default/app",kgwc_rule="0"} 4"#;
    wait_until("another one", || counters(&gateway).iter().any(|l| l == line));
}

/// Their order is Envoy's affair.
fn sorted_labels(line: &str) -> String {
    let (name, rest) = line.split_once('{').unwrap();
    let (labels, value) = rest.split_once('}').unwrap();
    let mut labels: Vec<_> = labels.split(',').collect();
    labels.sort_unstable();
    format!("{name}{{{}}}{value}", labels.join(","))
}

#[test]
fn nothing_is_counted_where_nobody_asked_for_it() {
    let server = Server::named("app");
    let observe = Observe { filter_state: true, ..Observe::default() };
    let mut gateway = start(&server, observe);
    // The module would tell once a second.
    let start = Instant::now();
    wait_until("more than a second", || {
        assert_eq!(gateway.get("/").status, 200);
        start.elapsed() > Duration::from_millis(1_500)
    });
    assert_eq!(counters(&gateway), [""; 0]);
}

#[test]
fn the_access_log_names_route_rule_backend_and_reason() {
    let server = Server::named("app");
    let observe = Observe { filter_state: true, ..Observe::default() };
    let mut gateway = start(&server, observe);
    for Case { path, .. } in &CASES {
        gateway.get(path);
    }
    gateway.send(&preflight());
    gateway.send(&RawRequest::get("b.example", "/other"));
    wait_until("all lines", || gateway.access_log().lines().count() == CASES.len() + 2);
    let log = gateway.access_log();
    let line = |wanted: &str| {
        let line = log.lines().find(|line| line.contains(wanted));
        line.unwrap_or_else(|| panic!("no {wanted} in\n{log}"))
    };
    for Case { path, status, outcome, route } in &CASES {
        let (route, rule) = route.unwrap_or(("-", "-"));
        let forward = *outcome == "forward";
        let details = if forward { "via_upstream".to_owned() } else { format!("kgwc_{outcome}") };
        let backend = if forward { "default/app:80" } else { "-" };
        let line = line(&format!(" GET a.example{path} "));
        let expected =
            format!(" {status} {details} route={route} rule={rule} backend={backend} upstream=");
        assert!(line.contains(&expected), "{line}\n{expected}");
    }
    let preflight = line(" OPTIONS a.example/cors ");
    // A rule with a name is known by it.
    let expected = " 204 kgwc_preflight route=default/app rule=cors backend=- upstream=- ";
    assert!(preflight.contains(expected), "{preflight}");
    let other = line(" GET b.example/other ");
    assert!(other.contains(" 404 kgwc_no_listener route=- rule=- backend=- "), "{other}");
}

/// Envoy's own 503 is told apart from those of the module.
#[test]
fn an_answer_of_envoy_is_no_reason_of_the_module() {
    let spec = "{static: {hosts: [{host: nobody.invalid, port: 1}]}}";
    let reference = "{group: gateway.kgateway.dev, kind: Backend, name: app}";
    let resources =
        route("app", &format!("  - backendRefs: [{reference}]\n")) + &backend("app", spec);
    let observe = Observe { filter_state: true, ..Observe::default() };
    let mut gateway = Setup::new(resources).observe(observe).access_log().start();
    assert_eq!(gateway.get("/").status, 503);
    wait_until("a line", || !gateway.access_log().is_empty());
    let log = gateway.access_log();
    assert!(!log.contains("kgwc_") && log.contains("backend=Backend/default/app"), "{log}");
}
