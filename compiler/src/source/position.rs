//! Where the fields of a document stand. Built from the text when the first problem in a document
//! is shown, so that input without problems pays nothing for it.

use std::collections::HashMap;
use std::ops::Range;

use super::lines::Lines;
use super::parse::{Event, Events, Syntax};
use super::scalar;
use crate::diagnostic::{FieldPath, Part, Segment};

/// Positions of all nodes of one document.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    anchors: HashMap<usize, usize>,
}

#[derive(Debug)]
struct Node {
    range: Range<usize>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Scalar,
    Alias(usize),
    List(Vec<usize>),
    Mapping(Vec<Field>),
}

#[derive(Debug)]
struct Field {
    name: String,
    key: Range<usize>,
    value: usize,
    merge: bool,
}

/// A step on the way to a field: its key, if it is a field, and its value.
#[derive(Clone)]
struct Step {
    key: Option<Range<usize>>,
    node: usize,
}

impl Tree {
    /// Reads document number `nth` of a chunk that was read without a fault before.
    pub(super) fn new(
        syntax: Syntax,
        text: &str,
        lines: &Lines,
        chunk: Range<usize>,
        nth: usize,
    ) -> Self {
        let mut events = Events::new(syntax, text, lines, chunk);
        let mut tree = Self::default();
        for _ in 0..=nth {
            tree = Self::default();
            // The start of the document, its node, its end.
            if events.next().is_err() || tree.read(&mut events).is_none() || events.next().is_err()
            {
                break;
            }
        }
        tree
    }

    /// The text to show for a field: its key, or its value where that is on one line. A path that
    /// is not there leads to its nearest ancestor's key. None in a document without text.
    ///
    /// A path that leads through an alias ends where the value is written, for there it has to be
    /// mended; a path that ends at the alias shows the alias.
    ///
    /// `object` is the way from the root of the document to the object, `path` the way from there.
    pub(super) fn find(
        &self,
        text: &str,
        object: &FieldPath,
        path: &FieldPath,
        part: Part,
    ) -> Option<Range<usize>> {
        let root = self.nodes.len().checked_sub(1)?;
        let mut step = Step { key: None, node: root };
        for (i, segment) in object.0.iter().chain(&path.0).enumerate() {
            match self.child(step.node, segment, 0) {
                Some(child) => step = child,
                None => return Some(self.ancestor(text, &step, i == object.0.len())),
            }
        }
        match (part, &step.key) {
            (Part::Key, Some(key)) => Some(key.clone()),
            (Part::Value, _) if self.fits_a_line(text, step.node) => {
                Some(self.nodes[step.node].range.clone())
            }
            _ => Some(self.ancestor(text, &step, path.0.is_empty())),
        }
    }

    /// The text of a value that is there, where it is written.
    pub(super) fn extent(&self, object: &FieldPath, path: &FieldPath) -> Option<Range<usize>> {
        let mut node = self.nodes.len().checked_sub(1)?;
        for segment in object.0.iter().chain(&path.0) {
            node = self.child(node, segment, 0)?.node;
        }
        Some(self.nodes[node].range.clone())
    }

    /// The key, for the object itself its `kind`, for the entry of a list its first line.
    fn ancestor(&self, text: &str, step: &Step, is_object: bool) -> Range<usize> {
        if let Some(key) = &step.key {
            return key.clone();
        }
        if let (true, Some(kind)) =
            (is_object, self.child(step.node, &Segment::Field("kind".to_owned()), 0))
            && let Some(key) = kind.key
        {
            return key.start..self.nodes[kind.node].range.end;
        }
        first_line(text, self.nodes[step.node].range.clone())
    }

    fn fits_a_line(&self, text: &str, node: usize) -> bool {
        let Node { range, kind } = &self.nodes[node];
        match kind {
            Kind::Scalar | Kind::Alias(_) => !range.is_empty(),
            Kind::List(_) | Kind::Mapping(_) => {
                text[range.clone()].starts_with(['[', '{']) && !text[range.clone()].contains('\n')
            }
        }
    }

