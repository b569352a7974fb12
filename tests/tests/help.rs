//! The example in the help of `kgwc serve`, which needs an Envoy.

use kgwc_tests::{has_envoy, kgwc};
use std::io::{BufRead, BufReader};
use std::process::Child;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

const DEADLINE: Duration = Duration::from_secs(60);

/// Ended when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_example_of_serve_serves() {
    let command = kgwc::commands::command();
    let serve = command.find_subcommand("serve").expect("a command");
    let help = serve.get_after_help().expect("an example").to_string();
    let example = help.strip_prefix("Example: kgwc ").expect("an example").trim();
    if !has_envoy() {
        return;
    }
    let mut child = kgwc!().command(example.split_whitespace()).spawn().expect("it starts");
    let stderr = child.stderr.take().expect("what it says");
    let _running = Running(child);
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    let started = Instant::now();
    let mut told = String::new();
    while !told.contains("serving http://127.0.0.1:") {
        let left = DEADLINE.saturating_sub(started.elapsed());
        let line = lines.recv_timeout(left);
        let line = line.unwrap_or_else(|error| panic!("{example}: {error} after:\n{told}"));
        told.extend([&line, "\n"]);
    }
}
