//! Traffic through the whole of it: resources, the compiler, a real Envoy with the real module,
//! and real servers.

mod backends;
mod backoff;
mod cors;
mod fixture;
mod hostile;
mod http2;
mod lambda;
mod mirrors;
mod observe;
mod resources;
mod retry;
mod serving;
mod session_changes;
mod sessions;
mod timeouts;
