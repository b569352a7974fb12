//! Names of clusters that more than one thing would have.

use super::Cluster;
use super::names::mirror_name;
use super::variant::cluster_of;
use crate::diagnostic::{Code, Diagnostic, Place};
use route::config::{Backend, BackendError, Config, Filter};
use std::collections::BTreeSet;

/// A name of a cluster that something else has already.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Collision {
    /// Two backends.
    Backends {
        /// The name.
        cluster: String,
        /// Who has it.
        first: String,
        /// Who would have it, too.
        second: String,
    },
    /// A backend, and what the generated Envoy configuration has for itself.
    Own {
        /// The name.
        cluster: String,
        /// The backend.
        backend: String,
    },
    /// A backend, and what the generated Envoy configuration has for the copies for another one.
    Copies {
        /// The name.
        cluster: String,
        /// The backend.
        backend: String,
        /// The backend that gets copies.
        of: String,
    },
}

impl Collision {
    /// What the backend gets that would have the name in the second place.
    pub(super) fn error() -> BackendError {
        BackendError { status: 500, reason: "ClusterNameCollision".to_owned() }
    }

    /// What the user is told.
    pub(super) fn diagnostic(&self) -> Diagnostic {
        const RENAME: &str = "let --cluster-names give it another name; until then it gets 500";
        let (message, help) = match self {
            Self::Backends { cluster, first, second } => (
                format!("{first} and {second} would share the cluster {cluster}"),
                "let --cluster-names tell them apart; until then the second gets 500",
            ),
            Self::Own { cluster, backend } => (
                format!(
                    "{backend} would have the cluster {cluster}, which the generated Envoy \
                     configuration has for itself"
                ),
                RENAME,
            ),
            Self::Copies { cluster, backend, of } => (
                format!(
                    "{backend} would have the cluster {cluster}, which the generated Envoy \
                     configuration has for the copies that {of} gets"
                ),
                RENAME,
            ),
        };
        Diagnostic::error(Code::ClusterNameCollision, Place::Input, message).help(help)
    }
}

/// Takes the clusters away that have the name of another one's copies; their backends get an error.
pub(super) fn of_copies(config: &mut Config, clusters: &mut Vec<Cluster>) -> BTreeSet<Collision> {
    let mut found = BTreeSet::new();
    let mirrored: BTreeSet<_> = config
        .filters
        .iter()
        .filter_map(|filter| match filter {
            Filter::RequestMirror(mirror) => cluster_of(config, mirror.backend),
            _ => None,
        })
        .collect();
    for of in mirrored {
        let name = mirror_name(&of);
        let at = |name: &str| clusters.binary_search_by(|c| c.name.as_str().cmp(name)).ok();
        let (Some(number), Some(other)) = (at(&name), at(&of)) else { continue };
        let of = clusters[other].backend.clone();
        let backend = clusters.remove(number).backend;
        let is_its = |entry: &&mut Backend| {
            entry.cluster.as_deref().map_or(entry.id() == name, |own| own == name)
        };
        for entry in config.backends.iter_mut().filter(is_its) {
            entry.error.get_or_insert_with(Collision::error);
        }
        found.insert(Collision::Copies { cluster: name, backend, of });
    }
    found
}
