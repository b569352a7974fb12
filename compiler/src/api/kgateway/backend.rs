//! Backend: something outside the cluster. Three shapes are read: the current one, that of v2.0
//! (with `type`), and the older `lambdaFunctions`.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::core::Rule;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::pattern;

/// What a Backend stands for.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "gateway.kgateway.dev",
    version = "v1alpha1",
    kind = "Backend",
    plural = "backends",
    namespaced,
    category = "kgateway",
    status = "BackendStatus",
    derive = "PartialEq",
    doc = "Something outside the cluster that requests are sent to.",
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = (
    "[has(self.aws), has(self.static), has(self.dynamicForwardProxy), has(self.gcp)].filter(x, x == true).size() == 1",
    "exactly one of the fields in [aws static dynamicForwardProxy gcp] must be set",
))]
#[x_kube(validation = field_for_type("AWS", "aws"))]
#[x_kube(validation = field_for_type("Static", "static"))]
#[x_kube(validation = field_for_type("DynamicForwardProxy", "dynamicForwardProxy"))]
#[x_kube(validation = field_for_type("GCP", "gcp"))]
pub struct BackendSpec {
    /// Which of the fields below is set; they say it themselves.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub backend_type: Option<BackendType>,
    /// An AWS Lambda function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aws: Option<AwsBackend>,
    /// Fixed hosts.
    #[serde(rename = "static", skip_serializing_if = "Option::is_none")]
    pub static_hosts: Option<StaticBackend>,
    /// The host of the request itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dynamic_forward_proxy: Option<DynamicForwardProxy>,
    /// A Google Cloud service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gcp: Option<GcpBackend>,
}

/// `type` is optional, which upstream's own wording of these rules forgets.
fn field_for_type(backend_type: &str, field: &str) -> Rule {
    Rule::new(format!(
        "(has(self.type) && self.type == '{backend_type}') ? has(self.{field}) : true"
    ))
    .message(format!("{field} backend must be specified when type is '{backend_type}'").as_str())
    .field_path(".type")
}

/// Type of a Backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs, reason = "the fields of BackendSpec say it")]
pub enum BackendType {
    #[serde(rename = "AWS")]
    Aws,
    Static,
    DynamicForwardProxy,
    #[serde(rename = "GCP")]
    Gcp,
}

/// An AWS Lambda function.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = required_today("lambda"))]
#[x_kube(validation = required_today("accountId"))]
#[x_kube(validation = (
    "!has(self.lambdaFunctions) || !(has(self.lambda) || has(self.accountId) || has(self.auth))",
    "lambdaFunctions cannot be used together with lambda, accountId or auth",
))]
#[x_kube(validation = secret_under_auth())]
pub struct AwsBackend {
    /// AWS account, twelve digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 12), regex(pattern = pattern::AWS_ACCOUNT))]
    pub account_id: Option<String>,
    /// AWS region.
    #[serde(default = "us_east_1")]
    #[schemars(length(min = 1, max = 63), regex(pattern = pattern::AWS_REGION))]
    pub region: String,
    /// Credentials; those of the environment when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<AwsAuth>,
    /// The function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lambda: Option<AwsLambda>,
    /// Older shape: Secret with credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<LegacySecretReference>,
    /// Older shape: functions, chosen by a backendRef's ExtensionRef of kind `Parameter`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 64))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["logicalName".into()]))]
    pub lambda_functions: Vec<LegacyLambdaFunction>,
}

fn required_today(field: &str) -> Rule {
    Rule::new(format!("has(self.lambdaFunctions) || has(self.{field})"))
        .message(format!("{field} is required").as_str())
        .field_path(format!(".{field}"))
}

fn secret_under_auth() -> Rule {
    Rule::new("has(self.lambdaFunctions) || !has(self.secretRef)")
        .message("secretRef belongs under auth, as auth.secretRef with auth.type Secret")
        .field_path(".secretRef")
}

fn us_east_1() -> String {
    "us-east-1".to_owned()
}

/// The shape in which an [`AwsBackend`] was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AwsShape<'a> {
    /// One function.
    Current {
        /// AWS account.
        account_id: &'a str,
        /// Credentials; those of the environment when `None`.
        auth: Option<&'a AwsAuth>,
        /// The function.
        lambda: &'a AwsLambda,
    },
    /// Several functions, chosen by name in the route.
    Legacy {
        /// Secret with credentials.
        secret: Option<&'a LegacySecretReference>,
        /// The functions.
        functions: &'a [LegacyLambdaFunction],
    },
}

