//! What the module tells about its decisions, and what that costs: in wasmtime, where every hostcall
//! is counted.

use harness::{
    Error, Fault, Hostcall, MetricValue, Module, Phase, Properties, Record, Request, Response,
    Status, Vm, VmOptions,
};
use kgwc_tests::load;
use route::Config;
use route::config::Observe;
use std::sync::LazyLock;
use std::time::Duration;

static MODULE: LazyLock<Module> =
    LazyLock::new(|| Module::new(filter_module::MODULE).expect("the module compiles"));

const ROUTES: &str = r#"
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: app.v1}
spec:
  parentRefs: [{name: gw}]
  rules:
  - matches: [{path: {value: /plain}}]
    backendRefs: [{name: plain, port: 80}]
  - name: moved
    matches: [{path: {value: /moved}}]
    filters: [{type: RequestRedirect, requestRedirect: {scheme: https}}]
  - matches: [{path: {value: /none}}]
    backendRefs: [{name: plain, port: 80, weight: 0}]
  - matches: [{path: {value: /limited}}]
    timeouts: {request: 10s, backendRequest: 2s}
    retry: {codes: [500, 503], attempts: 2}
    backendRefs: [{name: plain, port: 80}]
  - matches: [{path: {value: /session}}]
    sessionPersistence: {sessionName: sid, absoluteTimeout: 1h}
    backendRefs: [{name: plain, port: 80}]
"#;

const TOKEN: &str = "sixteen-or-more-characters";
/// `printf %s TOKEN | sha256sum`
const TOKEN_HASH: &str = "e0a5da612e22ce5e139058c7f860b41d577e63332b1d4d60f3946f1b4b71e464";

fn config(observe: Observe) -> Config {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("routes.yaml");
    std::fs::write(&file, ROUTES).unwrap();
    let loaded = load(&file);
    Config { observe, ..loaded.compiled.gateways[0].1.config.clone() }
}

fn vm(observe: Observe) -> Vm {
    let mut vm = Vm::new(&MODULE, VmOptions::default()).unwrap();
    vm.configure(serde_json::to_string(&config(observe)).unwrap()).unwrap();
    vm
}

fn send(vm: &mut Vm, request: Request) -> Record {
    let request = request.properties(Properties::new().destination_port(80));
    vm.run(request, Response::new(200)).unwrap()
}

fn get(path: &str) -> Request {
    Request::get("a.example", path)
}

fn counters(vm: &Vm) -> Vec<(String, u64)> {
    let mut all: Vec<_> = vm
        .metrics()
        .iter()
        .filter_map(|(name, value)| match value {
            MetricValue::Counter(count) => {
                Some((String::from_utf8_lossy(name).into_owned(), *count))
            }
            _ => None,
        })
        .collect();
    all.sort();
    all
}

#[test]
fn requests_are_counted_by_route_rule_and_outcome() {
    let mut vm = vm(Observe { metrics: true, ..Observe::default() });
    for path in ["/plain", "/plain", "/moved", "/none", "/nowhere"] {
        let record = send(&mut vm, get(path));
        assert!(record.metrics.is_empty(), "nothing is told on the way of a request");
    }
    assert_eq!(vm.tick_period(), Some(Duration::from_secs(1)));
    vm.tick().unwrap();
    let expected = [
        ("kgwc.outcome.no_match.requests", 1),
        ("kgwc.route.default/app.v1.rule.0.outcome.forward.requests", 2),
        ("kgwc.route.default/app.v1.rule.1.outcome.redirect.requests", 1),
        ("kgwc.route.default/app.v1.rule.2.outcome.no_weight.requests", 1),
    ];
    let expected: Vec<_> = expected.map(|(name, count)| (name.to_owned(), count)).into();
    assert_eq!(counters(&vm), expected);
    send(&mut vm, get("/plain"));
    vm.tick().unwrap();
    vm.tick().unwrap();
    assert_eq!(counters(&vm)[1].1, 3);
}

/// Two HTTPS listeners: a host of the one on a connection for the other is misdirected.
#[test]
fn a_misdirected_request_is_counted_and_told_with_its_reason() {
    const SECURE: &str = r#"
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge}
spec:
  gatewayClassName: kgwc
  listeners:
  - {name: a, port: 443, protocol: HTTPS, hostname: a.example, tls: {certificateRefs: [{name: cert}]}}
  - {name: b, port: 443, protocol: HTTPS, hostname: b.example, tls: {certificateRefs: [{name: cert}]}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: app}
