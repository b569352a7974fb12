//! Files, folders and standard input to documents.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use walkdir::{DirEntry, WalkDir};

use super::Sources;
use super::objects::Parsed;
use super::text::{self, ReadError};
use crate::diagnostic::{Code, Diagnostic, Place};

/// Name of standard input.
pub(super) const STDIN: &str = "<stdin>";

/// Reads all inputs into `sources`.
pub(super) fn read(
    inputs: &[PathBuf],
    stdin: &mut dyn Read,
    sources: &mut Sources,
) -> Vec<Diagnostic> {
    if inputs.is_empty() {
        let message = "no input: name files or folders, or `-` for standard input";
        return vec![Diagnostic::error(Code::NoInput, Place::Input, message)];
    }
    let mut finder = Finder { seen: BTreeSet::new() };
    let found: Vec<_> = inputs.iter().map(|input| finder.input(input, stdin)).collect();
    // Reading takes longer than finding: files are read side by side, and added in their order.
    let read: Vec<_> = found
        .into_par_iter()
        .map(|found| (found.folder, found.entries.into_par_iter().map(Entry::read).collect()))
        .collect();
    let mut diagnostics = Vec::new();
    for (folder, entries) in read {
        add(sources, &mut diagnostics, folder.as_deref(), entries);
    }
    diagnostics
}

/// The text of one file.
pub(super) fn file(path: &Path) -> Result<String, Box<Diagnostic>> {
    text::read_file(path).map_err(|error| Box::new(text::explain(path, &error)))
}

/// A path as users see it.
pub(super) fn display_name(path: &Path) -> String {
    if path.as_os_str() == "-" { STDIN.to_owned() } else { path.display().to_string() }
}

/// What one of the inputs leads to.
struct Found {
    /// The input where it is a folder.
    folder: Option<PathBuf>,
    entries: Vec<Entry>,
}

/// A file of an input, or what is there instead.
enum Entry {
    File(PathBuf),
    Stdin(Result<String, ReadError>),
    /// It has been found before.
    Again,
    Problem(Diagnostic),
}

/// What became of an [`Entry`].
enum Outcome {
    Parsed(PathBuf, Parsed),
    Again,
    Problem(Diagnostic),
}

impl Entry {
    fn read(self) -> Outcome {
        let (path, text) = match self {
            Self::File(path) => {
                let text = text::read_file(&path);
                (path, text)
            }
            Self::Stdin(text) => (PathBuf::from("-"), text),
            Self::Again => return Outcome::Again,
            Self::Problem(problem) => return Outcome::Problem(problem),
        };
        match text {
            Ok(text) => {
                let parsed = Parsed::new(display_name(&path), text);
                Outcome::Parsed(path, parsed)
            }
            Err(error) => Outcome::Problem(text::explain(&path, &error)),
        }
    }
}

/// Adds what was read of one input.
fn add(
    sources: &mut Sources,
    diagnostics: &mut Vec<Diagnostic>,
    folder: Option<&Path>,
    entries: Vec<Outcome>,
) {
    let (mut files, mut documents, problems) = (0, 0, diagnostics.len());
    for entry in entries {
        match entry {
            Outcome::Parsed(path, parsed) => {
                let count = sources.add_file(parsed, diagnostics);
                files += 1;
                documents += count;
                // A file that was named is to hold something, one that was found in a folder not.
                if count == 0 && folder.is_none() {
                    diagnostics.push(without_objects(path));
                }
            }
            Outcome::Again => {
                files += 1;
                documents += 1;
            }
            Outcome::Problem(problem) => diagnostics.push(problem),
        }
    }
    let Some(folder) = folder.filter(|_| documents == 0 && diagnostics.len() == problems) else {
        return;
    };
    let message = match files {
        0 => "no file in this folder ends in `.yaml`, `.yml` or `.json`",
        _ => "the files in this folder hold no objects, only blank lines and comments",
    };
    diagnostics.push(Diagnostic::error(Code::NoInput, Place::Path(folder.to_owned()), message));
}

fn without_objects(path: PathBuf) -> Diagnostic {
    let message = match path.as_os_str() == "-" {
        true => "standard input holds no objects",
        false => "this file holds no objects: it is empty, or has only blank lines and comments",
    };
    Diagnostic::error(Code::NoInput, Place::Path(path), message)
}

struct Finder {
    /// Files and folders that have been found, by their real names.
    seen: BTreeSet<PathBuf>,
}

impl Finder {
    fn input(&mut self, input: &Path, stdin: &mut dyn Read) -> Found {
        let entry = match input.as_os_str() == "-" {
            true if self.seen.insert(input.to_owned()) => Entry::Stdin(text::text(stdin)),
            true => Entry::Again,
            false if input.is_dir() => {
                let entries = self.folder(input);
                return Found { folder: Some(input.to_owned()), entries };
            }
            false => self.file(input.to_owned()),
        };
        Found { folder: None, entries: vec![entry] }
    }

    fn folder(&mut self, folder: &Path) -> Vec<Entry> {
        let seen = &mut self.seen;
        // Links are followed, as in a mounted ConfigMap; a folder that several of them lead to,
        // or a loop, is entered once.
        let entries: Vec<_> = WalkDir::new(folder)
            .follow_links(true)
            .sort_by_file_name()
            .into_iter()
            .filter_entry(|entry| {
                entry.depth() == 0
                    || !is_hidden(entry)
                        && (!entry.file_type().is_dir() || is_new(seen, entry.path()))
            })
            .collect();
        let mut found = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) if entry.file_type().is_file() && has_known_extension(entry.path()) => {
                    found.push(self.file(entry.into_path()));
                }
                Ok(_) => {}
                Err(error) if error.loop_ancestor().is_some() => {}
                Err(error) => {
                    let path = error.path().unwrap_or(folder).to_owned();
                    // A broken link to something that would not be read anyway.
                    if path == folder || has_known_extension(&path) || path.is_dir() {
                        let error =
                            error.into_io_error().unwrap_or_else(|| io::ErrorKind::Other.into());
                        let problem = text::explain(&path, &ReadError::Io(error));
                        found.push(Entry::Problem(problem));
                    }
                }
            }
        }
        found
    }

    fn file(&mut self, path: PathBuf) -> Entry {
        if is_new(&mut self.seen, &path) { Entry::File(path) } else { Entry::Again }
    }
}

/// What has no real name (it is missing, or not to be read) is new each time and fails on reading.
fn is_new(seen: &mut BTreeSet<PathBuf>, path: &Path) -> bool {
    fs::canonicalize(path).map_or(true, |real| seen.insert(real))
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

fn has_known_extension(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        ["yaml", "yml", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known))
    })
}
