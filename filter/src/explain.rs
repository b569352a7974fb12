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
    // Nobody has to read the token again.
    let headers: Vec<_> =
        request.headers.iter().filter(|(name, _)| *name != names::EXPLAIN).copied().collect();
    let request = Request { headers: &headers, ..*request };
    let trace = table.trace(&request, rng);
    Some(explain::lines(&explain::explain(table.config(), &trace, &request)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
