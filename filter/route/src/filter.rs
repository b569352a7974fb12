//! What the filters of the Gateway API do to a request.

pub(crate) mod cors;
mod path;
mod redirect;

pub(crate) use path::replace;
pub(crate) use redirect::redirect;
