//! What kgwc says about its input: one type for every problem a user can mend.

mod code;
mod field_path;

pub use code::{Code, UnknownCode};
pub(crate) use field_path::Trail;
pub use field_path::{FieldPath, Segment};

use std::ops::Range;
use std::path::PathBuf;

/// How bad a [`Diagnostic`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The input cannot be used as it is; `kgwc` exits with status 1.
    Error,
    /// Legal, and probably not what was meant.
    Warning,
    /// Worth knowing; shown with `-v` or beside an error.
    Note,
}

/// One object of the input, by its number in the [`Sources`](crate::source::Sources) that it was
/// read from. Domain types carry no positions; whoever reports a problem keeps this instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub u32);

/// A file of the input, by its number in the [`Sources`](crate::source::Sources).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// Where a problem is. Resolved to file, line and column by `source`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The input as a whole.
    Input,
    /// A path that could not be read, or that holds nothing.
    Path(PathBuf),
    /// A byte range in a file that was read.
    Span {
        /// The file.
        file: FileId,
        /// Bytes from the start of the file.
        range: Range<usize>,
    },
    /// A field of an object. A path that does not exist in the text (a default, a missing
    /// field) resolves to its nearest ancestor that does.
    Field {
        /// The object.
        object: ObjectId,
        /// The field, from the root of the object.
        path: FieldPath,
        /// Whether the name of the field is wrong, or its value.
        part: Part,
    },
}

/// Which half of `name: value` a [`Place::Field`] points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The field's name, as for an unknown field.
    Key,
    /// The field's value.
    Value,
}

/// Another place that the reader has to see to understand the problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// What is to be seen there.
    pub message: String,
    /// Where.
    pub place: Place,
}

/// A problem in the input, with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable name of this kind of problem.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where it is.
    pub place: Place,
    /// Other places that matter.
    pub related: Vec<Related>,
    /// What to do, in a sentence.
    pub help: Option<String>,
    /// What an API server says of it, word by word; absent where it would not refuse.
    pub quoted: Option<String>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, place, message.into())
    }

    /// A warning at a place.
    pub fn warning(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, place, message.into())
    }

    /// A note at a place.
    pub fn note(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, place, message.into())
    }

    fn new(severity: Severity, code: Code, place: Place, message: String) -> Self {
        Self { code, severity, message, place, related: Vec::new(), help: None, quoted: None }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the words of the API server.
    #[must_use]
    pub fn quoted(mut self, words: impl Into<Option<String>>) -> Self {
        self.quoted = words.into();
        self
    }

    /// Adds another place that matters.
    #[must_use]
    pub fn related(mut self, place: Place, message: impl Into<String>) -> Self {
        self.related.push(Related { message: message.into(), place });
        self
    }
}

impl Place {
    /// The value of a field.
    pub fn value(object: ObjectId, path: FieldPath) -> Self {
        Self::Field { object, path, part: Part::Value }
    }

    /// The name of a field.
    pub fn key(object: ObjectId, path: FieldPath) -> Self {
        Self::Field { object, path, part: Part::Key }
    }
}
