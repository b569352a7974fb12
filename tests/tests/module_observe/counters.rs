//! Counters: what is counted, and when the host is told.

use super::{MODULE, compile, config, get, send, vm};
use harness::{Fault, Hostcall, MetricValue, Properties, Request, Response, Status, Vm, VmOptions};
use route::Config;
use route::config::Observe;
use std::fmt::Write;
use std::time::Duration;

const ON: Observe = Observe { metrics: true, filter_state: false, explain_token: None };
const SECOND: Option<Duration> = Some(Duration::from_secs(1));
const SOON: Option<Duration> = Some(Duration::from_millis(10));

fn started(config: &Config) -> Vm {
    let mut vm = Vm::new(&MODULE, VmOptions::default()).unwrap();
    configure(&mut vm, config);
    vm
}

fn configure(vm: &mut Vm, config: &Config) {
    vm.configure(serde_json::to_string(config).unwrap()).unwrap();
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
    let mut vm = vm(ON);
    for path in ["/plain", "/plain", "/moved", "/none", "/nowhere"] {
        let record = send(&mut vm, get(path));
        assert!(record.metrics.is_empty(), "nothing is told on the way of a request");
    }
    assert_eq!(vm.tick_period(), SECOND);
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
    let mut vm = started(&compile(SECURE, ON));
    let properties = Properties::new().destination_port(443).requested_server_name("b.example");
    let request = Request::get("a.example", "/").properties(properties);
    let reply = vm.run(request, Response::new(200)).unwrap().local_reply.unwrap();
    assert_eq!((reply.status, reply.details.as_slice()), (421, &b"kgwc_misdirected"[..]));
    vm.tick().unwrap();
    assert!(vm.metrics().counter("kgwc.outcome.misdirected.requests").is_some_and(|n| n == 1));
}

#[test]
fn what_was_counted_is_told_at_the_end_of_a_configuration() {
    let mut vm = vm(ON);
    send(&mut vm, get("/plain"));
    vm.shut_down().unwrap();
    assert_eq!(counters(&vm).len(), 1);
}

