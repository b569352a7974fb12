//! Traffic through the whole of it: resources, the compiler, a real Envoy with the real module,
//! and real servers.

mod backoff;
mod fixture;
mod http2;
mod mirrors;
mod resources;
mod retry;
mod serving;
mod session_changes;
mod sessions;
mod timeouts;
