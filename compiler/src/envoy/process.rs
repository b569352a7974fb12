//! An Envoy process from its start to its end.

use std::fs::{self, File};
use std::io;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Admin, AdminError, Directory};

/// Runs Envoy and ends it as soon as the standard input is closed. That happens in whatever way
/// the process that holds the other end comes to its end, so no Envoy is left behind. Writes the
/// number of its process to the file that is named first. Ends with Envoy's status.
const KEEPER: &str = r#"
exec 3<&0
id=$1
shift
"$@" 3<&- </dev/null &
envoy=$!
echo "$envoy" > "$id"
{
  cat <&3 >/dev/null
  kill "$envoy" 2>/dev/null
  tries=0
  while [ "$tries" -lt 50 ] && kill -0 "$envoy" 2>/dev/null; do
    sleep 0.1
    tries=$((tries + 1))
  done
  kill -9 "$envoy" 2>/dev/null
} &
keeper=$!
wait "$envoy"
status=$?
kill "$keeper" 2>/dev/null
exit "$status"
"#;

const ADMIN_ADDRESS: &str = "admin-address";
const PROCESS_ID: &str = "envoy.pid";
const LOG: &str = "envoy.log";
/// Lines of Envoy's log that an error carries.
const LOG_LINES: usize = 20;
const POLL: Duration = Duration::from_millis(20);

/// How an Envoy is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Worker threads; one for each processor when absent.
    pub concurrency: Option<u32>,
    /// How long it may take until it serves.
    pub deadline: Duration,
    /// Whether its standard output, with the access log, is shown on the standard output of this
    /// process.
    pub show_output: bool,
}

/// One worker thread, half a minute, silent.
impl Default for Settings {
    fn default() -> Self {
        let deadline = Duration::from_secs(30);
        Self { concurrency: Some(1), deadline, show_output: false }
    }
}

/// An Envoy that does not serve.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A file could not be written, or the program not be run.
    #[error("cannot run {}: {source}", program.display())]
    Run {
        /// The Envoy.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It ended before it served, which is what Envoy does with a configuration it refuses.
    #[error("Envoy refuses to start ({status}); the end of its log:\n{log}")]
    Ended {
        /// How it ended.
        status: ExitStatus,
        /// The last lines of its log.
        log: String,
    },
    /// It did not serve in time.
    #[error("Envoy does not serve after {} s; the end of its log:\n{log}", deadline.as_secs())]
    Late {
        /// How long it had.
        deadline: Duration,
        /// The last lines of its log.
        log: String,
    },
    /// The bootstrap has no administration interface, without which nobody can tell when it
    /// serves.
    #[error("the Envoy bootstrap has no admin address")]
    NoAdmin,
}

/// A running Envoy. Stopped when dropped, and also when this process ends in any other way.
#[derive(Debug)]
pub struct Envoy {
    keeper: Child,
    /// Open as long as Envoy is wanted.
    wanted: Option<ChildStdin>,
    directory: Directory,
    admin: Admin,
}

impl Envoy {
    /// Starts `program` with `bootstrap`, which is written to `directory` beside the files it
    /// refers to, and waits until it serves. The bootstrap needs an `admin` address; its port may
    /// be 0. Any number can run at once.
    ///
    /// # Errors
    /// When it cannot be run, refuses its configuration, or does not serve in time.
    pub fn start(
        program: &Path,
        directory: Directory,
        bootstrap: &Value,
        settings: &Settings,
    ) -> Result<Self, StartError> {
        if bootstrap.get("admin").is_none() {
            return Err(StartError::NoAdmin);
        }
        let (keeper, wanted) = spawn(program, &directory, bootstrap, settings)
            .map_err(|source| StartError::Run { program: program.to_owned(), source })?;
        // From here on, dropping it stops it.
        let unknown = Admin::new(SocketAddr::from(([127, 0, 0, 1], 0)));
        let mut envoy = Self { keeper, wanted, directory, admin: unknown };
        let start = Instant::now();
        while start.elapsed() < settings.deadline {
            if let Some(status) = envoy.ended() {
                return Err(StartError::Ended { status, log: envoy.log_end() });
            }
            if envoy.is_ready() {
                return Ok(envoy);
            }
            thread::sleep(POLL);
        }
        Err(StartError::Late { deadline: settings.deadline, log: envoy.log_end() })
    }

    /// The number of its process.
    ///
    /// # Errors
    /// When the file that it stands in cannot be read.
    pub fn id(&self) -> io::Result<i32> {
        let id = fs::read_to_string(self.directory.path().join(PROCESS_ID))?;
        id.trim().parse().map_err(io::Error::other)
    }

    /// Its administration interface.
    pub fn admin(&self) -> &Admin {
        &self.admin
    }

    /// The directory with its files.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The address on which it serves a Gateway port, the real one where the configuration said
    /// port 0.
    ///
    /// # Errors
    /// When Envoy does not answer, or does not serve that port.
    pub fn address(&self, gateway_port: u16) -> Result<SocketAddr, AdminError> {
        let name = crate::render::envoy::listener_name(gateway_port);
        let mut listeners = self.admin.listeners()?;
        listeners.remove(&name).ok_or(AdminError::NoListener(name))
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        // An error means that nobody can be waited for any more.
        self.keeper.try_wait().unwrap_or_default()
    }

    /// The last lines of its log.
    pub fn log_end(&self) -> String {
        let log = fs::read(self.directory.path().join(LOG)).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
    }

    fn is_ready(&mut self) -> bool {
        let address = fs::read_to_string(self.directory.path().join(ADMIN_ADDRESS));
        let Some(address) = address.ok().and_then(|text| text.trim().parse().ok()) else {
            return false;
        };
        self.admin = Admin::new(address);
        self.admin.is_ready()
    }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        self.wanted = None;
        // The keeper ends when Envoy has; there is nobody to tell about an error.
        let _ = self.keeper.wait();
    }
}

fn spawn(
    program: &Path,
    directory: &Directory,
    bootstrap: &Value,
    settings: &Settings,
) -> io::Result<(Child, Option<ChildStdin>)> {
    let config = directory.write(crate::render::envoy::BOOTSTRAP, bootstrap)?;
    let log = File::create(directory.path().join(LOG))?;
    let mut command = Command::new("/bin/sh");
    command.args(["-c", KEEPER, "kgwc-envoy"]).arg(directory.path().join(PROCESS_ID));
    command.arg(program).arg("--config-path").arg(config);
    command.arg("--admin-address-path").arg(directory.path().join(ADMIN_ADDRESS));
    // Shared memory for hot restarts is what keeps two Envoys from running at once.
    command.args(["--disable-hot-restart", "--log-level", "warning"]);
    if let Some(concurrency) = settings.concurrency {
        command.args(["--concurrency", &concurrency.to_string()]);
    }
    let output = if settings.show_output { Stdio::inherit() } else { Stdio::null() };
    // A group of its own: Ctrl-C is for this process, which then stops Envoy.
    command.process_group(0).stdin(Stdio::piped()).stdout(output).stderr(log);
    let mut keeper = command.spawn()?;
    let wanted = keeper.stdin.take();
    Ok((keeper, wanted))
}
