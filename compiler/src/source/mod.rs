//! Input to objects: files, folders and standard input are read here and nowhere else, and every
//! field of every object can be led back to its file, line and column.
//!
//! [`scalar`] says what a plain value means, [`expand`] how far aliases may go.

mod expand;
mod explain_yaml;
mod indentation;
mod json;
mod lines;
mod objects;
mod parse;
mod position;
mod read;
mod scalar;
mod text;
mod watch;

pub use watch::Snapshot;

use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;

use crate::diagnostic::{Diagnostic, FieldPath, FileId, ObjectId, Part, Place};
use lines::Lines;
use objects::Parsed;
use parse::Syntax;
use position::Tree;

/// One object of the input.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its number; what a [`Place::Field`] names it by.
    pub id: ObjectId,
    /// The file that it stands in.
    pub file: FileId,
    /// The object as JSON, always a mapping; aliases and merge keys are expanded, scalars have
    /// the types that Kubernetes gives them.
    pub value: Value,
}

/// A place in the text of the input. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file's name as it was given, `<stdin>` for standard input.
    pub name: String,
    /// Where in the file; None for a file or folder as a whole.
    pub position: Option<Position>,
}

/// A range of characters on one line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The file.
    pub file: FileId,
    /// Line, from 1.
    pub line: usize,
    /// Column of the first character, from 1.
    pub column: usize,
    /// Column after the last character, from 1.
    pub end_column: usize,
    /// The same range in bytes of [`Sources::text`].
    pub range: Range<usize>,
}

/// All the text that was read, and the objects in it.
#[derive(Debug, Default)]
pub struct Sources {
    /// The objects in the order of the input: files as given, folders sorted by name.
    pub documents: Vec<Document>,
    files: Vec<File>,
    texts: Vec<DocumentText>,
    objects: Vec<Origin>,
}

#[derive(Debug)]
struct File {
    name: String,
    text: String,
    lines: Lines,
}

/// One document of a file, and its positions when they have been asked for.
#[derive(Debug)]
struct DocumentText {
    file: FileId,
    syntax: Syntax,
    chunk: Range<usize>,
    nth: usize,
    tree: OnceLock<Tree>,
}

/// Where an object comes from.
#[derive(Debug)]
struct Origin {
    text: usize,
    /// The way from the root of the document to the object: empty, or an entry of a list.
    prefix: FieldPath,
}

/// Reads all objects of the inputs: files, folders (with the folders in them, the files whose
/// names end in `.yaml`, `.yml` or `.json`; nothing hidden), and `-` for standard input. A file
/// that is reached twice is read once.
///
/// What cannot be read or understood is a diagnostic; the rest is read all the same. So is an
/// input without any object.
pub fn read(inputs: &[PathBuf], stdin: &mut dyn Read) -> (Sources, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let diagnostics = read::read(inputs, stdin, &mut sources);
    (sources, diagnostics)
}

/// Reads a file that holds no objects, so that diagnostics can point into it: it is file 0.
///
/// # Errors
/// When it cannot be read, is too large, or is no text.
pub fn read_text(path: &Path) -> Result<Sources, Box<Diagnostic>> {
    let text = read::file(path)?;
    let lines = Lines::new(&text);
    let file = File { name: read::display_name(path), text, lines };
    Ok(Sources { files: vec![file], ..Sources::default() })
}

impl Location {
    /// Whether it is in standard input, which no tool can show.
    pub fn is_stdin(&self) -> bool {
        self.name == read::STDIN
    }
}

impl Sources {
    /// Reads one text as if it were a file of that name.
    pub fn from_text(name: &str, text: &str) -> (Self, Vec<Diagnostic>) {
        let mut sources = Self::default();
        let mut diagnostics = Vec::new();
        let parsed = Parsed::new(name.to_owned(), text.to_owned());
        sources.add_file(parsed, &mut diagnostics);
        (sources, diagnostics)
    }

    /// The file's name as it was given, `<stdin>` for standard input.
    pub fn file_name(&self, file: FileId) -> &str {
        self.file(file).map_or("", |file| &file.name)
    }

