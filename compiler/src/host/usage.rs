//! Which features routes use, and where.

use std::collections::BTreeSet;

use super::{Feature, Host, Support};
use crate::diagnostic::{Code, Diagnostic, FieldPath, ObjectId, Place};
use crate::graph::{
    BackendNode, BackendState, Endpoints, FilterNode, Graph, Protocol, Resilience, RouteNode,
    RuleNode, Target, UpstreamProtocol,
};

/// A warning for each feature that a route or Gateway uses and the host does not have as it is
/// meant, at the first field that uses it.
pub fn warnings(graph: &Graph<'_>, host: Host) -> Vec<Diagnostic> {
    let mut usage = Usage { host, told: BTreeSet::new(), diagnostics: Vec::new() };
    for (key, node) in &graph.gateways {
        let Some(entry) = node.entry else { continue };
        for (number, listener) in node.listeners.iter().enumerate() {
            if listener.protocol == Some(Protocol::Https) {
                let path = FieldPath::from("spec.listeners").index(number).field("protocol");
                usage.found(Feature::Https, &format!("Gateway {key}"), entry.id, path);
            }
        }
    }
    for (key, node) in &graph.routes {
        if node.parents.iter().any(|parent| !parent.attached().is_empty()) {
            usage.route(&key.to_string(), node);
        }
    }
    usage.diagnostics
}

struct Usage {
    host: Host,
    /// Features with what uses them.
    told: BTreeSet<(Feature, String)>,
    diagnostics: Vec<Diagnostic>,
}

impl Usage {
    fn found(&mut self, feature: Feature, who: &str, object: ObjectId, path: FieldPath) {
        self.found_in(who, feature, who, object, path);
    }

    /// `what` uses it, and is told about once.
    fn found_in(
        &mut self,
        what: &str,
        feature: Feature,
        who: &str,
        object: ObjectId,
        path: FieldPath,
    ) {
        let Some(needs) = feature.needs() else { return };
        let effect = match needs.on(self.host) {
            Support::Yes => return,
            Support::Partly(effect) | Support::No(effect) => effect,
        };
        if !self.told.insert((feature, what.to_owned())) {
            return;
        }
        let message = format!("{who} uses {}, but on {} {effect}", needs.name, self.host.name());
        let place = Place::value(object, path);
        let warning = Diagnostic::warning(Code::HostLacksFeature, place, message);
        self.diagnostics.push(warning.help(help(self.host, feature, needs.needs)));
    }

    fn route(&mut self, key: &str, node: &RouteNode<'_>) {
        let who = format!("HTTPRoute {key}");
        for (number, rule) in node.rules.iter().enumerate() {
            // What answers 500 uses nothing.
            if rule.filters.is_ok() {
                let path = FieldPath::from("spec.rules").index(number);
                self.rule(&who, node.entry.id, rule, &path);
            }
        }
    }

    fn rule(&mut self, who: &str, id: ObjectId, rule: &RuleNode<'_>, path: &FieldPath) {
        let filters = rule.filters.iter().flatten().enumerate();
        filters.for_each(|(n, filter)| {
            self.filter(who, id, filter, path.field("filters").index(n));
        });
        for (n, backend) in rule.backends.iter().enumerate() {
            let path = path.field("backendRefs").index(n);
            let filters = backend.filters.iter().flatten().enumerate();
            filters.for_each(|(n, filter)| {
                self.filter(who, id, filter, path.field("filters").index(n));
            });
            self.backend(who, backend, id, path.field("name"));
        }
        let Resilience { timeouts, retry, session_persistence } = &rule.resilience;
        if timeouts.as_ref().is_some_and(|t| t.request.or(t.backend_request).is_some()) {
            self.found(Feature::Timeouts, who, id, path.field("timeouts"));
        }
        if let Some(retry) = retry.as_ref().filter(|retry| retry.attempts > 0) {
            self.found(Feature::Retries, who, id, path.field("retry"));
            if retry.backoff.is_some() {
                self.found(Feature::Backoff, who, id, path.field("retry").field("backoff"));
            }
        }
        if session_persistence.is_some() {
            self.found(Feature::Sessions, who, id, path.field("sessionPersistence"));
        }
    }

    fn filter(&mut self, who: &str, id: ObjectId, filter: &FilterNode, path: FieldPath) {
        let FilterNode::Mirror(mirror) = filter else { return };
        let path = path.field("requestMirror");
        self.found(Feature::Mirrors, who, id, path.clone());
        self.backend(who, &mirror.backend, id, path.field("backendRef").field("name"));
    }

    fn backend(&mut self, who: &str, backend: &BackendNode, id: ObjectId, path: FieldPath) {
        let (BackendState::Resolved(target) | BackendState::Assumed(target)) = &backend.state
        else {
            return;
        };
        let Target { endpoints, protocol } = target;
        let what = format!("{} {}", backend.kind, backend.key);
        let feature = match endpoints {
            Endpoints::ForwardProxy { .. } => Some(Feature::ForwardProxy),
            Endpoints::Lambda(_) => Some(Feature::Lambda),
            _ if backend.kind != "Service" => Some(Feature::StaticBackends),
            _ => None,
        };
        if let Some(feature) = feature {
            self.found_in(&what, feature, who, id, path.clone());
        }
        if *protocol != UpstreamProtocol::Http1 {
            self.found_in(&what, Feature::Protocols, who, id, path);
        }
    }
}

fn help(host: Host, feature: Feature, needs: &str) -> String {
    match (host, feature) {
        (Host::Istio, Feature::StaticBackends | Feature::ForwardProxy | Feature::Lambda) => {
            "Istio makes clusters of Services and ServiceEntries, such as \
              `outbound|443||api.example.com` of a ServiceEntry: let the route refer to a Service, \
              which without a selector can stand for addresses outside of the cluster"
                .to_owned()
        }
        _ => format!("it needs {needs}"),
    }
}
