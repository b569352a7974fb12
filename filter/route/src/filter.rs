//! What the filters of the Gateway API do to a request.

pub(crate) mod cors;
pub mod owned;
mod path;
mod redirect;

pub(crate) use path::replace;
pub(crate) use redirect::redirect;
