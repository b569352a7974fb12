//! The README keeps its word: every command in its `console` blocks is run, and prints what stands
//! below it. `...` stands for anything.

use kgwc::envoy::{Client, RawRequest};
use kgwc_tests::{has_envoy, kgwc, repository};
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// The port of this machine that the README serves on; here it is a free one.
const PORT: &str = "8080";
const DEADLINE: Duration = Duration::from_secs(60);

/// A command of the README with what it says that comes out.
#[derive(Debug)]
struct Step {
    command: String,
    expected: String,
}

fn readme() -> String {
    fs::read_to_string(repository("README.md")).unwrap()
}

/// The blocks in order, each with its steps.
fn blocks(readme: &str) -> Vec<Vec<Step>> {
    let blocks = readme.split("```console\n").skip(1);
    blocks.map(|rest| steps(rest.split("```").next().unwrap_or_default())).collect()
}

fn steps(block: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => {
                steps.push(Step { command: command.to_owned(), expected: String::new() });
            }
            (None, Some(step)) => step.expected.extend([line, "\n"]),
            (None, None) => panic!("a block begins with output: {line}"),
        }
    }
    steps
}

/// Whether a text has the pieces between the `...` of a pattern, in their order and from end to
/// end.
fn fits(pattern: &str, text: &str) -> bool {
    let pattern = pattern.trim_end();
    let text = text.trim_end();
    let Some((first, rest)) = pattern.split_once("...") else { return pattern == text };
    let Some(mut left) = text.strip_prefix(first) else { return false };
    let pieces: Vec<_> = rest.split("...").collect();
    let (last, middle) = pieces.split_last().unwrap();
    for piece in middle {
        let Some((_, after)) = left.split_once(piece) else { return false };
        left = after;
    }
    left.ends_with(last)
}

/// A folder as a reader of the README has it: the examples, and `kgwc` on the PATH.
struct Checkout {
    folder: tempfile::TempDir,
    served: Option<Served>,
    /// A free port of this machine.
    port: String,
}

/// A `kgwc serve` in the background; ended when dropped.
struct Served {
    process: Child,
    lines: Receiver<String>,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Checkout {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&repository("examples"), &folder.path().join("examples"));
        let programs = folder.path().join("target/debug");
        fs::create_dir_all(&programs).unwrap();
        symlink(env!("CARGO_BIN_EXE_kgwc-tested"), programs.join("kgwc")).unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Self { folder, served: None, port: free.port().to_string() }
    }

    fn command(&self, line: &str) -> Command {
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let programs = self.folder.path().join("target/debug");
        let path = std::iter::once(programs).chain(std::env::split_paths(&inherited));
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &format!("exec 2>&1; {line}")]).current_dir(self.folder.path());
        command.env("PATH", std::env::join_paths(path).unwrap()).env_remove("NO_COLOR");
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        command
    }

    fn step(&mut self, Step { command, expected }: &Step) {
        let command = command.replace(PORT, &self.port);
        let expected = expected.replace(PORT, &self.port);
        let got = match command.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["make", target] => return assert!(is_target(target), "there is no make {target}"),
            ["kgwc", "serve", ..] => self.serve(&command, &expected),
            ["curl", ..] => curl(&command),
            _ => {
                let out = self.command(&command).output().unwrap();
                let text = String::from_utf8(out.stdout).unwrap();
                assert!(out.status.success(), "{command}: {}\n{text}", out.status);
                text
            }
        };
        assert!(fits(&expected, &got), "{command}\nshould print:\n{expected}\nprints:\n{got}");
    }

    /// Until it has printed that; it goes on to serve for the steps after it.
    fn serve(&mut self, command: &str, expected: &str) -> String {
        let mut process = self.command(&format!("exec {command}")).spawn().unwrap();
        let stdout = process.stdout.take().unwrap();
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let served = self.served.insert(Served { process, lines });
        let mut text = String::new();
        while !fits(expected, &text) {
            let line = served.lines.recv_timeout(DEADLINE);
            let line = line.unwrap_or_else(|error| panic!("{command}: {error} after:\n{text}"));
            text.extend([&line, "\n"]);
        }
        text
    }
}

