//! What the module tells about its decisions, and what that costs: in wasmtime, where every
//! hostcall is counted.

mod counters;

use harness::{
    Error, Fault, Hostcall, Module, Phase, Properties, Record, Request, Response, Status, Vm,
    VmOptions,
};
use kgwc_tests::load;
use route::Config;
use route::config::Observe;
use std::sync::LazyLock;

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
    compile(ROUTES, observe)
}

fn compile(yaml: &str, observe: Observe) -> Config {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("routes.yaml");
    std::fs::write(&file, yaml).unwrap();
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
