//! Modules for the tests: `modules/prelude.wat` and the fields of one of the other files.

#![allow(dead_code, reason = "each file of tests uses a part of this")]

use harness::{Error, Log, Module, Record, Vm, VmOptions};

const PRELUDE: &str = include_str!("../modules/prelude.wat");

/// The module of that name in `modules/`.
pub(crate) fn module(name: &str) -> Module {
    let path = format!("{}/tests/modules/{name}.wat", env!("CARGO_MANIFEST_DIR"));
    let fields = std::fs::read_to_string(&path).expect("the module is there");
    compile(&format!("(module {PRELUDE}\n{fields})")).expect("the module fits the host")
}

/// A module from its text.
pub(crate) fn compile(text: &str) -> Result<Module, Error> {
    Module::new(&wat::parse_str(text).expect("the text is valid"))
}

/// A VM of that module with an empty configuration.
pub(crate) fn vm(name: &str, options: VmOptions) -> Vm {
    let mut vm = Vm::new(&module(name), options).expect("the VM starts");
    vm.configure("").expect("the configuration is accepted");
    vm
}

/// The messages of some log lines.
pub(crate) fn texts(logs: &[Log]) -> Vec<String> {
    logs.iter().map(|log| log.text().into_owned()).collect()
}

/// The messages that a request logged.
pub(crate) fn said(record: &Record) -> Vec<String> {
    texts(&record.logs)
}
