//! From a file to settings, or to what is wrong with it and where.

use super::{Settings, schema};
use crate::api::closest;
use crate::diagnostic::{Code, Diagnostic, FileId, Place};
use crate::source::{self, Sources};
use serde_json::Value;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

/// Name of the file.
pub const FILE_NAME: &str = "kgwc.toml";

/// Why there are no settings: every problem of the file.
#[derive(Debug, thiserror::Error)]
#[error("the settings cannot be used")]
pub struct Problems {
    /// Its text.
    pub sources: Sources,
    /// The problems.
    pub diagnostics: Vec<Diagnostic>,
}

/// The nearest `kgwc.toml`: in the folder of the input or the input itself, else in a folder above.
/// For standard input it starts in the working directory.
pub fn find(input: Option<&Path>) -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let start = match input.filter(|input| input.as_os_str() != "-") {
        Some(input) => input.canonicalize().or_else(|_| std::path::absolute(input)).ok()?,
        None => here.clone(),
    };
    // Whatever has that name is meant to be used: what cannot be read is an error.
    let exists = |file: &PathBuf| file.symlink_metadata().is_ok();
    let found = start.ancestors().map(|folder| folder.join(FILE_NAME)).find(exists)?;
    // As users see it: from where they are.
    Some(found.strip_prefix(&here).map(Path::to_owned).unwrap_or(found))
}

/// The `kgwc.toml` of all inputs.
///
/// # Errors
/// When they have several, of which none is more meant than the other.
pub fn find_for(inputs: &[PathBuf]) -> Result<Option<PathBuf>, Box<Problems>> {
    let mut found = inputs.iter().map(|input| find(Some(input)));
    let Some(first) = found.next() else { return Ok(find(None)) };
    match found.find(|other| *other != first) {
        None => Ok(first),
        Some(other) => {
            let name = |file: &Option<PathBuf>| match file {
                Some(file) => file.display().to_string(),
                None => format!("no {FILE_NAME}"),
            };
            let message = format!(
                "the inputs have different settings: {} and {}",
                name(&first),
                name(&other)
            );
            let place = first.or(other).map_or(Place::Input, Place::Path);
            let several = Diagnostic::error(Code::InvalidSetting, place, message)
                .help("name one file with --config, or use none with --no-config");
            Err(Box::new(Problems { sources: Sources::default(), diagnostics: vec![several] }))
        }
    }
}

/// Reads a file of settings.
///
/// # Errors
/// When it cannot be read, is not TOML, or says something that kgwc does not know.
pub fn read(path: &Path) -> Result<Settings, Box<Problems>> {
    let problems = |sources, diagnostics| Err(Box::new(Problems { sources, diagnostics }));
    let sources = match source::read_text(path) {
        Ok(sources) => sources,
        Err(diagnostic) => return problems(Sources::default(), vec![*diagnostic]),
    };
    match parse(sources.text(FileId(0))) {
        Ok(settings) => Ok(settings),
        Err(diagnostics) => problems(sources, diagnostics),
    }
}

fn parse(text: &str) -> Result<Settings, Vec<Diagnostic>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        return Err(errors.iter().map(|error| invalid(error, text)).collect());
    }
    let mut found = Vec::new();
    check(table.get_ref(), &schema(), "", &mut found);
    if !found.is_empty() {
        return Err(found);
    }
    toml::from_str(text).map_err(|error| vec![invalid(&error, text)])
}

fn invalid(error: &Error, text: &str) -> Diagnostic {
    // What is missing at the end is missing after its last character.
    let place = place(error.span().unwrap_or(text.len()..text.len()));
    Diagnostic::error(Code::InvalidSetting, place, error.message().replace('\n', ", "))
}

fn place(range: Range<usize>) -> Place {
    Place::Span { file: FileId(0), range }
}

/// Names that the schema does not have, and values that it does not allow. What remains is told
/// when the value is read.
fn check(table: &DeTable<'_>, schema: &Value, path: &str, found: &mut Vec<Diagnostic>) {
    let Some(known) = schema["properties"].as_object() else { return };
    for (key, value) in table.iter() {
        let name: &str = key.get_ref();
        let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        if let Some(schema) = known.get(name) {
            check_value(value, schema, &path, found);
            continue;
        }
        let message = format!("unknown setting \"{path}\"");
        let diagnostic = Diagnostic::error(Code::UnknownSetting, place(key.span()), message);
        let names: Vec<_> = known.keys().map(String::as_str).collect();
        found.push(diagnostic.help(match closest(name, &names) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("the settings here are {}", names.join(", ")),
        }));
    }
}

fn check_value(
    value: &Spanned<DeValue<'_>>,
    schema: &Value,
    path: &str,
    found: &mut Vec<Diagnostic>,
) {
    let (is, shown) = described(value.get_ref());
    let wanted = schema["type"].as_str().unwrap_or("string");
    if is != wanted && !(is == "integer" && wanted == "number") {
        let message = format!("`{path}` must be {}, but it is {shown}", expected(wanted));
        found.push(Diagnostic::error(Code::InvalidSetting, place(value.span()), message));
        return;
    }
    match value.get_ref() {
        DeValue::Table(table) => check(table, schema, path, found),
        DeValue::Array(entries) => {
            for entry in entries.iter() {
                check_value(entry, &schema["items"], path, found);
            }
        }
        DeValue::String(text) => {
            let options = options(schema);
            if options.is_empty() || options.contains(&text.as_ref()) {
                return;
            }
            let message = format!(
                "unsupported value \"{text}\" for `{path}`; supported values: {}",
                options.join(", ")
            );
            let diagnostic = Diagnostic::error(Code::InvalidSetting, place(value.span()), message);
            found.push(match closest(text, &options) {
                Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
                None => diagnostic,
            });
        }
        _ => {}
    }
}

/// The values that a schema lists; none where it lists none. Those with descriptions are
/// alternatives.
fn options(schema: &Value) -> Vec<&str> {
    let listed = schema["enum"].as_array().into_iter().flatten();
    let described = schema["oneOf"].as_array().into_iter().flatten().map(|one| &one["const"]);
    listed.chain(described).filter_map(Value::as_str).collect()
}

/// The type of a value as a schema and as a sentence has it.
fn described(value: &DeValue<'_>) -> (&'static str, &'static str) {
    match value {
        DeValue::String(_) => ("string", "a string"),
        DeValue::Integer(_) => ("integer", "a number"),
        DeValue::Float(_) => ("number", "a number"),
        DeValue::Boolean(_) => ("boolean", "true or false"),
        DeValue::Datetime(_) => ("date", "a date"),
        DeValue::Array(_) => ("array", "a list"),
        DeValue::Table(_) => ("object", "a table"),
    }
}

fn expected(schema_type: &str) -> &'static str {
    match schema_type {
        "boolean" => "true or false",
        "number" => "a number",
        "array" => "a list",
        "object" => "a table",
        _ => "a string",
    }
}
