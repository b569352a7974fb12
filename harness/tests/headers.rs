//! Header maps, seen from the module.

mod common;

use common::{said, vm};
use harness::{Request, Response, VmOptions};

#[test]
fn each_call_does_and_returns_what_envoy_does() {
    let mut vm = vm("headers", VmOptions::new());
    let request = Request::get("h", "/")
        .header("X-A", b"\x80\xff")
        .header("x-a", "second")
        .header("x-set", "1")
        .header("x-set", "2")
        .header("x-gone", "1")
        .header("X-Gone", "2");
    let exchange = vm.request(request).unwrap();
    let headers = &exchange.request_headers;
    assert_eq!(headers.get_all("x-a"), [&b"\x80\xff"[..], b"second"]);
    assert_eq!(headers.get_all("x-set"), [b"x-a"]);
    assert_eq!(headers.get_all("x-added"), [b"\xff\xfe"]);
    assert!(!headers.contains("x-gone"));
    assert_eq!(headers.as_slice()[0].0, b":authority");
    let logs = &exchange.logs;
    assert_eq!(logs[2].message, b"\x80\xff", "the first of two values, as bytes");
    let rest: Vec<_> = said(&exchange).split_off(3);
    assert_eq!(rest, ["01", "00", "h", "00", "00", "00", "00", "02", "06"]);
    assert_eq!(said(&exchange)[0], "10", "the number of headers");
}

#[test]
fn a_map_is_in_view_in_its_phase_and_in_the_log() {
    let mut vm = vm("headers", VmOptions::new());
    let request = Request::get("h", "/").header("x-a", "1");
    let mut exchange = vm.request(request).unwrap();
    let before = exchange.logs.len();
    exchange.respond(Response::new(200)).unwrap();
    let record = exchange.finish().unwrap();
    assert_eq!(said(&record)[before..], ["02", "00", "00", "00", "00", "1", "02"]);
    assert_eq!(record.response_headers.get("x-added"), Some(&b"\xff\xfe"[..]));
    assert_eq!(record.request_headers.get("x-a"), Some(&b"1"[..]));
}

#[test]
fn pairs_go_out_and_come_back_as_they_are() {
    let mut vm = vm("pairs", VmOptions::new());
    let request = Request::from_headers([(":path", "/"), ("x", "1"), ("x", "2")]);
    let exchange = vm.request(request.clone()).unwrap();
    let bytes = b"\x03\0\0\0\x05\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\0\0\
                  :path\0/\0x\x001\0x\x002\0";
    assert_eq!(exchange.logs[1].message, bytes);
    assert_eq!(exchange.request_headers.as_slice(), request.headers);
    assert_eq!(said(&exchange)[2..], ["00", "00", "10"]);
}

#[test]
fn a_thousand_headers_pass() {
    let mut vm = vm("pairs", VmOptions::new());
    let names: Vec<String> = (0..1000).map(|n| format!("x-{n}")).collect();
    let request = Request::from_headers(names.iter().map(|name| (name, "v")));
    let exchange = vm.request(request).unwrap();
    assert_eq!(exchange.request_headers.len(), 1000);
    assert_eq!(exchange.request_headers.get("x-999"), Some(&b"v"[..]));
}
