//! Lines that are indented to no open block: which blocks are open there, what lives in them, and
//! which move of which lines makes the text readable. Proposals are tried before they are made.

use std::cmp::Reverse;
use std::ops::Range;

use super::expand::{self, Fault};
use super::explain_yaml::Context;
use super::lines::Lines;
use super::parse::{Event, Events, Syntax, SyntaxError};
use crate::diagnostic::{Diagnostic, FieldPath};

/// Documents beyond this get no proposals: each costs as much as reading the document.
const LONG: usize = 1 << 20;

/// The parser's words for a line that does not fit the blocks around it.
const STRUCTURE: [&str; 6] = [
    "did not find expected key",
    "did not find expected '-' indicator",
    "mapping values are not allowed",
    "block sequence entries are not allowed",
    "simple key expect",
    "did not find expected <document start>",
];

/// A list or mapping that is open before the line of the error.
#[derive(Debug)]
struct Block {
    is_list: bool,
    is_flow: bool,
    /// The first key, or the first `-`, or the bracket.
    first: Range<usize>,
    /// From 0.
    column: usize,
    path: FieldPath,
    /// The field that was read last, for the paths of what is inside.
    field: Option<String>,
    entries: usize,
    expects_value: bool,
}

/// What begins a line.
enum Start<'t> {
    Key(&'t str),
    Entry,
}

/// The misfit of the line on which the parser gave up; None if that line is indented well.
pub(super) fn explain(context: &Context<'_>, error: &SyntaxError) -> Option<Diagnostic> {
    if !STRUCTURE.iter().any(|words| error.info.contains(words)) {
        return None;
    }
    let lines = &context.file.lines;
    let number = lines.line_of(error.at);
    let line = lines.range(&context.file.text, number);
    let text = &context.file.text[line.clone()];
    let indent = text.len() - text.trim_start_matches(' ').len();
    let start = begins_with(&text[indent..])?;
    let blocks = open_blocks(context, line.start);
    if blocks.is_empty() || blocks.iter().any(|block| block.is_flow) {
        return None;
    }
    let wants_list = matches!(start, Start::Entry);
    if blocks.iter().any(|block| block.is_list == wants_list && block.column == indent) {
        return None;
    }
    // `a: b: c` is no matter of indentation: the first colon of the line is in order.
    let first_colon =
        matches!(start, Start::Key(name) if error.at <= line.start + indent + name.len());
    if error.info.contains("mapping values") && !first_colon {
        return None;
    }
    let (at, what) = match start {
        Start::Key(name) => {
            (line.start + indent..line.start + indent + name.len(), format!("`{name}`"))
        }
        Start::Entry => (line.start + indent..line.start + indent + 1, "this `-`".to_owned()),
    };
    let message = format!(
        "{what} is indented to column {}, where no {} can stand",
        indent + 1,
        if wants_list { "entry of a list" } else { "field" }
    );
    let mut diagnostic = context.invalid(at, message);
    for block in shown(&blocks, indent, wants_list) {
        diagnostic = context.related(diagnostic, block.first.clone(), block.describe());
    }
    let misfit = Misfit { context, number, indent, what, wants_list, blocks: &blocks };
    Some(diagnostic.help(misfit.help()))
}

/// The open blocks beside which the line stands: the next one to the left and to the right, and
/// the one of the other sort in the same column.
fn shown(blocks: &[Block], indent: usize, wants_list: bool) -> impl Iterator<Item = &Block> {
    let fitting = || blocks.iter().filter(move |block| block.is_list == wants_list);
    let left = fitting().filter(|block| block.column < indent).max_by_key(|block| block.column);
    let same = blocks.iter().find(|block| block.column == indent);
    let right = fitting().filter(|block| block.column > indent).min_by_key(|block| block.column);
    [left, same, right].into_iter().flatten()
}

/// The innermost bracket that is open where the parser gave up.
pub(super) fn open_bracket(context: &Context<'_>, error: &SyntaxError) -> Option<Range<usize>> {
    let blocks = open_blocks(context, error.at);
    blocks.into_iter().rev().find(|block| block.is_flow).map(|block| block.first)
}

impl Block {
    fn describe(&self) -> String {
        let column = self.column + 1;
        match (self.is_list, self.path.0.is_empty()) {
            (true, _) => format!("column {column}: the entries of `{}`", self.path),
            (false, true) => format!("column {column}: the fields of the object"),
            (false, false) => format!("column {column}: the fields of `{}`", self.path),
        }
    }
}

/// The name in `name: value`, or the `-` of `- value`.
fn begins_with(text: &str) -> Option<Start<'_>> {
    if text == "-" || text.starts_with("- ") {
        return Some(Start::Entry);
    }
    let end = text.find(": ").or_else(|| text.trim_end().strip_suffix(':').map(str::len))?;
    let name = &text[..end];
    (!name.is_empty() && !name.contains([' ', '{', '[', '#'])).then_some(Start::Key(name))
}

