//! The program as a user runs it.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How to run the program.
#[derive(Clone, Debug)]
pub struct Kgwc {
    program: PathBuf,
    folder: PathBuf,
    input: Vec<u8>,
    environment: Vec<(&'static str, String)>,
}

/// What became of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Exit status; `None` where a signal ended it.
    pub status: Option<i32>,
    /// Results.
    pub stdout: String,
    /// Diagnostics.
    pub stderr: String,
}

/// The program, run in the root of the repository.
#[macro_export]
macro_rules! kgwc {
    () => {
        $crate::Kgwc::new(env!("CARGO_BIN_EXE_kgwc-tested"))
    };
}

impl Kgwc {
    /// The program at that path; see [`kgwc!`](crate::kgwc).
    pub fn new(program: &str) -> Self {
        Self {
            program: program.into(),
            folder: crate::repository(""),
            input: Vec::new(),
            environment: Vec::new(),
        }
    }

    /// Runs it in that folder.
    #[must_use]
    pub fn in_folder(mut self, folder: &Path) -> Self {
        self.folder = folder.to_owned();
        self
    }

    /// Gives it a standard input.
    #[must_use]
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn variable(mut self, name: &'static str, value: &str) -> Self {
        self.environment.push((name, value.to_owned()));
        self
    }

    /// The command, for a test that does more than wait for its end.
    pub fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(&self.program);
        command.args(args).current_dir(&self.folder).envs(self.environment.iter().cloned());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs it to its end.
    ///
    /// # Panics
    /// When it cannot be run.
    pub fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Output {
        let (status, stdout, stderr) = self.bytes(args);
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Output { status, stdout: text(stdout), stderr: text(stderr) }
    }

    /// The same with its outputs as bytes.
    ///
    /// # Panics
    /// When it cannot be run.
    pub fn bytes<S: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = S>,
    ) -> (Option<i32>, Vec<u8>, Vec<u8>) {
        let mut child = self.command(args).spawn().expect("the program runs");
        let mut stdin = child.stdin.take().expect("it has a standard input");
        let input = self.input.clone();
        // A program that does not read its input closes it: that is no failure.
        let writer = std::thread::spawn(move || stdin.write_all(&input).is_ok());
        let output = child.wait_with_output().expect("it ends");
        let _ = writer.join();
        (output.status.code(), output.stdout, output.stderr)
    }
}

impl Output {
    /// The results of a run that went well.
    ///
    /// # Panics
    /// When it did not.
    #[track_caller]
    pub fn fine(self) -> String {
        assert_eq!(self.status, Some(0), "{}\n{}", self.stdout, self.stderr);
        self.stdout
    }
}
