//! Names of resources.

use crate::api::Kind;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::fmt;

/// Namespace of a resource that names none.
pub const DEFAULT_NAMESPACE: &str = "default";

/// Namespace and name of a resource, ordered by `namespace/name` as Gateway API orders routes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ObjectKey {
    /// Namespace; empty for kinds that have none.
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl ObjectKey {
    /// A resource in a namespace.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }

    /// The key of a resource; without a namespace it is in `default`.
    pub fn of(kind: Kind, metadata: &ObjectMeta) -> Self {
        let namespace = match &metadata.namespace {
            _ if !kind.is_namespaced() => "",
            Some(namespace) if !namespace.is_empty() => namespace.as_str(),
            Some(_) | None => DEFAULT_NAMESPACE,
        };
        Self::new(namespace, metadata.name.clone().unwrap_or_default())
    }

    /// Reads `namespace/name`, or `name` in the namespace given.
    pub fn parse(text: &str, namespace: &str) -> Self {
        match text.split_once('/') {
            Some((namespace, name)) => Self::new(namespace, name),
            None => Self::new(namespace, text),
        }
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.namespace.is_empty() {
            write!(f, "{}/", self.namespace)?;
        }
        f.write_str(&self.name)
    }
}

impl Ord for ObjectKey {
    /// "The Route appearing first in alphabetical order by `{namespace}/{name}`": the joined text
    /// is compared, so that `a-b/x` comes before `a/x`.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        // Nearly always they are; then it is a comparison of memory.
        if self.namespace == other.namespace {
            return self.name.cmp(&other.name);
        }
        joined(self).cmp(joined(other))
    }
}

fn joined(key: &ObjectKey) -> impl Iterator<Item = u8> {
    key.namespace.bytes().chain([b'/']).chain(key.name.bytes())
}

impl PartialOrd for ObjectKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::ObjectKey;

    #[test]
    fn orders_by_the_joined_text() {
        assert!(ObjectKey::new("a-b", "x") < ObjectKey::new("a", "x"));
        assert!(ObjectKey::new("a", "b") < ObjectKey::new("a", "c"));
        assert!(ObjectKey::new("a", "b") < ObjectKey::new("a", "b-c"));
        assert!(ObjectKey::new("", "b") < ObjectKey::new("a", "a"));
    }
}
