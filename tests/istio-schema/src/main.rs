//! Reads manifests for Istio from the standard input, and says what Istio's API would find wrong:
//! fields that it does not know, and values of the wrong type. Exit status: 0 fine, 1 something is
//! wrong, 2 no YAML.
//!
//! The types are generated from Istio's CustomResourceDefinitions. What these say beyond types,
//! such as patterns, is not looked at; nor is what is inside the patches of an EnvoyFilter, which
//! is Envoy's.

use std::io::Read;
use std::process::ExitCode;

use kcr_extensions_istio_io::v1alpha1::wasmplugins::WasmPluginSpec;
use kcr_networking_istio_io::v1alpha3::envoyfilters::EnvoyFilterSpec;
use serde::de::DeserializeOwned;
use serde_json::Value;

fn main() -> ExitCode {
    let mut text = String::new();
    let read = std::io::stdin().read_to_string(&mut text).map_err(|error| error.to_string());
    let documents: Result<Vec<Value>, _> =
        read.and_then(|_| serde_saphyr::from_multiple(&text).map_err(|error| error.to_string()));
    let documents = match documents {
        Ok(documents) if !documents.is_empty() => documents,
        Ok(_) => return no_yaml("there is nothing in it"),
        Err(error) => return no_yaml(&error),
    };
    let problems: Vec<_> = documents.iter().flat_map(problems).collect();
    for problem in &problems {
        println!("{problem}");
    }
    if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn no_yaml(error: &str) -> ExitCode {
    eprintln!("{error}");
    ExitCode::from(2)
}

fn problems(manifest: &Value) -> Vec<String> {
    let text = |name: &str| manifest[name].as_str().unwrap_or_default();
    let (kind, spec) = (text("kind"), &manifest["spec"]);
    let mut problems = match (text("apiVersion"), kind) {
        ("extensions.istio.io/v1alpha1", "WasmPlugin") => in_spec::<WasmPluginSpec>(spec),
        ("networking.istio.io/v1alpha3", "EnvoyFilter") => in_spec::<EnvoyFilterSpec>(spec),
        (version, kind) => vec![format!("{version} has no kind {kind} that is known here")],
    };
    let others = manifest.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    let others = others.filter(|name| !["apiVersion", "kind", "metadata", "spec"].contains(name));
    problems.extend(others.map(|name| format!("unknown field {name}")));
    if manifest["metadata"]["name"].as_str().is_none() {
        problems.push("it has no name".to_owned());
    }
    problems.into_iter().map(|problem| format!("{kind}: {problem}")).collect()
}

/// Serde passes unknown fields over; an API server drops them with a warning.
fn in_spec<T: DeserializeOwned>(spec: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let unknown = |path: serde_ignored::Path| problems.push(format!("unknown field spec.{path}"));
    if let Err(error) = serde_ignored::deserialize::<_, _, T>(spec.clone(), unknown) {
        problems.push(format!("spec: {error}"));
    }
    problems
}
