//! Names that the module shares with its host and with clients.

/// Names the cluster; the host's catch-all route reads it.
pub(crate) const CLUSTER: &[u8] = b"x-kgwc-cluster";
/// Chooses among the variants of the catch-all route.
pub(crate) const VARIANT: &[u8] = b"x-kgwc-variant";
/// Names the endpoint of a session: in a request to the host, in a response from it.
pub(crate) const ENDPOINT: &[u8] = b"x-kgwc-session";
/// In a request the token of somebody who wants an explanation, in the response its lines.
pub(crate) const EXPLAIN: &[u8] = b"kgwc-explain";

/// Milliseconds that Envoy gives the request as a whole, and each try.
pub(crate) const TIMEOUT: &[u8] = b"x-envoy-upstream-rq-timeout-ms";
pub(crate) const TRY_TIMEOUT: &[u8] = b"x-envoy-upstream-rq-per-try-timeout-ms";
/// When Envoy sends a request again, and how often.
pub(crate) const RETRY_ON: &[u8] = b"x-envoy-retry-on";
pub(crate) const RETRY_CODES: &[u8] = b"x-envoy-retriable-status-codes";
pub(crate) const RETRIES: &[u8] = b"x-envoy-max-retries";

/// The same limit of a try, and the header that says that a try has failed, where the variant of
/// the route makes each try a request of its own.
pub(crate) const SEPARATE_TRY_TIMEOUT: &[u8] = b"x-kgwc-try-timeout";
pub(crate) const TRY_FAILED: &[u8] = b"x-kgwc-failed";
/// Response headers that make Envoy send a request again.
pub(crate) const RETRY_HEADERS: &[u8] = b"x-envoy-retriable-header-names";

/// Properties by which the host's access log knows what was decided.
pub(crate) const ROUTE: &[u8] = b"kgwc.route";
pub(crate) const RULE: &[u8] = b"kgwc.rule";
pub(crate) const BACKEND: &[u8] = b"kgwc.backend";
