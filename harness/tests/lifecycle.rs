//! From the bytes of a module to the end of a VM.

mod common;

use common::{compile, module, said, texts, vm};
use harness::{Action, Error, Phase, Request, Response, TrapCause, Vm, VmOptions};

fn bare(fields: &str) -> String {
    format!(
        r#"(module {fields} (memory (export "memory") 1)
            (func (export "malloc") (param i32) (result i32) i32.const 0))"#
    )
}

const ABI: &str = r#"(func (export "proxy_abi_version_0_2_1"))"#;

#[test]
fn what_a_module_lacks_is_skipped() {
    let mut vm = vm("minimal", VmOptions::new());
    let record = vm.run(Request::get("h", "/").body("b"), Response::new(204)).unwrap();
    assert_eq!(record.calls, []);
    assert_eq!(record.request_body, b"b");
    assert_eq!(record.status(), Some(204));
    assert_eq!(record.action(Phase::RequestHeaders), None);
}

#[test]
fn all_phases_come_in_order_with_their_arguments() {
    let mut vm = vm("phases", VmOptions::new());
    let request = Request::get("h", "/").body("abc").body("d").trailer("t", "1");
    let response = Response::new(200).body("xy").trailer("t", "1").trailer("u", "2");
    let record = vm.run(request, response).unwrap();
    let expected = "create 01 req-h 04 00 req-b 03 00 req-b 01 00 req-t 01 \
                    res-h 01 00 res-b 02 00 res-t 02 log done delete";
    assert_eq!(said(&record).join(" "), expected);
    assert_eq!(record.request_body, b"abcd");
    assert_eq!(record.response_body, b"xy");
    let phases: Vec<Phase> = record.calls.iter().map(|call| call.phase).collect();
    use Phase::*;
    assert_eq!(
        phases,
        [
            Create,
            RequestHeaders,
            RequestBody,
            RequestBody,
            RequestTrailers,
            ResponseHeaders,
            ResponseBody,
            ResponseTrailers,
            Log,
            Done,
            Delete
        ]
    );
    assert_eq!(record.action(RequestHeaders), Some(Action::Continue));
    assert_eq!(record.action(Log), None);
    assert_eq!(vm.open_streams(), 0);
}

#[test]
fn the_end_of_the_stream_is_told_with_what_ends_it() {
    let mut vm = vm("phases", VmOptions::new());
    let last = |request: Request, vm: &mut Vm| said(&vm.request(request).unwrap()).pop().unwrap();
    assert_eq!(last(Request::get("h", "/"), &mut vm), "01");
    assert_eq!(last(Request::get("h", "/").body("x"), &mut vm), "01");
    let mut open = Request::get("h", "/").body("x");
    open.end_of_stream = false;
    assert_eq!(last(open, &mut vm), "00");
}

#[test]
fn an_exchange_ends_with_its_scope() {
    let mut vm = vm("phases", VmOptions::new());
    drop(vm.request(Request::get("h", "/")).unwrap());
    assert_eq!(vm.open_streams(), 0);
}

#[test]
fn several_requests_can_be_open() {
    let mut vm = vm("phases", VmOptions::new());
    let first = vm.request(Request::get("first", "/")).unwrap().detach();
    let second = vm.request(Request::get("second", "/")).unwrap().detach();
    assert_eq!(vm.open_streams(), 2);
    let mut exchange = vm.attach(first).unwrap();
    exchange.respond(Response::new(201)).unwrap();
    assert!(matches!(exchange.respond(Response::new(202)), Err(Error::Answered)));
    let record = exchange.finish().unwrap();
    assert_eq!(record.request_headers.get(":authority"), Some(&b"first"[..]));
    assert_eq!(record.status(), Some(201));
    assert!(matches!(vm.attach(first), Err(Error::UnknownStream(id)) if id == first));
    assert_eq!(vm.attach(second).unwrap().status(), None);
}

