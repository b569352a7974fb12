//! Runs the `console` blocks of a page as its reader would.

use crate::page::{Block, Page};
use kgwc::envoy::{Client, RawRequest};
use kgwc_tests::{has_envoy, repository};
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// The port of this machine that pages serve on; here it is a free one.
const PORT: &str = "8080";
const DEADLINE: Duration = Duration::from_secs(60);

/// A command with what a page says that comes out.
#[derive(Debug)]
struct Step<'p> {
    command: &'p str,
    expected: String,
}

fn steps(block: &str) -> Vec<Step<'_>> {
    let mut steps: Vec<Step> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push(Step { command, expected: String::new() }),
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

/// An output without the hashes, which change with every build.
fn lasting(text: &str) -> String {
    let mut pieces = text.split("sha256:");
    let mut lasting = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        lasting.push_str("sha256:...");
        lasting.push_str(piece.trim_start_matches(|c: char| c.is_ascii_hexdigit()));
    }
    lasting
}

/// A folder as the reader of a page has it: the examples, the files that the page shows, and
/// `kgwc` on the PATH.
pub(crate) struct Checkout {
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
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&repository("examples"), &folder.path().join("examples"));
        let programs = folder.path().join("target/debug");
        fs::create_dir_all(&programs).unwrap();
        symlink(env!("CARGO_BIN_EXE_kgwc-tested"), programs.join("kgwc")).unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Self { folder, served: None, port: free.port().to_string() }
    }

    /// Goes through a page from top to bottom. Returns the page with what its commands print in
    /// place of what it says that they do; the same page where both fit.
    pub(crate) fn read(mut self, page: &Page) -> String {
        let mut anew = String::new();
        let mut copied = 0;
        for block in page.blocks() {
            if let Some(name) = file_name(&block) {
                let path = self.folder.path().join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, block.text).unwrap();
            }
            if block.language == "console" {
                anew.push_str(&page.text[copied..block.range.start]);
                anew.push_str(&self.block(&block));
                copied = block.range.end;
            }
        }
        anew + &page.text[copied..]
    }

    fn block(&mut self, block: &Block) -> String {
        let steps = steps(block.text);
        let serves = steps.iter().any(|step| step.command.starts_with("kgwc serve"));
        if serves && !has_envoy() {
            return block.text.to_owned();
        }
        let anew = steps.iter().map(|step| self.step(step)).collect();
        self.served = None;
        anew
    }

    fn step(&mut self, Step { command, expected }: &Step) -> String {
        let run = command.replace(PORT, &self.port);
        let got = match run.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["make", target] => {
                assert!(is_target(target), "there is no make {target}");
                return format!("$ {command}\n{expected}");
            }
            ["kgwc", "serve", ..] => self.serve(&run, &expected.replace(PORT, &self.port)),
            ["curl", ..] => curl(&run),
            _ => {
                let out = self.command(&run).output().unwrap();
                let text = String::from_utf8(out.stdout).unwrap();
                assert!(out.status.success(), "{command}: {}\n{text}", out.status);
                text
            }
        };
        let got = got.replace(&self.port, PORT);
        match fits(expected, &got) {
            true => format!("$ {command}\n{expected}"),
            false => format!("$ {command}\n{}\n", lasting(got.trim_end())),
        }
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

    /// Until it has printed that, or nothing more for a while; it goes on to serve for the steps
    /// after it.
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
        let deadline = Instant::now() + DEADLINE;
        while !fits(expected, &text) {
            let left = deadline.saturating_duration_since(Instant::now());
            match served.lines.recv_timeout(left) {
                Ok(line) => text.extend([&line, "\n"]),
                Err(_) => break,
            }
        }
        text
    }
}

/// The name of the file that a block shows: the first line says it, in a comment.
fn file_name<'p>(block: &Block<'p>) -> Option<&'p str> {
    let name = block.text.lines().next()?.strip_prefix("# ")?;
    let has_ending = [".yaml", ".toml"].iter().any(|ending| name.ends_with(ending));
    (has_ending && !name.contains(' ')).then_some(name)
}

/// What `curl` would print: of its options only `-H` is known here.
fn curl(command: &str) -> String {
    let mut pieces = command.strip_prefix("curl ").unwrap().split("-H '");
    let first = pieces.next().unwrap_or_default();
    let mut url = first.trim();
    let mut headers = Vec::new();
    for piece in pieces {
        let (header, rest) = piece.split_once('\'').expect("a quoted header");
        headers.push(header.split_once(": ").expect("a header"));
        url = if rest.trim().is_empty() { url } else { rest.trim() };
    }
    let (authority, path) = url.strip_prefix("http://").and_then(|u| u.split_once('/')).unwrap();
    let address: SocketAddr = authority.parse().unwrap();
    let host = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host"));
    let host = host.map_or(authority, |(_, value)| *value);
    let mut request = RawRequest::get(host, format!("/{path}"));
    for (name, value) in headers {
        if !name.eq_ignore_ascii_case("host") {
            request = request.header(name, value);
        }
    }
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
fn dots_in_a_pattern_stand_for_anything() {
    assert!(fits("a\n...\nd", "a\nb\nc\nd\n"));
    assert!(fits("{\"id\":\"...\",\"x\"", "{\"id\":\"1d47\",\"x\""));
    assert!(fits("a", "a\n"));
    assert!(!fits("a\n...\nd", "a\nb\nc"));
    assert!(!fits("a...c...b", "abc"));
    assert!(!fits("a", "ab"));
}

#[test]
fn a_page_is_told_anew_where_it_is_wrong() {
    let text =
        "```yaml\n# a/b.yaml\nx: 1\n```\n\n```console\n$ cat a/b.yaml\nx: 2\n$ echo y\n...\n```\n";
    let page = Page { path: "page.md".into(), text: text.into() };
    let anew = text.replace("x: 2", "# a/b.yaml\nx: 1");
    assert_eq!(Checkout::new().read(&page), anew);
}
