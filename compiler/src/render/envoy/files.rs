//! The dynamic form: a directory of files that Envoy watches.

use std::path::Path;

use serde_json::{Value, json};

use super::connection::{Chain, removed_early};
use super::{
    Options, base, binary, cluster, listener, listener_name, plugin, proxy, routes, typed,
};
use crate::lower::Lowered;

/// Name of the file that Envoy is started with. It does not depend on the routes.
pub const BOOTSTRAP: &str = "bootstrap.json";
pub(super) const CLUSTERS: &str = "clusters.json";
const LISTENERS: &str = "listeners.json";
pub(super) const ROUTES: &str = "routes-";
const EXTENSION: &str = ".json";

/// The files of the dynamic form, in the order in which they have to be written: what refers to
/// another file comes after it, and their content as JSON: [`encode`](super::encode) gives the bytes
/// to write. `dir` is the absolute path of the directory that they go to.
///
/// Envoy reads a file again when it is replaced by renaming another one of the same directory;
/// writing to it in place goes unseen. It watches each file by itself, not the directory
/// (`watched_directory`): with that, whatever comes first would make it read all of the files, in an
/// order of its own, and a plugin configuration could be in effect before its clusters. The same
/// comes of files that are replaced faster than Envoy takes them up: who replaces them has to wait
/// between them, best for the [`counters`] of each.
pub fn dynamic(lowered: &Lowered, options: &Options, dir: &Path) -> Vec<(String, Value)> {
    let clusters = cluster::clusters(lowered, options);
    let clusters = clusters.into_iter().map(|c| typed("envoy.config.cluster.v3.Cluster", c));
    let mut files = vec![(CLUSTERS.to_owned(), resources(clusters))];
    let ports = listener::served_ports(lowered);
    // The module names the variants of routes: they have to be there before.
    files.extend(ports.iter().map(|&port| {
        let routes = routes::configuration(&listener_name(port), lowered);
        (routes_file(port), resources([typed("envoy.config.route.v3.RouteConfiguration", routes)]))
    }));
    files.extend(ports.iter().map(|&port| {
        let resource = plugin::resource(port, &lowered.config, options);
        (plugin_file(port), resources([resource]))
    }));
    // All that routes can need, so that a change of routes leaves the listeners alone.
    let chain = |port| {
        let plugin = plugin::discovered(port, &source(dir, &plugin_file(port)));
        let rds = json!({
            "route_config_name": listener_name(port),
            "config_source": source(dir, &routes_file(port)),
        });
        let filters = vec![plugin, proxy::filter(), routes::session_filter()];
        // Routes change without the listener.
        Chain { filters, routes: ("rds", rds), removed: removed_early(true, true) }
    };
    let listeners = listener::listeners(lowered, options, chain);
    let listeners = listeners.into_iter().map(|l| typed("envoy.config.listener.v3.Listener", l));
    files.push((LISTENERS.to_owned(), resources(listeners)));
    let mut bootstrap = base(options, true, true);
    bootstrap["dynamic_resources"] = json!({
        "cds_config": source(dir, CLUSTERS),
        "lds_config": source(dir, LISTENERS),
    });
    files.push((BOOTSTRAP.to_owned(), bootstrap));
    files
}

/// Names of the statistics of Envoy that say what became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counters {
    /// A text: the `version_info` of the file that is in effect.
    pub version: String,
    /// Count how often a file was refused, for what it says or because it cannot be read; the one
    /// before it stays in effect.
    pub refused: Vec<String>,
}

/// The statistics of a file of [`dynamic`]; none for the bootstrap.
pub fn counters(file: &str) -> Option<Counters> {
    let scope = match file {
        BOOTSTRAP => return None,
        CLUSTERS => "cluster_manager.cds".to_owned(),
        LISTENERS => "listener_manager.lds".to_owned(),
        other => {
            let name = other.strip_suffix(EXTENSION).or(other.strip_suffix(binary::EXTENSION))?;
            match name.strip_prefix(ROUTES).and_then(|port| port.parse().ok()) {
                Some(port) => {
                    let listener = listener_name(port);
                    format!("http.{listener}.rds.{listener}")
                }
                None => format!("extension_config_discovery.http_filter.{name}"),
            }
        }
    };
    let name = |statistic| format!("{scope}.{statistic}");
    // The plugin configuration counts as failed what the module does not take, too.
    let refused = vec![name("update_rejected"), name("update_failure")];
    Some(Counters { version: name("version_text"), refused })
}

fn routes_file(port: u16) -> String {
    format!("{ROUTES}{port}{EXTENSION}")
}

fn plugin_file(port: u16) -> String {
    plugin::plugin_name(port) + binary::EXTENSION
}

/// A `DiscoveryResponse`, the shape of every file that Envoy watches.
fn resources(resources: impl IntoIterator<Item = Value>) -> Value {
    json!({"resources": resources.into_iter().collect::<Vec<_>>()})
}

fn source(dir: &Path, file: &str) -> Value {
    json!({
        "resource_api_version": "V3",
        "path_config_source": {"path": dir.join(file).to_string_lossy()},
    })
}
