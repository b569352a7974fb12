//! Properties, from the host and set by the module.

mod common;

use common::{module, said, texts};
use harness::{Properties, Request, Response, Vm, VmOptions};

#[test]
fn the_module_reads_what_the_test_gives() {
    let options = VmOptions::new()
        .plugin("my-plugin", "")
        .properties(Properties::new().destination_port(8080).with(["xds", "node"], "n"));
    let mut vm = Vm::new(&module("properties"), options).unwrap();
    vm.configure("").unwrap();
    assert_eq!(vm.logs()[1].message, b"my-plugin");
    assert_eq!(vm.logs()[3].message, 8080u64.to_le_bytes());
    assert_eq!(texts(vm.logs())[4], "01", "a root context has nothing to set them on");

    let own = Properties::new().with(["destination", "port"], "own");
    let request = Request::get("h", "/p?q").properties(own);
    let record = vm.run(request, Response::new(200)).unwrap();
    assert_eq!(
        said(&record),
        ["00", "own", "00", "/p?q", "00", "n", "01", "00", "00", "plugin", "00", "01"]
    );
    assert_eq!(record.properties.get(["kgwc.route"]), Some(&b"plugin"[..]));
    assert_eq!(record.properties.get(["a", "b"]), Some(&b"plugin"[..]));
    assert_eq!(record.properties.len(), 2);
}

#[test]
fn what_nobody_has_set_is_not_found() {
    let mut vm = common::vm("properties", VmOptions::new());
    assert_eq!(texts(vm.logs()), ["00", "", "01", "01"]);
    let record = vm.run(Request::get("h", "/"), Response::new(200)).unwrap();
    assert_eq!(said(&record)[0], "01");
}
