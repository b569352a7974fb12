//! Traps, limits and faults on request.

mod common;

use common::{module, said, texts, vm};
use harness::{Error, Fault, Hostcall, Request, Response, Status, Trap, TrapCause, Vm, VmOptions};

#[test]
fn a_trap_fails_the_vm_until_there_is_a_new_one() {
    let module = module("trap");
    let mut vm = Vm::new(&module, VmOptions::new()).unwrap();
    vm.configure("").unwrap();
    let open = vm.request(Request::get("h", "/")).unwrap().detach();
    let callback = "proxy_on_request_headers";
    let cause = TrapCause::Wasm(Trap::UnreachableCodeReached);
    let error = vm.request(Request::get("h", "/t")).map(drop).unwrap_err();
    assert_eq!(error, Error::Trap { callback, cause: cause.clone() });
    assert_eq!(vm.failure(), Some(&cause));
    assert_eq!(texts(vm.logs()), ["last words"], "kept, though the request is gone");

    let failed = Err(Error::VmFailed { callback, cause });
    assert_eq!(vm.run(Request::get("h", "/"), Response::new(200)).map(drop), failed);
    assert_eq!(vm.configure("").map(drop), failed);
    assert_eq!(vm.update("").map(drop), failed);
    assert_eq!(vm.tick().map(drop), failed);
    assert_eq!(vm.deliver_queues().map(drop), failed);
    assert_eq!(vm.shut_down().map(drop), failed);
    assert_eq!(vm.attach(open).unwrap().respond(Response::new(200)), failed);
    assert_eq!(vm.open_streams(), 0);

    let mut vm = Vm::new(&module, VmOptions::new()).unwrap();
    vm.configure("").unwrap();
    vm.run(Request::get("h", "/"), Response::new(200)).unwrap();
}

#[test]
fn an_endless_loop_ends_with_its_fuel() {
    let mut vm = vm("trap", VmOptions::new().fuel_limit(1_000_000));
    for _ in 0..3 {
        vm.run(Request::get("h", "/"), Response::new(200)).unwrap();
    }
    let error = vm.request(Request::get("h", "/l")).map(drop).unwrap_err();
    let callback = "proxy_on_request_headers";
    assert_eq!(error, Error::Trap { callback, cause: TrapCause::OutOfFuel });
}

#[test]
fn memory_grows_up_to_its_limit() {
    let mut vm = vm("trap", VmOptions::new().memory_limit(3 * 65536));
    let record = vm.run(Request::get("h", "/g"), Response::new(200)).unwrap();
    assert_eq!(said(&record), ["02"], "it had two pages");
    assert_eq!(vm.memory_pages(), 3);
    assert_eq!(record.total_cost().memory_pages, 3);
    let record = vm.run(Request::get("h", "/g"), Response::new(200)).unwrap();
    assert_eq!(said(&record), ["63"], "-1: it did not grow");

    let error = Vm::new(&module("trap"), VmOptions::new().memory_limit(65536)).unwrap_err();
    assert!(matches!(error, Error::Instantiate(_)), "{error}");
}

#[test]
fn a_hostcall_fails_where_the_test_wants_it() {
    let mut vm = vm("headers", VmOptions::new());
    vm.inject(Fault::nth(Hostcall::RemoveHeaderMapValue, 1).returns(Status::INTERNAL_FAILURE));
    vm.inject(Fault::every(Hostcall::AddHeaderMapValue).returns(Status(77)));
    let request = || Request::get("h", "/").header("x-a", "1").header("x-gone", "1");
    let exchange = vm.request(request()).unwrap();
    assert_eq!(said(&exchange).join(" "), "06 00 1 01 00 h 77 00 10 00 02 06");
    assert!(exchange.request_headers.contains("x-gone"), "the call did nothing");
    drop(exchange);

    vm.clear_faults();
    let exchange = vm.request(request()).unwrap();
    assert!(exchange.request_headers.contains("x-added"));
    assert!(!exchange.request_headers.contains("x-gone"));
}

#[test]
fn a_hostcall_traps_where_the_test_wants_it() {
    let mut vm = vm("headers", VmOptions::new());
    vm.inject(Fault::nth(Hostcall::GetHeaderMapValue, 2).traps());
    let error = vm.request(Request::get("h", "/")).map(drop).unwrap_err();
    let cause = TrapCause::Injected(Hostcall::GetHeaderMapValue);
    assert_eq!(error, Error::Trap { callback: "proxy_on_request_headers", cause });
    assert_eq!(
        error.to_string(),
        "the module trapped in proxy_on_request_headers: \
         a fault was injected at proxy_get_header_map_value"
    );
}

#[test]
fn randomness_can_fail() {
    let mut vm = vm("system", VmOptions::new());
    vm.inject(Fault::every(Hostcall::RandomGet).returns(Status(29)));
    assert_eq!(said(&vm.request(Request::get("h", "/")).unwrap())[0], "29");
}
