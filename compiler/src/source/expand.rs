//! Events to values: aliases and merge keys are expanded here, within bounds.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use serde_json::{Map, Value};

use super::parse::{Event, Events, Scalar, Spanned, SyntaxError};
use super::scalar::{self, InvalidScalar};

/// How deep lists and mappings may be nested. No Kubernetes object comes near; a reader that
/// recurses, ours or one further on, stays far from the end of its stack.
pub(super) const MAX_DEPTH: usize = 100;

/// What all aliases of one file together may expand to: a node counts 1, and one more for every
/// 64 bytes of text. The 5,000 routes that share their lists by aliases stay below; a bomb of any
/// shape is stopped after some tens of milliseconds.
pub(super) const MAX_EXPANSION: usize = 500_000;

/// Why a document has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    #[error(transparent)]
    Syntax(SyntaxError),
    #[error("lists and mappings nested deeper than {MAX_DEPTH} levels")]
    TooDeep(Range<usize>),
    #[error("aliases expand to more than {MAX_EXPANSION} nodes")]
    Expansion { alias: Range<usize>, anchor: Range<usize> },
    #[error("an alias of a value that it is part of")]
    SelfAlias(Range<usize>),
    #[error("a merge of something that is no mapping")]
    Merge(Range<usize>),
    #[error("a field given twice")]
    Duplicate { name: String, first: Range<usize>, second: Range<usize> },
    #[error("a key that is no scalar")]
    Key(Range<usize>),
    #[error("{error}")]
    Scalar { at: Range<usize>, error: InvalidScalar },
}

impl Fault {
    /// Whether nothing of the document can be used. After any other fault reading goes on, so
    /// that the next one is reported, too.
    fn is_fatal(&self) -> bool {
        matches!(
            self,
            Self::Syntax(_) | Self::TooDeep(_) | Self::Expansion { .. } | Self::SelfAlias(_)
        )
    }
}

/// One document: its value, or none after a fatal fault.
pub(super) struct Expanded {
    pub(super) value: Option<Value>,
    pub(super) range: Range<usize>,
    pub(super) faults: Vec<Fault>,
}

/// Reads the next document; None at the end of the chunk. After a document without value there
/// is nothing more to read. `budget` is what aliases may still expand to.
pub(super) fn next_document(events: &mut Events<'_>, budget: &mut usize) -> Option<Expanded> {
    let mut builder = Builder {
        events,
        budget,
        anchors: HashMap::new(),
        opened: HashMap::new(),
        faults: Vec::new(),
        end: 0,
    };
    match builder.document() {
        Ok(None) => None,
        Ok(Some((value, range))) => {
            Some(Expanded { value: Some(value), range, faults: builder.faults })
        }
        Err(fault) => {
            let mut faults = builder.faults;
            faults.push(fault);
            Some(Expanded { value: None, range: 0..0, faults })
        }
    }
}

struct Node {
    value: Value,
    /// Nodes and text in it, in the unit of [`MAX_EXPANSION`].
    weight: usize,
    /// Levels of lists and mappings in it.
    depth: usize,
}

struct Anchored {
    node: Node,
    at: Range<usize>,
}

struct Builder<'e, 'a> {
    events: &'e mut Events<'a>,
    budget: &'e mut usize,
    anchors: HashMap<usize, Rc<Anchored>>,
    /// Anchors whose value is not complete yet.
    opened: HashMap<usize, Range<usize>>,
    faults: Vec<Fault>,
    /// Where the last event that stands for text ended.
    end: usize,
}

