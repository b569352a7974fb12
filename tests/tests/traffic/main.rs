//! Traffic through the whole of it: resources, the compiler, a real Envoy with the real module,
//! and real servers.

mod backends;
mod backoff;
mod control;
mod counters;
mod cross_origin;
mod explaining;
mod fixture;
mod http2;
mod lambda;
mod lambda_credentials;
mod mirrors;
mod resources;
mod retry;
mod secrets;
mod serving;
mod session_changes;
mod session_ends;
mod sessions;
mod timeouts;
