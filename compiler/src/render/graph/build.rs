//! From the resolved graph to nodes and edges.

use super::label;
use super::{Diagram, Edge, Kind, Link, Node};
use crate::graph::{
    BackendNode, BackendState, FilterNode, GatewayNode, Graph, ListenerNode, Mirror, ParentNode,
    Protocol, RouteNode, RuleNode,
};
use crate::index::ObjectKey;
use crate::render::visible::visible;
use std::collections::BTreeMap;

pub(super) fn diagram(graph: &Graph<'_>, gateway: Option<&ObjectKey>) -> Diagram {
    let mut builder = Builder::default();
    let is_meant = |key: &ObjectKey| gateway.is_none_or(|meant| meant == key);
    for (key, node) in graph.gateways.iter().filter(|(key, _)| is_meant(key)) {
        builder.gateway(key, node);
    }
    for (key, node) in &graph.routes {
        let parents: Vec<_> =
            node.parents.iter().filter(|parent| is_meant(&parent.gateway)).collect();
        // A route of no Gateway is a matter of the whole input.
        if !parents.is_empty() || gateway.is_none() && node.parents.is_empty() {
            builder.route(key, node, &parents);
        }
    }
    builder.diagram
}

#[derive(Default)]
struct Builder {
    diagram: Diagram,
    gateways: BTreeMap<ObjectKey, usize>,
    /// By Gateway and number.
    listeners: BTreeMap<(ObjectKey, usize), usize>,
    /// A backend that several rules send to is one node.
    backends: BTreeMap<Node, usize>,
}

impl Builder {
    fn node(&mut self, node: Node) -> usize {
        self.diagram.nodes.push(node);
        self.diagram.nodes.len() - 1
    }

    fn edge(&mut self, from: usize, to: usize, link: Link, label: &str) {
        self.diagram.edges.push(Edge { from, to, link, label: visible(label) });
    }

    fn gateway(&mut self, key: &ObjectKey, gateway: &GatewayNode<'_>) {
        let mut node = node(Kind::Gateway, format!("Gateway {key}"));
        if gateway.entry.is_none() {
            node.lines.push("not in the input: implied by its routes".to_owned());
        }
        let id = self.node(node);
        self.gateways.insert(key.clone(), id);
        for (number, listener) in gateway.listeners.iter().enumerate() {
            let listener = self.node(listener_node(listener, declared(gateway, number)));
            self.edge(id, listener, Link::Requests, "");
            self.listeners.insert((key.clone(), number), listener);
        }
    }

