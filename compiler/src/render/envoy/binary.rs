//! The plugin configuration in Envoy's binary form, which Envoy reads in a fraction of the time: as
//! JSON it parses the megabyte of a large configuration twice.
//!
//! The messages are those of Envoy's API in so far as they are used here; their field numbers stand
//! in `envoy/extensions/wasm/v3/wasm.proto` and the files that it imports. What is encoded is the
//! JSON form: a field that has no place here is an error, so that both forms say the same.

use prost::Message;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Ends the names of files that are written in this form.
pub(super) const EXTENSION: &str = ".pb";

/// The bytes of a file of the dynamic form: JSON, or Envoy's binary form where its name says so.
///
/// # Errors
/// When a file in the binary form has a field that this form has no place for.
pub fn encode(name: &str, content: &Value) -> Result<Vec<u8>, serde_json::Error> {
    if name.ends_with(EXTENSION) { response(content) } else { serde_json::to_vec_pretty(content) }
}

/// The configuration of the module in a file in the binary form; `None` where it has none.
pub(super) fn configuration(file: &[u8]) -> Option<String> {
    let response = DiscoveryResponse::decode(file).ok()?;
    let extension = Extension::decode(response.resources.first()?.value.as_slice()).ok()?;
    let wasm = Wasm::decode(extension.typed_config?.value.as_slice()).ok()?;
    let text = StringValue::decode(wasm.config?.configuration?.value.as_slice()).ok()?;
    Some(text.value)
}

/// A `DiscoveryResponse` with configurations of the module.
fn response(response: &Value) -> Result<Vec<u8>, serde_json::Error> {
    let Response { version_info, resources } = Response::deserialize(response)?;
    let resources = resources.into_iter().map(|resource| {
        let filter = Any::of(&resource.typed_config.url, &resource.typed_config.wasm);
        Any::of(&resource.url, &Extension { name: resource.name, typed_config: Some(filter) })
    });
    Ok(DiscoveryResponse { version_info, resources: resources.collect() }.encode_to_vec())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Response {
    #[serde(default)]
    version_info: String,
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Resource {
    #[serde(rename = "@type")]
    url: String,
    name: String,
    typed_config: Filter,
}

#[derive(Deserialize)]
struct Filter {
    #[serde(rename = "@type")]
    url: String,
    #[serde(flatten)]
    wasm: Wasm,
}

#[derive(Clone, PartialEq, Message)]
struct DiscoveryResponse {
    #[prost(string, tag = "1")]
    version_info: String,
    #[prost(message, repeated, tag = "2")]
    resources: Vec<Any>,
}

#[derive(Clone, PartialEq, Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

impl Any {
    fn of(type_url: &str, message: &impl Message) -> Self {
        Self { type_url: type_url.to_owned(), value: message.encode_to_vec() }
    }
}

#[derive(Clone, PartialEq, Message)]
struct Extension {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    typed_config: Option<Any>,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wasm {
    #[prost(message, optional, tag = "1")]
    config: Option<PluginConfig>,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(deny_unknown_fields)]
struct PluginConfig {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    root_id: String,
    #[prost(message, optional, tag = "3")]
    vm_config: Option<VmConfig>,
    #[prost(message, optional, tag = "4")]
    #[serde(deserialize_with = "string_value")]
    configuration: Option<Any>,
    #[prost(enumeration = "FailurePolicy", tag = "7")]
    #[serde(deserialize_with = "policy")]
    failure_policy: i32,
    #[prost(message, optional, tag = "8")]
    reload_config: Option<ReloadConfig>,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(deny_unknown_fields)]
struct VmConfig {
    #[prost(string, tag = "1")]
    vm_id: String,
    #[prost(string, tag = "2")]
    runtime: String,
    #[prost(message, optional, tag = "3")]
    code: Option<AsyncDataSource>,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(deny_unknown_fields)]
struct AsyncDataSource {
    #[prost(message, optional, tag = "1")]
    local: Option<DataSource>,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(deny_unknown_fields)]
struct DataSource {
    #[prost(string, tag = "1")]
    filename: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, prost::Enumeration, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum FailurePolicy {
    Unspecified = 0,
    FailReload = 1,
    FailClosed = 2,
    FailOpen = 3,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReloadConfig {
    #[prost(message, optional, tag = "1")]
    backoff: Option<BackoffStrategy>,
}

#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(deny_unknown_fields)]
struct BackoffStrategy {
    #[prost(message, optional, tag = "1")]
    #[serde(deserialize_with = "duration")]
    base_interval: Option<Duration>,
}

#[derive(Clone, PartialEq, Message)]
struct Duration {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

#[derive(Clone, PartialEq, Message)]
struct StringValue {
    #[prost(string, tag = "1")]
    value: String,
}

fn policy<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
    FailurePolicy::deserialize(deserializer).map(i32::from)
}

/// A `google.protobuf.StringValue` in an `Any`.
fn string_value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Any>, D::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Typed {
        #[serde(rename = "@type")]
        url: String,
        value: String,
    }
    let Typed { url, value } = Typed::deserialize(deserializer)?;
    Ok(Some(Any::of(&url, &StringValue { value })))
}

/// A duration as text: `0.1s`.
fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let seconds = text.strip_suffix('s').and_then(|number| number.parse().ok());
    let duration = seconds.and_then(|s| std::time::Duration::try_from_secs_f64(s).ok());
    let duration = duration.ok_or_else(|| serde::de::Error::custom("no duration"))?;
    let seconds = i64::try_from(duration.as_secs()).map_err(serde::de::Error::custom)?;
    let nanos = i32::try_from(duration.subsec_nanos()).map_err(serde::de::Error::custom)?;
    Ok(Some(Duration { seconds, nanos }))
}

#[cfg(test)]
mod tests {
    use super::{configuration, encode};
    use serde_json::json;

    fn file() -> serde_json::Value {
        json!({"version_info": "7", "resources": [{
            "@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig",
            "name": "kgwc-80",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
                "config": {
                    "name": "kgwc-80",
                    "root_id": "kgwc",
                    "failure_policy": "FAIL_RELOAD",
                    "reload_config": {"backoff": {"base_interval": "0.1s"}},
                    "vm_config": {
                        "vm_id": "kgwc",
                        "runtime": "envoy.wasm.runtime.v8",
                        "code": {"local": {"filename": "kgwc.wasm"}},
                    },
                    "configuration": {
                        "@type": "type.googleapis.com/google.protobuf.StringValue",
                        "value": "{}",
                    },
                },
            },
        }]})
    }

    #[test]
    fn the_configuration_can_be_read_back() {
        let bytes = encode("kgwc-80.pb", &file()).unwrap();
        assert_eq!(configuration(&bytes).as_deref(), Some("{}"));
        assert_eq!(configuration(b"{}"), None);
    }

    #[test]
    fn a_field_that_has_no_place_in_the_binary_form_is_refused() {
        let mut file = file();
        file["resources"][0]["typed_config"]["config"]["capabilities"] = json!({});
        let error = encode("kgwc-80.pb", &file).unwrap_err().to_string();
        assert!(error.contains("capabilities"), "{error}");
    }
}
