//! Foreign functions.

mod common;

use common::{said, vm};
use harness::{Request, Response, Status, VmOptions};

#[test]
fn foreign_functions_are_envoys_or_the_tests() {
    let options = VmOptions::new().foreign_function("mine", Status::OK, "result");
    let mut vm = vm("foreign", options);
    let record = vm.run(Request::get("h", "/"), Response::new(200)).unwrap();
    assert_eq!(said(&record), ["00", "", "00", "", "02", "00", "result", "01", "00"]);
    assert_eq!(record.filter_state.get(["p"]), Some(&b"vv"[..]));
    assert!(record.properties.is_empty());
    let calls: Vec<_> = record
        .foreign_calls
        .iter()
        .map(|call| (call.name_text(), call.arguments.len(), call.status))
        .collect();
    assert_eq!(calls[0], ("clear_route_cache".into(), 0, Status::OK));
    assert_eq!(calls[2], ("set_envoy_filter_state".into(), 4, Status::BAD_ARGUMENT));
    assert_eq!(calls[3], ("mine".into(), 2, Status::OK));
    assert_eq!(calls[4], ("unknown".into(), 0, Status::NOT_FOUND));
}