#[test]
fn modules_that_do_not_fit_are_refused_by_name() {
    assert!(matches!(harness::Module::new(b"\0asm nonsense"), Err(Error::Compile(_))));

    let old = bare(r#"(func (export "proxy_abi_version_0_1_0"))"#);
    let error = compile(&old).unwrap_err();
    assert_eq!(error, Error::AbiVersion { found: Some("proxy_abi_version_0_1_0".into()) });
    assert!(error.to_string().ends_with("; it has proxy_abi_version_0_1_0"), "{error}");
    assert_eq!(compile(&bare("")).unwrap_err(), Error::AbiVersion { found: None });
    compile(&bare(r#"(func (export "proxy_abi_version_0_2_0"))"#)).unwrap();

    let import = format!(r#"(import "env" "proxy_fly" (func)) {ABI}"#);
    let error = compile(&bare(&import)).unwrap_err();
    assert_eq!(error, Error::UnknownImport { module: "env".into(), name: "proxy_fly".into() });

    let import = format!(r#"(import "env" "proxy_log" (func (param i64))) {ABI}"#);
    let error = compile(&bare(&import)).unwrap_err();
    assert!(matches!(&error, Error::Link(why) if why.contains("proxy_log")), "{error}");
}

#[test]
fn what_every_module_must_export_is_asked_for() {
    let start = |text: &str| Vm::new(&compile(text).unwrap(), VmOptions::new()).unwrap_err();
    let no_memory = format!("(module {ABI})");
    assert_eq!(start(&no_memory), Error::MissingExport("memory"));
    let no_malloc = format!(r#"(module {ABI} (memory (export "memory") 1))"#);
    assert!(matches!(start(&no_malloc), Error::MissingExport(name) if name.contains("malloc")));
    let wrong = bare(&format!(r#"{ABI} (func (export "proxy_on_log"))"#));
    assert_eq!(start(&wrong), Error::ExportSignature("proxy_on_log"));
}

#[test]
fn the_module_is_started_as_a_reactor_or_a_command() {
    let log = r#"(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
        (data (i32.const 0) "imsx")
        (func $say (param i32)
            (drop (call $log (i32.const 2) (local.get 0) (i32.const 1))))"#;
    let reactor = format!(
        r#"{log} {ABI} (func (export "_initialize") (call $say (i32.const 0)))
        (func (export "main") (param i32 i32) (result i32) (call $say (i32.const 1)) i32.const 0)
        (func (export "_start") (call $say (i32.const 2)))"#
    );
    let vm = Vm::new(&compile(&bare(&reactor)).unwrap(), VmOptions::new()).unwrap();
    assert_eq!(texts(vm.logs()), ["i", "m"]);
    assert_eq!(vm.start_cost().hostcall_count(), 2);
    let command = format!(r#"{log} {ABI} (func (export "_start") (call $say (i32.const 2)))"#);
    let mut vm = Vm::new(&compile(&bare(&command)).unwrap(), VmOptions::new()).unwrap();
    assert_eq!(texts(&vm.take_logs()), ["s"]);
    assert_eq!(vm.logs(), []);
}

#[test]
fn while_it_starts_a_module_can_only_log() {
    let early = format!(
        r#"(import "env" "proxy_done" (func $done (result i32))) {ABI}
        (func (export "_initialize") (drop (call $done)))"#
    );
    let error = Vm::new(&compile(&bare(&early)).unwrap(), VmOptions::new()).unwrap_err();
    let cause = TrapCause::Restricted(harness::Hostcall::Done);
    assert_eq!(error, Error::Trap { callback: "_initialize", cause: cause.clone() });

    let earlier = format!(
        r#"(import "env" "proxy_done" (func $done (result i32))) {ABI}
        (func $start (drop (call $done))) (start $start)"#
    );
    let error = Vm::new(&compile(&bare(&earlier)).unwrap(), VmOptions::new()).unwrap_err();
    assert_eq!(error, Error::Trap { callback: "the start function", cause });
}

#[test]
fn configurations_are_read_and_can_be_refused() {
    let mut vm = Vm::new(&module("configure"), VmOptions::new().vm_configuration("vmc")).unwrap();
    assert!(matches!(vm.request(Request::get("h", "/")), Err(Error::NotConfigured)));
    let cost = vm.configure("yes").unwrap();
    assert_eq!(cost.count(harness::Hostcall::GetBufferBytes), 1);
    assert_eq!(texts(&vm.take_logs()), ["start", "00", "vmc", "00", "yes"]);

    assert_eq!(vm.configure("no").unwrap_err(), Error::ConfigurationRejected);
    let record = vm.run(Request::get("h", "/"), Response::new(200)).unwrap();
    assert_eq!(said(&record), ["y", "01"], "the one before is in force");
    assert_eq!(vm.root_contexts(), 1);

    let mut vm = Vm::new(&module("configure"), VmOptions::new().vm_configuration("no")).unwrap();
    assert_eq!(vm.configure("yes").unwrap_err(), Error::StartRejected);
}

#[test]
fn an_old_configuration_stays_until_its_last_request_has_ended() {
    let mut vm = Vm::new(&module("configure"), VmOptions::new()).unwrap();
    vm.configure("a").unwrap();
    let old = vm.request(Request::get("h", "/")).unwrap().detach();
    vm.configure("b").unwrap();
    assert_eq!(vm.root_contexts(), 2);
    let new = vm.run(Request::get("h", "/"), Response::new(200)).unwrap();
    assert_eq!(said(&new)[0], "b");
    let mut exchange = vm.attach(old).unwrap();
    exchange.respond(Response::new(200)).unwrap();
    assert_eq!(said(&exchange.finish().unwrap())[0], "a");
    assert_eq!(vm.root_contexts(), 1);
    for _ in 0..20 {
        vm.configure("c").unwrap();
    }
    assert_eq!(vm.root_contexts(), 1);
}

#[test]
fn a_root_context_can_say_later_that_it_is_done() {
    let mut vm = Vm::new(&module("configure"), VmOptions::new()).unwrap();
    vm.configure("wait").unwrap();
    vm.configure("yes").unwrap();
    assert_eq!(vm.root_contexts(), 2);
    vm.take_logs();
    vm.tick().unwrap();
    assert_eq!(texts(vm.logs()), ["00", "00", "00", "01"]);
    assert_eq!(vm.root_contexts(), 1);
    assert!(vm.shut_down().unwrap());

    vm.configure("wait").unwrap();
    assert!(!vm.shut_down().unwrap(), "it waits");
}

#[test]
fn an_update_is_tried_elsewhere_first() {
    let mut vm = Vm::new(&module("configure"), VmOptions::new()).unwrap();
    vm.update("a").unwrap();
    assert_eq!(vm.update("no").unwrap_err(), Error::ConfigurationRejected);
    assert!(matches!(vm.update("trap"), Err(Error::Trap { callback: "proxy_on_configure", .. })));
    assert_eq!(vm.failure(), None);
    let record = vm.run(Request::get("h", "/"), Response::new(200)).unwrap();
    assert_eq!(said(&record)[0], "a");

    assert!(matches!(vm.configure("trap"), Err(Error::Trap { .. })));
    assert!(vm.failure().is_some());
}
