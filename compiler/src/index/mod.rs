//! The resources of an input by kind and name: what arrives is applied, what goes is deleted, and
//! what is asked for comes in the order of the names.

mod key;
mod store;

pub use key::{DEFAULT_NAMESPACE, ObjectKey};
pub use store::{Entry, Store};

use crate::api::gateway::Gateway;
use crate::api::gateway_class::GatewayClass;
use crate::api::http_route::HTTPRoute;
use crate::api::kgateway::backend::Backend;
use crate::api::kgateway::direct_response::DirectResponse;
use crate::api::reference_grant::ReferenceGrant;
use crate::api::route_test::RouteTest;
use crate::api::{Kind, Object};
use crate::diagnostic::ObjectId;
use k8s_openapi::api::core::v1::{Namespace, Secret, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use std::collections::BTreeSet;

/// All resources of an input.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "the names say it all")]
pub struct Index {
    pub http_routes: Store<HTTPRoute>,
    pub gateways: Store<Gateway>,
    pub gateway_classes: Store<GatewayClass>,
    pub reference_grants: Store<ReferenceGrant>,
    pub direct_responses: Store<DirectResponse>,
    pub backends: Store<Backend>,
    pub route_tests: Store<RouteTest>,
    pub services: Store<Service>,
    pub endpoint_slices: Store<EndpointSlice>,
    pub secrets: Store<Secret>,
    pub namespaces: Store<Namespace>,
    refused: BTreeSet<(Kind, ObjectKey)>,
}

impl Index {
    /// Notes a resource that is there and not valid.
    pub fn refuse(&mut self, kind: Kind, key: ObjectKey) {
        self.refused.insert((kind, key));
    }

    /// Whether a resource is there and not valid.
    pub fn is_refused(&self, kind: Kind, key: &ObjectKey) -> bool {
        self.refused.contains(&(kind, key.clone()))
    }

    /// Whether a namespace has a resource of a kind that is there and not valid.
    pub fn refuses_any(&self, kind: Kind, namespace: &str) -> bool {
        self.refused.iter().any(|(refused, key)| *refused == kind && key.namespace == namespace)
    }

    /// Adds a resource, or puts it in the place of the one of the same kind, namespace and name,
    /// whose number is returned.
    pub fn apply(&mut self, id: ObjectId, object: Object) -> Option<ObjectId> {
        let key = ObjectKey::of(object.kind(), object.metadata());
        match object {
            Object::HttpRoute(object) => self.http_routes.apply(key, id, *object),
            Object::Gateway(object) => self.gateways.apply(key, id, *object),
            Object::GatewayClass(object) => self.gateway_classes.apply(key, id, *object),
            Object::ReferenceGrant(object) => self.reference_grants.apply(key, id, *object),
            Object::DirectResponse(object) => self.direct_responses.apply(key, id, *object),
            Object::Backend(object) => self.backends.apply(key, id, *object),
            Object::RouteTest(object) => self.route_tests.apply(key, id, *object),
            Object::Service(object) => self.services.apply(key, id, *object),
            Object::EndpointSlice(object) => self.endpoint_slices.apply(key, id, *object),
            Object::Secret(object) => self.secrets.apply(key, id, *object),
            Object::Namespace(object) => self.namespaces.apply(key, id, *object),
        }
    }

    /// Takes a resource away; whether it was there.
    pub fn delete(&mut self, kind: Kind, key: &ObjectKey) -> bool {
        match kind {
            Kind::HttpRoute => self.http_routes.delete(key),
            Kind::Gateway => self.gateways.delete(key),
            Kind::GatewayClass => self.gateway_classes.delete(key),
            Kind::ReferenceGrant => self.reference_grants.delete(key),
            Kind::DirectResponse => self.direct_responses.delete(key),
            Kind::Backend => self.backends.delete(key),
            Kind::RouteTest => self.route_tests.delete(key),
            Kind::Service => self.services.delete(key),
            Kind::EndpointSlice => self.endpoint_slices.delete(key),
            Kind::Secret => self.secrets.delete(key),
            Kind::Namespace => self.namespaces.delete(key),
        }
    }
}
