//! `kgwc serve` as a user runs it: a real Envoy that follows the files, until a signal comes.

use kgwc::envoy::{Client, RawRequest};
use kgwc_tests::{has_envoy, kgwc, repository};
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// A serving program; it ends with the test, however that ends.
struct Serving {
    process: Child,
    said: Receiver<String>,
    address: SocketAddr,
    routes: PathBuf,
    client: Client,
    _folder: tempfile::TempDir,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Serves a copy of `examples/matches` on a port that was free a moment ago.
fn serve() -> Serving {
    let folder = tempfile::tempdir().unwrap();
    let routes = folder.path().join("routes.yaml");
    fs::copy(repository("examples/matches/routes.yaml"), &routes).unwrap();
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let port = format!("80={}", free.port());
    let input = folder.path().to_str().unwrap();
    let ports = ["--port", &port, "--port", "81=8181"];
    let args = ["serve", "--stub-backends", "--concurrency", "1", input];
    let mut process = kgwc!().command(args.into_iter().chain(ports)).spawn().unwrap();
    let stderr = BufReader::new(process.stderr.take().unwrap());
    let (sender, said) = channel();
    std::thread::spawn(move || {
        stderr.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
    });
    Serving { process, said, address: free, routes, client: Client::new(), _folder: folder }
}

impl Serving {
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

    /// The backend that answers for `/headers`.
    fn backend(&mut self) -> String {
        let request = RawRequest::get("httpbin.example.com", "/headers");
        let response = self.client.send(self.address, None, &request).unwrap();
        let body: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
        body["backend"].as_str().unwrap().to_owned()
    }

    fn change(&self, from: &str, to: &str) {
        let text = fs::read_to_string(&self.routes).unwrap();
        assert!(text.contains(from));
        fs::write(&self.routes, text.replace(from, to)).unwrap();
    }
}

#[test]
fn it_follows_the_files_and_stops_with_a_signal() {
    if !has_envoy() {
        return;
    }
    let mut serving = serve();
    serving.wait_for("kgwc: the Gateway default/my-gateway has no port 81");
    serving.wait_for(&format!("serving http://{} for the Gateway port 80", serving.address));
    assert_eq!(serving.backend(), "default/httpbin-v3:8000");

    serving.change("name: httpbin-v3", "name: httpbin-v4");
    serving.wait_for("reloaded");
    assert_eq!(serving.backend(), "default/httpbin-v4:8000");

    serving.change("value: \"3\"", "value: 3");
    serving.wait_for("error[");
    serving.wait_for("still serving what it was before");
    assert_eq!(serving.backend(), "default/httpbin-v4:8000");

    serving.change("value: 3", "value: \"3\"");
    serving.change("name: httpbin-v4", "name: httpbin-v5");
    serving.wait_for("reloaded");
    assert_eq!(serving.backend(), "default/httpbin-v5:8000");

    let id = serving.process.id().to_string();
    assert!(Command::new("kill").args(["-s", "TERM", &id]).status().unwrap().success());
    assert_eq!(serving.process.wait().unwrap().code(), Some(0));
    assert!(TcpStream::connect(serving.address).is_err(), "Envoy outlives kgwc");
}

#[test]
fn it_does_not_start_with_an_error_in_the_input() {
    if !has_envoy() {
        return;
    }
    let output = kgwc!().run(["serve", "--stub-backends", "tests/article/03.yaml"]);
    assert_eq!((output.status, output.stdout.as_str()), (Some(1), ""));
    assert!(output.stderr.starts_with("error[invalid-yaml]"), "{}", output.stderr);
    let followed = kgwc!().run(["serve", "-"]);
    assert_eq!(followed.status, Some(2));
    assert_eq!(followed.stderr, "kgwc: standard input cannot be followed: name files or folders\n");
}