/// The blocks that are open before the byte `until`, outermost first.
fn open_blocks(context: &Context<'_>, until: usize) -> Vec<Block> {
    let file = context.file;
    let mut events = Events::new(context.syntax, &file.text, &file.lines, context.chunk.clone());
    let mut blocks: Vec<Block> = Vec::new();
    while let Ok((event, range)) = events.next() {
        if event == Event::StreamEnd || range.start >= until {
            break;
        }
        match event {
            Event::DocumentStart | Event::DocumentEnd => blocks.clear(),
            Event::SequenceEnd | Event::MappingEnd => {
                blocks.pop();
            }
            Event::Scalar(scalar) => enter(&mut blocks, Some((&scalar.text, &range, context))),
            Event::Alias(_) => enter(&mut blocks, None),
            Event::SequenceStart(_) | Event::MappingStart(_) => {
                enter(&mut blocks, None);
                let path = blocks.last().map_or_else(FieldPath::root, inside);
                let is_flow = !range.is_empty() && file.text[range.clone()].ends_with(['[', '{']);
                blocks.push(Block {
                    is_list: matches!(event, Event::SequenceStart(_)),
                    is_flow,
                    column: file.lines.column_of(&file.text, range.start),
                    first: range.start..range.start + 1,
                    path,
                    field: None,
                    entries: 0,
                    expects_value: false,
                });
            }
            Event::StreamEnd => {}
        }
    }
    blocks
}

/// Counts a node as entry, key or value of the innermost block; a scalar may be a key.
fn enter(blocks: &mut [Block], key: Option<(&str, &Range<usize>, &Context<'_>)>) {
    let Some(block) = blocks.last_mut() else { return };
    if block.is_list {
        block.entries += 1;
        return;
    }
    if let (false, Some((name, range, context))) = (block.expects_value, key) {
        if block.field.is_none() {
            block.first = range.clone();
            block.column = context.file.lines.column_of(&context.file.text, range.start);
        }
        block.field = Some(name.to_owned());
    }
    block.expects_value = !block.expects_value;
}

/// The path of the node that comes next in a block.
fn inside(block: &Block) -> FieldPath {
    match &block.field {
        Some(name) => block.path.field(name),
        None => block.path.index(block.entries.saturating_sub(1)),
    }
}

struct Misfit<'a> {
    context: &'a Context<'a>,
    /// The line, from 0.
    number: usize,
    indent: usize,
    what: String,
    wants_list: bool,
    blocks: &'a [Block],
}

/// A number of lines that might be moved.
struct Move<'a> {
    lines: Range<usize>,
    /// The first column of the lines, before and after.
    from: usize,
    to: usize,
    /// Where the misfit then stands.
    block: &'a Block,
    /// The line before which the rest of the document can then be read; None: all of it.
    readable_to: Option<usize>,
}

