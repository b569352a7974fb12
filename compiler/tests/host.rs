//! Warnings for what routes use and a host does not have.

use kgwc::host::Host;
use kgwc::pipeline::{Input, Options};
use kgwc::source;
use std::path::PathBuf;

/// The warnings for a rule, and for a Backend `ext` of that spec.
fn warnings(host: Host, rule: &str, backend: &str) -> Vec<String> {
    let yaml = format!(
        "
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: shop}}
spec:
  parentRefs: [{{name: edge}}]
  rules: [{rule}]
---
apiVersion: gateway.kgateway.dev/v1alpha1
kind: Backend
metadata: {{name: ext}}
spec: {backend}
"
    );
    let (sources, found) = source::read(&[PathBuf::from("-")], &mut yaml.as_bytes());
    assert_eq!(found, []);
    let input = Input::new(sources, found).unwrap();
    let compiled = input.compile(&Options { host: Some(host), ..Options::default() });
    let lacks = compiled.diagnostics.iter().filter(|d| d.code.as_str() == "host-lacks-feature");
    lacks.map(|diagnostic| diagnostic.message.clone()).collect()
}

const STATIC: &str = "{type: Static, static: {hosts: [{host: 192.0.2.1, port: 80}]}}";
const ALL: &str = "{timeouts: {request: 1s}, retry: {attempts: 2, backoff: 1s, codes: [503]}, \
    sessionPersistence: {sessionName: s}, filters: [{type: RequestMirror, requestMirror: \
    {backendRef: {name: copy, port: 80}}}], backendRefs: [{name: shop, port: 80}]}";
const EXTERNAL: &str = "{backendRefs: [{group: gateway.kgateway.dev, kind: Backend, name: ext}]}";

#[test]
fn envoy_lacks_nothing() {
    assert_eq!(warnings(Host::Envoy, ALL, STATIC), [""; 0]);
    assert_eq!(warnings(Host::Envoy, EXTERNAL, STATIC), [""; 0]);
}

#[test]
fn a_delay_between_tries_is_not_the_least_one_on_istio() {
    let expected = "HTTPRoute default/shop uses retry.backoff, but on Istio the delay is drawn \
                    between 0 and the backoff, and grows with each try";
    assert_eq!(warnings(Host::Istio, ALL, STATIC), [expected]);
}

#[test]
fn a_backend_has_no_cluster_of_istios_as_a_backend_or_as_a_mirror() {
    let expected = "HTTPRoute default/shop uses Backend `static`, but on Istio there is no cluster \
                    for it, and its share of the requests gets 503";
    assert_eq!(warnings(Host::Istio, EXTERNAL, STATIC), [expected]);
    let mirror = "{filters: [{type: RequestMirror, requestMirror: {backendRef: \
                  {group: gateway.kgateway.dev, kind: Backend, name: ext}}}], \
                  backendRefs: [{name: shop, port: 80}]}";
    assert_eq!(warnings(Host::Istio, mirror, STATIC), [expected]);
    let proxy = "{type: DynamicForwardProxy, dynamicForwardProxy: {}}";
    assert!(warnings(Host::Istio, EXTERNAL, proxy)[0].contains("`dynamicForwardProxy`"));
}

#[test]
fn a_host_that_is_not_known_has_what_the_module_does_alone() {
    let plain = "{filters: [{type: RequestHeaderModifier, requestHeaderModifier: {remove: [a]}}], \
                 backendRefs: [{name: a, port: 80, weight: 1}, {name: b, port: 80, weight: 2}]}";
    assert_eq!(warnings(Host::ProxyWasm, plain, STATIC), [""; 0]);
    let told = warnings(Host::ProxyWasm, ALL, STATIC).join("\n");
    for feature in ["RequestMirror", "timeouts", "retry,", "retry.backoff", "sessionPersistence"] {
        assert!(told.contains(&format!("uses {feature}")), "{feature}:\n{told}");
    }
}

#[test]
fn a_feature_is_told_once_for_each_route() {
    let twice = format!("{ALL}, {}", ALL.replace("sessionName: s", "sessionName: t"));
    assert_eq!(warnings(Host::Istio, &twice, STATIC).len(), 1);
}
