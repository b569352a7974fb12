//! Reading and changing bodies.

mod common;

use common::{said, vm};
use harness::{Request, Response, VmOptions};

#[test]
fn bodies_are_read_in_parts_and_written_at_their_ends() {
    let mut vm = vm("body", VmOptions::new());
    let record = vm.run(Request::get("h", "/").body("abcde"), Response::new(200)).unwrap();
    let expected = "00  02 \
                    00 05 00 bc 00 de 00  02 \
                    00 00 02 02 02 02 01";
    assert_eq!(said(&record).join(" "), expected);
    assert_eq!(record.request_body, b"nobcdeno");
}

#[test]
fn a_response_body_can_be_replaced() {
    let mut vm = vm("body", VmOptions::new());
    let response = Response::new(200).body("a long body").body("and more");
    let record = vm.run(Request::get("h", "/"), response).unwrap();
    assert_eq!(record.response_body, b"nono");
}
