//! Validation as an API server does it: unknown fields, defaults, schema, list keys, CEL. The
//! steps stand in this order and a later one does not run on an object that an earlier one
//! refused, so that one cause gives one diagnostic.

mod cel;
mod compiled;
mod defaults;
mod legacy;
mod list_map;
mod metadata;
mod rules;
mod schema;
mod unknown;

#[cfg(test)]
mod tests;

pub use compiled::InvalidSchema;
pub(crate) use unknown::closest;

use serde_json::Value;

use self::compiled::Compiled;
use super::kinds::{self, Kind, Lookup};
use super::object::Object;
use crate::diagnostic::{Code, Diagnostic, FieldPath, ObjectId, Place};

/// What became of one document.
#[derive(Clone, Debug, PartialEq)]
pub enum Decoded {
    /// A resource that is valid.
    Object {
        /// The resource, with defaults.
        object: Object,
        /// What is legal and should be changed nevertheless.
        warnings: Vec<Diagnostic>,
    },
    /// A resource of a kind that kgwc does not need; the note says which.
    Skipped(Diagnostic),
}

/// Decodes and validates resources. Holds the compiled schemas and CEL programs: build it once and
/// use it from as many threads as there are.
pub struct Decoder {
    kinds: Vec<Compiled>,
}

impl Decoder {
    /// Compiles the schemas and CEL programs of every kind.
    ///
    /// # Errors
    /// Where the types of this crate give a schema that does not compile.
    pub fn new() -> Result<Self, InvalidSchema> {
        let kinds = Kind::ALL.into_iter().map(Compiled::new).collect::<Result<_, _>>()?;
        Ok(Self { kinds })
    }

    /// Reads one resource. `status` is dropped unread, as on creation.
    ///
    /// # Errors
    /// Everything that is wrong with the resource, in the order of its fields.
    pub fn decode(&self, id: ObjectId, value: Value) -> Result<Decoded, Vec<Diagnostic>> {
        match find_kind(id, &value).map_err(|error| vec![error])? {
            Lookup::Known(kind) => self.decode_kind(id, kind, value),
            _ => Ok(Decoded::Skipped(skipped(id, &value))),
        }
    }

    fn decode_kind(
        &self,
        id: ObjectId,
        kind: Kind,
        mut value: Value,
    ) -> Result<Decoded, Vec<Diagnostic>> {
        let compiled = &self.kinds[kind as usize];
        if let Some(object) = value.as_object_mut() {
            object.remove("status");
        }
        defaults::drop_nulls(kind, &mut value);
        let mut problems = metadata::check(id, kind, &value);
        let unknown = unknown::check(id, &compiled.schema, &value);
        let warnings = legacy::check(id, &value);
        defaults::apply(&compiled.schema, &mut value);
        problems.extend(schema::check(id, compiled, &value, &unknown));
        problems.extend(unknown.into_iter().map(|field| field.diagnostic));
        if problems.is_empty() {
            problems = list_map::check(id, &compiled.schema, &value);
        }
        if problems.is_empty() {
            problems = cel::check(id, compiled, &value);
        }
        if kind == Kind::Secret {
            problems.iter_mut().for_each(hide_value);
        }
        if !problems.is_empty() {
            problems.sort_by(|a, b| place_order(&a.place).cmp(&place_order(&b.place)));
            return Err(problems);
        }
        let object = Object::from_json(kind, value).map_err(|error| {
            let place = Place::value(id, FieldPath::root());
            vec![Diagnostic::error(Code::InvalidValue, place, error.to_string())]
        })?;
        Ok(Decoded::Object { object, warnings })
    }
}

/// Messages quote values; those of a Secret's data are never quoted.
fn hide_value(problem: &mut Diagnostic) {
    let Place::Field { path, .. } = &problem.place else { return };
    let field = path.to_string();
    if field.starts_with("data") || field.starts_with("stringData") {
        problem.message = format!("`{field}` is not a valid value (not shown: it is a Secret's)");
        problem.help = Some("a text that looks like a number has to be in quotes".to_owned());
    }
}

fn place_order(place: &Place) -> Option<&FieldPath> {
    match place {
        Place::Field { path, .. } => Some(path),
        _ => None,
    }
}

fn text<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// The kind of a document, or why it has none.
fn find_kind(id: ObjectId, value: &Value) -> Result<Lookup, Diagnostic> {
    let root = FieldPath::root();
    let missing = |field: &str| {
        let place = Place::value(id, root.clone());
        let message = format!("no `{field}`: this is not a Kubernetes object");
        Diagnostic::error(Code::NotAnObject, place, message)
            .help("every object begins with apiVersion, kind and metadata")
    };
    let api_version = text(value, "apiVersion").ok_or_else(|| missing("apiVersion"))?;
    let kind = text(value, "kind").ok_or_else(|| missing("kind"))?;
    let found = kinds::lookup(api_version, kind);
    let version_of = |known: Kind| known.api_versions().collect::<Vec<_>>().join(" and ");
    match found {
        Lookup::Known(_) | Lookup::NotNeeded => Ok(found),
        Lookup::UnknownVersion(known) => Err(Diagnostic::error(
            Code::UnknownVersion,
            Place::value(id, root.field("apiVersion")),
            format!("{known} is not read in version `{api_version}`"),
        )
        .help(format!("{known} is read in {}", version_of(known)))),
        Lookup::WrongGroup(known) => Err(Diagnostic::error(
            Code::UnknownVersion,
            Place::value(id, root.field("apiVersion")),
            format!("`{api_version}` has no kind {known}"),
        )
        .help(format!("{known} is read in {}", version_of(known)))),
        Lookup::Misspelt(known) => Err(Diagnostic::error(
            Code::UnknownKind,
            Place::value(id, root.field("kind")),
            format!("`{api_version}` has no kind `{kind}`"),
        )
        .help(format!("did you mean `{known}`?"))),
    }
}

fn skipped(id: ObjectId, value: &Value) -> Diagnostic {
    let kind = text(value, "kind").unwrap_or_default();
    let api_version = text(value, "apiVersion").unwrap_or_default();
    Diagnostic::note(
        Code::SkippedKind,
        Place::value(id, FieldPath::root().field("kind")),
        format!("{kind} ({api_version}) is not used and was skipped"),
    )
}
