//! A gateway on this machine that follows its input files.

mod event;
mod gateway;

pub use event::{Event, Served};

use std::future::pending;
use std::io;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{AdminError, Bind, BindError, StartError};
use crate::lower::Lowered;
use crate::source::Snapshot;
use gateway::Gateway;

/// How often the input files are looked at.
const INTERVAL: Duration = Duration::from_millis(300);

/// What is served, and how.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The Envoy to run: see [`find`](super::find).
    pub program: PathBuf,
    /// The module.
    pub module: PathBuf,
    /// The input files and folders to follow; those of standard input cannot be.
    pub watch: Vec<PathBuf>,
    /// Addresses and ports.
    pub bind: Bind,
    /// Whether a stub inside Envoy answers in place of every backend.
    pub stub_backends: bool,
    /// Certificates of the authorities that backends with TLS are checked by.
    pub ca_file: String,
    /// Whether each request is shown on standard output.
    pub access_log: bool,
    /// Worker threads of Envoy; one for each processor when absent.
    pub concurrency: Option<NonZeroU32>,
}

/// Why serving came to an end that nobody asked for.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The input is not fit to start with; its problems were reported by `compile`.
    #[error("the input has errors; there is nothing to serve")]
    Input,
    /// No listener of the Gateway can be served.
    #[error("the Gateway has no listener that can be served")]
    NoListener,
    /// A port cannot be had.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// Envoy does not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Envoy does not answer.
    #[error(transparent)]
    Admin(#[from] AdminError),
    /// The module refuses the first configuration.
    #[error("the module refuses the configuration; the end of Envoy's log:\n{log}")]
    Refused {
        /// The last lines of Envoy's log.
        log: String,
    },
    /// Envoy has ended.
    #[error("Envoy has ended ({status}); the end of its log:\n{log}")]
    Ended {
        /// How.
        status: std::process::ExitStatus,
        /// The last lines of its log.
        log: String,
    },
    /// A file cannot be written, or a signal not be listened to.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Serves until SIGINT or SIGTERM. `compile` reads the input and lowers it; where the input has
/// errors it reports them itself and returns nothing, and what was served before stays. `report`
/// is told everything else that happens.
///
/// # Errors
/// When the gateway cannot be started, or Envoy ends by itself.
pub fn serve(
    settings: &Settings,
    compile: impl FnMut() -> Option<Lowered>,
    report: impl FnMut(Event),
) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(follow(settings, compile, report))
}

async fn follow(
    settings: &Settings,
    mut compile: impl FnMut() -> Option<Lowered>,
    mut report: impl FnMut(Event),
) -> Result<(), ServeError> {
    // Before Envoy runs, so that no signal is missed.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    // A terminal that is closed: the folder with the keys has to go as well.
    let mut hangup = signal(SignalKind::hangup())?;
    let mut seen = Snapshot::take(&settings.watch);
    let lowered = compile().ok_or(ServeError::Input)?;
    let mut gateway = Gateway::start(settings, &lowered, &mut report)?;
    loop {
        tokio::select! {
            () = received(&mut interrupt) => break,
            () = received(&mut terminate) => break,
            () = received(&mut hangup) => break,
            () = tokio::time::sleep(INTERVAL) => {}
        }
        gateway.check()?;
        // Taken before compiling: what changes meanwhile is seen in the next round.
        let now = Snapshot::take(&settings.watch);
        if now != seen {
            seen = now;
            match compile() {
                Some(lowered) => gateway.update(settings, &lowered, &mut report)?,
                None => report(Event::Invalid),
            }
        }
    }
    report(Event::Stopping);
    Ok(())
}

async fn received(signal: &mut Signal) {
    if signal.recv().await.is_none() {
        // No more signals of this kind can come.
        pending::<()>().await;
    }
}
