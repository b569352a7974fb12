//! The text of a file to objects.

use std::ops::Range;
use std::sync::OnceLock;

use rayon::prelude::*;
use serde_json::Value;

use super::expand::{self, Expanded, Fault};
use super::lines::Lines;
use super::parse::{self, Events, Syntax, SyntaxError};
use super::{Document, DocumentText, File, Origin, Sources, explain_yaml};
use crate::diagnostic::{Code, Diagnostic, FieldPath, FileId, ObjectId, Place};

/// Flow collections longer than this are JSON or nothing: the YAML parser keeps all of one in
/// memory.
const LONG_FLOW: usize = 4 << 20;

/// The documents of a file, before they get their numbers.
pub(super) struct Parsed {
    file: File,
    chunks: Vec<Chunk>,
}

/// A piece of a file between two separators.
struct Chunk {
    range: Range<usize>,
    syntax: Syntax,
    documents: Vec<Expanded>,
}

impl Parsed {
    /// Reads the documents of a file, side by side: that takes longer than anything else but
    /// validation.
    pub(super) fn new(name: String, text: String) -> Self {
        let lines = Lines::new(&text);
        let file = File { name, text, lines };
        let read = |range: Range<usize>, budget: &mut usize| {
            let (syntax, documents) = read_chunk(&file, range.clone(), budget);
            Chunk { range, syntax, documents }
        };
        // Only what has anchors can draw on what all aliases of the file may expand to: those
        // chunks are read in their order.
        let chunks: Vec<_> = parse::chunks(&file.text, &file.lines)
            .into_par_iter()
            .map(|range| match file.text[range.clone()].contains('&') {
                true => Err(range),
                false => Ok(read(range, &mut 0)),
            })
            .collect();
        let mut budget = expand::MAX_EXPANSION;
        let chunks = chunks
            .into_iter()
            .map(|chunk| chunk.unwrap_or_else(|range| read(range, &mut budget)))
            .collect();
        Self { file, chunks }
    }
}

impl Sources {
    /// Adds a file and all objects in it. The number of documents in it that are not empty.
    pub(super) fn add_file(&mut self, parsed: Parsed, diagnostics: &mut Vec<Diagnostic>) -> usize {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        let Parsed { file, chunks } = parsed;
        let mut count = 0;
        for Chunk { range: chunk, syntax, documents } in chunks {
            for (nth, document) in documents.into_iter().enumerate() {
                count += 1;
                for fault in &document.faults {
                    let context =
                        explain_yaml::Context { id, file: &file, chunk: chunk.clone(), syntax };
                    diagnostics.push(context.explain(fault));
                }
                if let Some(value) = document.value {
                    let text = DocumentText {
                        file: id,
                        syntax,
                        chunk: chunk.clone(),
                        nth,
                        tree: OnceLock::new(),
                    };
                    self.add_document(text, value, document.range, diagnostics);
                }
            }
        }
        self.files.push(file);
        count
    }

    fn add_document(
        &mut self,
        text: DocumentText,
        value: Value,
        range: Range<usize>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let file = text.file;
        match value {
            Value::Object(_) => {
                self.texts.push(text);
                self.add_object(file, value, FieldPath::root(), diagnostics);
            }
            Value::Null => {}
            other => {
                let what = if other.is_array() { "a list" } else { "a single value" };
                diagnostics.push(not_an_object(Place::Span { file, range }, what));
            }
        }
    }

    /// Adds an object, or the objects in a list of them (`kind: List`, `kind: HTTPRouteList`).
    fn add_object(
        &mut self,
        file: FileId,
        mut value: Value,
        prefix: FieldPath,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let id = ObjectId(u32::try_from(self.objects.len()).unwrap_or(u32::MAX));
        self.objects.push(Origin { text: self.texts.len() - 1, prefix: prefix.clone() });
        let Some(items) = take_items(&mut value) else {
            self.documents.push(Document { id, file, value });
            return;
        };
        for (i, mut item) in items.into_iter().enumerate() {
            if item.is_object() {
                complete_item(&mut item, &value);
                self.add_object(file, item, prefix.field("items").index(i), diagnostics);
            } else {
                let what = if item.is_array() { "a list" } else { "a single value" };
                let place = Place::value(id, FieldPath::root().field("items").index(i));
                diagnostics.push(not_an_object(place, what));
            }
        }
    }
}

