//! The module under a host that does not do as it should: it refuses, answers 500 or goes on, and
//! never traps.

use harness::{
    Action, Error, Fault, Hostcall, LogLevel, Module, Phase, Properties, Randomness, Request,
    Response, Status, Vm, VmOptions,
};
use kgwc_tests::load;
use std::sync::LazyLock;

static MODULE: LazyLock<Module> =
    LazyLock::new(|| Module::new(filter_module::MODULE).expect("the module compiles"));

/// Two versions on port 80, a third on port 81, a direct answer, and all kinds of changes.
const ROUTES: &str = r#"
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge}
spec:
  gatewayClassName: kgwc
  listeners:
  - {name: one, port: 80, protocol: HTTP}
  - {name: two, port: 81, protocol: HTTP}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: one}
spec:
  parentRefs: [{name: edge, sectionName: one}]
  rules:
  - matches: [{path: {value: /split}}]
    backendRefs: [{name: v1, port: 80}, {name: v2, port: 80}]
  - matches: [{path: {value: /changed}}]
    filters:
    - type: RequestHeaderModifier
      requestHeaderModifier: {set: [{name: x-set, value: a}], add: [{name: x-add, value: b}]}
    - type: ResponseHeaderModifier
      responseHeaderModifier: {set: [{name: x-back, value: c}], remove: [server]}
    - type: URLRewrite
      urlRewrite: {hostname: other.example, path: {type: ReplaceFullPath, replaceFullPath: /x}}
    backendRefs: [{name: v1, port: 80}]
  - matches: [{path: {value: /header}, headers: [{name: user, value: me}]}]
    backendRefs: [{name: v1, port: 80}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: two}
spec:
  parentRefs: [{name: edge, sectionName: two}]
  rules: [{backendRefs: [{name: v3, port: 80}]}]
"#;

fn configuration() -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("routes.yaml");
    std::fs::write(&file, ROUTES).unwrap();
    let loaded = load(&file);
    serde_json::to_string(&loaded.compiled.gateways[0].1.config).unwrap()
}

fn vm(options: VmOptions) -> Vm {
    Vm::new(&MODULE, options).unwrap()
}

fn configured(options: VmOptions) -> Vm {
    let mut vm = vm(options);
    vm.configure(configuration()).unwrap();
    vm
}

fn get(path: &str) -> Request {
    Request::get("a.example", path).properties(Properties::new().destination_port(80))
}

/// The cluster that a request is sent to, or the status that it is answered with.
fn answer(vm: &mut Vm, request: Request) -> String {
    let record = vm.run(request, Response::new(200)).unwrap();
    match record.local_reply {
        Some(reply) => reply.status.to_string(),
        None => {
            let cluster = record.request_headers.get("x-kgwc-cluster").unwrap();
            String::from_utf8(cluster.to_vec()).unwrap()
        }
    }
}

/// What the module logs when it refuses a configuration.
fn refusal(configuration: &str) -> String {
    let mut vm = vm(VmOptions::default());
    let error = vm.configure(configuration).unwrap_err();
    assert!(matches!(error, Error::ConfigurationRejected), "{error}");
    let logs: Vec<_> = vm.logs().iter().filter(|log| log.level >= LogLevel::Error).collect();
    assert_eq!(logs.len(), 1, "{logs:?}");
    logs[0].text().into_owned()
}

#[test]
fn a_configuration_that_cannot_be_read_is_refused_with_the_reason() {
    assert_eq!(
        refusal(""),
        "kgwc: the plugin configuration cannot be read: EOF while parsing a value at line 1 column 0"
    );
    assert_eq!(
        refusal("routes: []"),
        "kgwc: the plugin configuration cannot be read: expected value at line 1 column 1"
    );
    let second = configuration().replacen("\"version\":1", "\"version\":2", 1);
    assert_eq!(
        refusal(&second),
        "kgwc: the plugin configuration has version 2; this module reads version 1: \
         compile it with the kgwc of the module's release"
    );
    let unversioned = configuration().replacen("\"version\":1,", "", 1);
    assert!(refusal(&unversioned).contains("missing field `version`"));
    let mut foreign: serde_json::Value = serde_json::from_str(&configuration()).unwrap();
    foreign["port"] = 80.into();
    assert_eq!(
        refusal(&foreign.to_string()),
        "kgwc: listener two has port 81, but this configuration is for port 80"
    );
}

