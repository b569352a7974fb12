//! Diagnostics as one JSON document.

use serde::Serialize;

use super::{Summary, located, severity_name};
use crate::diagnostic::{Diagnostic, Part, Place};
use crate::source::{Location, Sources};

/// The document: `diagnostics` sorted by file and place, and `summary` with the counts.
#[derive(Serialize)]
struct Document<'a> {
    diagnostics: Vec<Entry<'a>>,
    summary: Counts,
}

#[derive(Serialize)]
struct Counts {
    errors: usize,
    warnings: usize,
    notes: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    code: &'static str,
    severity: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    /// What the API server says of it, word by word.
    #[serde(skip_serializing_if = "Option::is_none")]
    api_server: Option<&'a str>,
    /// The path of the field, where the problem is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// Which half of the field: `key` or `value`.
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Span<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<Related<'a>>,
}

/// Lines and columns from 1, columns in characters; only the file where that is all there is.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Span<'a> {
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<usize>,
}

#[derive(Serialize)]
struct Related<'a> {
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Span<'a>>,
}

/// All problems as a JSON object, indented, with a line break at its end.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let all = located(diagnostics, sources);
    let Summary { errors, warnings, notes } = Summary::of(&all);
    let entries = all.iter().map(|problem| {
        let Diagnostic { code, severity, message, place, help, quoted, related: _ } =
            problem.diagnostic;
        let (field, part) = match place {
            Place::Field { path, part: Part::Key, .. } => (Some(path.to_string()), Some("key")),
            Place::Field { path, part: Part::Value, .. } => (Some(path.to_string()), Some("value")),
            Place::Input | Place::Path(_) | Place::Span { .. } => (None, None),
        };
        Entry {
            code: code.as_str(),
            severity: severity_name(*severity),
            message,
            help: help.as_deref(),
            api_server: quoted.as_deref(),
            field,
            part,
            location: problem.location.as_ref().map(span),
            related: problem
                .related
                .iter()
                .map(|(location, message)| Related {
                    message,
                    location: location.as_ref().map(span),
                })
                .collect(),
        }
    });
    let document =
        Document { diagnostics: entries.collect(), summary: Counts { errors, warnings, notes } };
    super::pretty(&document)
}

fn span(location: &Location) -> Span<'_> {
    let position = location.position.as_ref();
    Span {
        file: &location.name,
        line: position.map(|p| p.line),
        column: position.map(|p| p.column),
        end_column: position.map(|p| p.end_column),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::super::fixture;
    use super::render;

    #[test]
    fn one_document() {
        expect![[r#"
            {
              "diagnostics": [
                {
                  "code": "no-input",
                  "severity": "note",
                  "message": "nothing to do"
                },
                {
                  "code": "unreadable",
                  "severity": "error",
                  "message": "there is no such file or folder",
                  "location": {
                    "file": "no/such file.yaml"
                  }
                },
                {
                  "code": "unknown-field",
                  "severity": "error",
                  "message": "there is no field `matchs`",
                  "help": "did you mean `matches`?",
                  "apiServer": "strict decoding error: unknown field \"spec.rules[0].matchs\"",
                  "field": "spec.rules[0].matchs",
                  "part": "key",
                  "location": {
                    "file": "routes/a, b.yaml",
                    "line": 5,
                    "column": 5,
                    "endColumn": 11
                  }
                },
                {
                  "code": "wrong-type",
                  "severity": "warning",
                  "message": "a number where a string is wanted",
                  "field": "spec.rules[0].matchs[0].path.value",
                  "part": "value",
                  "location": {
                    "file": "routes/a, b.yaml",
                    "line": 6,
                    "column": 21,
                    "endColumn": 22
                  },
                  "related": [
                    {
                      "message": "100% of it: here",
                      "location": {
                        "file": "routes/a, b.yaml",
                        "line": 2,
                        "column": 1,
                        "endColumn": 5
                      }
                    }
                  ]
                }
              ],
              "summary": {
                "errors": 2,
                "warnings": 1,
                "notes": 1
              }
            }
        "#]]
        .assert_eq(&render(&fixture::diagnostics(), &fixture::sources()));
    }
}
