//! Whether files have changed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use walkdir::{DirEntry, WalkDir};

/// How often files are looked at.
const INTERVAL: Duration = Duration::from_millis(200);

/// The state of all input files at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot(BTreeMap<PathBuf, (Option<SystemTime>, u64)>);

impl Snapshot {
    /// Looks at files, and at the YAML and JSON files in folders.
    pub fn take(paths: &[PathBuf]) -> Self {
        let entries = paths.iter().flat_map(|path| WalkDir::new(path).follow_links(true));
        let files = entries.filter_map(Result::ok).filter(is_input);
        let state = |entry: DirEntry| {
            let metadata = entry.metadata().ok()?;
            Some((entry.into_path(), (metadata.modified().ok(), metadata.len())))
        };
        Self(files.filter_map(state).collect())
    }

    /// Waits until the files are others than here, and nobody is writing to them any more.
    pub fn wait(&self, paths: &[PathBuf]) {
        let mut last = self.clone();
        loop {
            std::thread::sleep(INTERVAL);
            let now = Self::take(paths);
            if now == last && now != *self {
                return;
            }
            last = now;
        }
    }
}

fn is_input(entry: &DirEntry) -> bool {
    let named = |extension| entry.path().extension() == Some(Path::new(extension).as_os_str());
    entry.file_type().is_file()
        && (entry.depth() == 0 || named("yaml") || named("yml") || named("json"))
}

#[cfg(test)]
mod tests {
    use super::Snapshot;
    use std::fs;

    #[test]
    fn sees_files_that_appear_change_and_go_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let paths = [dir.path().to_owned()];
        let take = || Snapshot::take(&paths);
        let empty = take();

        fs::create_dir(dir.path().join("deep")).unwrap();
        let file = dir.path().join("deep/routes.yaml");
        fs::write(&file, "a").unwrap();
        let first = take();
        assert_ne!(first, empty);

        fs::write(&file, "ab").unwrap();
        assert_ne!(take(), first);

        fs::remove_file(&file).unwrap();
        fs::write(dir.path().join("notes.txt"), "a").unwrap();
        assert_eq!(take(), empty);
    }

    #[test]
    fn a_file_given_by_name_counts_whatever_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("routes.txt");
        fs::write(&file, "a").unwrap();
        let paths = [file.clone()];
        let before = Snapshot::take(&paths);
        fs::write(&file, "ab").unwrap();
        assert_ne!(Snapshot::take(&paths), before);
    }
}