    fn route(&mut self, key: &ObjectKey, route: &RouteNode<'_>, parents: &[&ParentNode<'_>]) {
        let mut route_node = node(Kind::Route, format!("HTTPRoute {key}"));
        if parents.is_empty() {
            let problem = match route.entry.object.spec.parent_refs.is_empty() {
                true => "names no parent, so nothing serves it",
                false => "names no Gateway that counts, so nothing serves it",
            };
            route_node.problem = Some(problem.to_owned());
        }
        let id = self.node(route_node);
        for parent in parents {
            self.parent(id, parent);
        }
        for (number, rule) in route.rules.iter().enumerate() {
            self.rule(id, number, rule);
        }
    }

    fn parent(&mut self, route: usize, parent: &ParentNode<'_>) {
        match &parent.attachments {
            Ok(attachments) => {
                for attachment in attachments {
                    let listener = (parent.gateway.clone(), attachment.listener);
                    let Some(&listener) = self.listeners.get(&listener) else { continue };
                    let hostnames = attachment.hostnames.iter();
                    let hostnames: Vec<_> =
                        hostnames.map(|name| name.as_deref().unwrap_or("any host")).collect();
                    self.edge(listener, route, Link::Requests, &hostnames.join(", "));
                }
            }
            Err((reason, message)) => {
                let gateway = match self.gateways.get(&parent.gateway) {
                    Some(&gateway) => gateway,
                    None => {
                        let title = format!("Gateway {}", parent.gateway);
                        let mut missing = node(Kind::Gateway, title);
                        missing.problem = Some("not in the input".to_owned());
                        let missing = self.node(missing);
                        self.gateways.insert(parent.gateway.clone(), missing);
                        missing
                    }
                };
                self.edge(gateway, route, Link::Refused, &format!("{reason}: {message}"));
            }
        }
    }

    fn rule(&mut self, route: usize, number: usize, rule: &RuleNode<'_>) {
        let name = rule.rule.name.as_ref().map(|name| format!(" ({name})"));
        let title = format!("rule {number}{}", name.unwrap_or_default());
        let mut rule_node = node(Kind::Rule, title);
        rule_node.lines.extend(rule.rule.matches.iter().map(|m| visible(&m.to_string())));
        let filters = rule.filters.as_deref().unwrap_or_default();
        rule_node.lines.extend(filters.iter().filter_map(label::change).map(|t| visible(&t)));
        let session = rule.resilience.session_persistence.as_ref();
        let resilience = label::resilience(rule.rule, session);
        rule_node.lines.extend(resilience.iter().map(|line| visible(line)));
        let answers: Vec<_> = filters.iter().filter_map(label::answer).collect();
        let total: u64 = rule.backends.iter().map(|backend| u64::from(backend.weight)).sum();
        rule_node.problem = match &rule.filters {
            Err(unusable) => Some(visible(&format!("answers 500: {}", unusable.message))),
            Ok(_) if !answers.is_empty() => None,
            Ok(_) if rule.backends.is_empty() => {
                Some("answers 500: it has no backendRefs".to_owned())
            }
            Ok(_) if total == 0 => Some("answers 503: the weight of every backend is 0".to_owned()),
            Ok(_) => None,
        };
        let id = self.node(rule_node);
        self.edge(route, id, Link::Requests, "");
        let is_forwarded = rule.filters.is_ok() && answers.is_empty();
        for (title, lines) in answers {
            let mut answer = node(Kind::Answer, title);
            answer.lines = lines.iter().map(|line| visible(line)).collect();
            let answer = self.node(answer);
            self.edge(id, answer, Link::Requests, "");
        }
        // What the rule answers itself never gets to a backend.
        for backend in rule.backends.iter().filter(|_| is_forwarded) {
            self.backend_ref(id, backend, total, rule.backends.len() > 1);
        }
        self.mirrors(id, filters, "");
    }

    fn backend_ref(&mut self, rule: usize, backend: &BackendNode, total: u64, is_split: bool) {
        let mut label = Vec::new();
        let share = label::percent(u64::from(backend.weight), total);
        if is_split || backend.weight == 0 {
            label.push(format!("{share}, weight {}", backend.weight));
        }
        let filters = backend.filters.as_deref().unwrap_or_default();
        label.extend(filters.iter().filter_map(label::change));
        if let Err(unusable) = &backend.filters {
            label.push(format!("answers 500: {}", unusable.message));
        }
        let to = self.backend(backend);
        self.edge(rule, to, Link::Requests, &label.join(", "));
        let of = if is_split { format!(" of the {share}") } else { String::new() };
        self.mirrors(rule, filters, &of);
    }

    fn mirrors(&mut self, rule: usize, filters: &[FilterNode], of: &str) {
        for filter in filters {
            let FilterNode::Mirror(Mirror { backend, numerator, denominator }) = filter else {
                continue;
            };
            let to = self.backend(backend);
            let share = label::percent(u64::from(*numerator), u64::from(*denominator));
            self.edge(rule, to, Link::Copies, &format!("{share}{of}"));
        }
    }

    fn backend(&mut self, backend: &BackendNode) -> usize {
        let mut node = node(Kind::Backend, label::backend(backend));
        match &backend.state {
            BackendState::Resolved(_) => {}
            BackendState::Assumed(_) => node.lines.push("not in the input: assumed".to_owned()),
            BackendState::NoEndpoints => {
                node.problem = Some("answers 503: no endpoint is ready".to_owned());
            }
            BackendState::Unresolved { reason, message, is_told: _ } => {
                node.problem = Some(visible(&format!("{reason}: {message}")));
            }
        }
        if let Some(&known) = self.backends.get(&node) {
            return known;
        }
        let id = self.node(node.clone());
        self.backends.insert(node, id);
        id
    }
}

fn node(kind: Kind, title: String) -> Node {
    Node { kind, title: visible(&title), lines: Vec::new(), problem: None }
}

/// The protocol as the Gateway spells it; an implied one has none but those of HTTP.
fn declared<'g>(gateway: &GatewayNode<'g>, number: usize) -> Option<&'g str> {
    let listener = gateway.entry?.object.spec.listeners.get(number)?;
    Some(&listener.protocol)
}

fn listener_node(listener: &ListenerNode<'_>, declared: Option<&str>) -> Node {
    let protocol = match listener.protocol {
        Some(Protocol::Http) => "HTTP",
        Some(Protocol::Https) => "HTTPS",
        None => declared.unwrap_or("no HTTP"),
    };
    let title = format!("listener {}: {protocol} on port {}", listener.name, listener.port);
    let mut node = node(Kind::Listener, title);
    node.lines.extend(listener.hostname.map(visible));
    if !listener.is_served() {
        let wrong = |kind, status| {
            listener.conditions.iter().find(|c| c.kind == kind && c.status == status)
        };
        let condition = wrong("Conflicted", true).or_else(|| wrong("Accepted", false));
        let why = condition.map_or("it carries no HTTP", |condition| &condition.message);
        node.problem = Some(visible(&format!("not served: {why}")));
    } else if let Some(bad) =
        listener.conditions.iter().find(|c| !c.status && !c.message.is_empty())
    {
        node.problem = Some(visible(&format!("{}: {}", bad.reason, bad.message)));
    }
    if listener.attached_routes.is_empty() {
        node.lines.push("no routes".to_owned());
    }
    node
}
