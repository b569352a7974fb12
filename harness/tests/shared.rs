//! Data and queues between VMs.

mod common;

use common::{module, said, texts};
use harness::{Request, Response, SharedData, Vm, VmOptions};

#[test]
fn vms_share_only_what_they_are_given() {
    let module = module("shared");
    let store = SharedData::new();
    let options = VmOptions::new().vm_id("a").shared_data(store.clone());
    let mut writer = Vm::new(&module, options.clone()).unwrap();
    let mut reader = Vm::new(&module, options).unwrap();
    let mut alone = Vm::new(&module, VmOptions::new().vm_id("a")).unwrap();
    writer.configure("fill").unwrap();
    reader.configure("").unwrap();
    alone.configure("").unwrap();
    assert_eq!(texts(writer.logs()), ["00", "00", "08", "00", "00", "01"]);
    assert_eq!(store.value("a", "k").unwrap(), b"value");

    let record = reader.run(Request::get("h", "/"), Response::new(200)).unwrap();
    assert_eq!(said(&record), ["00", "value", "01", "00", "01", "00", "val"]);
    let record = alone.run(Request::get("h", "/"), Response::new(200)).unwrap();
    assert_eq!(said(&record), ["01", "00", "00", "01", "07"]);
}

#[test]
fn queues_are_delivered_when_the_test_says_so() {
    let mut vm = Vm::new(&module("shared"), VmOptions::new()).unwrap();
    vm.configure("fill").unwrap();
    vm.take_logs();
    let cost = vm.deliver_queues().unwrap();
    assert_eq!(texts(&vm.take_logs()), ["00", "val", "00", ""]);
    assert_eq!(cost.count(harness::Hostcall::DequeueSharedQueue), 2);
    assert_eq!(vm.deliver_queues().unwrap().fuel, 0);
}
