//! Who attaches where: references resolved, grants honoured, conditions computed.
//!
//! What cannot be resolved stays in the graph with the reason, because its share of the requests
//! has to be answered with an error.

mod attach;
mod backend;
mod condition;
mod external;
mod filter;
mod gateway;
mod grant;
mod hostname;
mod options;
mod pattern;
mod resilience;
mod route;
mod secret;
mod service;
mod upstream;

pub use backend::{BackendNode, BackendState, Target};
pub use condition::{Condition, Reason};
pub use filter::{FilterNode, Mirror};
pub use gateway::{GatewayNode, ListenerNode, Protocol};
pub use options::Options;
pub use pattern::Pattern;
pub use resilience::Resilience;
pub use route::{Attachment, ParentNode, RouteNode, RuleNode};
pub use upstream::{
    Certificate, Credentials, Endpoint, Endpoints, Invocation, Lambda, LambdaEndpoint,
    UpstreamProtocol,
};

use crate::diagnostic::{Code, Diagnostic, FieldPath, Place, Severity};
use crate::index::{Index, ObjectKey};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use rayon::prelude::*;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// An input with its references resolved.
#[derive(Debug)]
pub struct Graph<'i> {
    /// The Gateways, implied ones included.
    pub gateways: BTreeMap<ObjectKey, GatewayNode<'i>>,
    /// The routes.
    pub routes: BTreeMap<ObjectKey, RouteNode<'i>>,
    /// The regular expressions of all matches, by their text.
    pub patterns: Arc<BTreeMap<String, Pattern>>,
    /// What was found on the way.
    pub diagnostics: Vec<Diagnostic>,
}

/// What every step of building a graph sees.
pub(crate) struct Context<'i> {
    pub(crate) index: &'i Index,
    pub(crate) options: &'i Options,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The EndpointSlices of each Service.
    slices: Arc<BTreeMap<ObjectKey, Vec<&'i EndpointSlice>>>,
    /// The regular expressions of all matches.
    patterns: Arc<BTreeMap<String, Pattern>>,
    /// Messages of the notes among them.
    notes: HashSet<String>,
}

impl<'i> Graph<'i> {
    /// Resolves every reference of the input.
    pub fn build(index: &'i Index, options: &'i Options) -> Self {
        let mut context = Context {
            index,
            options,
            diagnostics: Vec::new(),
            slices: Arc::new(service::slices(index)),
            patterns: Arc::new(pattern::patterns(index)),
            notes: HashSet::new(),
        };
        external::report_hosts(&mut context);
        let mut gateways = gateway::gateways(&mut context);
        // Routes know nothing of each other: they are resolved side by side, and what was found is
        // told in their order.
        let entries: Vec<_> = index.http_routes.iter().collect();
        let resolved: Vec<_> = entries
            .into_par_iter()
            .map(|(key, entry)| {
                let mut own = context.fork();
                (key, route::route(&mut own, key, entry, &gateways), own.diagnostics)
            })
            .collect();
        let mut routes = Vec::with_capacity(resolved.len());
        for (key, route, diagnostics) in resolved {
            diagnostics.into_iter().for_each(|diagnostic| context.report(diagnostic));
            for parent in &route.parents {
                let Some(gateway) = gateways.get_mut(&parent.gateway) else { continue };
                for attachment in parent.attached() {
                    gateway.listeners[attachment.listener].attached_routes.insert(key.clone());
                }
            }
            routes.push((key.clone(), route));
        }
        let routes = routes.into_iter().collect();
        if index.http_routes.is_empty() {
            context.diagnostics.push(
                Diagnostic::error(
                    Code::NoInput,
                    Place::Input,
                    "there is no HTTPRoute in the input",
                )
                .help("kgwc compiles objects with `kind: HTTPRoute`"),
            );
        }
        Self { gateways, routes, patterns: context.patterns, diagnostics: context.diagnostics }
    }
}

impl Context<'_> {
    /// The same, with nothing found yet.
    fn fork(&self) -> Self {
        Self {
            index: self.index,
            options: self.options,
            diagnostics: Vec::new(),
            slices: Arc::clone(&self.slices),
            patterns: Arc::clone(&self.patterns),
            notes: HashSet::new(),
        }
    }

    /// Keeps a diagnostic; a note only once, wherever it stands: it is about a thing that may be
    /// named in many places.
    fn report(&mut self, diagnostic: Diagnostic) {
        let is_new =
            diagnostic.severity != Severity::Note || self.notes.insert(diagnostic.message.clone());
        if is_new {
            self.diagnostics.push(diagnostic);
        }
    }
}

/// The path of a rule in its route.
fn rule_path(rule: usize) -> FieldPath {
    FieldPath::from("spec.rules").index(rule)
}
