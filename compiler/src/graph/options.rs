//! How strictly an input is taken that is only a part of a cluster.

/// What an offline input may leave out.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// A parentRef to a Gateway that is not in the input is an error.
    pub strict_parents: bool,
    /// A Service that is not in the input does not exist.
    pub strict_refs: bool,
    /// References to other namespaces need no ReferenceGrant.
    pub assume_grants: bool,
    /// Only Gateways of this class are ours; all of them when absent.
    pub gateway_class: Option<String>,
}
