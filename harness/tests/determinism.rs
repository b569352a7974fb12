//! The same in every run: clock, randomness, cost; and many VMs side by side.

mod common;

use std::time::{Duration, Instant};

use common::{module, said, texts, vm};
use harness::{Error, LogLevel, Randomness, Request, Response, TrapCause, Vm, VmOptions};

#[test]
fn wasi_is_there_as_far_as_modules_need_it() {
    let options = VmOptions::new().log_level(LogLevel::Warn).variable("a", "b");
    let mut vm = vm("system", options);
    let expected = "00 03 00 00 01 00 a=b 00 00 00 hello 00 06 08 21";
    assert_eq!(texts(vm.logs()).join(" "), expected);
    assert_eq!(vm.logs()[10].level, LogLevel::Error, "standard error");
    assert_eq!(vm.tick_period(), Some(Duration::from_millis(250)));

    let error = vm.run(Request::get("h", "/"), Response::new(200)).unwrap_err();
    let callback = "proxy_on_response_headers";
    assert_eq!(error, Error::Trap { callback, cause: TrapCause::Exit(3) });
}

#[test]
fn the_clock_moves_when_the_test_moves_it() {
    let mut vm = vm("system", VmOptions::new().time(1_000));
    vm.take_logs();
    vm.advance(Duration::from_nanos(5));
    assert_eq!(vm.time(), 1_005);
    vm.tick().unwrap();
    let logs = vm.take_logs();
    assert_eq!(logs[1].message, 1_005u64.to_le_bytes());
    assert_eq!(logs[3].message, logs[1].message);
    assert_eq!(logs[4].text(), "58", "there is no monotonic clock");
}

#[test]
fn randomness_is_what_the_test_says() {
    let module = module("system");
    let draw = |vm: &mut Vm| {
        let exchange = vm.request(Request::get("h", "/")).unwrap();
        (exchange.logs[0].text().into_owned(), exchange.logs[1].message.clone())
    };
    let new = |options| {
        let mut vm = Vm::new(&module, options).unwrap();
        vm.configure("").unwrap();
        vm
    };
    let (mut one, mut same) = (new(VmOptions::new().seed(1)), new(VmOptions::new().seed(1)));
    let first = draw(&mut one);
    assert_eq!(first, draw(&mut same));
    assert_ne!(first, draw(&mut one));
    assert_ne!(first, draw(&mut new(VmOptions::new().seed(2))));

    one.set_randomness(Randomness::bytes(*b"abcdef"));
    assert_eq!(draw(&mut one), ("00".into(), b"abcd".to_vec()));
    assert_eq!(draw(&mut one).0, "29", "two bytes are left");
}

#[test]
fn costs_are_the_same_in_every_run_and_counted_by_phase() {
    use harness::{Hostcall, Phase};
    let run = || {
        let mut vm = vm("headers", VmOptions::new());
        vm.run(Request::get("h", "/").header("x-a", "1"), Response::new(200)).unwrap()
    };
    let (first, second) = (run(), run());
    assert_eq!(first, second);
    let cost = first.cost(Phase::RequestHeaders);
    assert_eq!(cost.count(Hostcall::GetHeaderMapValue), 3);
    assert_eq!(cost.count(Hostcall::RemoveHeaderMapValue), 4);
    assert_eq!(cost.count(Hostcall::Log), 12);
    assert_eq!(cost.count(Hostcall::HttpCall), 0);
    assert_eq!(cost.memory_pages, 2);
    assert!(cost.fuel > 100, "{}", cost.fuel);
    let response = first.cost(Phase::ResponseHeaders);
    assert_eq!(response.count(Hostcall::GetHeaderMapPairs), 1);
    assert_eq!(first.cost(Phase::RequestBody), harness::Cost::default());
    let total = first.total_cost();
    assert_eq!(total.fuel, first.calls.iter().map(|call| call.cost.fuel).sum::<u64>());
}

#[test]
fn vms_run_side_by_side() {
    let module = module("metrics");
    std::thread::scope(|scope| {
        for n in 0..4u64 {
            let mut vm = Vm::new(&module, VmOptions::new()).unwrap();
            scope.spawn(move || {
                vm.configure("").unwrap();
                for _ in 0..n {
                    vm.run(Request::get("h", "/"), Response::new(200)).unwrap();
                }
                assert_eq!(vm.metrics().counter("hits"), Some(100 + 2 * n));
            });
        }
    });
}

#[test]
fn a_hundred_thousand_requests_take_seconds_and_leave_nothing_behind() {
    let mut vm = vm("pairs", VmOptions::new());
    let request = Request::get("www.example.com", "/").header("user-agent", "test");
    let pages = vm.memory_pages();
    let started = Instant::now();
    for _ in 0..100_000 {
        let exchange = vm.request(request.clone()).unwrap();
        assert_eq!(said(&exchange).len(), 5);
    }
    // Far more than it takes, on a machine that does other things too.
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
    assert_eq!((vm.memory_pages(), vm.open_streams(), vm.logs().len()), (pages, 0, 0));
}