/// A host may keep something for each time that it is asked for a counter.
#[test]
fn a_counter_is_asked_for_once_whatever_is_configured_after() {
    let mut vm = vm(ON);
    let mut tell = |paths: &[&str]| {
        for path in paths {
            send(&mut vm, get(path));
        }
        let asked = vm.tick().unwrap().count(Hostcall::DefineMetric);
        configure(&mut vm, &config(ON));
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
    let mut vm = vm(ON);
    for _ in 0..2 {
        configure(&mut vm, &config(ON));
        assert_eq!((vm.root_contexts(), vm.timers()), (1, 1));
    }
    configure(&mut vm, &config(Observe::default()));
    assert_eq!((vm.root_contexts(), vm.timers()), (1, 0));
}

#[test]
fn a_count_that_the_host_does_not_take_is_told_again() {
    let mut vm = vm(ON);
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

/// A route for each number, with everything of it under its own path.
fn many(routes: usize) -> Config {
    let mut yaml = String::new();
    for number in 0..routes {
        write!(
            yaml,
            "---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: r{number}}}
spec:
  parentRefs: [{{name: gw}}]
  rules:
  - matches: [{{path: {{value: /r{number}}}}}]
    backendRefs: [{{name: app, port: 80}}]
"
        )
        .unwrap();
    }
    compile(&yaml, ON)
}

/// One request to each route.
fn send_to_each(vm: &mut Vm, routes: usize) {
    for number in 0..routes {
        send(vm, get(&format!("/r{number}")));
    }
}

/// Ticks until all counters had their turn; how many hostcalls each of them made.
fn tick_until_told(vm: &mut Vm) -> Vec<u64> {
    let mut calls = Vec::new();
    loop {
        calls.push(vm.tick().unwrap().hostcall_count());
        if vm.tick_period() == SECOND {
            return calls;
        }
        assert_eq!(vm.tick_period(), SOON);
        assert!(calls.len() < 1_000, "it never ends");
    }
}

/// A worker answers nobody while it takes counts: thousands of them at once would be felt.
#[test]
fn much_is_told_little_by_little() {
    const ROUTES: usize = 1_000;
    let mut vm = started(&many(ROUTES));
    send_to_each(&mut vm, ROUTES);
    let calls = tick_until_told(&mut vm);
    // To ask the host for a counter it has not seen takes it long.
    assert!(calls.iter().all(|calls| *calls <= 40), "{calls:?}");
    assert_eq!(counters(&vm).len(), ROUTES);
    assert!(counters(&vm).iter().all(|(_, count)| *count == 1));

    send_to_each(&mut vm, ROUTES);
    let calls = tick_until_told(&mut vm);
    assert!(calls.iter().all(|calls| *calls <= 260), "{calls:?}");
    assert_eq!(calls.len(), ROUTES / 256 + 1, "{calls:?}");
    assert!(counters(&vm).iter().all(|(_, count)| *count == 2));
}

/// Requests that go on while the host is told must not keep it from hearing of the last rules.
#[test]
fn each_rule_has_its_turn() {
    const ROUTES: usize = 400;
    let mut vm = started(&many(ROUTES));
    for _ in 0..ROUTES {
        send_to_each(&mut vm, ROUTES);
        vm.tick().unwrap();
        if counters(&vm).len() == ROUTES {
            return;
        }
    }
    panic!("told of {} rules", counters(&vm).len());
}

#[test]
fn a_configuration_leaves_its_counts_to_the_next() {
    const ROUTES: usize = 500;
    let mut vm = started(&many(ROUTES));
    send_to_each(&mut vm, ROUTES);
    vm.tick().unwrap();
    let told = counters(&vm).len();
    assert!((1..100).contains(&told), "{told}");
    // Two that end one after the other, before anything of the first was told.
    for routes in [ROUTES + 1, ROUTES] {
        send_to_each(&mut vm, 10);
        configure(&mut vm, &many(routes));
        assert_eq!(counters(&vm).len(), told, "not while a new configuration waits");
    }
    send_to_each(&mut vm, ROUTES);
    // Those that had their turn before have another one in a second.
    let calls = [tick_until_told(&mut vm), tick_until_told(&mut vm)].concat();
    assert!(calls.iter().all(|calls| *calls <= 260), "{calls:?}");
    let counts = counters(&vm);
    assert_eq!(counts.len(), ROUTES);
    let sum: u64 = counts.iter().map(|(_, count)| count).sum();
    assert_eq!(sum, 2 * ROUTES as u64 + 20);
}

/// At the end of the last configuration, or where the next one counts nothing; also of those before.
#[test]
fn nothing_is_left_where_nobody_would_tell_it() {
    const ROUTES: usize = 500;
    let silent = Config { observe: Observe::default(), ..many(ROUTES) };
    for ends in [|vm: &mut Vm, _: &Config| assert!(vm.shut_down().unwrap()), configure] {
        let mut vm = started(&many(ROUTES));
        send_to_each(&mut vm, ROUTES);
        vm.tick().unwrap();
        configure(&mut vm, &many(ROUTES + 1));
        send_to_each(&mut vm, 10);
        ends(&mut vm, &silent);
        let sum: u64 = counters(&vm).iter().map(|(_, count)| count).sum();
        assert_eq!(sum, ROUTES as u64 + 10);
    }
}

/// Configurations of which none lives for a second.
#[test]
fn reloads_that_follow_each_other_leave_nothing_to_grow() {
    const ROUTES: usize = 500;
    let mut vm = started(&many(ROUTES));
    let mut told = 0;
    for _ in 0..5 {
        send_to_each(&mut vm, ROUTES);
        configure(&mut vm, &many(ROUTES));
        assert_eq!(vm.tick_period(), SOON, "there is something to tell");
        tick_until_told(&mut vm);
        told += ROUTES as u64;
        assert_eq!(counters(&vm).iter().map(|(_, count)| count).sum::<u64>(), told);
    }
    configure(&mut vm, &many(ROUTES));
    assert_eq!(vm.tick_period(), SECOND, "there is nothing");
}

#[test]
fn a_host_without_timers_is_told_at_the_end() {
    let mut vm = Vm::new(&MODULE, VmOptions::default()).unwrap();
    vm.inject(Fault::every(Hostcall::SetTickPeriod).returns(Status::INTERNAL_FAILURE));
    configure(&mut vm, &many(20));
    send_to_each(&mut vm, 20);
    configure(&mut vm, &many(21));
    assert_eq!(counters(&vm).len(), 20);
}

#[test]
fn an_addition_that_the_host_does_not_take_is_told_again() {
    let mut vm = vm(ON);
    send(&mut vm, get("/plain"));
    vm.inject(Fault::every(Hostcall::IncrementMetric).returns(Status::INTERNAL_FAILURE));
    vm.tick().unwrap();
    vm.clear_faults();
    vm.tick().unwrap();
    assert_eq!(counters(&vm)[0].1, 1);
}
