//! The processor time of another process.

use anyhow::{Context, Result};
use kgwc::envoy::Envoy;
use nix::time::{ClockId, clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;
use std::time::Duration;

/// The time that all threads of one process have run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CpuClock(ClockId);

impl CpuClock {
    /// The clock of an Envoy.
    pub(crate) fn of(envoy: &Envoy) -> Result<Self> {
        let process = Pid::from_raw(envoy.id().context("there is no process of Envoy's")?);
        clock_getcpuclockid(process).map(Self).context("no clock of the process")
    }

    /// How long it has run so far.
    pub(crate) fn read(self) -> Result<Duration> {
        clock_gettime(self.0).map(Duration::from).context("the process has ended")
    }
}
