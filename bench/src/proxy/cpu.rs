//! The processor time of another process.

use anyhow::{Context, Result, bail};
use nix::time::{ClockId, clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The time that all threads of one process have run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CpuClock(ClockId);

impl CpuClock {
    /// The clock of the Envoy that was started in a directory.
    pub(crate) fn of_envoy(directory: &Path) -> Result<Self> {
        let mut found = envoys(directory)?;
        let process = found.pop().context("there is no process of Envoy's to measure")?;
        if !found.is_empty() {
            bail!("there is more than one Envoy in {}", directory.display());
        }
        clock_getcpuclockid(Pid::from_raw(process)).map(Self).context("no clock of the process")
    }

    /// How long it has run so far.
    pub(crate) fn read(self) -> Result<Duration> {
        clock_gettime(self.0).map(Duration::from).context("the process has ended")
    }
}

/// The processes of Envoys whose arguments name the directory: the shell that watches over an
/// Envoy has the same arguments and another program.
fn envoys(directory: &Path) -> Result<Vec<i32>> {
    let directory = directory.display().to_string();
    let processes = fs::read_dir("/proc").context("processor time needs /proc")?;
    let is_envoy = |path: &PathBuf| {
        let program = fs::read_link(path.join("exe"));
        let program = program.ok().and_then(|program| Some(program.file_name()?.to_owned()));
        let arguments = fs::read(path.join("cmdline")).unwrap_or_default();
        program.is_some_and(|name| name.to_string_lossy().contains("envoy"))
            && String::from_utf8_lossy(&arguments).contains(&directory)
    };
    let number = |path: PathBuf| path.file_name()?.to_str()?.parse().ok();
    let paths = processes.flatten().map(|entry| entry.path());
    Ok(paths.filter(is_envoy).filter_map(number).collect())
}
