//! Local replies, pauses and resets.

mod common;

use common::{said, vm};
use harness::{Action, Error, Headers, Phase, Request, Response, VmOptions};

fn reply(status: &str) -> Headers {
    Headers::response([
        (":status", status),
        ("x-r", "1"),
        ("content-length", "2"),
        ("content-type", "text/plain"),
    ])
}

#[test]
fn a_local_reply_runs_the_filters_own_response_phases() {
    let mut vm = vm("replies", VmOptions::new());
    let mut exchange = vm.request(Request::get("h", "/r").body("unseen")).unwrap();
    let sent = exchange.local_reply.clone().unwrap();
    assert_eq!((sent.status, &sent.body[..], &sent.details[..]), (403, &b"no"[..], &b"why"[..]));
    assert_eq!(sent.headers, [(b"X-R".to_vec(), b"1".to_vec())]);
    assert_eq!(sent.grpc_status, None);

    let mut headers = reply("403");
    headers.add("x-f", "no");
    assert_eq!(exchange.response_headers, headers);
    assert_eq!(exchange.response_body, b"no");
    assert_eq!(exchange.status(), Some(403));
    assert_eq!(said(&exchange), ["00", "00", "00", "00", "02"]);
    assert_eq!(exchange.action(Phase::RequestHeaders), Some(Action::Continue), "as returned");
    assert_eq!(exchange.action(Phase::RequestBody), None);
    assert_eq!(exchange.paused(), None);
    assert!(matches!(exchange.respond(Response::new(200)), Err(Error::Answered)));
}

#[test]
fn a_local_reply_can_come_with_the_body() {
    let mut vm = vm("replies", VmOptions::new());
    let exchange = vm.request(Request::get("h", "/b").body("1").body("2")).unwrap();
    assert_eq!(exchange.status(), Some(413));
    assert_eq!(exchange.request_body, b"");
    assert_eq!(exchange.calls.iter().filter(|c| c.phase == Phase::RequestBody).count(), 1);
}

#[test]
fn in_the_response_headers_a_reply_takes_the_place_of_the_response() {
    let mut vm = vm("replies", VmOptions::new());
    let response = Response::new(200).header("x-up", "1").body("up").trailer("t", "1");
    let record = vm.run(Request::get("h", "/s"), response).unwrap();
    assert_eq!(record.response_headers, reply("502"));
    assert_eq!(record.response_body, b"no");
    assert!(record.response_trailers.is_empty());
    assert_eq!(record.action(Phase::ResponseBody), None, "it goes past the filter");
}

#[test]
fn after_the_response_headers_it_is_too_late_for_a_reply() {
    let mut vm = vm("replies", VmOptions::new());
    let record = vm.run(Request::get("h", "/t"), Response::new(200).body("up")).unwrap();
    assert!(record.reset);
    assert_eq!(record.status(), Some(200));
    assert_eq!(record.local_reply, None);
    assert_eq!(record.response_body, b"");
}

#[test]
fn nothing_passes_a_pause() {
    let mut vm = vm("replies", VmOptions::new());
    let mut exchange = vm.request(Request::get("h", "/p").body("b")).unwrap();
    assert_eq!(exchange.action(Phase::RequestHeaders), Some(Action::Pause));
    assert_eq!(exchange.paused(), Some(Phase::RequestHeaders));
    assert_eq!(exchange.action(Phase::RequestBody), None);
    let phase = Phase::RequestHeaders;
    assert_eq!(exchange.respond(Response::new(200)), Err(Error::Paused { phase }));
    drop(exchange);
    let error = vm.run(Request::get("h", "/p"), Response::new(200)).unwrap_err();
    assert_eq!(error, Error::Paused { phase });
    assert_eq!(vm.open_streams(), 0);
}

#[test]
fn a_pause_can_be_continued_in_the_same_call() {
    let mut vm = vm("replies", VmOptions::new());
    let record = vm.run(Request::get("h", "/n").body("b"), Response::new(200)).unwrap();
    assert_eq!(record.request_body, b"b");
    assert_eq!(record.action(Phase::RequestHeaders), Some(Action::Pause));
    assert_eq!(record.status(), Some(200));
}

#[test]
fn a_held_body_grows_until_it_is_let_go() {
    let mut vm = vm("replies", VmOptions::new());
    let request = Request::get("h", "/h").body("abc").body("de").body("f");
    let exchange = vm.request(request).unwrap();
    assert_eq!(said(&exchange), ["03", "05", "06"]);
    assert_eq!(exchange.request_body, b"abcdef");
    assert_eq!(exchange.paused(), None);
    drop(exchange);

    // The trailers end the request, so no piece of the body does, and the filter holds it.
    let request = Request::get("h", "/h").body("abc").trailer("t", "1");
    let exchange = vm.request(request).unwrap();
    assert_eq!(exchange.paused(), None, "the trailers have passed, and the body with them");
    assert_eq!(exchange.request_body, b"abc");
}

#[test]
fn a_response_can_be_held() {
    let mut vm = vm("replies", VmOptions::new());
    let mut exchange = vm.request(Request::get("h", "/q")).unwrap();
    exchange.respond(Response::new(200).body("up")).unwrap();
    assert_eq!(exchange.paused(), Some(Phase::ResponseBody));
    assert_eq!(exchange.response_body, b"");
}

#[test]
fn a_filter_can_reset_the_stream() {
    let mut vm = vm("replies", VmOptions::new());
    let mut exchange = vm.request(Request::get("h", "/c").body("b")).unwrap();
    assert!(exchange.reset);
    assert_eq!(exchange.action(Phase::RequestBody), None);
    assert!(matches!(exchange.respond(Response::new(200)), Err(Error::Answered)));
    drop(exchange);
    let record = vm.run(Request::get("h", "/c"), Response::new(200)).unwrap();
    assert_eq!(record.status(), None);
}
