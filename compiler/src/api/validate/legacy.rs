//! Shapes that are read and should be changed nevertheless.

use crate::api::kgateway::legacy::{UNKNOWN_ACCOUNT, backends, is_legacy, new_names};
use crate::diagnostic::{Code, Diagnostic, FieldPath, ObjectId, Place};

use serde_json::Value;
use std::collections::BTreeSet;

/// Warns of a Backend with `lambdaFunctions`; `object` is the Backend as it was written.
pub(super) fn check(id: ObjectId, object: &Value) -> Vec<Diagnostic> {
    if !is_legacy(object) {
        return Vec::new();
    }
    let new = backends(object, UNKNOWN_ACCOUNT, &new_names(object, &BTreeSet::new()));
    let place = Place::key(id, FieldPath::from("spec.aws.lambdaFunctions"));
    let message =
        "`lambdaFunctions` is the shape of an older kgateway: a Backend is one function now";
    // Strings, numbers and mappings with string keys: serialising cannot fail.
    let resources: Vec<_> =
        new.iter().filter_map(|new| serde_saphyr::to_string(new).ok()).collect();
    vec![Diagnostic::warning(Code::LegacyBackend, place, message).help(format!(
        "write this instead, with your account, and leave the `Parameter` filter out of the \
         backendRef (`kgwc migrate` prints both):\n{}",
        resources.join("---\n").trim_end()
    ))]
}