/// What `curl` would print: of its options only `-H` is known here.
fn curl(command: &str) -> String {
    let quoted: Vec<&str> = command.split('\'').collect();
    let (header, url) = match quoted.as_slice() {
        ["curl -H ", header, url] => (header.split_once(": ").unwrap(), url.trim()),
        _ => panic!("what should {command} do?"),
    };
    let (authority, path) = url.strip_prefix("http://").and_then(|u| u.split_once('/')).unwrap();
    let address: SocketAddr = authority.parse().unwrap();
    let request = RawRequest::get(authority, format!("/{path}")).header(header.0, header.1);
    let response = Client::new().send(address, None, &request).unwrap();
    String::from_utf8(response.body).unwrap()
}

fn is_target(name: &str) -> bool {
    let makefile = fs::read_to_string(repository("Makefile")).unwrap();
    makefile.lines().any(|line| line.starts_with(&format!("{name}:")))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn every_command_prints_what_the_readme_says() {
    let mut checkout = Checkout::new();
    let blocks = blocks(&readme());
    assert!(blocks.len() > 5, "{blocks:?}");
    for block in blocks {
        let serves = block.iter().any(|step| step.command.starts_with("kgwc serve"));
        if serves && !has_envoy() {
            continue;
        }
        for step in &block {
            checkout.step(step);
        }
        checkout.served = None;
    }
}

#[test]
fn every_link_leads_to_something() {
    for file in ["README.md", "envoy-bootstrap/README.md", "examples/README.md"] {
        let folder = repository(file).parent().unwrap().to_owned();
        let text = fs::read_to_string(repository(file)).unwrap();
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.starts_with("https://")) {
            let target = target.split('#').next().unwrap_or_default();
            assert!(folder.join(target).exists(), "{file}: {target}");
        }
    }
}

#[test]
fn the_table_of_the_plugin_configuration_has_every_field() {
    let schema = kgwc!().run(["schema", "plugin-config"]).fine();
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let readme = readme();
    let section = readme.split("## The plugin configuration").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    for field in schema["properties"].as_object().unwrap().keys() {
        assert!(section.contains(&format!("`{field}`")), "{field} is not in the README");
    }
}

#[test]
fn the_table_of_hosts_is_the_one_that_warnings_are_made_of() {
    let readme = readme();
    let section = readme.split("## What a host has to bring").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows: Vec<_> = section.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    let table: Vec<_> = kgwc::host::FEATURES.iter().map(|needs| needs.markdown()).collect();
    assert_eq!(rows, table, "should be:\n{}", table.join("\n"));
}

#[test]
fn every_option_that_the_readme_names_exists() {
    let readme = readme();
    let commands = [
        "compile",
        "check",
        "test",
        "explain",
        "graph",
        "serve",
        "filter",
        "migrate",
        "crds",
        "schema",
        "completions",
        "man",
    ];
    let help: String =
        commands.map(|command| kgwc!().run([command, "--help"]).fine()).into_iter().collect();
    let options = readme.split('`').flat_map(str::split_whitespace);
    let is_option = |word: &&str| {
        word.strip_prefix("--").is_some_and(|name| name.starts_with(|c: char| c.is_alphabetic()))
    };
    for option in options.filter(is_option) {
        // An option may stand with a value.
        let option = option.split('=').next().unwrap_or_default();
        // The last one is an option of kubectl.
        let known = help.contains(option) || ["--help", "--server-side"].contains(&option);
        assert!(known, "the README names {option}, which no command has");
    }
}

#[test]
fn dots_in_a_pattern_stand_for_anything() {
    assert!(fits("a\n...\nd", "a\nb\nc\nd\n"));
    assert!(fits("{\"id\":\"...\",\"x\"", "{\"id\":\"1d47\",\"x\""));
    assert!(fits("a", "a\n"));
    assert!(!fits("a\n...\nd", "a\nb\nc"));
    assert!(!fits("a...c...b", "abc"));
    assert!(!fits("a", "ab"));
}
