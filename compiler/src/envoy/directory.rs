//! The files that an Envoy reads.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A temporary directory that nobody else can read, since certificates come with their keys.
/// Removed when dropped.
#[derive(Debug)]
pub struct Directory(tempfile::TempDir);

impl Directory {
    /// A new, empty directory.
    ///
    /// # Errors
    /// When the system's directory for temporary files cannot be written to.
    pub fn new() -> io::Result<Self> {
        tempfile::Builder::new().prefix("kgwc-envoy-").tempdir().map(Self)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes or replaces a file by renaming a finished one, which is also what Envoy waits for.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, name: &str, content: &Value) -> io::Result<PathBuf> {
        let target = self.path().join(name);
        let unfinished = self.path().join(format!("{name}.new"));
        let mut file = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(true)
            .mode(0o600)
            .open(&unfinished)?;
        file.write_all(content.to_string().as_bytes())?;
        drop(file);
        std::fs::rename(unfinished, &target)?;
        Ok(target)
    }
}
