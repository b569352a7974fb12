//! AWS Lambda: what turns a request into the call of a function.

use serde_json::{Value, json};

use super::{extension, tls};
use crate::lower::{Credentials, Invocation, Lambda};

/// Headers of clients that Lambda would take for the caller's own.
const NOT_FROM_CLIENTS: [&str; 3] = ["x-amz-client-context", "x-amz-log-type", "x-amz-tenant-id"];

/// The filters of the function's cluster, before the codec.
pub(super) fn filters(lambda: &Lambda) -> Vec<Value> {
    let mut filters = vec![strip(), call(lambda)];
    if lambda.account.is_none() {
        // An ARN needs the account; the name of the function alone means one of the caller's
        // account. The path changes, so the request has to be signed after that.
        filters.push(by_name(lambda));
        filters.push(sign(lambda));
    }
    filters
}

/// TLS to the endpoint, by its name.
pub(super) fn transport_socket(lambda: &Lambda, ca_file: &str) -> Option<Value> {
    let endpoint = &lambda.endpoint;
    endpoint.tls.then(|| tls::to(&endpoint.endpoint.host, ca_file))
}

fn strip() -> Value {
    let removed = NOT_FROM_CLIENTS.map(|name| json!({"remove": name}));
    extension(
        "envoy.filters.http.header_mutation",
        "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation",
        json!({"mutations": {"request_mutations": removed}}),
    )
}

fn call(lambda: &Lambda) -> Value {
    let Lambda { region, account, function, qualifier, invocation, body_only, credentials, .. } =
        lambda;
    let account = account.as_deref().unwrap_or_default();
    let partition = if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    };
    let arn = format!("arn:{partition}:lambda:{region}:{account}:function:{function}:{qualifier}");
    let mut fields = json!({
        "arn": arn,
        "payload_passthrough": body_only,
        "invocation_mode": match invocation {
            Invocation::Sync => "SYNCHRONOUS",
            Invocation::Async => "ASYNCHRONOUS",
        },
        "host_rewrite": host(lambda),
    });
    if let Some(credentials) = credentials {
        fields["credentials"] = inline(credentials);
    }
    extension(
        "envoy.filters.http.aws_lambda",
        "envoy.extensions.filters.http.aws_lambda.v3.Config",
        fields,
    )
}

fn by_name(lambda: &Lambda) -> Value {
    // Neither has a character that means something to Lua or to a URL but the dollar sign.
    let Lambda { function, qualifier, .. } = lambda;
    let qualifier = qualifier.replace('$', "%24");
    let path = format!("/2015-03-31/functions/{function}/invocations?Qualifier={qualifier}");
    let script = format!(
        "function envoy_on_request(handle)\n  handle:headers():replace(':path', '{path}')\nend\n"
    );
    extension(
        "envoy.filters.http.lua",
        "envoy.extensions.filters.http.lua.v3.Lua",
        json!({"default_source_code": {"inline_string": script}}),
    )
}

fn sign(lambda: &Lambda) -> Value {
    let mut fields = json!({
        "service_name": "lambda",
        "region": lambda.region,
        "host_rewrite": host(lambda),
    });
    if let Some(credentials) = &lambda.credentials {
        fields["credential_provider"] = json!({"inline_credential": inline(credentials)});
    }
    extension(
        "envoy.filters.http.aws_request_signing",
        "envoy.extensions.filters.http.aws_request_signing.v3.AwsRequestSigning",
        fields,
    )
}

fn inline(credentials: &Credentials) -> Value {
    let Credentials { access_key, secret_key, session_token } = credentials;
    let mut fields = json!({"access_key_id": access_key, "secret_access_key": secret_key});
    if let Some(token) = session_token {
        fields["session_token"] = json!(token);
    }
    fields
}

/// The host that is signed: with the port only where it is not the scheme's own.
fn host(lambda: &Lambda) -> String {
    let endpoint = &lambda.endpoint;
    let (host, port) = (&endpoint.endpoint.host, endpoint.endpoint.port);
    match (endpoint.tls, port) {
        (true, 443) | (false, 80) => host.clone(),
        _ => format!("{host}:{port}"),
    }
}
