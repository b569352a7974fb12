//! From [`Lowered`](crate::lower::Lowered) to what each host reads.

pub mod envoy;
