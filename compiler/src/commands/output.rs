//! Results on standard output, everything else on standard error; files whole or not at all.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is the one place that prints")]

use crate::render::visible::visible_lines;
use crate::source::Sources;
use anyhow::{Context, Result, bail};
use clap::builder::{PathBufValueParser, TypedValueParser};
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Whether standard error is in colour: on a terminal only, and not where NO_COLOR is set.
pub(super) fn color_on_stderr() -> bool {
    std::io::stderr().is_terminal() && color_is_wanted()
}

/// Whether standard output is.
pub(super) fn color_on_stdout() -> bool {
    std::io::stdout().is_terminal() && color_is_wanted()
}

fn color_is_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Writes to standard output. A reader that has gone is no error: it has seen enough.
pub(super) fn print(text: &[u8]) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write to standard output"),
    }
}

/// Writes to standard error, come what may.
pub(super) fn say(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// The first few of many names, and how many more there are.
pub(super) fn listed(names: &[String]) -> String {
    const MOST: usize = 4;
    let shown = names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Says that a command could not be carried out.
pub(super) fn complain(message: &str) {
    say(&format!("kgwc: {}\n", visible_lines(message)));
}

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readers {
    /// Whom the umask admits.
    Anybody,
    /// The owner: there are private keys in it.
    Owner,
}

/// Reads the name of a file where standard input or output will not do.
pub(super) fn file_parser() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| match path == Path::new("-") {
        true => Err("- is no file here: name one"),
        false => Ok(path),
    })
}

/// Refuses to write over a file that was read, by whatever name.
pub(super) fn spare_input(path: &Path, sources: &Sources) -> Result<()> {
    if sources.paths().any(|input| is_same_file(path, input)) {
        bail!("{} is a file of the input and would be lost: choose another one", path.display());
    }
    Ok(())
}

/// Whether both names lead to one file that is there: what is new, or no file, loses nothing.
pub(super) fn is_same_file(path: &Path, other: &Path) -> bool {
    match path.canonicalize() {
        Ok(real) if real.is_file() => other.canonicalize().is_ok_and(|other| other == real),
        _ => false,
    }
}

/// Writes a file under another name and renames it, so that nobody ever sees half of it. A link is
/// followed, a file keeps its mode, and what is no file, such as `/dev/stdout`, is written to.
pub(super) fn write_file(path: &Path, content: &[u8], readers: Readers) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.exists()) {
        bail!("cannot write {}: the folder {} does not exist", path.display(), folder.display());
    }
    let write = || -> std::io::Result<()> {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let existing = std::fs::metadata(&path).ok();
        if existing.as_ref().is_some_and(|existing| !existing.is_file()) {
            return std::fs::OpenOptions::new().write(true).open(&path)?.write_all(content);
        }
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(match readers {
            Readers::Anybody => 0o666,
            Readers::Owner => 0o600,
        }));
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let file = builder.tempfile_in(folder.unwrap_or(Path::new(".")));
        // The error as it is names the file under its other name.
        let mut file = file.map_err(|error| std::io::Error::from(error.kind()))?;
        file.write_all(content)?;
        if let (Some(existing), Readers::Anybody) = (existing, readers) {
            file.as_file().set_permissions(existing.permissions())?;
        }
        file.as_file().sync_all()?;
        file.persist(&path)?;
        Ok(())
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(all(test, unix))]
mod tests {
    use super::{Readers, write_file};
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_link_is_followed_and_a_file_keeps_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&file, &link).unwrap();
        write_file(&link, b"new", Readers::Anybody).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left beside it");
    }

    #[test]
    fn keys_are_for_their_owner() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("envoy.json");
        write_file(&file, b"{}", Readers::Owner).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
