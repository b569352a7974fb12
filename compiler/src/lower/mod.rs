//! From the graph to what a host needs to serve one Gateway.

mod collision;
mod matches;
mod model;
mod names;
mod rules;
mod tables;
mod variant;

pub use crate::graph::{
    Certificate, Credentials, Endpoint, Endpoints, Invocation, Lambda, LambdaEndpoint,
    UpstreamProtocol,
};
pub use model::{Cluster, Lowered};
pub use names::{ClusterNames, InvalidTemplate};
pub(crate) use names::{TRIES, mirror_name};
pub use variant::{MirrorTarget, Variant};

use crate::diagnostic::Diagnostic;
use crate::graph::{Graph, ListenerNode};
use crate::index::ObjectKey;
use collision::Collision;
use matches::Served;
use route::config::{Config, Hostname, Listener, Observe, VERSION};
use route::precedence::{RegexRank, by_hostname};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use tables::Tables;

/// How a Gateway is lowered.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Names of the clusters.
    pub cluster_names: ClusterNames,
    /// Where regular expressions stand among the path kinds.
    pub regex_rank: RegexRank,
    /// Whether a request that matches nothing under its most specific hostname goes on to a less
    /// specific one.
    pub hostname_fallthrough: bool,
    /// What the module tells about its decisions.
    pub observe: Observe,
    /// Whether the host makes each try of a request with a delay between retries a request of its
    /// own, as the generated Envoy configuration does.
    pub separate_tries: bool,
    /// For ports of the Gateway the ports that the host is bound to, by which it tells the module
    /// where a request came in. A port that is not named here is bound as it is.
    pub bound: BTreeMap<u16, u16>,
}

/// Flattens one Gateway of the graph. Problems that only show here (two backends whose clusters
/// would have one name) are added to the diagnostics.
pub fn lower(
    graph: &Graph<'_>,
    gateway: &ObjectKey,
    options: &Options,
    diagnostics: &mut Vec<Diagnostic>,
) -> Lowered {
    let mut tables = Tables::new(&options.cluster_names, options.separate_tries, &graph.patterns);
    let mut served: Vec<Served> = Vec::new();
    // For each listener of the Gateway: the matches by hostname.
    let mut hostnames: BTreeMap<usize, BTreeMap<Option<String>, Vec<usize>>> = BTreeMap::new();
    for (key, node) in &graph.routes {
        let attachments: Vec<_> = node
            .parents
            .iter()
            .filter(|parent| parent.gateway == *gateway)
            .flat_map(|parent| parent.attached())
            .collect();
        if attachments.is_empty() {
            continue;
        }
        let first = served.len();
        served.extend(rules::lower_route(&mut tables, key, node));
        for attachment in attachments {
            let by_hostname = hostnames.entry(attachment.listener).or_default();
            for hostname in &attachment.hostnames {
                let matches = by_hostname.entry(hostname.clone()).or_default();
                matches.extend(first..served.len());
            }
        }
    }

    let listeners = graph.gateways.get(gateway).map(|node| node.listeners.as_slice());
    let listeners = listeners.unwrap_or_default();
    let lowered_listeners = listeners
        .iter()
        .enumerate()
        .filter(|(_, listener)| listener.is_served())
        .filter_map(|(number, listener)| {
            let by_hostname = hostnames.remove(&number).unwrap_or_default();
            lower_listener(listener, by_hostname, &served, &tables, options)
        })
        .collect();
    let certificates = listeners
        .iter()
        .filter(|listener| !listener.certificates.is_empty())
        .map(|listener| (listener.name.clone(), listener.certificates.clone()))
        .collect();
    let mut collisions = std::mem::take(&mut tables.collisions);
    let (mut config, mut clusters) = tables.finish(served.into_iter().map(|served| served.matched));
    if options.separate_tries {
        collisions.append(&mut collision::of_copies(&mut config, &mut clusters));
    }
    diagnostics.extend(collisions.iter().map(Collision::diagnostic));
    config.version = VERSION;
    config.gateway = gateway.to_string();
    config.hostname_fallthrough = options.hostname_fallthrough;
    config.listeners = lowered_listeners;
    config.observe = options.observe.clone();
    let variants = variant::variants(&mut config, &clusters, options.separate_tries);
    config.id = identify(&config);
    Lowered { config, clusters, variants, certificates }
}

fn lower_listener(
    listener: &ListenerNode<'_>,
    by_host: BTreeMap<Option<String>, Vec<usize>>,
    served: &[Served],
    tables: &Tables<'_>,
    options: &Options,
) -> Option<Listener> {
    let mut by_host: Vec<_> = by_host.into_iter().collect();
    by_host.sort_by(|(a, _), (b, _)| by_hostname(a.as_deref(), b.as_deref()).then(a.cmp(b)));
    let hostnames = by_host
        .into_iter()
        .map(|(hostname, mut matches)| {
            matches.sort_unstable();
            // A route that is attached twice is served once.
            matches.dedup();
            let ranked = |number: usize| {
                (served[number].precedence(hostname.as_deref(), tables, options.regex_rank), number)
            };
            let mut ranked: Vec<_> = matches.into_iter().map(ranked).collect();
            ranked.sort();
            let matches = ranked.into_iter().map(|(_, number)| number as u32).collect();
            Hostname { hostname, matches }
        })
        .collect();
    Some(Listener {
        name: listener.name.clone(),
        port: listener.port,
        bound: options.bound.get(&listener.port).copied(),
        protocol: listener.protocol?,
        hostname: listener.hostname.map(str::to_owned),
        hostnames,
    })
}

/// The first 16 hexadecimal digits of the SHA-256 of the configuration without its `id`.
fn identify(config: &Config) -> String {
    // Strings, numbers and lists only: serialising cannot fail, and an empty text has a hash too.
    let json = serde_json::to_vec(config).unwrap_or_default();
    Sha256::digest(&json).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
