//! What the module is asked to tell.

use crate::run::{Folder, Run};
use std::process::Command;

fn compile(token: &str, args: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kgwc"));
    command.env("KGWC_EXPLAIN_TOKEN", token).arg("compile").args(args).arg("examples/matches");
    Folder::new().output(command, b"")
}

/// Deployments set variables that have no value.
#[test]
fn an_empty_variable_is_no_token() {
    assert!(!compile("", &[]).fine().contains("explainToken"));
    assert!(compile("correct-horse-battery-staple", &[]).fine().contains("explainToken"));
    for refused in [compile("short", &[]), compile("", &["--explain-token", ""])] {
        assert_eq!(refused.status, Some(2));
        assert!(refused.stderr.contains("a token has 16 or more"), "{}", refused.stderr);
    }
}
