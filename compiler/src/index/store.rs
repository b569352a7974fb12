//! The resources of one kind.

use super::ObjectKey;
use crate::diagnostic::ObjectId;
use std::collections::BTreeMap;

/// The resources of one kind by key.
#[derive(Clone, Debug)]
pub struct Store<T>(BTreeMap<ObjectKey, Entry<T>>);

/// A resource with the number by which its text is found.
#[derive(Clone, Debug)]
pub struct Entry<T> {
    /// Number of the resource in the input.
    pub id: ObjectId,
    /// The resource.
    pub object: T,
}

impl<T> Store<T> {
    pub(super) fn apply(&mut self, key: ObjectKey, id: ObjectId, object: T) -> Option<ObjectId> {
        self.0.insert(key, Entry { id, object }).map(|previous| previous.id)
    }

    pub(super) fn delete(&mut self, key: &ObjectKey) -> bool {
        self.0.remove(key).is_some()
    }

    /// The resource of that key.
    pub fn get(&self, key: &ObjectKey) -> Option<&Entry<T>> {
        self.0.get(key)
    }

    /// All resources in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&ObjectKey, &Entry<T>)> {
        self.0.iter()
    }

    /// Those of a namespace in the order of their names.
    pub fn in_namespace<'s>(
        &'s self,
        namespace: &'s str,
    ) -> impl Iterator<Item = (&'s ObjectKey, &'s Entry<T>)> {
        self.0
            .range(ObjectKey::new(namespace, "")..)
            .take_while(move |(key, _)| key.namespace == namespace)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl<T> Default for Store<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}
