//! What is legal and usually wrong. Every finding is a warning that can be silenced: for an object
//! by the annotation [`ALLOW`], for a run by [`Options`].

mod matches;
mod order;
mod rules;

use crate::diagnostic::{Code, Diagnostic, ObjectId, Place, UnknownCode};
use crate::graph::Graph;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::{BTreeMap, BTreeSet};

/// Annotation that names the codes, separated by commas, that are not told of an object.
pub const ALLOW: &str = "kgwc.dev/allow";

/// The codes of this module: what can be silenced.
pub const LINTS: &[Code] = &[
    Code::NoTraffic,
    Code::HostHeaderMatch,
    Code::TrailingSlashPrefix,
    Code::EncodedQueryValue,
    Code::UnportableRegex,
    Code::OrderByAge,
    Code::RedirectLoop,
    Code::BackendPort,
    Code::TimeoutTooLong,
    Code::UnmatchableOrigin,
];

/// A name that is not one of [`LINTS`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoLint {
    /// It is no code at all.
    #[error(transparent)]
    Unknown(#[from] UnknownCode),
    /// It is the code of something that is wrong, whatever one thinks of it.
    #[error("{0} is no matter of opinion: it cannot be silenced")]
    Fact(Code),
}

/// The lint of that name.
///
/// # Errors
/// When there is none.
pub fn named(name: &str) -> Result<Code, NoLint> {
    let code = name.parse()?;
    if LINTS.contains(&code) { Ok(code) } else { Err(NoLint::Fact(code)) }
}

/// Which lints are silent.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Codes that are not told.
    pub allow: BTreeSet<Code>,
}

/// Looks at every route of the graph.
pub fn lint(graph: &Graph<'_>, options: &Options) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    // A pattern that does not compile is told as an error.
    let broken = |d: &Diagnostic| matches!(d.code, Code::InvalidRegex | Code::RegexTooLarge);
    let broken: Vec<_> =
        graph.diagnostics.iter().filter(|d| broken(d)).map(|d| d.place.clone()).collect();
    let mut allowed = BTreeMap::new();
    for node in graph.routes.values() {
        matches::check(node, &mut found);
        rules::check(graph, node, &mut found);
        allowed.insert(node.entry.id, allowed_by(&node.entry.object.metadata));
    }
    order::check(graph, &mut found);
    let is_silent = |d: &Diagnostic| {
        let by_object = object(d).and_then(|id| allowed.get(&id));
        options.allow.contains(&d.code)
            || by_object.is_some_and(|allowed| allowed.contains(d.code.as_str()))
            || (d.code == Code::UnportableRegex && broken.contains(&d.place))
    };
    found.retain(|diagnostic| !is_silent(diagnostic));
    found
}

fn allowed_by(metadata: &ObjectMeta) -> BTreeSet<&str> {
    let annotation = metadata.annotations.as_ref().and_then(|all| all.get(ALLOW));
    annotation.map(|codes| codes.split(',').map(str::trim).collect()).unwrap_or_default()
}

fn object(diagnostic: &Diagnostic) -> Option<ObjectId> {
    match &diagnostic.place {
        Place::Field { object, .. } => Some(*object),
        _ => None,
    }
}
