//! What is asked of an Envoy that has gone through something.

use kgwc::envoy::Envoy;
use std::fs;

/// The module has served everything so far without a trap, as far as statistics and log say.
///
/// # Panics
/// Where it has not, or Envoy does not answer.
pub fn assert_no_trap(envoy: &Envoy) {
    let stats = envoy.admin().stats("^wasm").unwrap_or_else(|e| panic!("{e}"));
    let reloads: Vec<_> = stats.iter().filter(|(name, _)| name.contains("vm_reload")).collect();
    assert!(!reloads.is_empty(), "no such statistics in {stats:?}");
    assert!(reloads.iter().all(|(_, count)| **count == 0), "{reloads:?}");
    let log = envoy.log_end();
    for word in ["panicked", "Function: proxy_on", "in-VM failed"] {
        assert!(!log.contains(word), "{log}");
    }
}

/// Resident memory of an Envoy, in KiB.
///
/// # Panics
/// Where it does not run, or the system does not say.
pub fn resident_memory(envoy: &Envoy) -> u64 {
    let id = envoy.id().unwrap_or_else(|error| panic!("no process: {error}"));
    let path = format!("/proc/{id}/status");
    let status = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let figure = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
    figure.unwrap_or_else(|| panic!("no resident memory in {path}: {status}"))
}
