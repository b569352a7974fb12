//! A real Envoy on this machine: finding it, running it, asking it.

mod admin;
mod client;
mod directory;
mod find;
mod ports;
mod process;
pub mod serve;

pub use admin::{Admin, AdminError};
pub use client::{Client, ClientError, RawRequest, RawResponse};
pub use directory::Directory;
pub use find::{NotFound, find};
pub use ports::{Bind, BindError};
pub use process::{Envoy, Settings, StartError};