    /// `hops` bounds aliases of aliases and merges within merges.
    fn child(&self, node: usize, segment: &Segment, hops: usize) -> Option<Step> {
        if hops > super::expand::MAX_DEPTH {
            return None;
        }
        match (&self.nodes.get(node)?.kind, segment) {
            (Kind::Alias(anchor), _) => self.child(*self.anchors.get(anchor)?, segment, hops + 1),
            (Kind::List(entries), Segment::Index(i)) => {
                Some(Step { key: None, node: *entries.get(*i)? })
            }
            (Kind::Mapping(fields), Segment::Field(name)) => fields
                .iter()
                .find(|field| field.name == *name && !field.merge)
                .map(|field| Step { key: Some(field.key.clone()), node: field.value })
                .or_else(|| {
                    let merges = fields.iter().filter(|field| field.merge);
                    merges.into_iter().find_map(|field| self.merged(field.value, segment, hops + 1))
                }),
            _ => None,
        }
    }

    fn merged(&self, node: usize, segment: &Segment, hops: usize) -> Option<Step> {
        match &self.nodes.get(node)?.kind {
            Kind::List(entries) => {
                entries.iter().find_map(|&entry| self.child(entry, segment, hops))
            }
            _ => self.child(node, segment, hops),
        }
    }

    /// Reads one node; a node comes after its children, the root last.
    fn read(&mut self, events: &mut Events<'_>) -> Option<usize> {
        let (event, range) = events.next().ok()?;
        self.read_from(event, range, events)
    }

    fn read_from(
        &mut self,
        event: Event<'_>,
        range: Range<usize>,
        events: &mut Events<'_>,
    ) -> Option<usize> {
        match event {
            Event::Scalar(scalar) => Some(self.push(scalar.anchor, range, Kind::Scalar)),
            Event::Alias(anchor) => Some(self.push(0, range, Kind::Alias(anchor))),
            Event::SequenceStart(anchor) => {
                let mut entries = Vec::new();
                let mut end = range.end;
                loop {
                    let (event, at) = events.next().ok()?;
                    if event == Event::SequenceEnd {
                        end = closed(end, &at);
                        break;
                    }
                    let entry = self.read_from(event, at, events)?;
                    end = self.nodes[entry].range.end;
                    entries.push(entry);
                }
                Some(self.push(anchor, range.start..end, Kind::List(entries)))
            }
            Event::MappingStart(anchor) => {
                let mut fields = Vec::new();
                let mut end = range.end;
                loop {
                    let (event, key) = events.next().ok()?;
                    if event == Event::MappingEnd {
                        end = closed(end, &key);
                        break;
                    }
                    let (name, merge) = match event {
                        Event::Scalar(scalar) => {
                            let merge = scalar::is_merge(&scalar);
                            let name = scalar::key(&scalar).ok().flatten().unwrap_or_default();
                            self.push(scalar.anchor, key.clone(), Kind::Scalar);
                            (name, merge)
                        }
                        other => {
                            self.read_from(other, key.clone(), events)?;
                            (String::new(), false)
                        }
                    };
                    let value = self.read(events)?;
                    end = self.nodes[value].range.end.max(key.end);
                    fields.push(Field { name, key, value, merge });
                }
                Some(self.push(anchor, range.start..end, Kind::Mapping(fields)))
            }
            Event::DocumentStart
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd
            | Event::StreamEnd => None,
        }
    }

    fn push(&mut self, anchor: usize, range: Range<usize>, kind: Kind) -> usize {
        let node = self.nodes.len();
        self.nodes.push(Node { range, kind });
        if anchor != 0 {
            self.anchors.insert(anchor, node);
        }
        node
    }
}

/// A flow collection ends with its bracket, a block with the last of its nodes.
fn closed(last: usize, end: &Range<usize>) -> usize {
    if end.is_empty() { last } else { end.end }
}

/// A range up to the end of its first line.
pub(super) fn first_line(text: &str, range: Range<usize>) -> Range<usize> {
    let content = &text[range.clone()];
    let line = content.split(['\n', '\r']).next().unwrap_or_default();
    range.start..range.start + line.trim_end().len()
}
