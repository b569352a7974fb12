//! `kgwc serve` on a folder with one file.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::process::Child;
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use kgwc_tests::kgwc;

use crate::fixture::PATIENCE;

/// A serving program; it ends with the test, however that ends.
pub(crate) struct Serving {
    process: Child,
    said: Receiver<String>,
    folder: tempfile::TempDir,
    /// Gateway port 80.
    pub(crate) address: SocketAddr,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Serving {
    /// Serves these resources on a port that was free a moment ago.
    pub(crate) fn start(resources: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("input.yaml"), resources).unwrap();
        let address = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
        let port = format!("80={}", address.port());
        let input = folder.path().to_str().unwrap();
        let args = ["serve", "--concurrency", "1", "--port", &port, input];
        let mut process = kgwc!().command(args).spawn().unwrap();
        let stderr = BufReader::new(process.stderr.take().unwrap());
        let (sender, said) = channel();
        std::thread::spawn(move || {
            stderr.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        let serving = Self { process, said, folder, address };
        serving.wait_for(&format!("serving http://{address}"));
        serving
    }

    /// Serves these resources instead.
    pub(crate) fn change(&self, resources: &str) {
        let unfinished = self.folder.path().join("input.new");
        std::fs::write(&unfinished, resources).unwrap();
        std::fs::rename(unfinished, self.folder.path().join("input.yaml")).unwrap();
        self.wait_for("reloaded");
    }

    #[track_caller]
    fn wait_for(&self, wanted: &str) {
        let start = Instant::now();
        let mut seen = Vec::new();
        while let Ok(line) = self.said.recv_timeout(PATIENCE.saturating_sub(start.elapsed())) {
            if line.contains(wanted) {
                return;
            }
            seen.push(line);
        }
        panic!("no {wanted:?} in:\n{}", seen.join("\n"));
    }
}