impl Misfit<'_> {
    fn help(&self) -> String {
        if self.context.chunk.len() > LONG {
            return "indent it like the other fields or entries of its block".to_owned();
        }
        let mut own = self.own_moves();
        let mut other = self.other_moves();
        other.retain(|found| found.readable_to.is_none());
        // The shortest move that mends all of the document; the line of the error before another.
        own.sort_by_key(|found| (found.distance(), found.to));
        let whole = own.iter().find(|found| found.readable_to.is_none());
        let other = other.iter().min_by_key(|found| found.distance());
        let other = other.filter(|o| whole.is_none_or(|own| o.distance() < own.distance()));
        // Without one, the move that gets furthest.
        let far = own.iter().min_by_key(|found| (Reverse(found.readable_to), found.distance()));
        match (other, whole) {
            (Some(other), _) => match own.first() {
                Some(own) => format!("{}; or {}", self.propose_other(other), self.propose(own)),
                None => self.propose_other(other),
            },
            (None, Some(whole)) => {
                let mut help = self.propose(whole);
                let equal = |found: &&Move<'_>| {
                    found.readable_to.is_none()
                        && found.distance() == whole.distance()
                        && found.to != whole.to
                };
                if let Some(second) = own.iter().find(equal) {
                    help.push_str(&format!(
                        ", or to column {}, {}",
                        second.to + 1,
                        self.beside(second)
                    ));
                }
                help
            }
            (None, None) => match far {
                Some(far) => self.propose(far),
                None => "indent it like the other fields or entries of its block".to_owned(),
            },
        }
    }

    fn propose(&self, found: &Move<'_>) -> String {
        let below = if found.lines.len() > 1 { " and the lines that belong to it" } else { "" };
        let next = found
            .readable_to
            .map_or_else(String::new, |line| format!(", and go on with line {}", line + 1));
        format!(
            "move {}{below} to column {}, {}{next}",
            self.what,
            found.to + 1,
            self.beside(found)
        )
    }

    fn beside(&self, found: &Move<'_>) -> String {
        if found.block.is_list {
            return format!("with the entries of `{}`", found.block.path);
        }
        format!("beside `{}`", &self.context.file.text[found.block.first.clone()])
    }

    fn propose_other(&self, found: &Move<'_>) -> String {
        let text = &self.context.file.text;
        let line = &text[self.context.file.lines.range(text, found.lines.start)];
        format!(
            "move line {} (`{}`) to column {}: then {} stands beside `{}` and the document can be read",
            found.lines.start + 1,
            line.trim(),
            found.to + 1,
            self.what,
            &text[found.block.first.clone()],
        )
    }

    /// The line of the error, with what is below it, to each block that it could be part of.
    fn own_moves(&self) -> Vec<Move<'_>> {
        let lines = self.with_children();
        let blocks = self.blocks.iter().filter(|block| block.is_list == self.wants_list);
        blocks
            .map(|block| self.attempt(lines.clone(), self.indent, block.column, block))
            .filter(|found| found.readable_to.is_none_or(|line| line >= found.lines.end))
            .collect()
    }

    /// The line that opens a block, so that the line of the error fits the block as it stands:
    /// `- name: x` in a list whose other entries are all indented differently.
    fn other_moves(&self) -> Vec<Move<'_>> {
        if self.wants_list {
            return Vec::new();
        }
        let file = self.context.file;
        let mut moves = Vec::new();
        for block in self.blocks.iter().filter(|block| !block.is_list) {
            let number = file.lines.line_of(block.first.start);
            let line = &file.text[file.lines.range(&file.text, number)];
            let from = line.len() - line.trim_start_matches(' ').len();
            let to = (from + self.indent).checked_sub(block.column);
            if let (true, Some(to)) = (line.trim_start().starts_with("- "), to) {
                moves.push(self.attempt(number..number + 1, from, to, block));
            }
        }
        moves
    }

    /// The line and all lines after it that are indented more.
    fn with_children(&self) -> Range<usize> {
        let file = self.context.file;
        let last = file.lines.line_of(self.context.chunk.end.saturating_sub(1));
        let first = self.number + 1;
        let mut end = first;
        for number in first..=last {
            let line = &file.text[file.lines.range(&file.text, number)];
            let content = line.trim_start_matches(' ');
            if content.is_empty() {
                continue;
            }
            if line.len() - content.len() <= self.indent {
                break;
            }
            end = number + 1;
        }
        self.number..end
    }

    /// Moves the lines in a copy of the document and reads it.
    fn attempt<'b>(
        &self,
        lines: Range<usize>,
        from: usize,
        to: usize,
        block: &'b Block,
    ) -> Move<'b> {
        let file = self.context.file;
        let chunk = &self.context.chunk;
        let first = file.lines.line_of(chunk.start);
        let mut copy = String::with_capacity(chunk.len());
        for number in first..file.lines.count() {
            let range = file.lines.range(&file.text, number);
            if range.start >= chunk.end {
                break;
            }
            let line = &file.text[range];
            if lines.contains(&number) && !line.trim().is_empty() {
                let indent = line.len() - line.trim_start_matches(' ').len();
                copy.extend(std::iter::repeat_n(' ', (indent + to).saturating_sub(from)));
                copy.push_str(line.trim_start_matches(' '));
            } else {
                copy.push_str(line);
            }
            copy.push('\n');
        }
        let readable_to = first_fault(&copy).map(|line| first + line);
        Move { lines, from, to, block, readable_to }
    }
}

impl Move<'_> {
    fn distance(&self) -> usize {
        self.to.abs_diff(self.from)
    }
}

/// The line, from 0, of the first fault in a YAML text.
fn first_fault(text: &str) -> Option<usize> {
    let lines = Lines::new(text);
    let mut events = Events::new(Syntax::Yaml, text, &lines, 0..text.len());
    let mut budget = expand::MAX_EXPANSION;
    while let Some(document) = expand::next_document(&mut events, &mut budget) {
        if let Some(fault) = document.faults.first() {
            let at = match fault {
                Fault::Syntax(error) => error.at,
                Fault::Duplicate { second: at, .. }
                | Fault::Expansion { alias: at, .. }
                | Fault::TooDeep(at)
                | Fault::SelfAlias(at)
                | Fault::Merge(at)
                | Fault::Key(at)
                | Fault::Scalar { at, .. } => at.start,
            };
            return Some(lines.line_of(at));
        }
    }
    None
}
