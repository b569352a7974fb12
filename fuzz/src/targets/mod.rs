//! One file for each target.

pub(crate) mod configs;
pub(crate) mod durations;
pub(crate) mod logs;
pub(crate) mod pair_maps;
pub(crate) mod paths;
pub(crate) mod patterns;
pub(crate) mod requests;
pub(crate) mod sessions;
pub(crate) mod sources;

/// The input as text; `None` where it is none, which some targets have nothing to say about.
fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}
