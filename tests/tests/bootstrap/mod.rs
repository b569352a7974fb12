//! An Envoy started from a file as it stands, and backends that show what they get.

use kgwc::envoy::{Client, RawRequest, find};
use serde_json::Value;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const DEADLINE: Duration = Duration::from_secs(60);
const PROCESS_ID: &str = "process-id";
const POLL: Duration = Duration::from_millis(20);
/// Ends Envoy when the standard input is closed, in whatever way this process comes to its end, also
/// where it has been stopped. The first argument is the file for the number of its process.
const KEEPER: &str = r#"exec 3<&0; id=$1; shift; "$@" 3<&- </dev/null & echo $! > "$id"
cat <&3 >/dev/null; kill $!; kill -CONT $!; wait $!"#;

/// Stopped when dropped.
pub(crate) struct Running {
    keeper: Child,
    /// With all of its files.
    pub(crate) directory: tempfile::TempDir,
    admin: SocketAddr,
}

impl Running {
    /// Starts Envoy with a configuration file of that name and content, and waits until it serves.
    pub(crate) fn start(directory: tempfile::TempDir, name: &str, content: &str) -> Self {
        let config = directory.path().join(name);
        fs::write(&config, content).unwrap();
        let address = directory.path().join("admin-address");
        let log = File::create(directory.path().join("log")).unwrap();
        let keeper = Command::new("/bin/sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(directory.path().join(PROCESS_ID))
            .arg(find().expect("these tests need an Envoy"))
            .arg("--config-path")
            .arg(config)
            .arg("--admin-address-path")
            .arg(&address)
            .args(["--disable-hot-restart", "--concurrency", "1", "--log-level", "warning"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut running = Self { keeper, directory, admin: nowhere };
        let start = Instant::now();
        while !running.is_ready(&address) {
            assert!(start.elapsed() < DEADLINE, "{name} does not serve:\n{}", running.log());
            thread::sleep(POLL);
        }
        running
    }

    fn is_ready(&mut self, address: &Path) -> bool {
        let Some(admin) = fs::read_to_string(address).ok().and_then(|a| a.trim().parse().ok())
        else {
            return false;
        };
        self.admin = admin;
        let ready = Client::new().send(admin, None, &RawRequest::get("test", "/ready"));
        ready.is_ok_and(|response| response.status == 200)
    }

    /// Sends Envoy a signal by its short name.
    pub(crate) fn signal(&self, name: &str) {
        let id = fs::read_to_string(self.directory.path().join(PROCESS_ID)).unwrap();
        let kill = ["-c", "kill -$0 $1", name, id.trim()];
        assert!(Command::new("/bin/sh").args(kill).status().unwrap().success());
    }

    /// What the administration interface answers.
    pub(crate) fn admin(&self, path: &str) -> Value {
        let response = Client::new().send(self.admin, None, &RawRequest::get("test", path));
        serde_json::from_slice(&response.unwrap().body).unwrap()
    }

    /// Where a listener is bound.
    pub(crate) fn listener(&self, name: &str) -> SocketAddr {
        let listeners = self.admin("/listeners?format=json");
        let listeners = listeners["listener_statuses"].as_array().unwrap();
        let found = listeners.iter().find(|listener| listener["name"] == name).unwrap();
        let port = found["local_address"]["socket_address"]["port_value"].as_u64().unwrap();
        SocketAddr::from(([127, 0, 0, 1], u16::try_from(port).unwrap()))
    }

    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// Answers every request with its name on the first line and the head of the request below. Its
/// thread ends with the process.
pub(crate) struct Backend {
    /// Its name.
    pub(crate) name: &'static str,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Backend {
    /// On a free port.
    pub(crate) fn start(name: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || answer(name, &stream));
            }
        });
        Self { name, address }
    }
}

fn answer(name: &str, mut stream: &TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let mut body = format!("{name}\n");
        let mut line = String::new();
        while reader.read_line(&mut line).ok()? > 0 && line != "\r\n" {
            body.push_str(&line);
            line.clear();
        }
        if line.is_empty() {
            return None;
        }
        let length = body.len();
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}").ok()?;
    }
}

/// Runs a command line with `kgwc` on the PATH, which is put into `folder`.
pub(crate) fn shell(command: &str, folder: &Path) -> ExitStatus {
    let kgwc = folder.join("bin/kgwc");
    if !kgwc.exists() {
        fs::create_dir(folder.join("bin")).unwrap();
        symlink(env!("CARGO_BIN_EXE_kgwc-tested"), kgwc).unwrap();
    }
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let path = std::iter::once(folder.join("bin")).chain(std::env::split_paths(&inherited));
    Command::new("/bin/sh")
        .args(["-c", command])
        .current_dir(folder)
        .env("PATH", std::env::join_paths(path).unwrap())
        .stderr(Stdio::null())
        .status()
        .unwrap()
}
