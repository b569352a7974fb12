//! Shapes that are read and should be changed nevertheless.

use crate::api::kgateway::backend::{
    AwsShape, Backend, LegacyLambdaFunction, LegacySecretReference,
};
use crate::api::object::Object;
use crate::diagnostic::{Code, Diagnostic, FieldPath, ObjectId, Place};

pub(super) fn check(id: ObjectId, object: &Object) -> Vec<Diagnostic> {
    let Object::Backend(backend) = object else { return Vec::new() };
    let Some(aws) = &backend.spec.aws else { return Vec::new() };
    let Some(AwsShape::Legacy { secret, functions }) = aws.shape() else { return Vec::new() };
    let place = Place::key(id, FieldPath::from("spec.aws.lambdaFunctions"));
    let message =
        "`lambdaFunctions` is the shape of an older kgateway: a Backend is one function now";
    let resources: Vec<String> = functions
        .iter()
        .map(|function| migrated(backend, &aws.region, secret, function, functions.len() > 1))
        .collect();
    vec![Diagnostic::warning(Code::LegacyBackend, place, message).help(format!(
        "write this instead, with your account, and leave the `Parameter` filter out of the backendRef:\n{}",
        resources.join("---\n")
    ))]
}

/// The Backend that stands for one function today, as YAML.
fn migrated(
    backend: &Backend,
    region: &str,
    secret: Option<&LegacySecretReference>,
    function: &LegacyLambdaFunction,
    one_of_many: bool,
) -> String {
    let mut name = backend.metadata.name.clone().unwrap_or_default();
    if one_of_many {
        name = format!("{name}-{}", function.logical_name);
    }
    let namespace = match &backend.metadata.namespace {
        Some(namespace) => format!("  namespace: {namespace}\n"),
        None => String::new(),
    };
    let auth = match secret {
        Some(secret) => format!(
            "    auth:\n      type: Secret\n      secretRef:\n        name: {}\n",
            secret.name
        ),
        None => String::new(),
    };
    format!(
        "apiVersion: gateway.kgateway.dev/v1alpha1\nkind: Backend\nmetadata:\n  name: {name}\n{namespace}\
         spec:\n  aws:\n    accountId: \"000000000000\"\n    region: {region}\n{auth}    lambda:\n      \
         functionName: {}\n      qualifier: {}\n",
        function.lambda_function_name, function.qualifier
    )
}
