//! What a change of the watched files leaves in place.
//!
//! Envoy reads the files one after the other: for a moment the plugin configuration of before is
//! in effect beside clusters and routes that are new. What that configuration can name stays until
//! the next change.

use std::collections::{BTreeMap, BTreeSet};

use route::Config;
use serde_json::Value;

use super::binary;
use super::files::{CLUSTERS, ROUTES};

/// Adds to the new files what the plugin configuration among the old ones can name. Those are as
/// they were written; what cannot be read counts for nothing.
pub fn keep(files: &mut [(String, Value)], before: &BTreeMap<String, Vec<u8>>) {
    let mut clusters = BTreeSet::new();
    let mut variants = BTreeSet::new();
    let configurations = before.values().filter_map(|file| binary::configuration(file));
    for config in configurations.filter_map(|text| Config::from_json(text.as_bytes()).ok()) {
        for backend in &config.backends {
            clusters.insert(backend.cluster.clone().unwrap_or_else(|| backend.id()));
        }
        let references = config.rules.into_iter().flat_map(|rule| rule.backends);
        variants.extend(references.filter_map(|reference| reference.variant));
    }
    for (name, new) in files {
        let old = before.get(name).and_then(|old| serde_json::from_slice::<Value>(old).ok());
        let Some(old) = old else { continue };
        if name == CLUSTERS {
            let is_named = |cluster: &Value| {
                let name = cluster["name"].as_str().unwrap_or_default();
                clusters.contains(name.strip_prefix("mirror/").unwrap_or(name))
            };
            add_missing(&mut new["resources"], &old["resources"], is_named, false);
        } else if name.starts_with(ROUTES) {
            const LIST: &str = "/resources/0/virtual_hosts/0/routes";
            let is_named =
                |route: &Value| route["name"].as_str().is_some_and(|name| variants.contains(name));
            if let (Some(new), Some(old)) = (new.pointer_mut(LIST), old.pointer(LIST)) {
                // Before the route that takes everything.
                add_missing(new, old, is_named, true);
            }
        }
    }
}

fn add_missing(new: &mut Value, old: &Value, is_named: impl Fn(&Value) -> bool, in_front: bool) {
    let (Some(new), Some(old)) = (new.as_array_mut(), old.as_array()) else { return };
    let names: BTreeSet<_> = new.iter().map(|entry| entry["name"].to_string()).collect();
    let is_missing =
        |entry: &&Value| is_named(entry) && !names.contains(&entry["name"].to_string());
    let missing = old.iter().filter(is_missing).cloned();
    if in_front {
        new.splice(0..0, missing.collect::<Vec<_>>());
    } else {
        new.extend(missing.collect::<Vec<_>>());
    }
}

#[cfg(test)]
mod tests {
    use super::keep;
    use crate::lower::{Lowered, MirrorTarget, Variant};
    use crate::render::envoy::{Options, dynamic, encode};
    use route::config::{Backend, BackendRef, Rule};
    use serde_json::Value;
    use std::collections::BTreeMap;
    use std::path::Path;

    /// One backend of that name, with a copy to itself.
    fn files(name: &str) -> Vec<(String, Value)> {
        let mut lowered = Lowered::default();
        let backend = Backend {
            kind: "Service".to_owned(),
            namespace: "default".to_owned(),
            name: name.to_owned(),
            port: Some(80),
            cluster: None,
            error: None,
        };
        let cluster = crate::lower::Cluster {
            name: backend.id(),
            backend: backend.id(),
            endpoints: crate::lower::Endpoints::Static(Vec::new()),
            protocol: crate::lower::UpstreamProtocol::Http1,
        };
        let mirror = MirrorTarget { cluster: backend.id(), numerator: 1, denominator: 2 };
        let variant = Variant { mirrors: vec![mirror], ..Variant::default() };
        let name = format!("v-{name}");
        let reference =
            BackendRef { weight: 1, variant: Some(name.clone()), ..BackendRef::default() };
        lowered.config.version = route::config::VERSION;
        lowered.config.rules = vec![Rule { backends: vec![reference], ..Rule::default() }];
        lowered.config.backends = vec![backend];
        lowered.config.listeners = vec![route::config::Listener {
            name: "http".to_owned(),
            port: 80,
            bound: None,
            protocol: route::config::Protocol::Http,
            hostname: None,
            hostnames: Vec::new(),
        }];
        lowered.clusters = vec![cluster];
        lowered.variants.insert(name, variant);
        let options = Options::on_free_ports(&lowered, "kgwc.wasm".to_owned());
        dynamic(&lowered, &options, Path::new("/run/kgwc"))
    }

    fn names(files: &[(String, Value)], file: &str, list: &str) -> Vec<String> {
        let (_, content) = files.iter().find(|(name, _)| name == file).unwrap();
        let list = content.pointer(list).unwrap().as_array().unwrap();
        list.iter().map(|e| e["name"].as_str().unwrap_or("all").to_owned()).collect()
    }

    /// What each change leaves is gone with the one after it.
    #[test]
    fn what_the_configuration_before_can_name_stays_for_one_change() {
        const ROUTES: &str = "/resources/0/virtual_hosts/0/routes";
        let written = |files: &[(String, Value)]| -> BTreeMap<_, _> {
            let file =
                |(name, content): &(String, Value)| (name.clone(), encode(name, content).unwrap());
            files.iter().map(file).collect()
        };
        let mut before = written(&files("a"));
        for (new, old) in [("b", "a"), ("c", "b")] {
            let mut next = files(new);
            keep(&mut next, &before);
            let id = |name: &str| format!("default/{name}:80");
            let mirror = |name: &str| format!("mirror/{}", id(name));
            let clusters = names(&next, "clusters.json", "/resources");
            assert_eq!(clusters, [id(new), mirror(new), id(old), mirror(old)]);
            let routes = names(&next, "routes-80.json", ROUTES);
            assert_eq!(routes, [format!("v-{old}"), format!("v-{new}"), "all".to_owned()]);
            before = written(&next);
        }
        let mut same = files("c");
        keep(&mut same, &written(&files("c")));
        assert_eq!(same, files("c"));
    }
}
