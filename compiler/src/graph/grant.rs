//! References to other namespaces.

use super::Context;
use crate::api::Kind;
use crate::index::ObjectKey;

impl Context<'_> {
    /// Whether an object may refer to one of another namespace.
    ///
    /// Gateway API, `ReferenceGrant`: each of its `from` together with each of its `to` allows the
    /// references that fit both; it stands in the namespace of the referent.
    pub(crate) fn is_granted(
        &self,
        from: Kind,
        from_namespace: &str,
        (group, kind): (&str, &str),
        to: &ObjectKey,
    ) -> bool {
        if from_namespace == to.namespace || self.options.assume_grants {
            return true;
        }
        self.index.reference_grants.in_namespace(&to.namespace).any(|(_, grant)| {
            let spec = &grant.object.spec;
            spec.from.iter().any(|f| {
                f.group == from.group() && f.kind == from.name() && f.namespace == from_namespace
            }) && spec.to.iter().any(|t| {
                t.group == group
                    && t.kind == kind
                    && t.name.as_ref().is_none_or(|name| *name == to.name)
            })
        })
    }
}
