//! `kgwc schema all`: what an editor says about files with objects of several kinds.

use crate::run::{Folder, repository};
use kgwc::source;
use serde_json::Value;

/// What an editor would underline in a file: the paths of the fields.
fn underlined(schema: &jsonschema::Validator, documents: &[source::Document]) -> Vec<String> {
    let errors = documents.iter().flat_map(|document| schema.iter_errors(&document.value));
    errors.map(|error| error.instance_path().to_string()).collect()
}

fn schema() -> jsonschema::Validator {
    let printed = Folder::new().run(["schema", "all"]).fine();
    let schema: Value = serde_json::from_str(&printed).expect("JSON");
    assert!(jsonschema::meta::is_valid(&schema), "it is no JSON schema");
    jsonschema::draft7::new(&schema).expect("a schema")
}

#[test]
fn all_examples_are_right() {
    let schema = schema();
    let (sources, found) = source::read(&[repository("examples")], &mut std::io::empty());
    assert!(found.is_empty() && sources.documents.len() > 30, "{found:?}");
    assert_eq!(underlined(&schema, &sources.documents), [""; 0]);
}

#[test]
fn what_is_wrong_is_underlined_in_whichever_document_it_stands() {
    let schema = schema();
    let text = "
apiVersion: v1
kind: ConfigMap
metadata: {name: whatever, generation: 3}
data: {a: b}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: app}
spec:
  parentRefs: [{name: edge}]
  rules:
  - matchs: []
  - backendRefs: [{name: app, port: '80'}]
---
apiVersion: gateway.networking.k8s.io/v1beta2
kind: HTTPRoute
metadata: {name: app}
---
apiVersion: kgwc.dev/v1alpha1
kind: RouteTest
metadata: {name: app}
cases:
- request: {url: 'http://a.test/'}
  expct: {}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: other}
spec: {servers: []}
";
    let (sources, _) = source::Sources::from_text("app.yaml", text);
    let underlined = underlined(&schema, &sources.documents);
    for place in ["/spec/rules/0", "/spec/rules/1/backendRefs/0/port", "/apiVersion", "/cases/0"] {
        assert!(underlined.iter().any(|path| path == place), "{place}: {underlined:?}");
    }
    assert!(underlined.iter().all(|path| !path.starts_with("/spec/servers")), "{underlined:?}");
}
