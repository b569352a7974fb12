//! kgateway's Backend: something outside the cluster.

use super::backend::{BackendState, Target};
use super::secret;
use super::upstream::{
    Credentials, Endpoint, Endpoints, Invocation, Lambda, LambdaEndpoint, UpstreamProtocol,
};
use super::{Context, Reason};
use crate::api::Kind;
use crate::api::http_route::{Filter, HttpRouteFilter};
use crate::api::kgateway::backend::{
    AppProtocol, AwsAuth, AwsBackend, AwsLambda, AwsShape, BackendSpec, InvocationMode,
    LegacyLambdaFunction, LegacySecretReference, PayloadTransform, StaticBackend,
};
use crate::api::kinds::KGATEWAY_GROUP;
use crate::diagnostic::{Code, Diagnostic, FieldPath, Place};
use crate::index::ObjectKey;
use std::net::IpAddr;

/// Why a Backend cannot be used: a reason of `ResolvedRefs` with the same in words.
struct Unresolved {
    reason: Reason,
    message: String,
    /// Whether the cause is in an object that was refused, or is told there.
    is_told: bool,
}

impl From<(Reason, String)> for Unresolved {
    fn from((reason, message): (Reason, String)) -> Self {
        Self { reason, message, is_told: false }
    }
}

/// What a reference to a Backend leads to. `function` is what a `Parameter` filter of it names.
pub(super) fn resolve(
    context: &Context<'_>,
    key: &ObjectKey,
    function: Option<&str>,
) -> BackendState {
    let Some(entry) = context.index.backends.get(key) else {
        let is_told = context.index.is_refused(Kind::Backend, key);
        let what = if is_told { "is not valid" } else { "is not in the input" };
        let message = format!("Backend {key} {what}");
        return BackendState::Unresolved { reason: Reason::BackendNotFound, message, is_told };
    };
    let BackendSpec { backend_type: _, aws, static_hosts, dynamic_forward_proxy, gcp: _ } =
        &entry.object.spec;
    if let (Some(function), false) = (function, aws.as_ref().is_some_and(is_legacy)) {
        let message = format!(
            "Parameter {function} chooses a function of a Backend with lambdaFunctions, and \
             Backend {key} has none: leave the filter out"
        );
        return BackendState::unresolved(Reason::UnsupportedValue, message);
    }
    let target = if let Some(hosts) = static_hosts {
        fixed(key, hosts)
    } else if let Some(proxy) = dynamic_forward_proxy {
        let endpoints = Endpoints::ForwardProxy { tls: proxy.enable_tls };
        Ok(Target { endpoints, protocol: UpstreamProtocol::Http1 })
    } else if let Some(aws) = aws {
        lambda(context, key, aws, function).map(|lambda| Target {
            endpoints: Endpoints::Lambda(Box::new(lambda)),
            protocol: UpstreamProtocol::Http1,
        })
    } else {
        let message = format!("Backend {key}: gcp is not supported");
        Err((Reason::UnsupportedValue, message).into())
    };
    match target {
        Ok(target) => BackendState::Resolved(target),
        Err(Unresolved { reason, message, is_told }) => {
            BackendState::Unresolved { reason, message, is_told }
        }
    }
}

/// The function that a filter of kind `Parameter` names.
pub(super) fn parameter(filter: &HttpRouteFilter) -> Option<&str> {
    match filter.kind() {
        Some(Filter::ExtensionRef(reference))
            if reference.group == KGATEWAY_GROUP && reference.kind == "Parameter" =>
        {
            Some(&reference.name)
        }
        _ => None,
    }
}

fn is_legacy(aws: &AwsBackend) -> bool {
    matches!(aws.shape(), Some(AwsShape::Legacy { .. }))
}

/// Reports the hosts of static Backends that no request can reach.
pub(super) fn report_hosts(context: &mut Context<'_>) {
    let index = context.index;
    for (_, entry) in index.backends.iter() {
        let hosts = entry.object.spec.static_hosts.iter().flat_map(|hosts| &hosts.hosts);
        for (number, host) in hosts.enumerate().filter(|(_, host)| !is_host(&host.host)) {
            let path = FieldPath::from("spec.static.hosts").index(number).field("host");
            let message = format!("`{}` is neither a name nor an address", host.host);
            let help = "give a DNS name or an IP address alone, without scheme, port or path";
            let place = Place::value(entry.id, path);
            context.report(Diagnostic::error(Code::InvalidValue, place, message).help(help));
        }
    }
}