#[test]
fn a_refused_configuration_leaves_the_one_before_in_force() {
    let mut vm = configured(VmOptions::default());
    assert!(vm.update("{}").is_err());
    assert!(vm.configure("{").is_err());
    assert_eq!(answer(&mut vm, get("/header").header("user", "me")), "default/v1:80");
}

#[test]
fn without_a_configuration_from_the_host_it_is_refused() {
    let mut vm = vm(VmOptions::default());
    vm.inject(Fault::every(Hostcall::GetBufferBytes).returns(Status::NOT_FOUND));
    assert!(matches!(vm.configure(configuration()), Err(Error::ConfigurationRejected)));
}

#[test]
fn a_request_that_cannot_be_read_is_answered_500_and_never_sent_on() {
    let mut vm = configured(VmOptions::default());
    vm.inject(Fault::nth(Hostcall::GetHeaderMapPairs, 1).returns(Status::INTERNAL_FAILURE));
    let record = vm.run(get("/split"), Response::new(200)).unwrap();
    assert_eq!(record.action(Phase::RequestHeaders), Some(Action::Pause));
    let reply = record.local_reply.unwrap();
    assert_eq!((reply.status, reply.details.as_slice()), (500, &b"kgwc_unreadable_request"[..]));
    assert_eq!(answer(&mut vm, get("/header").header("user", "me")), "default/v1:80");
}

/// Where even the answer fails, the request is held: it goes nowhere.
#[test]
fn no_hostcall_that_fails_makes_it_trap() {
    for &call in Hostcall::ALL {
        let mut vm = configured(VmOptions::default());
        vm.inject(Fault::every(call).returns(Status::INTERNAL_FAILURE));
        for path in ["/split", "/changed", "/header", "/nothing"] {
            let request = get(path).header("user", "me").header("x-kgwc-cluster", "mine");
            let result = vm.run(request, Response::new(200));
            let is_held = matches!(result, Err(Error::Paused { .. }));
            let may_be_held = call == Hostcall::SendLocalResponse && path == "/nothing";
            assert!(result.is_ok() || (is_held && may_be_held), "{call}, {path}: {result:?}");
        }
        assert!(vm.failure().is_none(), "{call}");
    }
}

#[test]
fn without_the_port_that_it_needs_a_request_is_answered_500() {
    let mut vm = configured(VmOptions::default());
    assert_eq!(answer(&mut vm, Request::get("a.example", "/split")), "500");
    let short = Properties::new().with(["destination", "port"], [80]);
    assert_eq!(answer(&mut vm, Request::get("a.example", "/split").properties(short)), "500");
    let port = Properties::new().destination_port(81);
    assert_eq!(answer(&mut vm, Request::get("a.example", "/").properties(port)), "default/v3:80");
    let other = Properties::new().destination_port(82);
    assert_eq!(answer(&mut vm, Request::get("a.example", "/").properties(other)), "404");
}

#[test]
fn without_randomness_a_split_is_still_served() {
    let mut vm = configured(VmOptions::default().randomness(Randomness::bytes([])));
    let answers: Vec<_> = (0..100).map(|_| answer(&mut vm, get("/split"))).collect();
    assert!(answers.iter().any(|a| a == "default/v1:80"));
    assert!(answers.iter().all(|a| a.starts_with("default/v")));
}

#[test]
fn the_seed_comes_from_the_host() {
    let first = |seed| {
        let mut vm = configured(VmOptions::default().seed(seed));
        (0..64).map(|_| answer(&mut vm, get("/split"))).collect::<Vec<_>>()
    };
    assert_eq!(first(1), first(1));
    assert_ne!(first(1), first(2));
}

#[test]
fn bytes_of_all_kinds_are_served() {
    let mut vm = configured(VmOptions::default());
    let mut rng = route::SplitMix64::new(3);
    let mut draw = || route::Rng::next_u64(&mut rng);
    for _ in 0..2_000 {
        let mut bytes = |most: u64| -> Vec<u8> {
            (0..draw() % (most + 1)).map(|_| (draw() >> 32) as u8).collect()
        };
        let mut request =
            Request::new(bytes(8), bytes(40), [b"/header".to_vec(), bytes(20)].concat())
                .properties(Properties::new().destination_port(80));
        for _ in 0..bytes(12).len() {
            request = request.header(bytes(12), bytes(40));
        }
        vm.run(request.header("user", bytes(4)), Response::new(200)).unwrap();
    }
    let value: Vec<u8> = (0x80..=0xff).collect();
    assert_eq!(answer(&mut vm, get("/header").header("user", value)), "404");
    assert_eq!(answer(&mut vm, get("/header").header("user", "me")), "default/v1:80");
}
