//! What a migration leaves to the user.

use crate::index::ObjectKey;
use std::fmt;

/// Something to be done by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeftToDo {
    /// The Secret has to be in the namespace of the Backend.
    Secret {
        /// Where it is.
        secret: ObjectKey,
    },
    /// The Backend in the older shape has no use any more.
    Delete {
        /// The Backend.
        backend: ObjectKey,
        /// Names of those that take its place.
        names: Vec<String>,
    },
    /// A backendRef or mirror does not say which function of a Backend is meant.
    Choose {
        /// The route.
        route: ObjectKey,
        /// Number of the rule.
        rule: usize,
        /// The Backend.
        backend: ObjectKey,
        /// Names of those that take its place.
        names: Vec<String>,
    },
    /// A ReferenceGrant cannot have as many entries as are needed.
    Grant {
        /// The grant.
        grant: ObjectKey,
        /// Names of the Backends that it should allow.
        names: Vec<String>,
    },
}

impl fmt::Display for LeftToDo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret { secret } => write!(
                f,
                "a Backend takes its Secret from its own namespace now: copy Secret {secret} there"
            ),
            Self::Delete { backend, names } => write!(
                f,
                "in place of Backend {backend} there are {} now: delete it when no route names it",
                names.join(", ")
            ),
            Self::Choose { route, rule, backend, names } => write!(
                f,
                "rule {rule} of HTTPRoute {route} does not say which function of Backend {backend} \
                 it means: name one of {}",
                names.join(", ")
            ),
            Self::Grant { grant, names } => write!(
                f,
                "ReferenceGrant {grant} has no room for all Backends: write another one for {}",
                names.join(", ")
            ),
        }
    }
}
