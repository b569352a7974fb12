//! Services and their endpoints.

use super::backend::{BackendState, Target};
use super::upstream::{Endpoint, Endpoints, UpstreamProtocol};
use super::{Context, Reason};
use crate::api::Kind;
use crate::index::{Entry, Index, ObjectKey};
use k8s_openapi::api::core::v1::{Service, ServicePort};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use std::collections::BTreeMap;

/// Label of an EndpointSlice that names its Service.
const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// The EndpointSlices of each Service.
pub(super) fn slices(index: &Index) -> BTreeMap<ObjectKey, Vec<&EndpointSlice>> {
    let mut slices = BTreeMap::<_, Vec<_>>::new();
    for (key, slice) in index.endpoint_slices.iter() {
        let labels = slice.object.metadata.labels.as_ref();
        if let Some(name) = labels.and_then(|labels| labels.get(SERVICE_NAME)) {
            let service = ObjectKey::new(&key.namespace, name);
            slices.entry(service).or_default().push(&slice.object);
        }
    }
    slices
}

/// The state of a reference to a port of a Service. Its grant has been looked at before.
pub(super) fn service(context: &Context<'_>, key: &ObjectKey, port: u16) -> BackendState {
    let Some(entry) = context.index.services.get(key) else {
        if context.index.is_refused(Kind::Service, key) {
            let message = format!("Service {key} is not valid");
            let reason = Reason::BackendNotFound;
            return BackendState::Unresolved { reason, message, is_told: true };
        }
        let siblings = context.index.services.in_namespace(&key.namespace).next().is_some();
        if siblings || context.options.strict_refs {
            let message = format!("Service {key} is not in the input");
            return BackendState::unresolved(Reason::BackendNotFound, message);
        }
        return BackendState::Assumed(Target {
            endpoints: dns(key, port),
            protocol: UpstreamProtocol::Http1,
        });
    };
    let spec = entry.object.spec.as_ref();
    // "Implementations SHOULD NOT support ExternalName Services" (CVE-2021-25740).
    if spec.is_some_and(|spec| spec.type_.as_deref() == Some("ExternalName")) {
        let message = format!(
            "Service {key} is of type ExternalName, by which a route would reach any host: use a \
             Backend with static hosts"
        );
        return BackendState::unresolved(Reason::InvalidKind, message);
    }
    let ports = entry.object.spec.iter().flat_map(|spec| spec.ports.iter().flatten());
    let Some(found) = ports.clone().find(|p| p.port == i32::from(port)) else {
        let has: Vec<_> = ports.map(|p| p.port.to_string()).collect();
        let message = match has.as_slice() {
            [] => format!("Service {key} has no ports"),
            _ => format!("Service {key} has no port {port}; it has {}", has.join(", ")),
        };
        return BackendState::unresolved(Reason::BackendNotFound, message);
    };
    let protocol = match protocol(found) {
        Ok(protocol) => protocol,
        Err(what) => {
            let message = format!("port {port} of Service {key} speaks {what}");
            return BackendState::unresolved(Reason::UnsupportedProtocol, message);
        }
    };
    match endpoints(context, key, entry, found) {
        Some(ready) if ready.is_empty() => BackendState::NoEndpoints,
        Some(ready) => {
            BackendState::Resolved(Target { endpoints: Endpoints::Static(ready), protocol })
        }
        None => {
            // The name of a headless Service leads to the pods themselves, which listen on the
            // target port.
            let is_headless = spec.is_some_and(|s| s.cluster_ip.as_deref() == Some("None"));
            let target = match &found.target_port {
                Some(IntOrString::Int(target)) if is_headless => u16::try_from(*target).ok(),
                _ => None,
            };
            BackendState::Resolved(Target { endpoints: dns(key, target.unwrap_or(port)), protocol })
        }
    }
}

/// GEP-1911, with the names that are in use beside those of Kubernetes.
fn protocol(port: &ServicePort) -> Result<UpstreamProtocol, String> {
    if let Some(other) = port.protocol.as_deref().filter(|protocol| *protocol != "TCP") {
        return Err(other.to_owned());
    }
    match port.app_protocol.as_deref() {
        None | Some("http" | "kubernetes.io/http") => Ok(UpstreamProtocol::Http1),
        Some("kubernetes.io/h2c" | "h2c" | "http2" | "grpc") => Ok(UpstreamProtocol::H2c),
        Some("kubernetes.io/ws" | "ws") => Ok(UpstreamProtocol::WebSocket),
        Some(other) => Err(format!("{other}, which kgwc does not")),
    }
}

/// The ready endpoints of a port; `None` where the input has no EndpointSlice of the Service.
fn endpoints(
    context: &Context<'_>,
    key: &ObjectKey,
    service: &Entry<Service>,
    port: &ServicePort,
) -> Option<Vec<Endpoint>> {
    let slices = context.slices.get(key)?;
    let only_port =
        service.object.spec.as_ref().and_then(|s| s.ports.as_ref()).is_some_and(|p| p.len() == 1);
    let mut ready = Vec::new();
    for slice in slices {
        // A slice names its ports as the Service does; a Service with one port may leave it out.
        let name = |name: &Option<String>| name.clone().unwrap_or_default();
        let slice_ports = slice.ports.iter().flatten();
        let same_name = slice_ports.filter(|p| {
            name(&p.name) == name(&port.name)
                || (only_port && slice.ports.iter().flatten().count() == 1)
        });
        let Some(number) = same_name.filter_map(|p| u16::try_from(p.port?).ok()).next() else {
            continue;
        };
        // "A nil value should be interpreted as true": EndpointConditions.ready.
        let is_ready = |e: &&k8s_openapi::api::discovery::v1::Endpoint| {
            e.conditions.as_ref().and_then(|c| c.ready).unwrap_or(true)
        };
        for endpoint in slice.endpoints.iter().filter(is_ready) {
            let hosts = endpoint.addresses.iter();
            ready.extend(hosts.map(|host| Endpoint { host: host.clone(), port: number }));
        }
    }
    ready.sort();
    ready.dedup();
    Some(ready)
}

/// The name that every cluster resolves a Service by.
fn dns(key: &ObjectKey, port: u16) -> Endpoints {
    let host = format!("{}.{}.svc.cluster.local", key.name, key.namespace);
    Endpoints::Dns(Endpoint { host, port })
}
