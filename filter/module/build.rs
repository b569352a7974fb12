//! Builds the module with the one script that knows how, and tells the crate where it is.
#![allow(clippy::print_stdout, reason = "a build script talks to cargo on standard output")]

use std::process::{Command, Stdio};

fn main() {
    for source in [
        "filter/src",
        "filter/Cargo.toml",
        "filter/pairs",
        "filter/route/src",
        "filter/route/Cargo.toml",
    ]
    .into_iter()
    .chain(["Cargo.toml", "Cargo.lock", "scripts/build-filter"])
    {
        println!("cargo::rerun-if-changed=../../{source}");
    }
    let built =
        Command::new("bash").arg("../../scripts/build-filter").stderr(Stdio::inherit()).output();
    match built {
        Ok(built) if built.status.success() => {
            let path = String::from_utf8_lossy(&built.stdout);
            println!("cargo::rustc-env=KGWC_FILTER_WASM={}", path.trim());
        }
        Ok(built) => {
            println!("cargo::error=the module was not built: {}", built.status);
        }
        Err(error) => println!("cargo::error=bash did not start: {error}"),
    }
}
