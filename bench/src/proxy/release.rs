//! Which Envoy is measured.

use anyhow::{Context, Result};
use kgwc::envoy::find;
use std::process::Command;

/// The release of the Envoy that is found, as `1.40.0`.
pub(crate) fn release() -> Result<String> {
    let envoy = find()?;
    let output = Command::new(&envoy).arg("--version").output();
    let output = output.with_context(|| format!("cannot run {}", envoy.display()))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let release = parse(&said).with_context(|| format!("no version of Envoy: {said:?}"))?;
    Ok(release.to_owned())
}

/// Envoy says `PROGRAM  version: COMMIT/RELEASE/Clean/RELEASE/BoringSSL`.
fn parse(said: &str) -> Option<&str> {
    said.split_once(" version: ")?.1.split('/').nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_stands_between_the_commit_and_the_state_of_its_tree() {
        let said = "\n/a/b/envoy  version: 9e55/1.40.0-dev/Clean/RELEASE/BoringSSL\n\n";
        assert_eq!(parse(said), Some("1.40.0-dev"));
        assert_eq!(parse("usage: envoy"), None);
    }
}
