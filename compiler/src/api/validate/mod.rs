//! Validation as an API server does it: unknown fields, defaults, schema, list keys, CEL. The
//! steps stand in this order and a later one does not run on an object that an earlier one
//! refused, so that one cause gives one diagnostic.

mod cel;
mod compiled;
mod defaults;
mod direct;
mod legacy;
mod list_map;
mod metadata;
mod misfit;
mod request;
mod rules;
mod schema;
mod unknown;
mod wording;

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

/// Gives the text of a scalar field as it was written.
pub type Written<'w> = &'w dyn Fn(&FieldPath) -> Option<String>;

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

    /// Reads one resource. `status` is dropped unread, as on creation. `written` gives the text of
    /// a scalar as it stands in the file, where that is known: `y` is the boolean true.
    ///
    /// # Errors
    /// Everything that is wrong with the resource, in the order of its fields.
    pub fn decode(
        &self,
        id: ObjectId,
        value: Value,
        written: Written<'_>,
    ) -> Result<Decoded, Vec<Diagnostic>> {
        match find_kind(id, &value).map_err(|error| vec![*error])? {
            Lookup::Known(kind) => self.decode_kind(id, kind, value, written),
            _ => Ok(Decoded::Skipped(skipped(id, &value))),
        }
    }

    fn decode_kind(
        &self,
        id: ObjectId,
        kind: Kind,
        mut value: Value,
        written: Written<'_>,
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
        problems.extend(schema::check(id, compiled, &value, &unknown, written));
        problems.extend(unknown.into_iter().map(|field| field.diagnostic));
        if problems.is_empty() {
            problems = list_map::check(id, &compiled.schema, &value);
        }
        if problems.is_empty() {
            problems = cel::check(id, compiled, &value);
        }
        if problems.is_empty() && kind == Kind::RouteTest {
            problems = request::check(id, &value);
        }
        match kind {
            Kind::Secret => problems.iter_mut().for_each(hide_value),
            // Core kinds are checked by other code, which says it otherwise; a RouteTest is for
            // kgwc alone.
            Kind::Service | Kind::EndpointSlice | Kind::Namespace | Kind::RouteTest => {
                problems.iter_mut().for_each(|problem| problem.quoted = None);
            }
            _ => {}
        }
        if !problems.is_empty() {
            problems.sort_by(|a, b| place_order(&a.place).cmp(&place_order(&b.place)));
            return Err(problems);
        }
        let object = Object::from_json(kind, &value)
            .map_err(|error| vec![misfit::diagnostic(id, kind, &value, &error)])?;
        Ok(Decoded::Object { object, warnings })
    }
}

/// Messages quote values; those of a Secret's data are never quoted.
fn hide_value(problem: &mut Diagnostic) {
    problem.quoted = None;
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
fn find_kind(id: ObjectId, value: &Value) -> Result<Lookup, Box<Diagnostic>> {
    let root = FieldPath::root();
    let missing = |field: &str| {
        let place = Place::value(id, root.clone());
        let message = format!("no `{field}`: this is not a Kubernetes object");
        Diagnostic::error(Code::NotAnObject, place, message)
            .help("every object begins with apiVersion, kind and metadata")
    };
    let given = |field| text(value, field).ok_or_else(|| Box::new(missing(field)));
    let (api_version, kind) = (given("apiVersion")?, given("kind")?);
    let found = kinds::lookup(api_version, kind);
    let version_of = |known: Kind| known.api_versions().collect::<Vec<_>>().join(" and ");
    let (code, field, message, help) = match found {
        Lookup::Known(_) | Lookup::NotNeeded => return Ok(found),
        Lookup::UnknownVersion(known) => (
            Code::UnknownVersion,
            "apiVersion",
            format!("{known} is not read in version `{api_version}`"),
            format!("{known} is read in {}", version_of(known)),
        ),
        Lookup::WrongGroup(known) => (
            Code::UnknownVersion,
            "apiVersion",
            format!("`{api_version}` has no kind {known}"),
            format!("{known} is read in {}", version_of(known)),
        ),
        Lookup::Misspelt(known) => (
            Code::UnknownKind,
            "kind",
            format!("`{api_version}` has no kind `{kind}`"),
            format!("did you mean `{known}`?"),
        ),
    };
    let place = Place::value(id, root.field(field));
    Err(Box::new(Diagnostic::error(code, place, message).help(help)))
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