/// Whether it is an IP address, or a name that DNS can hold (RFC 1035, with the underscores that
/// are in use).
fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        let inside = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        (1..=63).contains(&label.len())
            && label.bytes().all(inside)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // Four numbers that are no address are no name either.
    let is_numeric = host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    host.parse::<IpAddr>().is_ok()
        || (!is_numeric && host.strip_suffix('.').unwrap_or(host).split('.').all(is_label))
}

fn fixed(key: &ObjectKey, hosts: &StaticBackend) -> Result<Target, Unresolved> {
    if let Some(host) = hosts.hosts.iter().find(|host| !is_host(&host.host)) {
        let message = format!("Backend {key}: `{}` is neither a name nor an address", host.host);
        return Err(Unresolved { reason: Reason::UnsupportedValue, message, is_told: true });
    }
    let protocol = match hosts.app_protocol {
        None | Some(AppProtocol::GrpcWeb) => UpstreamProtocol::Http1,
        Some(AppProtocol::H2c | AppProtocol::Http2 | AppProtocol::Grpc) => UpstreamProtocol::H2c,
        Some(AppProtocol::Ws) => UpstreamProtocol::WebSocket,
    };
    let endpoint = |host: &crate::api::kgateway::backend::Host| Endpoint {
        host: host.host.clone(),
        port: host.port,
    };
    let endpoints = Endpoints::Static(hosts.hosts.iter().map(endpoint).collect());
    Ok(Target { endpoints, protocol })
}

fn lambda(
    context: &Context<'_>,
    key: &ObjectKey,
    aws: &AwsBackend,
    function: Option<&str>,
) -> Result<Lambda, Unresolved> {
    match aws.shape() {
        Some(AwsShape::Current { account_id, auth, lambda }) => {
            current(context, key, &aws.region, account_id, auth, lambda)
        }
        Some(AwsShape::Legacy { secret, functions }) => {
            legacy(context, key, &aws.region, secret, functions, function)
        }
        None => Err((Reason::UnsupportedValue, format!("Backend {key} names no function")).into()),
    }
}

fn current(
    context: &Context<'_>,
    key: &ObjectKey,
    region: &str,
    account: &str,
    auth: Option<&AwsAuth>,
    lambda: &AwsLambda,
) -> Result<Lambda, Unresolved> {
    let AwsLambda {
        endpoint_url,
        function_name,
        invocation_mode,
        qualifier,
        payload_transform_mode,
    } = lambda;
    let secret = auth.and_then(|auth| auth.secret_ref.as_ref());
    let secret = secret.map(|secret| ObjectKey::new(&key.namespace, &secret.name));
    Ok(Lambda {
        region: region.to_owned(),
        account: Some(account.to_owned()),
        function: function_name.clone(),
        qualifier: qualifier.clone(),
        invocation: match invocation_mode {
            InvocationMode::Sync => Invocation::Sync,
            InvocationMode::Async => Invocation::Async,
        },
        body_only: *payload_transform_mode == PayloadTransform::None,
        endpoint: match endpoint_url {
            Some(url) => endpoint(key, url)?,
            None => public_endpoint(region),
        },
        credentials: secret.map(|secret| credentials(context, &secret)).transpose()?,
    })
}

