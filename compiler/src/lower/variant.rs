//! Variants of the host's catch-all route: what the host has to do for a rule and no header can
//! ask for.

use super::{Cluster, Endpoints};
use route::config::{BackendRef, Config, Filter, Ref, Rule};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;

/// A variant of the catch-all route. The module asks for it by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variant {
    /// Clusters that get copies of the request.
    pub mirrors: Vec<MirrorTarget>,
    /// Least time between two tries, in milliseconds.
    pub backoff: Option<u64>,
    /// Whether each try is a request of its own inside the host, so that the time between two of
    /// them is never less than that.
    pub separate_tries: bool,
    /// Whether the host keeps clients with the endpoint that they got first.
    pub session: bool,
    /// Whether the host has to take in whole bodies, larger than it would by itself.
    pub whole_bodies: bool,
}

/// A cluster that gets `numerator / denominator` of the requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MirrorTarget {
    /// Name of the cluster.
    pub cluster: String,
    /// Not above the denominator.
    pub numerator: u32,
    /// Not 0.
    pub denominator: u32,
}

impl Variant {
    /// A name that says what it does and nothing else, so that a variant is the same one in every
    /// configuration: hosts can have those of two configurations at once.
    fn name(&self) -> String {
        let Self { mirrors, backoff, separate_tries, session, whole_bodies } = self;
        let mut text = format!("{backoff:?} {separate_tries} {session} {whole_bodies}");
        for MirrorTarget { cluster, numerator, denominator } in mirrors {
            // Writing to a string cannot fail.
            let _ = write!(text, " {numerator}/{denominator} {cluster}");
        }
        let hash = Sha256::digest(text.as_bytes());
        let digits: String = hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        format!("v-{digits}")
    }
}

/// Gives every backendRef the variant that it needs, and says what these are. Whether the host can
/// do each try as a request of its own is `separate_tries`.
pub(super) fn variants(
    config: &mut Config,
    clusters: &[Cluster],
    separate_tries: bool,
) -> BTreeMap<String, Variant> {
    let mut variants = BTreeMap::new();
    let mut rules = std::mem::take(&mut config.rules);
    for rule in &mut rules {
        let mut backends = std::mem::take(&mut rule.backends);
        for backend in &mut backends {
            let variant = variant(config, clusters, rule, backend, separate_tries);
            if variant != Variant::default() {
                let name = variant.name();
                backend.separate_tries = variant.separate_tries;
                backend.variant = Some(name.clone());
                variants.insert(name, variant);
            }
        }
        rule.backends = backends;
    }
    config.rules = rules;
    variants
}

fn variant(
    config: &Config,
    clusters: &[Cluster],
    rule: &Rule,
    backend: &BackendRef,
    separate_tries: bool,
) -> Variant {
    let mirrors = backend.filters.iter().chain(&rule.filters);
    let endpoints = cluster_of(config, backend.backend).and_then(|name| {
        let number = clusters.binary_search_by(|cluster| cluster.name.cmp(&name)).ok()?;
        Some(&clusters.get(number)?.endpoints)
    });
    let lambda = match endpoints {
        Some(Endpoints::Lambda(lambda)) => Some(lambda),
        _ => None,
    };
    // Its cluster has the endpoints of every host that was asked for: one that is kept could be
    // that of another host.
    let keeps_endpoint = !matches!(endpoints, Some(Endpoints::ForwardProxy { .. }));
    let retry = rule.retry.as_ref().filter(|retry| retry.attempts > 0);
    // A second try would wrap the request that the first one has signed.
    let signs_once = retry.is_some() && lambda.is_some_and(|lambda| !lambda.body_only);
    let backoff = retry.and_then(|retry| retry.backoff);
    Variant {
        mirrors: mirrors.filter_map(|filter| mirror(config, *filter)).collect(),
        backoff,
        separate_tries: separate_tries && (backoff.is_some() || signs_once),
        session: rule.session_persistence.is_some() && keeps_endpoint,
        whole_bodies: lambda.is_some(),
    }
}

pub(super) fn cluster_of(config: &Config, backend: Ref) -> Option<String> {
    let backend = config.backends.get(backend as usize)?;
    Some(backend.cluster.clone().unwrap_or_else(|| backend.id()))
}

fn mirror(config: &Config, filter: Ref) -> Option<MirrorTarget> {
    let Filter::RequestMirror(mirror) = config.filters.get(filter as usize)? else { return None };
    // One whose cluster has no name of its own gets no copies either.
    let backend = config.backends.get(mirror.backend as usize).filter(|b| b.error.is_none())?;
    let cluster = backend.cluster.clone().unwrap_or_else(|| backend.id());
    let (numerator, denominator) = (mirror.numerator, mirror.denominator);
    (numerator > 0).then_some(MirrorTarget { cluster, numerator, denominator })
}
