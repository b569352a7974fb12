//! The way to a field inside an object.

use std::fmt;

/// One step of a [`FieldPath`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A field of a mapping.
    Field(String),
    /// An entry of a list, from 0.
    Index(usize),
}

/// The way to a field, from the root of its object; printed as `spec.rules[0].matches`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(pub Vec<Segment>);

impl FieldPath {
    /// The object itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// The field of that name below this one.
    #[must_use]
    pub fn field(&self, name: &str) -> Self {
        let mut path = self.clone();
        path.0.push(Segment::Field(name.to_owned()));
        path
    }

    /// The list entry of that number below this one.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        let mut path = self.clone();
        path.0.push(Segment::Index(index));
        path
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Field(name) if i == 0 => f.write_str(name)?,
                Segment::Field(name) => write!(f, ".{name}")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

impl From<&str> for FieldPath {
    /// Field names separated by dots; list entries are added with [`FieldPath::index`].
    fn from(names: &str) -> Self {
        Self(names.split('.').map(|name| Segment::Field(name.to_owned())).collect())
    }
}

/// A way while it is gone: it costs nothing, and becomes a [`FieldPath`] where there is something to
/// tell.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trail<'t> {
    Root,
    Field(&'t Trail<'t>, &'t str),
    Index(&'t Trail<'t>, usize),
}

impl<'t> Trail<'t> {
    /// The field of that name below this one.
    pub(crate) fn field(&'t self, name: &'t str) -> Self {
        Self::Field(self, name)
    }

    /// The list entry of that number below this one.
    pub(crate) fn index(&'t self, index: usize) -> Self {
        Self::Index(self, index)
    }
}

impl From<Trail<'_>> for FieldPath {
    fn from(trail: Trail<'_>) -> Self {
        let mut segments = Vec::new();
        let mut trail = &trail;
        loop {
            trail = match trail {
                Trail::Root => break,
                Trail::Field(parent, name) => {
                    segments.push(Segment::Field((*name).to_owned()));
                    parent
                }
                Trail::Index(parent, index) => {
                    segments.push(Segment::Index(*index));
                    parent
                }
            };
        }
        segments.reverse();
        Self(segments)
    }
}

#[cfg(test)]
mod tests {
    use super::{FieldPath, Trail};

    #[test]
    fn a_trail_leads_to_the_same_place() {
        let spec = Trail::Root.field("spec");
        let rules = spec.field("rules");
        assert_eq!(FieldPath::from(rules.index(3)), FieldPath::from("spec.rules").index(3));
        assert_eq!(FieldPath::from(Trail::Root), FieldPath::root());
    }

    #[test]
    fn prints_as_kubernetes_does() {
        let path = FieldPath::from("spec.rules").index(0).field("matches").index(12);
        assert_eq!(path.to_string(), "spec.rules[0].matches[12]");
    }
}
