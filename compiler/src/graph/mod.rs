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
use std::collections::{BTreeMap, HashSet};

/// An input with its references resolved.
#[derive(Debug)]
pub struct Graph<'i> {
    /// The Gateways, implied ones included.
    pub gateways: BTreeMap<ObjectKey, GatewayNode<'i>>,
    /// The routes.
    pub routes: BTreeMap<ObjectKey, RouteNode<'i>>,
    /// The regular expressions of all matches, by their text.
    pub patterns: BTreeMap<String, Pattern>,
    /// What was found on the way.
    pub diagnostics: Vec<Diagnostic>,
}

/// What every step of building a graph sees.
pub(crate) struct Context<'i> {
    pub(crate) index: &'i Index,
    pub(crate) options: &'i Options,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The EndpointSlices of each Service.
    slices: BTreeMap<ObjectKey, Vec<&'i EndpointSlice>>,
    /// The regular expressions seen so far.
    patterns: BTreeMap<String, Pattern>,
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
            slices: service::slices(index),
            patterns: BTreeMap::new(),
            notes: HashSet::new(),
        };
        external::report_hosts(&mut context);
        let mut gateways = gateway::gateways(&mut context);
        let mut routes = BTreeMap::new();
        for (key, entry) in index.http_routes.iter() {
            let route = route::route(&mut context, key, entry, &gateways);
            for parent in &route.parents {
                let Some(gateway) = gateways.get_mut(&parent.gateway) else { continue };
                for attachment in parent.attached() {
                    gateway.listeners[attachment.listener].attached_routes.insert(key.clone());
                }
            }
            routes.insert(key.clone(), route);
        }
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
