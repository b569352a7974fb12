//! A resource of any kind that kgwc reads.

use k8s_openapi::api::core::v1::{Namespace, Secret, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Deserialize;
use serde_json::Value;

use super::gateway::Gateway;
use super::gateway_class::GatewayClass;
use super::http_route::HTTPRoute;
use super::kgateway::backend::Backend;
use super::kgateway::direct_response::DirectResponse;
use super::kinds::Kind;
use super::reference_grant::ReferenceGrant;
use super::route_test::RouteTest;

macro_rules! objects {
    ($($kind:ident: $type:ty,)*) => {
        /// A resource of any kind that kgwc reads.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs, reason = "the names say it all")]
        pub enum Object { $($kind(Box<$type>),)* }

        impl Object {
            /// The kind of the resource.
            pub fn kind(&self) -> Kind {
                match self { $(Self::$kind(_) => Kind::$kind,)* }
            }

            /// Name, namespace, labels and so on.
            pub fn metadata(&self) -> &ObjectMeta {
                match self { $(Self::$kind(object) => &object.metadata,)* }
            }

            /// Reads a resource of that kind from its JSON, defaults included; checks nothing else.
            ///
            /// # Errors
            /// Where the JSON does not have the shape of the kind, with the field that has not.
            pub fn from_json(
                kind: Kind,
                value: &Value,
            ) -> Result<Self, serde_path_to_error::Error<serde_json::Error>> {
                match kind {
                    $(Kind::$kind => match <$type>::deserialize(value) {
                        Ok(object) => Ok(Self::$kind(Box::new(object))),
                        // Keeping the path takes time, which only an error is worth.
                        Err(_) => serde_path_to_error::deserialize(value).map(Self::$kind),
                    },)*
                }
            }
        }

        $(impl From<$type> for Object {
            fn from(object: $type) -> Self {
                Self::$kind(Box::new(object))
            }
        })*
    };
}

objects! {
    HttpRoute: HTTPRoute,
    Gateway: Gateway,
    GatewayClass: GatewayClass,
    ReferenceGrant: ReferenceGrant,
    DirectResponse: DirectResponse,
    Backend: Backend,
    RouteTest: RouteTest,
    Service: Service,
    EndpointSlice: EndpointSlice,
    Secret: Secret,
    Namespace: Namespace,
}
