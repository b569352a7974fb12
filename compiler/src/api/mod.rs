//! The resources that kgwc reads, described once: the Rust types carry limits, patterns, defaults,
//! list-map keys and CEL rules. From them come the CustomResourceDefinitions ([`crds`]), the
//! schemas for editors ([`schema`]) and validation as an API server does it ([`Decoder`]).

#![allow(unreachable_pub, reason = "the KubeSchema derive makes public copies inside a function")]
#![allow(clippy::duplicated_attributes, reason = "printer columns of one type are no duplicates")]

mod crds;
pub mod duration;
mod editor;
pub mod gateway;
pub mod gateway_class;
pub mod http_route;
pub mod kgateway;
pub mod kinds;
mod object;
mod pattern;
pub mod reference;
pub mod reference_grant;
pub mod request;
pub mod route_test;
mod validate;

pub use crds::{crds, schema};
pub use editor::editor_schema;
pub use kinds::Kind;
pub use object::Object;
pub(crate) use validate::closest;
pub use validate::{Decoded, Decoder, InvalidSchema};
