//! Regular expressions of matches, each compiled once.

use super::filter::Unusable;
use super::{Context, Reason};
use crate::api::http_route::{HttpRouteMatch, PathMatchType, ValueMatchType};
use crate::diagnostic::{Code, Diagnostic, FieldPath, ObjectId, Place};
use crate::index::Index;
use rayon::prelude::*;
use route::build::{self, BuildError, SIZE_LIMIT};
use route::config::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A regular expression of a match.
#[derive(Debug)]
pub struct Pattern {
    /// Its automaton. For a pattern that does not compile one that accepts at least as much, where
    /// there is one: its rule answers 500, and the requests of other rules stay theirs.
    pub regex: Option<Regex>,
    /// Why it does not compile.
    pub error: Option<BuildError>,
}

/// Compiles the patterns of all routes, side by side: most of the time of an input with many.
pub(super) fn patterns(index: &Index) -> BTreeMap<String, Pattern> {
    let rules = index.http_routes.iter().flat_map(|(_, entry)| &entry.object.spec.rules);
    let found = rules.flat_map(|rule| &rule.matches).flat_map(of_match);
    let texts: BTreeSet<_> = found.map(|(pattern, _, _)| pattern).collect();
    let texts: Vec<_> = texts.into_iter().collect();
    texts.into_par_iter().map(|text| (text.to_owned(), Pattern::new(text))).collect()
}

impl Pattern {
    fn new(text: &str) -> Self {
        match build::compile(text) {
            Ok(regex) => Self { regex: Some(regex), error: None },
            Err(error) => Self { regex: build::compile_wider(text), error: Some(error) },
        }
    }
}

/// The patterns of a match, each with the field that it is in, and its number there.
fn of_match(matched: &HttpRouteMatch) -> impl Iterator<Item = (&str, &'static str, Option<usize>)> {
    let HttpRouteMatch { path, headers, query_params, method: _ } = matched;
    let is_pattern = path.match_type == PathMatchType::RegularExpression;
    let path = is_pattern.then_some((path.value.as_str(), "path", None));
    let headers = headers.iter().enumerate().map(|(number, header)| {
        (header.match_type, header.value.as_str(), "headers", Some(number))
    });
    let query = query_params.iter().enumerate().map(|(number, parameter)| {
        (parameter.match_type, parameter.value.as_str(), "queryParams", Some(number))
    });
    let named = headers
        .chain(query)
        .filter(|(match_type, ..)| *match_type == ValueMatchType::RegularExpression)
        .map(|(_, value, field, number)| (value, field, number));
    path.into_iter().chain(named)
}

/// What is wrong with the patterns of a match, which stands `at` that field; the first one that cannot be used makes its rule
/// answer 500.
pub(super) fn check(
    context: &mut Context<'_>,
    id: ObjectId,
    matched: &HttpRouteMatch,
    at: impl Fn() -> FieldPath,
) -> Option<Unusable> {
    let mut unusable = None;
    for (pattern, field, number) in of_match(matched) {
        let patterns = Arc::clone(&context.patterns);
        let error = patterns.get(pattern).and_then(|pattern| pattern.error.as_ref());
        if let Some(error) = error {
            let place = at().field(field);
            let place = number.map_or(place.clone(), |number| place.index(number));
            let (diagnostic, message) =
                explain(Place::value(id, place.field("value")), pattern, error);
            context.report(diagnostic);
            unusable.get_or_insert(Unusable { reason: Reason::UnsupportedValue, message });
        }
    }
    unusable
}

fn explain(place: Place, pattern: &str, error: &BuildError) -> (Diagnostic, String) {
    match error {
        BuildError::Syntax { message, span } => {
            let part = pattern.get(span.clone()).unwrap_or_default();
            let at = if part.is_empty() || part == pattern {
                String::new()
            } else {
                format!(" at `{part}`")
            };
            let told = format!("`{pattern}` is not a regular expression{at}: {message}");
            let diagnostic = Diagnostic::error(Code::InvalidRegex, place, told).help(
                "the syntax is that of RE2 and of GEP-4359: no look-around, no back-references; \
                 the whole value has to match",
            );
            (diagnostic, format!("{pattern} is not a regular expression"))
        }
        BuildError::TooLarge => {
            let told = format!("the automaton of `{pattern}` exceeds {} KiB", SIZE_LIMIT / 1024);
            let diagnostic = Diagnostic::error(Code::RegexTooLarge, place, told).help(
                "counted repetitions such as {20} multiply: use * or +, or smaller numbers; until \
                 then the rule answers 500",
            );
            (diagnostic, format!("the automaton of {pattern} is too large"))
        }
    }
}
