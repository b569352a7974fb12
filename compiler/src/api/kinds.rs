//! The kinds that kgwc reads, and in which versions.

use std::fmt;

/// Group of the Gateway API.
pub const GATEWAY_GROUP: &str = "gateway.networking.k8s.io";
/// Group of kgateway's resources.
pub const KGATEWAY_GROUP: &str = "gateway.kgateway.dev";
/// Group of kgwc's own resources.
pub const KGWC_GROUP: &str = "kgwc.dev";
const DISCOVERY_GROUP: &str = "discovery.k8s.io";

/// A kind that kgwc reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names say it all")]
pub enum Kind {
    HttpRoute,
    Gateway,
    GatewayClass,
    ReferenceGrant,
    DirectResponse,
    Backend,
    RouteTest,
    Service,
    EndpointSlice,
    Secret,
    Namespace,
}

impl Kind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [Kind; 11] = [
        Kind::HttpRoute,
        Kind::Gateway,
        Kind::GatewayClass,
        Kind::ReferenceGrant,
        Kind::DirectResponse,
        Kind::Backend,
        Kind::RouteTest,
        Kind::Service,
        Kind::EndpointSlice,
        Kind::Secret,
        Kind::Namespace,
    ];

    /// The name, as in `kind:`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::HttpRoute => "HTTPRoute",
            Kind::Gateway => "Gateway",
            Kind::GatewayClass => "GatewayClass",
            Kind::ReferenceGrant => "ReferenceGrant",
            Kind::DirectResponse => "DirectResponse",
            Kind::Backend => "Backend",
            Kind::RouteTest => "RouteTest",
            Kind::Service => "Service",
            Kind::EndpointSlice => "EndpointSlice",
            Kind::Secret => "Secret",
            Kind::Namespace => "Namespace",
        }
    }

    /// The API group; empty for the core group.
    pub fn group(self) -> &'static str {
        match self {
            Kind::HttpRoute | Kind::Gateway | Kind::GatewayClass | Kind::ReferenceGrant => {
                GATEWAY_GROUP
            }
            Kind::DirectResponse | Kind::Backend => KGATEWAY_GROUP,
            Kind::RouteTest => KGWC_GROUP,
            Kind::EndpointSlice => DISCOVERY_GROUP,
            Kind::Service | Kind::Secret | Kind::Namespace => "",
        }
    }

    /// The versions that are read, newest first. They do not differ in shape.
    pub fn versions(self) -> &'static [&'static str] {
        match self.group() {
            GATEWAY_GROUP => &["v1", "v1beta1"],
            KGATEWAY_GROUP | KGWC_GROUP => &["v1alpha1"],
            _ => &["v1"],
        }
    }

    /// Whether its objects live in a namespace.
    pub fn is_namespaced(self) -> bool {
        !matches!(self, Kind::GatewayClass | Kind::Namespace)
    }

    /// The `apiVersion`s that are read, newest first.
    pub fn api_versions(self) -> impl Iterator<Item = String> {
        self.versions().iter().map(move |version| match self.group() {
            "" => (*version).to_owned(),
            group => format!("{group}/{version}"),
        })
    }

    /// The kind of that name, whatever its group.
    pub fn by_name(name: &str) -> Option<Kind> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What an `apiVersion` and a `kind` stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// A kind that kgwc reads.
    Known(Kind),
    /// A kind that kgwc reads, in a version that it does not read.
    UnknownVersion(Kind),
    /// The name of a kind that only one API has, in the wrong group.
    WrongGroup(Kind),
    /// A kind that its group does not have; most likely this one is meant.
    Misspelt(Kind),
    /// A kind that kgwc does not need.
    NotNeeded,
}

/// Tells what an `apiVersion` and a `kind` stand for.
pub fn lookup(api_version: &str, kind: &str) -> Lookup {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    if let Some(known) = Kind::ALL.into_iter().find(|k| k.name() == kind && k.group() == group) {
        return if known.versions().contains(&version) {
            Lookup::Known(known)
        } else {
            Lookup::UnknownVersion(known)
        };
    }
    // `Gateway`, `Backend`, `Service` and the like exist in other APIs too.
    if let Some(
        only @ (Kind::HttpRoute
        | Kind::GatewayClass
        | Kind::ReferenceGrant
        | Kind::DirectResponse
        | Kind::RouteTest),
    ) = Kind::by_name(kind)
    {
        return Lookup::WrongGroup(only);
    }
    if OTHERS.contains(&kind) {
        return Lookup::NotNeeded;
    }
    Kind::ALL
        .into_iter()
        .filter(|k| k.group() == group && !group.is_empty())
        .find(|k| strsim::osa_distance(&k.name().to_lowercase(), &kind.to_lowercase()) <= 2)
        .map_or(Lookup::NotNeeded, Lookup::Misspelt)
}

/// Kinds of the groups above that kgwc does not read and whose names are close to ones it does.
const OTHERS: [&str; 3] = ["GRPCRoute", "TCPRoute", "TLSRoute"];

#[cfg(test)]
mod tests {
    use super::{Kind, Lookup, lookup};

    #[test]
    fn finds_kinds_by_group_and_version() {
        for (api_version, kind, want) in [
            ("gateway.networking.k8s.io/v1", "HTTPRoute", Lookup::Known(Kind::HttpRoute)),
            ("gateway.networking.k8s.io/v1beta1", "Gateway", Lookup::Known(Kind::Gateway)),
            (
                "gateway.networking.k8s.io/v1beta1",
                "ReferenceGrant",
                Lookup::Known(Kind::ReferenceGrant),
            ),
            (
                "gateway.networking.k8s.io/v1alpha2",
                "HTTPRoute",
                Lookup::UnknownVersion(Kind::HttpRoute),
            ),
            ("gateway.networking.k8s.io", "HTTPRoute", Lookup::WrongGroup(Kind::HttpRoute)),
            ("networking.k8s.io/v1", "HTTPRoute", Lookup::WrongGroup(Kind::HttpRoute)),
            ("gateway.networking.k8s.io/v1", "HttpRoute", Lookup::Misspelt(Kind::HttpRoute)),
            ("gateway.networking.k8s.io/v1", "HTTPRoutes", Lookup::Misspelt(Kind::HttpRoute)),
            ("gateway.networking.k8s.io/v1", "GRPCRoute", Lookup::NotNeeded),
            ("gateway.networking.k8s.io/v1", "BackendTLSPolicy", Lookup::NotNeeded),
            ("networking.istio.io/v1", "Gateway", Lookup::NotNeeded),
            ("serving.knative.dev/v1", "Service", Lookup::NotNeeded),
            ("v1", "Service", Lookup::Known(Kind::Service)),
            ("v1", "ConfigMap", Lookup::NotNeeded),
            ("apps/v1", "Deployment", Lookup::NotNeeded),
            (
                "discovery.k8s.io/v1beta1",
                "EndpointSlice",
                Lookup::UnknownVersion(Kind::EndpointSlice),
            ),
            ("kgwc.dev/v1alpha1", "RouteTest", Lookup::Known(Kind::RouteTest)),
        ] {
            assert_eq!(lookup(api_version, kind), want, "{api_version} {kind}");
        }
    }
}