/// The older shape knows no account: Lambda takes that of the credentials.
fn legacy(
    context: &Context<'_>,
    key: &ObjectKey,
    region: &str,
    secret: Option<&LegacySecretReference>,
    functions: &[LegacyLambdaFunction],
    wanted: Option<&str>,
) -> Result<Lambda, Unresolved> {
    let names = || {
        let names: Vec<_> = functions.iter().map(|f| f.logical_name.as_str()).collect();
        names.join(", ")
    };
    let found = match (wanted, functions) {
        (Some(wanted), _) => functions.iter().find(|f| f.logical_name == wanted).ok_or_else(|| {
            let message = format!("Backend {key} has no function {wanted}; it has {}", names());
            Unresolved::from((Reason::BackendNotFound, message))
        }),
        (None, [only]) => Ok(only),
        (None, _) => {
            let message = format!(
                "Backend {key} has the functions {}: an ExtensionRef filter of kind Parameter in \
                 the backendRef chooses one",
                names()
            );
            Err((Reason::BackendNotFound, message).into())
        }
    }?;
    let secret = secret.map(|secret| {
        let namespace = secret.namespace.as_deref().unwrap_or(&key.namespace);
        ObjectKey::new(namespace, &secret.name)
    });
    if let Some(secret) = &secret
        && !context.is_granted(Kind::Backend, &key.namespace, ("", "Secret"), secret)
    {
        let message = format!(
            "no ReferenceGrant in namespace {} lets Backends of {} use Secret {}",
            secret.namespace, key.namespace, secret.name
        );
        let is_told = context.index.refuses_any(Kind::ReferenceGrant, &secret.namespace);
        return Err(Unresolved { reason: Reason::RefNotPermitted, message, is_told });
    }
    Ok(Lambda {
        region: region.to_owned(),
        account: None,
        function: found.lambda_function_name.clone(),
        qualifier: found.qualifier.clone(),
        invocation: Invocation::Sync,
        body_only: false,
        endpoint: public_endpoint(region),
        credentials: secret.map(|secret| credentials(context, &secret)).transpose()?,
    })
}

fn credentials(context: &Context<'_>, key: &ObjectKey) -> Result<Credentials, Unresolved> {
    let Some(entry) = context.index.secrets.get(key) else {
        let is_told = context.index.is_refused(Kind::Secret, key);
        let what = if is_told { "is not valid" } else { "is not in the input" };
        let message = format!("Secret {key} {what}");
        return Err(Unresolved { reason: Reason::BackendNotFound, message, is_told });
    };
    let text = |name| secret::text(&entry.object, name).filter(|text| !text.is_empty());
    match (text("accessKey"), text("secretKey")) {
        (Some(access_key), Some(secret_key)) => {
            Ok(Credentials { access_key, secret_key, session_token: text("sessionToken") })
        }
        (access_key, _) => {
            let missing = if access_key.is_none() { "accessKey" } else { "secretKey" };
            let message = format!("Secret {key} has no {missing}");
            Err((Reason::BackendNotFound, message).into())
        }
    }
}

fn public_endpoint(region: &str) -> LambdaEndpoint {
    // The regions of China have a domain of their own.
    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    LambdaEndpoint {
        tls: true,
        endpoint: Endpoint { host: format!("lambda.{region}.{suffix}"), port: 443 },
    }
}

/// The endpoint of a URL; the path of an invocation is Lambda's own.
fn endpoint(key: &ObjectKey, url: &str) -> Result<LambdaEndpoint, Unresolved> {
    let invalid = |what: &str| {
        let message = format!("Backend {key}: endpointURL {url} {what}");
        Err((Reason::UnsupportedValue, message).into())
    };
    let (tls, rest) = match url.split_once("://") {
        Some(("https", rest)) => (true, rest),
        Some((_, rest)) => (false, rest),
        None => return invalid("has no scheme"),
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if !matches!(path, "" | "/") {
        return invalid("has a path, which Lambda gives itself");
    }
    if authority.contains('@') {
        // Not shown: there may be a password in it.
        let message =
            format!("Backend {key}: endpointURL has a user name; credentials come from a Secret");
        return Err((Reason::UnsupportedValue, message).into());
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => match port.parse() {
            Ok(port) => (host, port),
            Err(_) => return invalid("has a port that is none"),
        },
        None => (authority, if tls { 443 } else { 80 }),
    };
    if host.is_empty() {
        return invalid("has no host");
    }
    if !is_host(host) {
        return invalid("has a host that is neither a name nor an IPv4 address");
    }
    Ok(LambdaEndpoint { tls, endpoint: Endpoint { host: host.to_owned(), port } })
}

#[cfg(test)]
mod tests {
    use super::is_host;

    #[test]
    fn hosts_are_names_or_addresses() {
        for host in ["example.com", "a_b.example.com.", "localhost", "192.0.2.1", "2001:db8::1"] {
            assert!(is_host(host), "{host}");
        }
        for host in [
            "http://example.com",
            "example.com:80",
            "*.example.com",
            "a b",
            "",
            ".",
            "a..b",
            "-a.b",
            "example.com/a",
            "192.0.2.256",
            "192.0.2",
            "[::1]",
            "user@example.com",
        ] {
            assert!(!is_host(host), "{host}");
        }
    }
}
