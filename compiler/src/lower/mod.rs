//! From the graph to what a host needs to serve one Gateway.

mod model;

pub use model::{Certificate, Cluster, Endpoint, Endpoints, Lowered, UpstreamProtocol};
