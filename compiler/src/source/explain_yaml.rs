//! Faults of a document to diagnostics, in plain words instead of the parser's.

use std::ops::Range;

use super::File;
use super::expand::{Fault, MAX_DEPTH};
use super::indentation;
use super::parse::{Syntax, SyntaxError};
use super::scalar::InvalidScalar;
use crate::diagnostic::{Code, Diagnostic, FileId, Place};

/// The text in which a fault was found.
pub(super) struct Context<'f> {
    pub(super) id: FileId,
    pub(super) file: &'f File,
    pub(super) chunk: Range<usize>,
    pub(super) syntax: Syntax,
}

impl Context<'_> {
    /// Says what is wrong and what to do.
    pub(super) fn explain(&self, fault: &Fault) -> Diagnostic {
        match fault {
            Fault::Syntax(error) => self.syntax_error(error),
            Fault::TooDeep(at) => self.too_deep(at.start),
            Fault::Expansion { alias, anchor } => Diagnostic::error(
                Code::AliasExpansion,
                self.place(alias),
                "the aliases in this file expand to too much",
            )
            .related(self.place(anchor), "this value would be copied once more")
            .help("write the values out, or split the file; aliases of values that hold aliases grow fast"),
            Fault::SelfAlias(at) => Diagnostic::error(
                Code::AliasExpansion,
                self.place(at),
                "this alias stands inside the value that it refers to",
            )
            .help("write the value out: a value cannot hold itself"),
            Fault::Merge(at) => Diagnostic::error(
                Code::InvalidYaml,
                self.place(at),
                "`<<` takes the fields of a mapping, and this is none",
            )
            .help("give an alias of a mapping (`<<: *name`) or a list of such aliases"),
            Fault::Duplicate { name, first, second } => Diagnostic::error(
                Code::DuplicateKey,
                self.place(second),
                format!("`{name}` is given twice in the same mapping"),
            )
            .related(self.place(first), "first given here")
            .help("keep one of them; if these are two entries of a list, begin the second with `- `"),
            Fault::Key(at) => Diagnostic::error(
                Code::InvalidYaml,
                self.place(at),
                "this is no name of a field: it has to be a single word or number",
            )
            .help("text that begins with `{` is a mapping; if it comes from a template, render the template first"),
            Fault::Scalar { at, error } => {
                let help = match error {
                    InvalidScalar::NotFinite(_) => "put it in quotes if it is meant as text",
                    InvalidScalar::Tag { .. } => "remove the tag or change the value",
                    InvalidScalar::UnknownTag(_) => {
                        "remove it; if another tool replaces it, give the output of that tool"
                    }
                };
                Diagnostic::error(Code::InvalidYaml, self.place(at), error.to_string()).help(help)
            }
        }
    }

    fn place(&self, range: &Range<usize>) -> Place {
        Place::Span { file: self.id, range: range.clone() }
    }

    fn too_deep(&self, at: usize) -> Diagnostic {
        let message = format!("lists and mappings are nested deeper than {MAX_DEPTH} levels here");
        Diagnostic::error(Code::TooDeep, self.place(&(at..at + 1)), message)
    }

    fn syntax_error(&self, error: &SyntaxError) -> Diagnostic {
        if self.syntax == Syntax::Json {
            let place = self.place(&self.token(error.at));
            return Diagnostic::error(
                Code::InvalidYaml,
                place,
                format!("not valid JSON: {}", error.info),
            );
        }
        if error.info == "recursion limit exceeded" {
            return self.too_deep(error.at);
        }
        if let Some(at) = self.tab(error.at) {
            return self
                .invalid(at, "a tab in the indentation")
                .help("YAML is indented with spaces only: replace each tab by two spaces");
        }
        if let Some(conflict) = self.conflict() {
            return self
                .invalid(conflict, "a conflict that git left in the file")
                .help("decide for one of the two sides and delete the lines that begin with `<<<<<<<`, `=======` and `>>>>>>>`");
        }
        let line = &self.file.text[self.line_at(error.at)];
        if line.contains("{{") {
            return self
                .invalid(self.line_at(error.at), "a template is not YAML")
                .help("render it first, for example with `helm template`, and give the result");
        }
        if let Some(diagnostic) = indentation::explain(self, error) {
            return diagnostic;
        }
        self.by_kind(error)
    }

    fn by_kind(&self, error: &SyntaxError) -> Diagnostic {
        let at = self.token(error.at);
        let is = |part: &str| error.info.contains(part);
        if is("unknown anchor") || is("while scanning an anchor or alias") {
            let word = self.file.text[at.clone()].trim_end_matches([',', ']', '}']);
            if word.starts_with("*.") || word == "*" {
                let message = "a plain value cannot begin with `*`, which refers to an anchor";
                return self
                    .invalid(at.clone(), message)
                    .help(format!("put it in quotes: \"{word}\""));
            }
            return self
                .invalid(at.clone(), format!("`{word}` refers to an anchor that this document does not have before it"))
                .help("an anchor (`&name`) stands before its first alias (`*name`), in the same document");
        }
        if is("unexpected character") {
            let c = self.file.text[error.at..].chars().next().unwrap_or(' ');
            return self
                .invalid(at, format!("a plain value cannot begin with `{c}`"))
                .help("put the value in quotes");
        }
        let bracket = indentation::open_bracket(self, error);
        if bracket.is_none() && is("mapping values are not allowed") {
            return self
                .invalid(at, "a second `: ` in one plain value")
                .help("put the value in quotes if the colon is part of it; a field of a mapping goes on a line of its own");
        }
        if is("quoted scalar, found unexpected") || is("indentation in quoted scalar") {
            return self
                .invalid(
                    error.at..error.at + 1,
                    "the quotation mark that opens here is not closed before the value has to end",
                )
                .help("close it, or put the whole value in the other kind of quotes");
        }
        if is("trailing content after double-quoted") {
            return self
                .invalid(at, "text after the closing quotation mark")
                .help("quotes have to enclose the whole value; inside '...' a quote is written '', inside \"...\" it is \\\"");
        }
        if is("unknown escape") || is("hexadecimal number") || is("escape code") {
            return self
                .invalid(self.escape(error.at), "this is no escape sequence of YAML")
                .help("in double quotes write `\\\\` for a backslash, or put the value in single quotes, where `\\` stands for itself");
        }
        if bracket.is_some() || is("misplaced bracket") || is("only valid inside a block") {
            let diagnostic = self
                .invalid(at, "a list in `[ ]` or a mapping in `{ }` is broken here")
                .help("entries are separated by `,` and the bracket has to be closed");
            return match bracket {
                Some(open) => diagnostic.related(self.place(&open), "opened here"),
                None => diagnostic,
            };
        }
        if is("expected ':'") || is("simple key") || is("expected key") {
            return self.without_colon(error);
        }
        if is("unprintable") {
            return self
                .invalid(at, "a control character, which YAML does not allow")
                .help("delete it, or write it as an escape in double quotes");
        }
        if is("block scalar") {
            return self
                .invalid(at, "this line does not fit the text block (`|` or `>`) above it")
                .help("indent all lines of the block by the same number of spaces, more than the field that it belongs to");
        }
        self.invalid(at, format!("not valid YAML: {}", error.info))
    }

    /// A line that is neither `name: value` nor `- entry`. The parser sees it on the next line.
    fn without_colon(&self, error: &SyntaxError) -> Diagnostic {
        let lines = &self.file.lines;
        let has_colon = |line: &Range<usize>| {
            let text = self.file.text[line.clone()].trim_end();
            text.ends_with(':') || text.contains(": ") || text.trim_start().starts_with('-')
        };
        let mut number = lines.line_of(error.at);
        let first = lines.line_of(self.chunk.start);
        while number > first {
            let line = self.trimmed(number);
            let text = &self.file.text[line.clone()];
            if !text.is_empty() && !text.starts_with('#') && !has_colon(&line) {
                break;
            }
            number -= 1;
        }
        let line = self.trimmed(number);
        if has_colon(&line) || line.is_empty() {
            return self
                .invalid(self.token(error.at), "a field was expected here")
                .help("fields are written `name: value`, entries of a list `- value`");
        }
        self.invalid(line, "a field without `:`")
            .help("fields are written `name: value`, with a space after the colon")
    }

    fn trimmed(&self, line: usize) -> Range<usize> {
        let line = self.file.lines.range(&self.file.text, line);
        let text = &self.file.text[line.clone()];
        let start = line.start + (text.len() - text.trim_start().len());
        start..(line.start + text.trim_end().len()).max(start)
    }

    pub(super) fn invalid(&self, at: Range<usize>, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(Code::InvalidYaml, self.place(&at), message)
    }

    pub(super) fn related(
        &self,
        diagnostic: Diagnostic,
        at: Range<usize>,
        message: String,
    ) -> Diagnostic {
        diagnostic.related(self.place(&at), message)
    }

    /// The line that a byte is on; the last one with text, if there is nothing more.
    fn line_at(&self, byte: usize) -> Range<usize> {
        self.trimmed(self.file.lines.line_of(self.token(byte).start))
    }

    /// The first line of a conflict in this document.
    fn conflict(&self) -> Option<Range<usize>> {
        let chunk = &self.file.text[self.chunk.clone()];
        let at = if chunk.starts_with("<<<<<<< ") { 0 } else { chunk.find("\n<<<<<<< ")? + 1 };
        Some(self.line_at(self.chunk.start + at))
    }

    /// The word at a byte. At the end of the text its last word, for there is nothing else to show.
    fn token(&self, at: usize) -> Range<usize> {
        let text = &self.file.text;
        let rest = &text[at..self.chunk.end];
        let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
        if length > 0 {
            return at..at + length;
        }
        let before = text[self.chunk.start..at].trim_end();
        let start = before
            .rfind(char::is_whitespace)
            .map_or(0, |space| space + before[space..].chars().next().map_or(1, char::len_utf8));
        self.chunk.start + start..self.chunk.start + before.len()
    }

    /// A tab in the indentation of the line, or of the line with text before it.
    fn tab(&self, at: usize) -> Option<Range<usize>> {
        let lines = &self.file.lines;
        let last = lines.line_of(at);
        let first = lines.line_of(self.chunk.start);
        let mut with_text = (first..=last).rev().filter(|&line| !self.trimmed(line).is_empty());
        with_text.by_ref().take(2).find_map(|line| {
            let indent = lines.range(&self.file.text, line).start..self.trimmed(line).start;
            let tab = self.file.text[indent.clone()].find('\t')?;
            Some(indent.start + tab..indent.start + tab + 1)
        })
    }

    /// The escape sequence in the quoted text that begins at a byte, or that stands there.
    fn escape(&self, at: usize) -> Range<usize> {
        let text = &self.file.text[at..self.chunk.end];
        let mut chars = text.char_indices();
        while let Some((i, c)) = chars.next() {
            if c != '\\' {
                continue;
            }
            let Some((_, next)) = chars.next() else { break };
            if !"0abt\tnvfre \"/\\N_LPxuU\n\r".contains(next)
                || "xuU".contains(next) && !is_complete(next, chars.as_str())
            {
                return at + i..at + i + 1 + next.len_utf8();
            }
        }
        self.token(at)
    }
}

/// Whether the digits of `\x`, `\u` or `\U` follow and name a character.
fn is_complete(kind: char, rest: &str) -> bool {
    let length = match kind {
        'x' => 2,
        'u' => 4,
        _ => 8,
    };
    rest.get(..length)
        .and_then(|digits| u32::from_str_radix(digits, 16).ok())
        .is_some_and(|code| char::from_u32(code).is_some())
}
