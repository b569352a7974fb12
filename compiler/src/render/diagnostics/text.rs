//! Diagnostics for people: the line of the source, underlined.

use std::collections::BTreeMap;
use std::ops::Range;

use annotate_snippets::renderer::{DecorStyle, Renderer};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Snippet};

use super::secret::is_secret;
use super::{Located, Summary, located};
use crate::diagnostic::{Diagnostic, FileId, Severity};
use crate::render::visible::{visible, visible_lines};
use crate::source::{Location, Position, Sources};

/// Places of one file that are at most this many lines apart are shown together.
const TOGETHER: usize = 200;

/// Longer lines, in bytes, are cut around what is underlined.
const LONG_LINE: usize = 160;

/// What is kept of a long line before and after the start of what is underlined. The renderer
/// counts columns in what it is given: only where that gets long is the beginning cut off, too.
const BEFORE: usize = 40;
const AFTER: usize = 100;
const FAR: usize = 4000;

/// All problems, a line that counts them, and one that says where to read more; nothing for none. The caller decides on
/// `color` (by terminal and `NO_COLOR`).
pub fn render(diagnostics: &[Diagnostic], sources: &Sources, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(LONG_LINE);
    let all = located(diagnostics, sources);
    let mut output = String::new();
    for problem in &all {
        output.push_str(&renderer.render(&[group(problem, sources)]));
        output.push_str("\n\n");
    }
    if !all.is_empty() {
        output.push_str(&Summary::of(&all).to_string());
        output.push_str(&format!("\nFor more: kgwc explain-code {}\n", first_codes(&all)));
    }
    output
}

/// The codes to read about: the worst first, and not more than fit on a line.
fn first_codes(all: &[Located<'_>]) -> String {
    const MOST: usize = 3;
    let mut codes: Vec<&str> = Vec::new();
    let mut sorted: Vec<_> = all.iter().map(|located| located.diagnostic).collect();
    sorted.sort_by_key(|diagnostic| diagnostic.severity);
    for code in sorted.into_iter().map(|diagnostic| diagnostic.code.as_str()) {
        if codes.len() < MOST && !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes.join(" ")
}

fn group<'a>(problem: &'a Located<'_>, sources: &Sources) -> Group<'a> {
    let Diagnostic { code, severity, message, help, quoted, .. } = problem.diagnostic;
    let level = match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut group = Group::with_title(level.primary_title(visible(message)).id(code.as_str()));
    if let Some(Location { name, position: None }) = &problem.location {
        group = group.element(Origin::path(visible(name)));
    }
    for excerpt in excerpts(problem) {
        let position = excerpt.marks[0].position;
        if is_secret(sources.text(excerpt.file), position.range.start) {
            group = group.element(excerpt.origin());
            continue;
        }
        let snippet = excerpt.snippet(sources);
        group = match excerpt.is_far(sources) {
            true => group.element(excerpt.origin()).element(snippet),
            false => group.element(snippet.path(visible(excerpt.name))),
        };
    }
    for (location, message) in &problem.related {
        match location {
            Some(Location { name, position: None }) => {
                group = group.element(Level::NOTE.message(visible(&format!("{message}: {name}"))));
            }
            None => group = group.element(Level::NOTE.message(visible(message))),
            Some(_) => {}
        }
    }
    if let Some(quoted) = quoted {
        group =
            group.element(Level::NOTE.message(visible(&format!("the API server says: {quoted}"))));
    }
    match help {
        Some(help) => group.element(Level::HELP.message(visible_lines(help))),
        None => group,
    }
}

/// A mark in the source: the problem itself, or what is related to it.
struct Mark<'a> {
    position: &'a Position,
    /// None marks the problem itself.
    label: Option<&'a str>,
}

/// Marks in one file, close together.
struct Excerpt<'a> {
    name: &'a str,
    file: FileId,
    lines: Range<usize>,
    marks: Vec<Mark<'a>>,
}

fn excerpts<'a>(problem: &'a Located<'_>) -> Vec<Excerpt<'a>> {
    let mut excerpts: Vec<Excerpt<'a>> = Vec::new();
    let primary = problem.location.as_ref().map(|location| (location, None));
    let related = problem
        .related
        .iter()
        .filter_map(|(location, message)| Some((location.as_ref()?, Some(*message))));
    for (location, label) in primary.into_iter().chain(related) {
        let Some(position) = &location.position else { continue };
        let mark = Mark { position, label };
        let near = |excerpt: &&mut Excerpt<'_>| {
            excerpt.file == position.file
                && position.line + TOGETHER > excerpt.lines.end
                && position.line < excerpt.lines.start + TOGETHER
        };
        match excerpts.iter_mut().find(near) {
            Some(excerpt) => {
                let Range { start, end } = excerpt.lines;
                excerpt.lines = start.min(position.line)..end.max(position.line + 1);
                excerpt.marks.push(mark);
            }
            None => excerpts.push(Excerpt {
                name: &location.name,
                file: position.file,
                lines: position.line..position.line + 1,
                marks: vec![mark],
            }),
        }
    }
    excerpts
}