fn not_an_object(place: Place, what: &str) -> Diagnostic {
    Diagnostic::error(
        Code::NotAnObject,
        place,
        format!("this is {what}, not a Kubernetes object"),
    )
    .help("an object is a mapping that begins with `apiVersion` and `kind`; several objects in one file are separated by lines of `---`")
}

/// The documents of a chunk. Text that begins as JSON is read as JSON, and as YAML where that
/// fails and YAML does not: `{a: 1}` is YAML.
fn read_chunk(file: &File, chunk: Range<usize>, budget: &mut usize) -> (Syntax, Vec<Expanded>) {
    let before = *budget;
    let text = &file.text[chunk.clone()];
    // The parser lets them pass; Kubernetes does not.
    if let Some(at) = text.bytes().position(|byte| byte < b' ' && !b"\t\n\r".contains(&byte)) {
        let error = SyntaxError { at: chunk.start + at, info: "unprintable".to_owned() };
        let document = Expanded { value: None, range: chunk, faults: vec![Fault::Syntax(error)] };
        return (Syntax::Yaml, vec![document]);
    }
    let begins_as_json = text.trim_start_matches("---").trim_start().starts_with(['{', '[']);
    if !begins_as_json {
        return (Syntax::Yaml, read_as(Syntax::Yaml, file, chunk, budget));
    }
    let json = read_as(Syntax::Json, file, chunk.clone(), budget);
    if is_readable(&json) || chunk.len() > LONG_FLOW {
        return (Syntax::Json, json);
    }
    *budget = before;
    let yaml = read_as(Syntax::Yaml, file, chunk, budget);
    let is_json = begins_with_quoted_name(text) || is_json_file(&file.name);
    if is_readable(&yaml) || !is_json { (Syntax::Yaml, yaml) } else { (Syntax::Json, json) }
}

fn read_as(syntax: Syntax, file: &File, chunk: Range<usize>, budget: &mut usize) -> Vec<Expanded> {
    let mut events = Events::new(syntax, &file.text, &file.lines, chunk);
    let mut documents = Vec::new();
    while let Some(document) = expand::next_document(&mut events, budget) {
        let more = document.value.is_some();
        documents.push(document);
        if !more {
            break;
        }
    }
    documents
}

fn is_readable(documents: &[Expanded]) -> bool {
    documents.iter().all(|document| document.value.is_some())
}

fn begins_with_quoted_name(text: &str) -> bool {
    text.trim_start_matches("---")
        .trim_start()
        .trim_start_matches(['{', '['])
        .trim_start()
        .starts_with('"')
}

fn is_json_file(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("json"))
}

/// The items of a list of objects; None for any other object.
fn take_items(value: &mut Value) -> Option<Vec<Value>> {
    let is_list = value.get("kind")?.as_str()?.ends_with("List");
    match value.get_mut("items")? {
        Value::Array(items) if is_list => Some(std::mem::take(items)),
        _ => None,
    }
}

/// The API server leaves `apiVersion` and `kind` out of the items of a typed list.
fn complete_item(item: &mut Value, list: &Value) {
    let kind = list["kind"].as_str().and_then(|kind| kind.strip_suffix("List"));
    let (Some(kind), Some(item)) = (kind.filter(|kind| !kind.is_empty()), item.as_object_mut())
    else {
        return;
    };
    if !item.contains_key("kind") && !item.contains_key("apiVersion") {
        item.insert("kind".to_owned(), Value::from(kind));
        item.insert("apiVersion".to_owned(), list["apiVersion"].clone());
    }
}
