//! Text to events: one stream for YAML and JSON, with byte ranges in the text of the file.

use std::borrow::Cow;
use std::ops::Range;

use saphyr_parser as yaml;
use saphyr_parser::{Parser, ScalarStyle, StrInput};

use super::json::JsonEvents;
use super::lines::Lines;

/// What the text says next.
#[derive(Debug, PartialEq)]
pub(super) enum Event<'a> {
    DocumentStart,
    DocumentEnd,
    Scalar(Scalar<'a>),
    /// A list; the number names its anchor, 0 is none.
    SequenceStart(usize),
    SequenceEnd,
    /// A mapping; the number names its anchor, 0 is none.
    MappingStart(usize),
    MappingEnd,
    /// Stands for the value with that anchor.
    Alias(usize),
    StreamEnd,
}

/// A value that is neither a list nor a mapping, not yet resolved to a type.
#[derive(Debug, PartialEq)]
pub(super) struct Scalar<'a> {
    pub(super) text: Cow<'a, str>,
    /// Neither quoted nor a block scalar: its form decides on its type.
    pub(super) plain: bool,
    /// As written, `!!` for YAML's own.
    pub(super) tag: Option<String>,
    pub(super) anchor: usize,
}

/// Text that is no YAML or no JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{info}")]
pub(super) struct SyntaxError {
    /// Where, in bytes from the start of the file.
    pub(super) at: usize,
    /// The parser's own words; `explain_yaml` makes ours of them.
    pub(super) info: String,
}

/// Which language a piece of text is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    Yaml,
    Json,
}

/// An event and the bytes of the file that it stands for.
pub(super) type Spanned<'a> = (Event<'a>, Range<usize>);

/// The events of one chunk of a file.
pub(super) enum Events<'a> {
    Yaml(Box<YamlEvents<'a>>),
    Json(JsonEvents<'a>),
}

impl<'a> Events<'a> {
    /// Reads the bytes `chunk` of `text`.
    pub(super) fn new(
        syntax: Syntax,
        text: &'a str,
        lines: &'a Lines,
        chunk: Range<usize>,
    ) -> Self {
        match syntax {
            Syntax::Yaml => Self::Yaml(Box::new(YamlEvents::new(text, lines, chunk))),
            Syntax::Json => Self::Json(JsonEvents::new(text, chunk)),
        }
    }

    /// The next event; `StreamEnd` for ever after the last one.
    pub(super) fn next(&mut self) -> Result<Spanned<'a>, SyntaxError> {
        match self {
            Self::Yaml(events) => events.next(),
            Self::Json(events) => events.next(),
        }
    }
}

/// Events from the YAML parser.
pub(super) struct YamlEvents<'a> {
    parser: Parser<'a, StrInput<'a>>,
    lines: &'a Lines,
    text: &'a str,
    /// Lines of the file before the chunk.
    first_line: usize,
    end: usize,
    /// Where the last event that has text ended.
    last: usize,
}

impl<'a> YamlEvents<'a> {
    fn new(text: &'a str, lines: &'a Lines, chunk: Range<usize>) -> Self {
        Self {
            parser: Parser::new_from_str(&text[chunk.clone()]),
            lines,
            text,
            first_line: lines.line_of(chunk.start),
            end: chunk.end,
            last: chunk.start,
        }
    }

