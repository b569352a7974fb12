//! `kgwc migrate`: what it writes can be applied, and what it cannot do it says.

use crate::run::Folder;
use expect_test::expect;
use std::fs;

/// A Backend with two functions as `kubectl get -o yaml` prints it, beside one that has the name
/// that the first function would get, and everything that names it.
const OBJECTS: &str = r#"
apiVersion: gateway.kgateway.dev/v1alpha1
kind: Backend
metadata:
  name: shop
  namespace: default
  uid: 1b4e28ba-2fa1-11d2-883f-0016d3cca427
  resourceVersion: "17"
  generation: 2
  creationTimestamp: "2025-01-01T00:00:00Z"
  labels: {team: shop}
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: "{}"
  managedFields: [{manager: kubectl}]
spec:
  type: AWS
  aws:
    region: us-east-1
    lambdaFunctions:
    - {lambdaFunctionName: one, logicalName: one}
    - {lambdaFunctionName: two, logicalName: Two_B}
status: {conditions: []}
---
apiVersion: gateway.kgateway.dev/v1alpha1
kind: Backend
metadata: {name: shop-one}
spec: {static: {hosts: [{host: example.com, port: 80}]}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: app, namespace: team, resourceVersion: "9"}
spec:
  parentRefs: [{name: edge}]
  rules:
  - filters:
    - type: RequestMirror
      requestMirror:
        backendRef: {group: gateway.kgateway.dev, kind: Backend, name: shop, namespace: default}
    backendRefs:
    - group: gateway.kgateway.dev
      kind: Backend
      name: shop
      namespace: default
      filters:
      - type: ExtensionRef
        extensionRef: {group: gateway.kgateway.dev, kind: Parameter, name: Two_B}
---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: routes, namespace: default}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: team}]
  to:
  - {group: "", kind: Service}
  - {group: gateway.kgateway.dev, kind: Backend, name: shop}
"#;

#[test]
fn what_names_a_function_names_its_backend() {
    let folder = Folder::new();
    folder.write("old.yaml", OBJECTS);
    let run = folder.run(["migrate", "--aws-account", "123456789012", "old.yaml"]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    expect![[r#"
        apiVersion: gateway.kgateway.dev/v1alpha1
        kind: Backend
        metadata:
          labels:
            team: shop
          name: shop-one-2
          namespace: default
        spec:
          aws:
            accountId: "123456789012"
            lambda:
              functionName: one
            region: us-east-1
        ---
        apiVersion: gateway.kgateway.dev/v1alpha1
        kind: Backend
        metadata:
          labels:
            team: shop
          name: shop-two-b
          namespace: default
        spec:
          aws:
            accountId: "123456789012"
            lambda:
              functionName: two
            region: us-east-1
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata:
          name: app
          namespace: team
        spec:
          parentRefs:
          - name: edge
          rules:
          - backendRefs:
            - group: gateway.kgateway.dev
              kind: Backend
              name: shop-two-b
              namespace: default
            filters:
            - requestMirror:
                backendRef:
                  group: gateway.kgateway.dev
                  kind: Backend
                  name: shop
                  namespace: default
              type: RequestMirror
        ---
        apiVersion: gateway.networking.k8s.io/v1beta1
        kind: ReferenceGrant
        metadata:
          name: routes
          namespace: default
        spec:
          from:
          - group: gateway.networking.k8s.io
            kind: HTTPRoute
            namespace: team
          to:
          - group: ""
            kind: Service
          - group: gateway.kgateway.dev
            kind: Backend
            name: shop-one-2
          - group: gateway.kgateway.dev
            kind: Backend
            name: shop-two-b
    "#]]
    .assert_eq(&run.stdout);
    expect![[r#"
        kgwc: in place of Backend default/shop there are shop-one-2, shop-two-b now: delete it when no route names it
        kgwc: rule 0 of HTTPRoute team/app does not say which function of Backend default/shop it means: name one of shop-one-2, shop-two-b
    "#]].assert_eq(&run.stderr);
}

#[test]
fn a_grant_without_room_for_all_is_left_to_the_user() {
    let others: String =
        (0..15).map(|n| format!("  - {{group: \"\", kind: Service, name: s{n}}}\n")).collect();
    let objects = OBJECTS.replace("  - {group: \"\", kind: Service}\n", &others);
    let folder = Folder::new();
    folder.write("old.yaml", &objects);
    let run = folder.run(["migrate", "--aws-account", "123456789012", "old.yaml"]);
    assert!(!run.stdout.contains("ReferenceGrant"), "{}", run.stdout);
    let left = "kgwc: ReferenceGrant default/routes has no room for all Backends: write another \
                one for shop-one-2, shop-two-b\n";
    assert!(run.stderr.contains(left), "{}", run.stderr);
}

#[test]
fn a_path_that_cannot_be_read_is_no_error_of_the_input() {
    let folder = Folder::new();
    let run = folder.run(["migrate", "missing.yaml"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""));
    folder.write("broken.yaml", "a: [");
    assert_eq!(folder.run(["migrate", "broken.yaml"]).status, Some(1));
}

#[test]
fn a_file_of_the_input_is_not_written_over() {
    let folder = Folder::new();
    folder.write("routes/old.yaml", OBJECTS);
    for (output, input) in
        [("routes/old.yaml", "routes"), ("./routes/../routes/old.yaml", "routes/old.yaml")]
    {
        let run = folder.run(["migrate", "-o", output, input]);
        assert_eq!(run.status, Some(2), "{}", run.stderr);
        assert_eq!(
            run.stderr,
            format!(
                "kgwc: {output} is a file of the input and would be lost: choose another one\n"
            )
        );
    }
    let path = folder.path().join("routes/old.yaml");
    assert_eq!(fs::read_to_string(path).expect("a file"), OBJECTS);
    folder.run(["migrate", "-o", "routes/new.yaml", "routes"]).fine();
    assert!(folder.path().join("routes/new.yaml").exists());
}
