//! Diagnostics in the formats that people and machines read. All of them list every problem once,
//! sorted by file and place.

pub mod github;
pub mod json;
pub mod junit;
pub mod sarif;
mod secret;
pub mod text;

use std::fmt;

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{Location, Sources};

/// A diagnostic with its places looked up.
struct Located<'d> {
    diagnostic: &'d Diagnostic,
    /// None for the input as a whole.
    location: Option<Location>,
    /// As many as the diagnostic has, in its order.
    related: Vec<(Option<Location>, &'d str)>,
}

/// Looks up all places, sorts by file and place, and leaves out what is said twice.
fn located<'d>(diagnostics: &'d [Diagnostic], sources: &Sources) -> Vec<Located<'d>> {
    let mut all: Vec<_> = diagnostics
        .iter()
        .map(|diagnostic| Located {
            diagnostic,
            location: sources.locate(&diagnostic.place),
            related: diagnostic
                .related
                .iter()
                .map(|related| (sources.locate(&related.place), related.message.as_str()))
                .collect(),
        })
        .collect();
    all.sort_by(|a, b| a.key().cmp(&b.key()));
    all.dedup_by(|a, b| a.key() == b.key());
    all
}

impl Located<'_> {
    /// What it is sorted by; two with the same key say the same.
    fn key(&self) -> impl Ord + '_ {
        let name = self.location.as_ref().map(|location| location.name.as_str());
        let position = self.location.as_ref().and_then(|location| location.position.as_ref());
        let range = position.map(|p| (p.file, p.range.start, p.range.end));
        let Diagnostic { code, severity, message, .. } = self.diagnostic;
        (name, range, *severity, *code, message)
    }
}

/// How many problems of each severity there are; prints as `2 errors, 1 warning`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Problems that make the input unusable.
    pub errors: usize,
    /// Problems that may be meant.
    pub warnings: usize,
    /// What is only worth knowing.
    pub notes: usize,
}

impl Summary {
    fn of(all: &[Located<'_>]) -> Self {
        let count = |severity| all.iter().filter(|l| l.diagnostic.severity == severity).count();
        Self {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            notes: count(Severity::Note),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [(self.errors, "error"), (self.warnings, "warning"), (self.notes, "note")];
        let mut separator = "";
        for (count, name) in counts.into_iter().filter(|(count, _)| *count > 0) {
            let plural = if count == 1 { "" } else { "s" };
            write!(f, "{separator}{count} {name}{plural}")?;
            separator = ", ";
        }
        Ok(())
    }
}

/// The severity as it is spelled in output.
fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// Indented JSON with a line break at its end.
fn pretty(document: &impl serde::Serialize) -> String {
    // Only maps with keys that are no strings fail, and there are none.
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}

/// Input and problems for the snapshots of all formats.
#[cfg(test)]
mod fixture {
    use crate::diagnostic::{Code, Diagnostic, FieldPath, ObjectId, Place};
    use crate::source::Sources;

    pub(super) fn sources() -> Sources {
        let text =
            "kind: HTTPRoute\nspec:\n  rules:\n  - name: é\n    matchs:\n    - path: {value: 2}\n";
        let (sources, diagnostics) = Sources::from_text("routes/a, b.yaml", text);
        assert!(diagnostics.is_empty());
        sources
    }

    pub(super) fn diagnostics() -> Vec<Diagnostic> {
        let rule = FieldPath::from("spec.rules").index(0);
        let value = rule.field("matchs").index(0).field("path").field("value");
        let wrong_type = Diagnostic::warning(
            Code::WrongType,
            Place::value(ObjectId(0), value),
            "a number where a string is wanted",
        )
        .related(Place::key(ObjectId(0), FieldPath::from("spec")), "100% of it: here");
        let unknown = Diagnostic::error(
            Code::UnknownField,
            Place::key(ObjectId(0), rule.field("matchs")),
            "there is no field `matchs`",
        )
        .help("did you mean `matches`?")
        .quoted("strict decoding error: unknown field \"spec.rules[0].matchs\"".to_owned());
        let missing = Diagnostic::error(
            Code::Unreadable,
            Place::Path("no/such file.yaml".into()),
            "there is no such file or folder",
        );
        let note = Diagnostic::note(Code::NoInput, Place::Input, "nothing to do");
        vec![wrong_type, unknown.clone(), missing, note, unknown]
    }
}

#[cfg(test)]
mod tests {
    use super::{Summary, fixture, located};

    #[test]
    fn sorted_by_file_and_place_and_each_only_once() {
        let diagnostics = fixture::diagnostics();
        let all = located(&diagnostics, &fixture::sources());
        let codes: Vec<_> = all.iter().map(|l| l.diagnostic.code.as_str()).collect();
        assert_eq!(codes, ["no-input", "unreadable", "unknown-field", "wrong-type"]);
        assert_eq!(Summary::of(&all).to_string(), "2 errors, 1 warning, 1 note");
    }
}
