//! Files, folders and standard input to text.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::Sources;
use crate::diagnostic::{Code, Diagnostic, Place};

/// Name of standard input.
pub(super) const STDIN: &str = "<stdin>";

/// Bytes of the largest file that is read. Ten times what 5,000 routes need.
pub(super) const MAX_FILE: u64 = 32 << 20;

/// Why a file has no text.
#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("larger than {MAX_FILE} bytes")]
    TooLarge(Option<u64>),
    #[error("byte {0} is not text")]
    NotText(usize),
}

/// Reads all inputs into `sources`.
pub(super) fn read(
    inputs: &[PathBuf],
    stdin: &mut dyn Read,
    sources: &mut Sources,
) -> Vec<Diagnostic> {
    let mut reader = Reader { sources, diagnostics: Vec::new(), seen: BTreeSet::new() };
    if inputs.is_empty() {
        let message = "no input: name files or folders, or `-` for standard input";
        reader.diagnostics.push(Diagnostic::error(Code::NoInput, Place::Input, message));
    }
    for input in inputs {
        reader.input(input, stdin);
    }
    reader.diagnostics
}

/// The text of one file.
pub(super) fn file(path: &Path) -> Result<String, Box<Diagnostic>> {
    read_file(path).map_err(|error| Box::new(explain(path, &error)))
}

/// A path as users see it.
pub(super) fn display_name(path: &Path) -> String {
    if path.as_os_str() == "-" { STDIN.to_owned() } else { path.display().to_string() }
}

struct Reader<'s> {
    sources: &'s mut Sources,
    diagnostics: Vec<Diagnostic>,
    /// Files and folders that have been read, by their real names.
    seen: BTreeSet<PathBuf>,
}

impl Reader<'_> {
    fn input(&mut self, input: &Path, stdin: &mut dyn Read) {
        if input.as_os_str() == "-" {
            if self.seen.insert(input.to_owned()) {
                let text = text(stdin);
                self.add(input, text, Empty::IsAnError);
            }
        } else if input.is_dir() {
            self.folder(input);
        } else {
            self.file(input, Empty::IsAnError);
        }
    }

    fn folder(&mut self, folder: &Path) {
        let (mut files, mut documents, problems) = (0, 0, self.diagnostics.len());
        let Self { seen, .. } = self;
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
        for entry in entries {
            match entry {
                Ok(entry) if entry.file_type().is_file() && has_known_extension(entry.path()) => {
                    files += 1;
                    documents += self.file(entry.path(), Empty::IsFine);
                }
                Ok(_) => {}
                Err(error) if error.loop_ancestor().is_some() => {}
                Err(error) => {
                    let path = error.path().unwrap_or(folder).to_owned();
                    // A broken link to something that would not be read anyway.
                    if path == folder || has_known_extension(&path) || path.is_dir() {
                        let error =
                            error.into_io_error().unwrap_or_else(|| io::ErrorKind::Other.into());
                        self.diagnostics.push(explain(&path, &ReadError::Io(error)));
                    }
                }
            }
        }
        if documents > 0 || self.diagnostics.len() > problems {
            return;
        }
        let message = match files {
            0 => "no file in this folder ends in `.yaml`, `.yml` or `.json`",
            _ => "the files in this folder hold no objects, only blank lines and comments",
        };
        self.diagnostics.push(Diagnostic::error(
            Code::NoInput,
            Place::Path(folder.to_owned()),
            message,
        ));
    }

    /// The number of documents in the file; one that was read before counts as one.
    fn file(&mut self, path: &Path, empty: Empty) -> usize {
        if !is_new(&mut self.seen, path) {
            return 1;
        }
        let text = read_file(path);
        self.add(path, text, empty)
    }

    fn add(&mut self, path: &Path, text: Result<String, ReadError>, empty: Empty) -> usize {
        let count = match text {
            Ok(text) => self.sources.add_file(display_name(path), text, &mut self.diagnostics),
            Err(error) => {
                self.diagnostics.push(explain(path, &error));
                return 0;
            }
        };
        if count == 0 && empty == Empty::IsAnError {
            let message = match path.as_os_str() == "-" {
                true => "standard input holds no objects",
                false => {
                    "this file holds no objects: it is empty, or has only blank lines and comments"
                }
            };
            let place = Place::Path(path.to_owned());
            self.diagnostics.push(Diagnostic::error(Code::NoInput, place, message));
        }
        count
    }
}

/// Whether a file without objects is worth an error: one that was named is, one that was found in
/// a folder is not.
#[derive(Clone, Copy, PartialEq)]
enum Empty {
    IsAnError,
    IsFine,
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

fn read_file(path: &Path) -> Result<String, ReadError> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    if length > MAX_FILE {
        return Err(ReadError::TooLarge(Some(length)));
    }
    text(&mut file)
}

fn text(reader: &mut dyn Read) -> Result<String, ReadError> {
    let mut bytes = Vec::new();
    reader.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(ReadError::TooLarge(None));
    }
    decode(bytes)
}

/// UTF-8, or UTF-16 with a byte order mark, as some shells write it.
fn decode(mut bytes: Vec<u8>) -> Result<String, ReadError> {
    match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => from_utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => from_utf16(rest, u16::from_be_bytes),
        _ => {
            if bytes.starts_with(&[0xef, 0xbb, 0xbf]) {
                bytes.drain(..3);
            }
            if let Some(nul) = bytes.iter().position(|&byte| byte == 0) {
                return Err(ReadError::NotText(nul));
            }
            String::from_utf8(bytes)
                .map_err(|error| ReadError::NotText(error.utf8_error().valid_up_to()))
        }
    }
}

fn from_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, ReadError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let text = String::from_utf16(&pairs.iter().copied().map(unit).collect::<Vec<_>>());
    text.ok().filter(|text| rest.is_empty() && !text.contains('\0')).ok_or(ReadError::NotText(0))
}

fn explain(path: &Path, error: &ReadError) -> Diagnostic {
    let place = Place::Path(path.to_owned());
    let largest = MAX_FILE >> 20;
    match error {
        ReadError::Io(error) => {
            let message = match error.kind() {
                io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
                io::ErrorKind::PermissionDenied => "reading this is not permitted".to_owned(),
                _ => format!("cannot be read: {error}"),
            };
            Diagnostic::error(Code::Unreadable, place, message)
        }
        ReadError::TooLarge(length) => {
            let has =
                length.map_or_else(String::new, |length| format!(" has {} MiB and", length >> 20));
            let message =
                format!("this file{has} is too large: files of up to {largest} MiB are read");
            Diagnostic::error(Code::TooLarge, place, message)
                .help("split the file, or check that it is the one you meant")
        }
        ReadError::NotText(at) => {
            let message = format!("this is no text file: byte {at} is not UTF-8 text");
            Diagnostic::error(Code::NotText, place, message)
                .help("give YAML or JSON in UTF-8 (or in UTF-16 with a byte order mark)")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn byte_order_marks_say_the_encoding_and_go() {
        assert_eq!(decode(b"\xef\xbb\xbfa: \xc3\xa9".to_vec()).unwrap(), "a: é");
        assert_eq!(decode(b"\xff\xfea\0:\0".to_vec()).unwrap(), "a:");
        assert_eq!(decode(b"\xfe\xff\0a\0:".to_vec()).unwrap(), "a:");
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for bytes in [&b"a\0b"[..], b"\xff\xfea", b"a: \xff", b"\x7fELF\x02\x01\x01\0"] {
            assert!(decode(bytes.to_vec()).is_err());
        }
    }
}
