//! The files that an Envoy reads.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A temporary directory that nobody else can read, since certificates come with their keys.
/// Removed when dropped; where the process is killed before, by the next one that makes such a
/// directory.
#[derive(Debug)]
pub struct Directory {
    folder: tempfile::TempDir,
    /// Locked for as long as the process lives.
    _lock: File,
}

const PREFIX: &str = "kgwc-envoy-";
/// Its lock says whether the process that made the directory still lives.
const LOCK: &str = "lock";

impl Directory {
    /// A new, empty directory.
    ///
    /// # Errors
    /// When the system's directory for temporary files cannot be written to.
    pub fn new() -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        let folder = builder.prefix(PREFIX).permissions(Permissions::from_mode(0o700)).tempdir()?;
        // Locked before anybody finds it by its name.
        let unfinished = folder.path().join(format!("{LOCK}.new"));
        let lock = File::create(&unfinished)?;
        lock.lock()?;
        std::fs::rename(unfinished, folder.path().join(LOCK))?;
        let directory = Self { folder, _lock: lock };
        remove_abandoned(&directory);
        Ok(directory)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes or replaces a file by renaming a finished one, which is also what Envoy waits for.
    ///
    /// # Errors
    /// When the file cannot be written, or has no binary form and should have one.
    pub fn write(&self, name: &str, content: &Value) -> io::Result<PathBuf> {
        let target = self.path().join(name);
        let bytes = crate::render::envoy::encode(name, content)?;
        let unfinished = self.path().join(format!("{name}.new"));
        let mut file = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(true)
            .mode(0o600)
            .open(&unfinished)?;
        file.write_all(&bytes)?;
        drop(file);
        std::fs::rename(unfinished, &target)?;
        Ok(target)
    }
}

/// Removes the directories beside this one whose processes are gone. What cannot be removed stays.
fn remove_abandoned(directory: &Directory) {
    let owner = |path: &Path| {
        let metadata = std::fs::symlink_metadata(path).ok()?;
        metadata.is_dir().then(|| metadata.uid())
    };
    let Some(ours) = owner(directory.path()) else { return };
    let beside = directory.path().parent().and_then(|parent| parent.read_dir().ok());
    for entry in beside.into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with(PREFIX)
            && owner(&path) == Some(ours)
            && let Ok(lock) = File::open(path.join(LOCK))
            && lock.try_lock().is_ok()
        {
            let _ = std::fs::remove_dir_all(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_else_can_read_it() {
        let directory = Directory::new().unwrap();
        let mode = std::fs::metadata(directory.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    /// As after `kill -9`: nothing was removed, and the lock is gone with the process.
    #[test]
    fn the_next_one_removes_what_a_killed_process_has_left() {
        let alive = Directory::new().unwrap();
        let killed = Directory::new().unwrap();
        killed.write("listeners.json", &Value::Null).unwrap();
        let Directory { folder, _lock: lock } = killed;
        let left = folder.keep();
        drop(lock);
        let _next = Directory::new().unwrap();
        assert!(!left.exists());
        assert!(alive.path().join(LOCK).exists());
    }
}