    fn next(&mut self) -> Result<Spanned<'a>, SyntaxError> {
        loop {
            let Some(next) = self.parser.next_event() else {
                return Ok((Event::StreamEnd, self.end..self.end));
            };
            let (event, span) = next.map_err(|error| SyntaxError {
                at: self.byte(error.marker()),
                info: error.info().to_owned(),
            })?;
            let event = match event {
                yaml::Event::Nothing | yaml::Event::StreamStart => continue,
                yaml::Event::StreamEnd => Event::StreamEnd,
                yaml::Event::DocumentStart(_) => Event::DocumentStart,
                yaml::Event::DocumentEnd => Event::DocumentEnd,
                yaml::Event::Alias(anchor) => Event::Alias(anchor),
                yaml::Event::Scalar(text, style, anchor, tag) => Event::Scalar(Scalar {
                    text,
                    plain: style == ScalarStyle::Plain,
                    tag: tag.map(|tag| short(&tag)),
                    anchor,
                }),
                yaml::Event::SequenceStart(anchor, _) => Event::SequenceStart(anchor),
                yaml::Event::SequenceEnd => Event::SequenceEnd,
                yaml::Event::MappingStart(anchor, _) => Event::MappingStart(anchor),
                yaml::Event::MappingEnd => Event::MappingEnd,
            };
            // A value that is left out is reported where the next thing begins.
            if matches!(&event, Event::Scalar(s) if s.plain && s.text.is_empty()) {
                return Ok((event, self.last..self.last));
            }
            let mut start = self.byte(&span.start);
            if matches!(event, Event::SequenceStart(_)) {
                start = self.dash_before(start);
            }
            let range = start..self.byte(&span.end).max(start);
            if !range.is_empty() {
                self.last = range.end;
            }
            return Ok((event, range));
        }
    }

    /// A list that is indented no more than its key is reported after its first `-`.
    fn dash_before(&self, start: usize) -> usize {
        match self.text[start..].chars().next() {
            Some('-' | '[' | '&' | '!') => start,
            _ => self.text[..start]
                .rfind('-')
                .filter(|dash| self.text[dash + 1..start].trim().is_empty())
                .unwrap_or(start),
        }
    }

    /// The parser counts lines and characters, we count bytes of the file.
    fn byte(&self, marker: &yaml::Marker) -> usize {
        let line = self.first_line + marker.line().saturating_sub(1);
        self.lines.byte_at(self.text, line, marker.col()).min(self.end)
    }
}

fn short(tag: &yaml::Tag) -> String {
    if tag.is_yaml_core_schema() {
        format!("!!{}", tag.suffix)
    } else {
        format!("{}{}", tag.handle, tag.suffix)
    }
}

/// Cuts a file into documents at the lines that begin with `---`, as kubectl does: what is wrong
/// in one document then hides nothing of the others.
pub(super) fn chunks(text: &str, lines: &Lines) -> Vec<Range<usize>> {
    let mut chunks = Vec::new();
    let mut start = 0;
    for line in 1..lines.count() {
        let range = lines.range(text, line);
        if is_separator(&text[range.clone()]) && !only_directives(&text[start..range.start]) {
            chunks.push(start..range.start);
            start = range.start;
        }
    }
    chunks.push(start..text.len());
    chunks.retain(|chunk| !is_empty(&text[chunk.clone()]));
    chunks
}

fn is_separator(line: &str) -> bool {
    line.strip_prefix("---").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

/// `%YAML` and `%TAG` lines belong to the document after the separator.
fn only_directives(text: &str) -> bool {
    let mut found = false;
    for line in text.lines().filter(|line| !is_blank(line)) {
        if !line.starts_with('%') {
            return false;
        }
        found = true;
    }
    found
}

fn is_blank(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

/// Nothing but separators, comments and blank lines.
fn is_empty(text: &str) -> bool {
    text.lines().all(|line| {
        let rest = if is_separator(line) { &line[3..] } else { line };
        is_blank(rest) || line.trim_end() == "..."
    })
}

#[cfg(test)]
mod tests {
    use super::{Lines, chunks};

    fn cut(text: &str) -> Vec<&str> {
        chunks(text, &Lines::new(text)).into_iter().map(|chunk| &text[chunk]).collect()
    }

    #[test]
    fn documents_end_at_separator_lines() {
        assert_eq!(
            cut("a: 1\n---\nb: 2\n--- # c\nc: 3"),
            ["a: 1\n", "---\nb: 2\n", "--- # c\nc: 3"]
        );
        assert_eq!(cut("a: |\n  ---\n  x\n"), ["a: |\n  ---\n  x\n"]);
        assert_eq!(cut("a: 1\r\n---\r\nb: 2\r\n"), ["a: 1\r\n", "---\r\nb: 2\r\n"]);
        assert_eq!(cut("---a: 1\n"), ["---a: 1\n"]);
    }

    #[test]
    fn empty_and_commented_documents_are_left_out() {
        assert_eq!(cut("---\n---\n# only a comment\n---\na: 1\n---\n...\n"), ["---\na: 1\n"]);
        assert_eq!(cut(""), Vec::<&str>::new());
    }

    #[test]
    fn directives_stay_with_their_document() {
        assert_eq!(cut("%YAML 1.2\n---\na: 1\n"), ["%YAML 1.2\n---\na: 1\n"]);
    }
}
