//! Regular expressions of matches, each compiled once.

use super::filter::Unusable;
use super::{Context, Reason};
use crate::api::http_route::{HttpRouteMatch, PathMatchType, ValueMatchType};
use crate::diagnostic::{Code, Diagnostic, FieldPath, ObjectId, Place};
use route::build::{self, BuildError, SIZE_LIMIT};
use route::config::Regex;

/// A regular expression of a match.
#[derive(Debug)]
pub struct Pattern {
    /// Its automaton. For a pattern that does not compile one that accepts at least as much, where
    /// there is one: its rule answers 500, and the requests of other rules stay theirs.
    pub regex: Option<Regex>,
    /// Why it does not compile.
    pub error: Option<BuildError>,
}

/// Compiles the patterns of a match; the first one that cannot be used makes its rule answer 500.
pub(super) fn compile(
    context: &mut Context<'_>,
    id: ObjectId,
    matched: &HttpRouteMatch,
    path: &FieldPath,
) -> Option<Unusable> {
    let HttpRouteMatch { path: of_path, headers, query_params, method: _ } = matched;
    let mut found = Vec::new();
    if of_path.match_type == PathMatchType::RegularExpression {
        found.push((&of_path.value, path.field("path")));
    }
    for (number, header) in headers.iter().enumerate() {
        if header.match_type == ValueMatchType::RegularExpression {
            found.push((&header.value, path.field("headers").index(number)));
        }
    }
    for (number, parameter) in query_params.iter().enumerate() {
        if parameter.match_type == ValueMatchType::RegularExpression {
            found.push((&parameter.value, path.field("queryParams").index(number)));
        }
    }
    let mut unusable = None;
    for (pattern, place) in found {
        if !context.patterns.contains_key(pattern) {
            let compiled = match build::compile(pattern) {
                Ok(regex) => Pattern { regex: Some(regex), error: None },
                Err(error) => Pattern { regex: build::compile_wider(pattern), error: Some(error) },
            };
            context.patterns.insert(pattern.clone(), compiled);
        }
        let error = context.patterns.get(pattern).and_then(|pattern| pattern.error.as_ref());
        if let Some(error) = error {
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
