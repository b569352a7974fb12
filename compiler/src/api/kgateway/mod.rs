//! Resources of kgateway that kgwc reads (gateway.kgateway.dev/v1alpha1).

pub mod backend;
pub mod direct_response;
pub mod legacy;
