//! The stages in a row: from text to an index, from an index to what a host needs.

use crate::api::{Decoded, Decoder, InvalidSchema, Kind};
use crate::diagnostic::{Code, Diagnostic, FieldPath, Place, Severity};
use crate::graph::{self, Graph};
use crate::host::{self, Host};
use crate::index::{Index, ObjectKey};
use crate::lint;
use crate::lower::{self, Lowered};
use crate::source::{Document, Sources};
use rayon::prelude::*;
use serde_json::Value;

/// An input that was read and validated.
#[derive(Debug, Default)]
pub struct Input {
    /// Its text, for the places of diagnostics.
    pub sources: Sources,
    /// Its valid resources.
    pub index: Index,
    /// What is wrong with the rest.
    pub diagnostics: Vec<Diagnostic>,
}

/// The Gateways of an input, each ready for rendering.
#[derive(Debug)]
pub struct Compiled {
    /// Each Gateway that routes are attached to or that the input declares, in the order of their
    /// names.
    pub gateways: Vec<(ObjectKey, Lowered)>,
    /// What is wrong, that of reading the input included.
    pub diagnostics: Vec<Diagnostic>,
}

/// How an input is compiled.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How strictly references are taken.
    pub graph: graph::Options,
    /// How Gateways are lowered.
    pub lower: lower::Options,
    /// Which lints are silent.
    pub lint: lint::Options,
    /// The host whose missing features are told; none are told when absent.
    pub host: Option<Host>,
}

impl Input {
    /// Validates the objects of the sources, in parallel, and indexes them.
    ///
    /// # Errors
    /// When the schemas of this program do not compile, whatever the input.
    pub fn new(sources: Sources, diagnostics: Vec<Diagnostic>) -> Result<Self, InvalidSchema> {
        Self::with_progress(sources, diagnostics, &|| {})
    }

    /// The same; `validated` is called for each object once it is, from several threads.
    ///
    /// # Errors
    /// As [`Input::new`].
    pub fn with_progress(
        sources: Sources,
        diagnostics: Vec<Diagnostic>,
        validated: &(dyn Fn() + Sync),
    ) -> Result<Self, InvalidSchema> {
        Ok(Self::decoded(sources, diagnostics, &Decoder::new()?, validated))
    }

    /// The same with a decoder that is there already: making one costs more than a small input.
    pub fn decoded(
        mut sources: Sources,
        mut diagnostics: Vec<Diagnostic>,
        decoder: &Decoder,
        validated: &(dyn Fn() + Sync),
    ) -> Self {
        let documents = std::mem::take(&mut sources.documents);
        let decoded: Vec<_> = documents
            .into_par_iter()
            .map(|Document { id, file: _, value }| {
                let named = name_of(&value);
                let written = |path: &FieldPath| sources.written(id, path).map(str::to_owned);
                let decoded = decoder.decode(id, value, &written);
                validated();
                (id, named, decoded)
            })
            .collect();
        let mut index = Index::default();
        for (id, named, decoded) in decoded {
            match decoded {
                Ok(Decoded::Object { object, warnings }) => {
                    diagnostics.extend(warnings);
                    let kind = object.kind();
                    let name = object.metadata().name.clone().unwrap_or_default();
                    if let Some(previous) = index.apply(id, object) {
                        let path = FieldPath::from("metadata.name");
                        let message = format!("{kind} {name} is there twice");
                        diagnostics.push(
                            Diagnostic::error(
                                Code::DuplicateObject,
                                Place::value(id, path.clone()),
                                message,
                            )
                            .related(Place::value(previous, path), "the first one is here")
                            .help("in a cluster the later one would replace the first: rename one of them, or take it out"),
                        );
                    }
                }
                Ok(Decoded::Skipped(note)) => diagnostics.push(note),
                Err(errors) => {
                    diagnostics.extend(errors);
                    if let Some((kind, key)) = named {
                        index.refuse(kind, key);
                    }
                }
            }
        }
        Self { sources, index, diagnostics }
    }

    /// Resolves and flattens every Gateway of the input.
    pub fn compile(&self, options: &Options) -> Compiled {
        let graph = Graph::build(&self.index, &options.graph);
        let mut diagnostics = self.diagnostics.clone();
        // An object that was refused may well be the one that is missing now: what only follows
        // from a refusal is not told.
        let refused = diagnostics.iter().any(|d| d.severity == Severity::Error);
        diagnostics.extend(
            graph.diagnostics.iter().filter(|d| !(refused && d.code == Code::NoInput)).cloned(),
        );
        // The graph is only looked at from here on, by each for itself.
        let (found, lowered) = rayon::join(
            || {
                let mut found = lint::lint(&graph, &options.lint);
                found.extend(options.host.iter().flat_map(|host| host::warnings(&graph, *host)));
                found
            },
            || {
                let keys: Vec<_> = graph.gateways.keys().collect();
                let lowered = keys.into_par_iter().map(|key| {
                    let mut found = Vec::new();
                    let lowered = lower::lower(&graph, key, &options.lower, &mut found);
                    ((key.clone(), lowered), found)
                });
                lowered.collect::<Vec<_>>()
            },
        );
        diagnostics.extend(found);
        let mut gateways = Vec::with_capacity(lowered.len());
        for (gateway, found) in lowered {
            gateways.push(gateway);
            diagnostics.extend(found);
        }
        Compiled { gateways, diagnostics }
    }
}

/// The kind and name of an object that may not be valid.
fn name_of(value: &Value) -> Option<(Kind, ObjectKey)> {
    let kind = Kind::by_name(value.get("kind")?.as_str()?)?;
    let metadata = value.get("metadata")?;
    let name = metadata.get("name")?.as_str()?;
    let namespace = metadata.get("namespace").and_then(Value::as_str);
    let namespace = namespace.unwrap_or(crate::index::DEFAULT_NAMESPACE);
    Some((kind, ObjectKey::new(if kind.is_namespaced() { namespace } else { "" }, name)))
}