spec: {parentRefs: [{name: edge}], rules: [{backendRefs: [{name: app, port: 80}]}]}
"#;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("routes.yaml");
    std::fs::write(&file, SECURE).unwrap();
    let observe = Observe { metrics: true, ..Observe::default() };
    let config = Config { observe, ..load(&file).compiled.gateways[0].1.config.clone() };
    let mut vm = Vm::new(&MODULE, VmOptions::default()).unwrap();
    vm.configure(serde_json::to_string(&config).unwrap()).unwrap();
    let properties = Properties::new().destination_port(443).requested_server_name("b.example");
    let request = Request::get("a.example", "/").properties(properties);
    let reply = vm.run(request, Response::new(200)).unwrap().local_reply.unwrap();
    assert_eq!((reply.status, reply.details.as_slice()), (421, &b"kgwc_misdirected"[..]));
    vm.tick().unwrap();
    assert!(vm.metrics().counter("kgwc.outcome.misdirected.requests").is_some_and(|n| n == 1));
}

#[test]
fn what_was_counted_is_told_at_the_end_of_a_configuration() {
    let mut vm = vm(Observe { metrics: true, ..Observe::default() });
    send(&mut vm, get("/plain"));
    vm.shut_down().unwrap();
    assert_eq!(counters(&vm).len(), 1);
}

/// A host may keep something for each time that it is asked for a counter.
#[test]
fn a_counter_is_asked_for_once_whatever_is_configured_after() {
    let mut vm = vm(Observe { metrics: true, ..Observe::default() });
    let mut tell = |paths: &[&str]| {
        for path in paths {
            send(&mut vm, get(path));
        }
        let asked = vm.tick().unwrap().count(Hostcall::DefineMetric);
        let next = config(Observe { metrics: true, ..Observe::default() });
        vm.configure(serde_json::to_string(&next).unwrap()).unwrap();
        asked
    };
    assert_eq!(tell(&["/plain"]), 1);
    assert_eq!(tell(&["/plain", "/plain"]), 0);
    assert_eq!(tell(&["/plain", "/moved"]), 1);
    let counts: Vec<_> = counters(&vm).into_iter().map(|(_, count)| count).collect();
    assert_eq!(counts, [4, 1]);
}

/// A host may go on with the timer of a configuration that is gone.
#[test]
fn a_configuration_that_was_replaced_leaves_no_timer() {
    let on = Observe { metrics: true, ..Observe::default() };
    let mut vm = vm(on.clone());
    for observe in [on.clone(), on] {
        vm.configure(serde_json::to_string(&config(observe)).unwrap()).unwrap();
        assert_eq!((vm.root_contexts(), vm.timers()), (1, 1));
    }
    vm.configure(serde_json::to_string(&config(Observe::default())).unwrap()).unwrap();
    assert_eq!((vm.root_contexts(), vm.timers()), (1, 0));
}

#[test]
fn a_count_that_the_host_does_not_take_is_told_again() {
    let mut vm = vm(Observe { metrics: true, ..Observe::default() });
    send(&mut vm, get("/plain"));
    vm.inject(Fault::every(Hostcall::DefineMetric).returns(Status::INTERNAL_FAILURE));
    vm.tick().unwrap();
    assert_eq!(counters(&vm), []);
    vm.clear_faults();
    vm.tick().unwrap();
    assert_eq!(counters(&vm)[0].1, 1);
}

#[test]
fn nothing_is_counted_where_nothing_is_asked_for() {
    let mut vm = vm(Observe::default());
    send(&mut vm, get("/plain"));
    assert_eq!(vm.tick_period(), None);
}

#[test]
fn the_winner_is_named_in_filter_state() {
    let mut vm = vm(Observe { filter_state: true, ..Observe::default() });
    let named = |record: &Record| {
        ["kgwc.route", "kgwc.rule", "kgwc.backend"].map(|name| {
            record.properties.get([name]).map(|v| String::from_utf8_lossy(v).into_owned())
        })
    };
    let text = |text: &str| Some(text.to_owned());
    let route = text("default/app.v1");
    let plain = named(&send(&mut vm, get("/plain")));
    assert_eq!(plain, [route.clone(), text("0"), text("default/plain:80")]);
    assert_eq!(named(&send(&mut vm, get("/moved"))), [route, text("moved"), None]);
    assert_eq!(named(&send(&mut vm, get("/nowhere"))), [None, None, None]);
}

