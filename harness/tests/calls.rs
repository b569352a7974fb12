//! Calls of the module to upstreams.

mod common;

use std::time::Duration;

use common::{said, texts, vm};
use harness::{CallReply, Error, Phase, Request, Response, VmOptions};

#[test]
fn a_request_waits_for_the_answer_and_goes_on() {
    let mut vm = vm("calls", VmOptions::new().upstream("up"));
    let id = vm.request(Request::get("h", "/").body("b")).unwrap().detach();
    let call = vm.http_calls().next().unwrap().clone();
    assert_eq!((call.token, &call.upstream[..], &call.body[..]), (1, &b"up"[..], &b"up"[..]));
    assert_eq!(call.headers[1], (b":method".to_vec(), b"GET".to_vec()));
    assert_eq!(call.timeout, Duration::from_millis(1500));
    assert_eq!(vm.attach(id).unwrap().paused_and_left(), (Some(Phase::RequestHeaders), id));

    let answer = Response::new(200).header("x", "1").body("yes").trailer("t", "1");
    vm.answer(call.token, CallReply::Response(answer)).unwrap();
    let mut exchange = vm.attach(id).unwrap();
    assert_eq!(exchange.paused(), None);
    assert_eq!(exchange.request_body, b"b");
    assert_eq!(exchange.http_calls, [1]);
    let expected = "00 01 00 01 02 03 01 00 200 00 yes 00 00 00";
    assert_eq!(said(&exchange).join(" "), expected);
    exchange.respond(Response::new(200)).unwrap();
    drop(exchange);
    assert_eq!(vm.answer(call.token, CallReply::Failed), Err(Error::UnknownCall(1)));
}

#[test]
fn a_failed_call_can_be_answered_for() {
    let mut vm = vm("calls", VmOptions::new().upstream("up"));
    let id = vm.request(Request::get("h", "/")).unwrap().detach();
    vm.answer(1, CallReply::Failed).unwrap();
    let record = vm.attach(id).unwrap().finish().unwrap();
    assert_eq!(record.status(), Some(503));
    assert_eq!(said(&record).join(" "), "00 01 00 01 00 00 00 02 01 00 11 00");
}

#[test]
fn calls_that_cannot_be_made_are_refused() {
    let mut vm = vm("calls", VmOptions::new().upstream("up"));
    let record = vm.run(Request::get("h", "/u"), Response::new(200)).unwrap();
    assert_eq!(said(&record), ["02", "02"], "an unknown upstream, then no headers");
    assert_eq!(vm.http_calls().count(), 0);
    vm.tick().unwrap();
    assert_eq!(texts(vm.logs()), ["10", "10", "01", "01", "01", "02"]);
}

trait PausedAndLeft {
    /// Where the request is paused; leaves it open.
    fn paused_and_left(self) -> (Option<Phase>, u32);
}

impl PausedAndLeft for harness::Exchange<'_> {
    fn paused_and_left(self) -> (Option<Phase>, u32) {
        let paused = self.paused();
        (paused, self.detach())
    }
}
