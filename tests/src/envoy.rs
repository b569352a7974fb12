//! What is asked of an Envoy that has gone through something.

use kgwc::envoy::Envoy;
use std::fs;
use std::path::Path;

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

/// Resident memory of the Envoy that was started in the directory, in KiB.
///
/// # Panics
/// Where there is none.
pub fn resident_memory(directory: &Path) -> u64 {
    let of = directory.display().to_string();
    let processes = fs::read_dir("/proc").unwrap_or_else(|e| panic!("/proc: {e}"));
    let found = processes.flatten().map(|entry| entry.path()).filter_map(|path| {
        let command = fs::read_to_string(path.join("cmdline")).ok()?;
        let program = fs::read_link(path.join("exe")).ok()?;
        let is_envoy = program.file_name()?.to_str()?.contains("envoy") && command.contains(&of);
        let status = is_envoy.then(|| fs::read_to_string(path.join("status")).ok())??;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().strip_suffix(" kB")?.parse::<u64>().ok()
    });
    found.max().unwrap_or_else(|| panic!("no Envoy runs in {of}"))
}