#[test]
fn a_decision_is_explained_to_who_knows_the_token() {
    let observe = Observe { explain_token: Some(TOKEN_HASH.to_owned()), ..Observe::default() };
    let mut vm = vm(observe);
    let lines = |record: &Record| -> Vec<String> {
        let all = record.response_headers.iter().filter(|(name, _)| name == b"kgwc-explain");
        all.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).collect()
    };
    let asked = send(&mut vm, get("/plain").header("kgwc-explain", TOKEN));
    assert_eq!(
        lines(&asked)[1],
        "route     default/app.v1, rule 0, match 0",
        "{:?}",
        lines(&asked)
    );
    assert!(asked.request_headers.get("kgwc-explain").is_none(), "the backend gets no token");
    let answered = send(&mut vm, get("/nowhere").header("kgwc-explain", TOKEN));
    assert_eq!(lines(&answered)[1], "route     none matches");
    for wrong in ["", "sixteen-or-more-character", TOKEN_HASH] {
        let record = send(&mut vm, get("/plain").header("kgwc-explain", wrong));
        assert_eq!(lines(&record), [""; 0], "{wrong}");
        assert!(record.request_headers.get("kgwc-explain").is_none());
    }
    let mut off = self::vm(Observe::default());
    assert_eq!(lines(&send(&mut off, get("/plain").header("kgwc-explain", TOKEN))), [""; 0]);
}

/// All headers in one call, and the cluster: nothing else, whatever is counted.
#[test]
fn a_plain_forward_costs_two_hostcalls() {
    for metrics in [false, true] {
        let mut vm = vm(Observe { metrics, ..Observe::default() });
        let record = send(&mut vm, get("/plain"));
        assert_eq!(record.total_cost().hostcall_count(), 2, "{:?}", record.total_cost());
    }
}

#[test]
fn limits_and_retries_are_said_in_headers_of_the_host() {
    let record = send(&mut vm(Observe::default()), get("/limited"));
    let header = |name: &str| {
        record.request_headers.get(name).map(|value| String::from_utf8_lossy(value).into_owned())
    };
    for (name, value) in [
        ("x-envoy-upstream-rq-timeout-ms", "10000"),
        ("x-envoy-upstream-rq-per-try-timeout-ms", "2000"),
        ("x-envoy-retry-on", "connect-failure,refused-stream,reset,retriable-status-codes"),
        ("x-envoy-retriable-status-codes", "500,503"),
        ("x-envoy-max-retries", "2"),
    ] {
        assert_eq!(header(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(header("x-kgwc-variant"), None, "a plain retry needs none");
}

/// Without a clock no session that ends can be told from one that has ended.
#[test]
fn without_a_clock_every_session_is_a_new_one() {
    let mut vm = vm(Observe::default());
    vm.inject(Fault::every(Hostcall::GetCurrentTime).returns(Status::INTERNAL_FAILURE));
    let first = send(&mut vm, get("/session"));
    let token = first.response_headers.get("set-cookie").unwrap().to_vec();
    let token = String::from_utf8(token).unwrap();
    let again = get("/session").header("cookie", token.split(';').next().unwrap());
    let second = send(&mut vm, again);
    assert!(second.response_headers.get("set-cookie").is_some());
}

/// What no endpoint has answered is no reason to come back.
#[test]
fn a_failure_begins_no_session() {
    let mut vm = vm(Observe::default());
    let request = get("/session").properties(Properties::new().destination_port(80));
    let record = vm.run(request, Response::new(503)).unwrap();
    assert!(record.response_headers.get("set-cookie").is_none());
    assert!(record.action(Phase::ResponseHeaders).is_some());
    // Envoy names the endpoint also where the connection to it has failed.
    let request = get("/session").properties(Properties::new().destination_port(80));
    let failed = Response::new(503).header("x-kgwc-session", "Zm9v");
    let record = vm.run(request, failed).unwrap();
    assert!(record.response_headers.get("set-cookie").is_none());
    assert!(record.response_headers.get("x-kgwc-session").is_none());
}

#[test]
fn no_hostcall_that_fails_makes_any_of_it_trap() {
    let observe =
        Observe { metrics: true, filter_state: true, explain_token: Some(TOKEN_HASH.to_owned()) };
    for &call in Hostcall::ALL {
        let mut vm = vm(observe.clone());
        vm.inject(Fault::every(call).returns(Status::INTERNAL_FAILURE));
        for path in ["/plain", "/moved", "/limited", "/session", "/nowhere"] {
            let request = get(path).header("kgwc-explain", TOKEN).header("cookie", "sid=1.2...");
            let request = request.properties(Properties::new().destination_port(80));
            match vm.run(request, Response::new(200)) {
                Ok(_) | Err(Error::Paused { .. }) => {}
                Err(error) => panic!("{call}, {path}: {error}"),
            }
        }
        vm.tick().unwrap();
        assert!(vm.failure().is_none(), "{call}");
    }
}
