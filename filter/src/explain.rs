//! A decision in response headers, for those who know the token.

use crate::names;
use route::{Request, Rng, RouteTable, explain};
use sha2::{Digest, Sha256};

/// The lines that explain the decision on the request, if it asks for them with the right token.
pub(crate) fn lines(
    table: &RouteTable,
    request: &Request<'_>,
    rng: &mut impl Rng,
) -> Option<Vec<String>> {
    let wanted = table.config().observe.explain_token.as_deref()?;
    let (_, token) = request.headers.iter().find(|(name, _)| *name == names::EXPLAIN)?;
    // Hashes are compared: how long that takes tells nothing about the token.
    if hex(&Sha256::digest(token)) != wanted {
        return None;
    }
    let trace = table.trace(request, rng, explain::CANDIDATES);
    let mut explanation = explain::explain(table.config(), &trace, request);
    if let Some(sent) = &mut explanation.request {
        sent.headers.retain(|(name, _)| is_sent(name));
    }
    Some(explain::lines(&explanation))
}

/// Whether the backend gets it: the host keeps what it says to itself, and has pseudo headers among
/// the others.
fn is_sent(name: &str) -> bool {
    let is_kept = name.starts_with(':') || name.starts_with("x-envoy-");
    !is_kept && name.as_bytes() != names::EXPLAIN
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
