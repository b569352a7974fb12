//! CEL rules (`x-kubernetes-validations`), reported in the words of the API server.

use std::collections::BTreeSet;
use std::sync::Arc;

use kube_cel::cel::{Context, Value as Cel};
use serde_json::Value;

use super::compiled::Compiled;
use super::rules::{self, Node, Rule};
use super::wording;
use crate::diagnostic::{Code, Diagnostic, FieldPath, ObjectId, Place, Trail};

pub(super) fn check(id: ObjectId, compiled: &Compiled, value: &Value) -> Vec<Diagnostic> {
    let mut search = Search { id, context: &compiled.context, found: Vec::new() };
    search.walk(&compiled.rules, value, Trail::Root);
    search.found
}

struct Search<'a> {
    id: ObjectId,
    context: &'a Context<'static>,
    found: Vec<Diagnostic>,
}

impl Search<'_> {
    fn walk(&mut self, node: &Node, value: &Value, path: Trail<'_>) {
        if !node.rules.is_empty() {
            self.check_node(node, value, path);
        }
        for (name, child) in &node.properties {
            if let Some(value) = value.get(name) {
                self.walk(child, value, path.field(name));
            }
        }
        if let (Some(child), Some(items)) = (&node.items, value.as_array()) {
            for (i, item) in items.iter().enumerate() {
                self.walk(child, item, path.index(i));
            }
        }
    }

    fn check_node(&mut self, node: &Node, value: &Value, path: Trail<'_>) {
        let mut rules = node.rules.iter().filter(|rule| !rule.surely_holds(value)).peekable();
        if rules.peek().is_none() {
            return;
        }
        let scope = rules::scope(self.context, node.value(value));
        let mut reported = BTreeSet::new();
        for rule in rules {
            if rule.holds(&scope) {
                continue;
            }
            let mut path = FieldPath::from(path);
            path.0.extend(rule.field.0.iter().cloned());
            // The API server names the node of the rule, and not the entry that is to blame.
            let words = rule
                .words(&scope)
                .and_then(|words| wording::invalid(&path, &node.json_type.as_str().into(), words));
            match value.as_array() {
                Some(items) => {
                    for entry in self.narrow(node, rule, items, &path) {
                        self.report(rule, entry, words.clone());
                    }
                }
                // Rules of one field are often two sides of one cause: the first speaks for all.
                None => {
                    if reported.insert(path.clone()) {
                        self.report(rule, path, words);
                    }
                }
            }
        }
    }

    fn report(&mut self, rule: &Rule, path: FieldPath, words: Option<String>) {
        let place = Place::value(self.id, path);
        let error = Diagnostic::error(Code::InvalidRule, place, rule.message.clone());
        self.found.push(error.quoted(words));
    }

    /// The entries of a list that break its rule: those that break it alone; else the one with
    /// which the list, read from its start, first breaks it; else the list as a whole.
    fn narrow(
        &self,
        node: &Node,
        rule: &Rule,
        items: &[Value],
        path: &FieldPath,
    ) -> Vec<FieldPath> {
        let entries: Vec<Cel> = items.iter().map(|item| node.entry(item)).collect();
        let breaks = |entries: &[Cel]| {
            let list = Cel::List(Arc::new(entries.to_vec()));
            !rule.holds(&rules::scope(self.context, list))
        };
        let alone: Vec<FieldPath> = (0..entries.len())
            .filter(|&i| breaks(&entries[i..=i]))
            .map(|i| path.index(i))
            .collect();
        if !alone.is_empty() {
            return alone;
        }
        match (1..=entries.len()).find(|&n| breaks(&entries[..n])) {
            Some(n) => vec![path.index(n - 1)],
            None => vec![path.clone()],
        }
    }
}
