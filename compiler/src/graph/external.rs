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
use crate::index::ObjectKey;

/// Why a Backend cannot be used: a reason of `ResolvedRefs` with the same in words.
type Unresolved = (Reason, String);

/// What a reference to a Backend leads to. `function` is what a `Parameter` filter of it names.
pub(super) fn resolve(
    context: &Context<'_>,
    key: &ObjectKey,
    function: Option<&str>,
) -> BackendState {
    let Some(entry) = context.index.backends.get(key) else {
        let message = format!("Backend {key} is not in the input");
        return BackendState::Unresolved { reason: Reason::BackendNotFound, message };
    };
    let BackendSpec { backend_type: _, aws, static_hosts, dynamic_forward_proxy, gcp: _ } =
        &entry.object.spec;
    if let (Some(function), false) = (function, aws.as_ref().is_some_and(is_legacy)) {
        let message = format!(
            "Parameter {function} chooses a function of a Backend with lambdaFunctions, and \
             Backend {key} has none: leave the filter out"
        );
        return BackendState::Unresolved { reason: Reason::UnsupportedValue, message };
    }
    let target = if let Some(hosts) = static_hosts {
        Ok(fixed(hosts))
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
        Err((Reason::UnsupportedValue, message))
    };
    match target {
        Ok(target) => BackendState::Resolved(target),
        Err((reason, message)) => BackendState::Unresolved { reason, message },
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

fn fixed(hosts: &StaticBackend) -> Target {
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
    Target { endpoints, protocol }
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
        None => Err((Reason::UnsupportedValue, format!("Backend {key} names no function"))),
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
            (Reason::BackendNotFound, message)
        }),
        (None, [only]) => Ok(only),
        (None, _) => {
            let message = format!(
                "Backend {key} has the functions {}: an ExtensionRef filter of kind Parameter in \
                 the backendRef chooses one",
                names()
            );
            Err((Reason::BackendNotFound, message))
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
        return Err((Reason::RefNotPermitted, message));
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
        return Err((Reason::BackendNotFound, format!("Secret {key} is not in the input")));
    };
    let text = |name| secret::text(&entry.object, name).filter(|text| !text.is_empty());
    match (text("accessKey"), text("secretKey")) {
        (Some(access_key), Some(secret_key)) => {
            Ok(Credentials { access_key, secret_key, session_token: text("sessionToken") })
        }
        (access_key, _) => {
            let missing = if access_key.is_none() { "accessKey" } else { "secretKey" };
            let message = format!("Secret {key} has no {missing}");
            Err((Reason::BackendNotFound, message))
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
        Err((Reason::UnsupportedValue, message))
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
        return Err((Reason::UnsupportedValue, message));
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
    Ok(LambdaEndpoint { tls, endpoint: Endpoint { host: host.to_owned(), port } })
}