impl<'a> Excerpt<'a> {
    fn origin(&self) -> Origin<'a> {
        let position = self.marks[0].position;
        Origin::path(visible(self.name)).line(position.line).char_column(position.column)
    }

    /// Whether the beginning of the first mark's line is cut off.
    fn is_far(&self, sources: &Sources) -> bool {
        let position = self.marks[0].position;
        position.range.start - sources.line(self.file, position.line).start > FAR
    }

    /// The lines of the excerpt, long ones cut, with all marks.
    fn snippet(&self, sources: &Sources) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        let text = sources.text(self.file);
        let mut cut = String::new();
        let mut starts = BTreeMap::new();
        for number in self.lines.clone() {
            let line = sources.line(self.file, number);
            let shown = self.shown(number, text, &line);
            if shown.start > line.start {
                cut.push_str("...");
            }
            starts.insert(number, (cut.len(), shown.clone()));
            cut.push_str(&text[shown.clone()]);
            if shown.end < line.end {
                cut.push_str("...");
            }
            cut.push('\n');
        }
        let mut snippet = Snippet::source(cut).line_start(self.lines.start).fold(true);
        for mark in &self.marks {
            let (start, shown) = &starts[&mark.position.line];
            let inside = |byte: usize| start + byte.clamp(shown.start, shown.end) - shown.start;
            let Range { start: from, end: to } = mark.position.range;
            let span = inside(from)..inside(to);
            let annotation = match mark.label {
                Some(label) => AnnotationKind::Context.span(span).label(visible(label)),
                None => AnnotationKind::Primary.span(span),
            };
            snippet = snippet.annotation(annotation);
        }
        snippet
    }

    /// The part of a line that is shown: all of it unless it is long.
    fn shown(&self, number: usize, text: &str, line: &Range<usize>) -> Range<usize> {
        if line.len() <= LONG_LINE {
            return line.clone();
        }
        let mark = self.marks.iter().find(|mark| mark.position.line == number);
        let center = mark.map_or(line.start, |mark| mark.position.range.start);
        let start = match center - line.start > FAR {
            true => text.floor_char_boundary(center - BEFORE),
            false => line.start,
        };
        let end = text.floor_char_boundary((center + AFTER).min(line.end));
        start..end
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use expect_test::expect;

    use super::super::fixture;
    use super::render;
    use crate::diagnostic::{Code, Diagnostic, FileId, Place};
    use crate::source::Sources;

    #[test]
    fn shows_the_source() {
        let text = render(&fixture::diagnostics(), &fixture::sources(), false);
        expect![[r#"
            note[no-input]: nothing to do

            error[unreadable]: there is no such file or folder
            --> no/such file.yaml

            error[unknown-field]: there is no field `matchs`
             --> routes/a, b.yaml:5:5
              |
            5 |     matchs:
              |     ^^^^^^
              |
              = note: the API server says: strict decoding error: unknown field "spec.rules[0].matchs"
              = help: did you mean `matches`?

            warning[wrong-type]: a number where a string is wanted
             --> routes/a, b.yaml:6:21
              |
            2 | spec:
              | ---- 100% of it: here
            ...
            6 |     - path: {value: 2}
              |                     ^

            2 errors, 1 warning, 1 note
            For more: kgwc explain-code unreadable unknown-field wrong-type
        "#]]
        .assert_eq(&text);
    }

    #[test]
    fn colour_only_if_asked_for() {
        let styled = render(&fixture::diagnostics(), &fixture::sources(), true);
        assert!(styled.contains("\u{1b}["));
        assert!(!render(&fixture::diagnostics(), &fixture::sources(), false).contains('\u{1b}'));
    }

    #[test]
    fn nothing_for_no_problem() {
        assert_eq!(render(&[], &fixture::sources(), false), "");
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let text = format!("kind: {}X{}\n", "é".repeat(100_000), "b".repeat(20_000_000));
        let (sources, _) = Sources::from_text("long.yaml", &text);
        let at = text.find('X').unwrap();
        let place = Place::Span { file: FileId(0), range: at..at + 5_000_000 };
        let output =
            render(&[Diagnostic::error(Code::InvalidValue, place, "too long")], &sources, false);
        expect![[r#"
            error[invalid-value]: too long
             --> long.yaml:1:100007
              |
             ::: 
            1 | ...ééééééééééééééééééééXbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb...
              |                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

            1 error
            For more: kgwc explain-code invalid-value
        "#]].assert_eq(&output);
    }

    #[test]
    fn places_far_apart_are_shown_apart() {
        let mut text = "first: 1\n".to_owned();
        for i in 0..1000 {
            writeln!(text, "field{i}: 1").unwrap();
        }
        text.push_str("last: 1\n");
        let (sources, _) = Sources::from_text("a.yaml", &text);
        let span = |word: &str| {
            let at = text.find(word).unwrap();
            Place::Span { file: FileId(0), range: at..at + word.len() }
        };
        let problem = Diagnostic::error(Code::DuplicateKey, span("last"), "twice")
            .related(span("first"), "first here");
        expect![[r#"
            error[duplicate-key]: twice
                --> a.yaml:1002:1
                 |
            1002 | last: 1
                 | ^^^^
                 |
                ::: a.yaml:1:1
                 |
               1 | first: 1
                 | ----- first here

            1 error
            For more: kgwc explain-code duplicate-key
        "#]]
        .assert_eq(&render(&[problem], &sources, false));
    }
}
