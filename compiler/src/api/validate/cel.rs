//! CEL rules (`x-kubernetes-validations`), reported in the words of the API server.

use std::collections::BTreeSet;

use kube_cel::{CompiledSchema, ErrorKind, ValidationError, validate_compiled};
use serde_json::Value;

use super::compiled::Compiled;
use crate::diagnostic::{Code, Diagnostic, FieldPath, ObjectId, Place, Segment};

pub(super) fn check(id: ObjectId, compiled: &Compiled, value: &Value) -> Vec<Diagnostic> {
    let Err(errors) = validate_compiled(&compiled.rules, value, None) else { return Vec::new() };
    let mut problems = Vec::new();
    let mut reported = BTreeSet::new();
    for error in errors {
        let path = parse(&error.field_path);
        let message = message(&compiled.rules, &path, &error);
        let items = get(value, &path).and_then(Value::as_array);
        let places = match items {
            Some(items) => narrow(&compiled.rules, &path, items, &error.rule),
            // Rules of one mapping are often two sides of one cause: the first speaks for all.
            None if !reported.insert(path.clone()) => continue,
            None => vec![path],
        };
        problems.extend(places.into_iter().map(|path| {
            Diagnostic::error(Code::InvalidRule, Place::value(id, path), message.clone())
        }));
    }
    problems
}

/// The rule's own message, also where the rule could not be evaluated: it failed all the same.
fn message(rules: &CompiledSchema, path: &FieldPath, error: &ValidationError) -> String {
    if error.kind == ErrorKind::ValidationFailure {
        return error.message.clone();
    }
    // A rule may name a field below its own node.
    let candidates = [Some(path.clone()), parent(path)];
    candidates
        .iter()
        .flatten()
        .filter_map(|path| node(rules, path))
        .flat_map(|node| node.validations.iter().flatten())
        .find(|compiled| compiled.rule.rule == error.rule)
        .and_then(|compiled| compiled.rule.message.clone())
        .unwrap_or_else(|| error.message.clone())
}

fn parent(path: &FieldPath) -> Option<FieldPath> {
    let (_, parent) = path.0.split_last()?;
    Some(FieldPath(parent.to_vec()))
}

/// The entries of a list that break its rule: those that break it alone; else the one with which
/// the list, read from its start, first breaks it; else the list as a whole.
fn narrow(rules: &CompiledSchema, path: &FieldPath, items: &[Value], rule: &str) -> Vec<FieldPath> {
    let Some(node) = node(rules, path) else { return vec![path.clone()] };
    let breaks = |items: &[Value]| {
        validate_compiled(node, &Value::Array(items.to_vec()), None)
            .is_err_and(|errors| errors.iter().any(|e| e.rule == rule && e.field_path.is_empty()))
    };
    let alone: Vec<FieldPath> =
        (0..items.len()).filter(|&i| breaks(&items[i..=i])).map(|i| path.index(i)).collect();
    if !alone.is_empty() {
        return alone;
    }
    match (1..=items.len()).find(|&n| breaks(&items[..n])) {
        Some(n) => vec![path.index(n - 1)],
        None => vec![path.clone()],
    }
}

fn node<'a>(rules: &'a CompiledSchema, path: &FieldPath) -> Option<&'a CompiledSchema> {
    path.0.iter().try_fold(rules, |node, segment| match segment {
        Segment::Field(name) => node.properties.get(name),
        Segment::Index(_) => node.items.as_deref(),
    })
}

fn get<'a>(value: &'a Value, path: &FieldPath) -> Option<&'a Value> {
    path.0.iter().try_fold(value, |value, segment| match segment {
        Segment::Field(name) => value.get(name),
        Segment::Index(i) => value.get(i),
    })
}

/// Reads `spec.rules[0].matches[1].path`. No rule stands on a value of a free mapping, whose key
/// could have a dot in it.
fn parse(text: &str) -> FieldPath {
    let mut segments = Vec::new();
    for part in text.split(['.', '[']).filter(|part| !part.is_empty()) {
        segments.push(match part.strip_suffix(']').and_then(|index| index.parse().ok()) {
            Some(index) => Segment::Index(index),
            None => Segment::Field(part.to_owned()),
        });
    }
    FieldPath(segments)
}