    /// Whether the file is standard input.
    pub fn is_stdin(&self, file: FileId) -> bool {
        self.file_name(file) == read::STDIN
    }

    /// The names of all files that were read, in the order of the input.
    pub fn file_names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.name.as_str())
    }

    /// The paths of all files that were read; of standard input the one by which the system knows
    /// it, which leads to a file where one was redirected.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.file_names().map(|name| match name {
            read::STDIN => Path::new("/dev/stdin"),
            name => Path::new(name),
        })
    }

    /// The file's text, without byte order mark.
    pub fn text(&self, file: FileId) -> &str {
        self.file(file).map_or("", |file| &file.text)
    }

    /// The bytes of a line, from 1, without its end; empty for a line that is not there.
    pub fn line(&self, file: FileId, line: usize) -> Range<usize> {
        match (self.file(file), line.checked_sub(1)) {
            (Some(file), Some(line)) => file.lines.range(&file.text, line),
            _ => 0..0,
        }
    }

    /// Resolves a place to file, line and column. A field that is not in the text resolves to the
    /// key of its nearest ancestor; a value of several lines to its key, or to its first line.
    /// None for the input as a whole, and for a place of other [`Sources`].
    pub fn locate(&self, place: &Place) -> Option<Location> {
        match place {
            Place::Input => None,
            Place::Path(path) => Some(Location { name: read::display_name(path), position: None }),
            Place::Span { file, range } => self.position(*file, range.clone()),
            Place::Field { object, path, part } => {
                let (file, range) = self.find(*object, path, *part)?;
                self.position(file, range)
            }
        }
    }

    /// The file and all lines, from 1, of a field's value, or of a list entry. None for a field that
    /// is not in the text.
    pub fn lines(&self, object: ObjectId, path: &FieldPath) -> Option<(FileId, Range<usize>)> {
        let (document, origin, tree) = self.tree(object)?;
        let range = tree.extent(&origin.prefix, path)?;
        let lines = &self.file(document.file)?.lines;
        let last = range.end.saturating_sub(1).max(range.start);
        Some((document.file, lines.line_of(range.start) + 1..lines.line_of(last) + 2))
    }

    /// The text of a scalar field as it stands in its file; None where that is not on one line, is
    /// an alias or tagged, or the field is not there.
    pub fn written(&self, object: ObjectId, path: &FieldPath) -> Option<&str> {
        let (file, range) = self.find(object, path, Part::Value)?;
        let text = self.text(file).get(range)?;
        let is_plain = !text.starts_with(['*', '&', '!']) && !text.contains('\n');
        (!text.is_empty() && is_plain).then_some(text)
    }

    fn find(
        &self,
        object: ObjectId,
        path: &FieldPath,
        part: Part,
    ) -> Option<(FileId, Range<usize>)> {
        let (document, origin, tree) = self.tree(object)?;
        let text = &self.file(document.file)?.text;
        Some((document.file, tree.find(text, &origin.prefix, path, part)?))
    }

    fn tree(&self, object: ObjectId) -> Option<(&DocumentText, &Origin, &Tree)> {
        let origin = self.objects.get(object.0 as usize)?;
        let document = self.texts.get(origin.text)?;
        let file = self.file(document.file)?;
        let tree = document.tree.get_or_init(|| {
            Tree::new(
                document.syntax,
                &file.text,
                &file.lines,
                document.chunk.clone(),
                document.nth,
            )
        });
        Some((document, origin, tree))
    }

    fn position(&self, id: FileId, range: Range<usize>) -> Option<Location> {
        let file = self.file(id)?;
        let inside = |byte: usize| file.text.floor_char_boundary(byte.min(file.text.len()));
        let start = inside(range.start);
        let range = position::first_line(&file.text, start..inside(range.end).max(start));
        let column = file.lines.column_of(&file.text, start) + 1;
        let position = Position {
            file: id,
            line: file.lines.line_of(start) + 1,
            column,
            end_column: column + file.text[range.clone()].chars().count(),
            range,
        };
        Some(Location { name: file.name.clone(), position: Some(position) })
    }

    fn file(&self, file: FileId) -> Option<&File> {
        self.files.get(file.0 as usize)
    }
}

#[cfg(test)]
mod tests;