impl AwsBackend {
    /// The shape in which it was written. `None` for what validation refuses: neither is complete.
    pub fn shape(&self) -> Option<AwsShape<'_>> {
        if !self.lambda_functions.is_empty() {
            return Some(AwsShape::Legacy {
                secret: self.secret_ref.as_ref(),
                functions: &self.lambda_functions,
            });
        }
        Some(AwsShape::Current {
            account_id: self.account_id.as_deref()?,
            auth: self.auth.as_ref(),
            lambda: self.lambda.as_ref()?,
        })
    }
}

/// Credentials for AWS.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = ("!(!has(self.secretRef) && self.type == 'Secret')", "secretRef must be specified when type is 'Secret'"))]
pub struct AwsAuth {
    /// Where the credentials are.
    #[serde(rename = "type")]
    pub auth_type: AwsAuthType,
    /// Secret with the keys accessKey, secretKey and, optionally, sessionToken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<SecretName>,
}

/// Where credentials for AWS are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AwsAuthType {
    /// In a Secret.
    Secret,
}

/// A Secret in the namespace of the Backend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SecretName {
    /// Name of the Secret.
    #[serde(default)]
    pub name: String,
}

/// A Lambda function and how it is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AwsLambda {
    /// URL of the Lambda service, for tests; that of the region when absent.
    #[serde(rename = "endpointURL", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048), regex(pattern = pattern::LAMBDA_ENDPOINT))]
    pub endpoint_url: Option<String>,
    /// Name of the function.
    #[schemars(regex(pattern = pattern::LAMBDA_FUNCTION))]
    pub function_name: String,
    /// Whether the response is waited for.
    #[serde(default)]
    pub invocation_mode: InvocationMode,
    /// Version or alias.
    #[serde(default = "latest")]
    #[schemars(regex(pattern = pattern::LAMBDA_QUALIFIER))]
    pub qualifier: String,
    /// What the function gets.
    #[serde(default)]
    pub payload_transform_mode: PayloadTransform,
}

fn latest() -> String {
    "$LATEST".to_owned()
}

/// Whether the response of a function is waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum InvocationMode {
    /// It is.
    #[default]
    Sync,
    /// It is not.
    Async,
}

/// What a function gets of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PayloadTransform {
    /// The body as it is.
    None,
    /// A JSON document that Envoy makes of the request.
    #[default]
    Envoy,
}

/// Older shape: a Secret in any namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LegacySecretReference {
    /// Name of the Secret.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Its namespace; that of the Backend when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = pattern::LABEL))]
    pub namespace: Option<String>,
}

/// Older shape: a function and the name that routes know it by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LegacyLambdaFunction {
    /// Name that routes know it by.
    #[schemars(length(min = 1, max = 253))]
    pub logical_name: String,
    /// Name of the function.
    #[schemars(regex(pattern = pattern::LAMBDA_FUNCTION))]
    pub lambda_function_name: String,
    /// Version or alias.
    #[serde(default = "latest")]
    #[schemars(regex(pattern = pattern::LAMBDA_QUALIFIER))]
    pub qualifier: String,
}

/// Fixed hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StaticBackend {
    /// The hosts.
    #[schemars(length(min = 1))]
    pub hosts: Vec<Host>,
    /// Protocol that they speak; HTTP/1.1 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_protocol: Option<AppProtocol>,
}

/// A fixed host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Host {
    /// Name or address.
    #[schemars(length(min = 1, max = 253))]
    pub host: String,
    /// Port.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
}

/// Protocol of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs, reason = "the names say it all")]
pub enum AppProtocol {
    #[serde(rename = "http2")]
    Http2,
    #[serde(rename = "grpc")]
    Grpc,
    #[serde(rename = "grpc-web")]
    GrpcWeb,
    #[serde(rename = "kubernetes.io/h2c")]
    H2c,
    #[serde(rename = "kubernetes.io/ws")]
    Ws,
}

/// The host of the request itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DynamicForwardProxy {
    /// Whether TLS is used.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub enable_tls: bool,
}

/// A Google Cloud service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GcpBackend {
    /// Its host.
    #[schemars(length(min = 1))]
    pub host: String,
    /// Audience of the token; `https://HOST` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub audience: Option<String>,
}

/// What a controller says about a Backend.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BackendStatus {
    /// Accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
}