impl<'a> Builder<'_, 'a> {
    fn document(&mut self) -> Result<Option<(Value, Range<usize>)>, Fault> {
        match self.next()?.0 {
            Event::DocumentStart => {}
            _ => return Ok(None),
        }
        let first = self.next()?;
        let start = first.1.start;
        let node = self.node(first, 0)?;
        let end = self.end;
        self.next()?;
        Ok(Some((node.value, start..end)))
    }

    fn next(&mut self) -> Result<Spanned<'a>, Fault> {
        let next = self.events.next().map_err(Fault::Syntax)?;
        // The end of a block is an empty range where the next thing begins.
        if !next.1.is_empty() && next.0 != Event::DocumentEnd {
            self.end = next.1.end;
        }
        Ok(next)
    }

    fn report(&mut self, fault: Fault) -> Result<(), Fault> {
        if fault.is_fatal() {
            return Err(fault);
        }
        self.faults.push(fault);
        Ok(())
    }

    fn node(&mut self, (event, at): Spanned<'a>, depth: usize) -> Result<Node, Fault> {
        match event {
            Event::Scalar(scalar) => self.scalar(&scalar, at),
            Event::Alias(anchor) => {
                let anchored = self.alias(anchor, &at, depth)?;
                let Node { value, weight, depth } = &anchored.node;
                Ok(Node { value: value.clone(), weight: *weight, depth: *depth })
            }
            Event::SequenceStart(anchor) => {
                let node = self.collection(anchor, &at, depth, Self::sequence)?;
                Ok(self.keep(anchor, at, node))
            }
            Event::MappingStart(anchor) => {
                let node = self.collection(anchor, &at, depth, Self::mapping)?;
                Ok(self.keep(anchor, at, node))
            }
            Event::DocumentStart
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd
            | Event::StreamEnd => Ok(Node { value: Value::Null, weight: 1, depth: 0 }),
        }
    }

    fn scalar(&mut self, scalar: &Scalar<'a>, at: Range<usize>) -> Result<Node, Fault> {
        let value = match scalar::resolve(scalar) {
            Ok(value) => value,
            Err(error) => {
                self.report(Fault::Scalar { at: at.clone(), error })?;
                Value::from(scalar.text.as_ref())
            }
        };
        let node = Node { value, weight: text_weight(&scalar.text), depth: 0 };
        Ok(self.keep(scalar.anchor, at, node))
    }

    fn collection(
        &mut self,
        anchor: usize,
        at: &Range<usize>,
        depth: usize,
        read: impl FnOnce(&mut Self, usize) -> Result<Node, Fault>,
    ) -> Result<Node, Fault> {
        if depth >= MAX_DEPTH {
            return Err(Fault::TooDeep(at.clone()));
        }
        if anchor != 0 {
            self.opened.insert(anchor, at.clone());
        }
        let node = read(self, depth + 1)?;
        self.opened.remove(&anchor);
        Ok(node)
    }

    fn keep(&mut self, anchor: usize, at: Range<usize>, node: Node) -> Node {
        if anchor != 0 {
            let copy = Node { value: node.value.clone(), weight: node.weight, depth: node.depth };
            self.anchors.insert(anchor, Rc::new(Anchored { node: copy, at }));
        }
        node
    }

    fn alias(&mut self, id: usize, at: &Range<usize>, depth: usize) -> Result<Rc<Anchored>, Fault> {
        let Some(anchored) = self.anchors.get(&id) else {
            if self.opened.contains_key(&id) {
                return Err(Fault::SelfAlias(at.clone()));
            }
            // Anchors end with their document, the parser remembers them beyond it.
            let info = "while parsing node, found unknown anchor".to_owned();
            return Err(Fault::Syntax(SyntaxError { at: at.start, info }));
        };
        let anchored = Rc::clone(anchored);
        if depth + anchored.node.depth > MAX_DEPTH {
            return Err(Fault::TooDeep(at.clone()));
        }
        match self.budget.checked_sub(anchored.node.weight) {
            Some(left) => *self.budget = left,
            None => {
                return Err(Fault::Expansion { alias: at.clone(), anchor: anchored.at.clone() });
            }
        }
        Ok(anchored)
    }

    fn sequence(&mut self, depth: usize) -> Result<Node, Fault> {
        let mut entries = Vec::new();
        let mut node = Node { value: Value::Null, weight: 1, depth: 1 };
        loop {
            let next = self.next()?;
            if next.0 == Event::SequenceEnd {
                node.value = Value::Array(entries);
                return Ok(node);
            }
            let entry = self.node(next, depth)?;
            node.weight += entry.weight;
            node.depth = node.depth.max(entry.depth + 1);
            entries.push(entry.value);
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Node, Fault> {
        let mut fields = Map::new();
        let mut places: HashMap<String, Range<usize>> = HashMap::new();
        let mut merged = Vec::new();
        let mut node = Node { value: Value::Null, weight: 1, depth: 1 };
        loop {
            let (event, at) = self.next()?;
            let name = match event {
                Event::MappingEnd => break,
                Event::Scalar(key) => {
                    self.keep(
                        key.anchor,
                        at.clone(),
                        Node {
                            value: Value::from(key.text.as_ref()),
                            weight: text_weight(&key.text),
                            depth: 0,
                        },
                    );
                    let name = if scalar::is_merge(&key) {
                        Ok(Some("<<".to_owned()))
                    } else {
                        scalar::key(&key)
                    };
                    match name {
                        Ok(Some(name)) => {
                            node.weight += text_weight(&name);
                            Some((name, scalar::is_merge(&key)))
                        }
                        Ok(None) => {
                            self.report(Fault::Key(at.clone()))?;
                            None
                        }
                        Err(error) => {
                            self.report(Fault::Scalar { at: at.clone(), error })?;
                            None
                        }
                    }
                }
                key => {
                    self.report(Fault::Key(at.clone()))?;
                    self.node((key, at.clone()), depth)?;
                    None
                }
            };
            let next = self.next()?;
            let value_at = next.1.clone();
            let value = self.node(next, depth)?;
            node.weight += value.weight;
            node.depth = node.depth.max(value.depth + 1);
            let Some((name, is_merge)) = name else { continue };
            if let Some(first) = places.get(&name) {
                self.report(Fault::Duplicate { name, first: first.clone(), second: at })?;
                continue;
            }
            places.insert(name.clone(), at);
            if is_merge {
                merged.push((value.value, value_at));
            } else {
                fields.insert(name, value.value);
            }
        }
        for (value, at) in merged {
            self.merge(&mut fields, value, at)?;
        }
        node.value = Value::Object(fields);
        Ok(node)
    }

    /// The mapping's own fields win, then the first of the merged mappings that has the field.
    fn merge(
        &mut self,
        into: &mut Map<String, Value>,
        value: Value,
        at: Range<usize>,
    ) -> Result<(), Fault> {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    into.entry(name).or_insert(value);
                }
                Ok(())
            }
            Value::Array(mappings) if mappings.iter().all(Value::is_object) => {
                for mapping in mappings {
                    self.merge(into, mapping, at.clone())?;
                }
                Ok(())
            }
            _ => self.report(Fault::Merge(at)),
        }
    }
}

fn text_weight(text: &str) -> usize {
    1 + text.len() / 64
}
