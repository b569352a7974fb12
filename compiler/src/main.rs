//! `kgwc`: compiles Gateway API routes, and tests, explains and serves them.

use std::process::ExitCode;

fn main() -> ExitCode {
    kgwc::commands::main()
}
