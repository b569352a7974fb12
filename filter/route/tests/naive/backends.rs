//! The choice of a backend.

use super::filters::failure;
use crate::model::{BackendRef, Gateway};

/// Status, reason and detail of a response in place of a backend's.
pub(super) type Refusal<'g> = (u16, &'static str, &'g str);

/// "Weight specifies the proportion of requests forwarded to the referenced backend, computed as
/// weight/(sum of all weights in this BackendRefs list)." The draw is a fraction of 2^64.
pub(super) fn choose<'g>(
    gateway: &'g Gateway,
    backends: &'g [BackendRef],
    draw: u64,
) -> Result<&'g BackendRef, Refusal<'g>> {
    if backends.is_empty() {
        return Err((500, "no_backends", ""));
    }
    let sum: u128 = backends.iter().map(|backend| u128::from(backend.weight)).sum();
    if sum == 0 {
        let invalid: Vec<_> = backends
            .iter()
            .filter_map(|backend| failure(gateway, backend))
            .filter(|(status, _)| *status == 500)
            .collect();
        // All weights 0: 503; 500 if all references are invalid.
        return Err(match invalid.first() {
            Some((_, reason)) if invalid.len() == backends.len() => {
                (500, "invalid_backend", reason)
            }
            _ => (503, "no_weight", ""),
        });
    }
    let mut end = 0;
    let chosen = backends.iter().find(|backend| {
        end += u128::from(backend.weight);
        // Whether draw / 2^64 lies below end / sum.
        u128::from(draw) * sum < end << 64
    });
    let chosen = chosen.expect("the last end is the sum");
    match failure(gateway, chosen) {
        Some((status, reason)) => Err((status, "invalid_backend", reason)),
        None => Ok(chosen),
    }
}
