//! Paths, their elements and their modifiers.

use crate::model::{Path, PathModifier};

pub(super) fn without_query(path: &[u8]) -> &[u8] {
    path.splitn(2, |b| *b == b'?').next().unwrap_or_default()
}

pub(super) fn query(path: &[u8]) -> Option<&[u8]> {
    path.splitn(2, |b| *b == b'?').nth(1)
}

/// `/a/b` has the elements ``, `a`, `b`.
pub(super) fn elements(path: &[u8]) -> Vec<&[u8]> {
    path.split(|b| *b == b'/').collect()
}

/// The elements of a prefix, whose trailing slash means nothing.
pub(super) fn elements_of(prefix: &str) -> Vec<&[u8]> {
    elements(without_slash(prefix).as_bytes())
}

fn without_slash(prefix: &str) -> &str {
    prefix.strip_suffix('/').unwrap_or(prefix)
}

/// The request's `:path` as a modifier changes it, query kept.
pub(super) fn modified(path: &[u8], modifier: &PathModifier, matched: &Path) -> Vec<u8> {
    let mut new = match (modifier, matched) {
        (PathModifier::ReplaceFullPath(full), _) => full.clone().into_bytes(),
        (PathModifier::ReplacePrefixMatch(replacement), Path::Prefix(prefix)) => {
            replaced(without_query(path), prefix, replacement)
        }
        (PathModifier::ReplacePrefixMatch(_), other) => {
            panic!("ReplacePrefixMatch needs a PathPrefix match, not {other:?}")
        }
    };
    if new.first() != Some(&b'/') {
        new.insert(0, b'/');
    }
    if let Some(query) = query(path) {
        new.extend([b"?", query].concat());
    }
    new
}

/// The path with the elements of the prefix replaced.
fn replaced(path: &[u8], prefix: &str, replacement: &str) -> Vec<u8> {
    let elements = elements(path);
    let prefix = elements_of(prefix);
    // A path without its slash lacks the empty element that stands before it.
    let rest = elements.strip_prefix(&prefix[..]).unwrap_or(&elements);
    if rest.is_empty() {
        return replacement.as_bytes().to_vec();
    }
    let mut new = without_slash(replacement).as_bytes().to_vec();
    for element in rest {
        new.extend([b"/", *element].concat());
    }
    new
}
