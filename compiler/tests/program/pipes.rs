//! What `kustomize build` and `helm template` write, from a pipe.

use crate::run::{Folder, Run};

/// Kustomize: every document separated, keys sorted, objects ordered by kind; no `---` in front.
const KUSTOMIZE: &str = r#"apiVersion: v1
kind: Namespace
metadata:
  name: team
---
apiVersion: v1
data:
  app.properties: |
    # Source: this is text of a ConfigMap
    ---
    kind: HTTPRoute
kind: ConfigMap
metadata:
  name: app-config-g5hk7bm2ff
  namespace: team
---
apiVersion: v1
kind: Service
metadata:
  labels:
    app.kubernetes.io/part-of: shop
  name: shop
  namespace: team
spec:
  ports:
  - port: 80
    targetPort: http
  selector:
    app: shop
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
  namespace: team
spec:
  selector:
    matchLabels:
      app: shop
  template:
    metadata:
      labels:
        app: shop
    spec:
      containers:
      - image: shop:1
        name: shop
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: shop
  namespace: team
spec:
  parentRefs:
  - name: edge
    namespace: infra
  rules:
  - backendRefs:
    - name: shop
      port: 80
"#;

/// Helm: `---` and the template in front of each, templates that came out empty, notes of disabled
/// parts, `null`, objects without namespace, hooks.
const HELM: &str = r#"---
# Source: shop/templates/serviceaccount.yaml
apiVersion: v1
kind: ServiceAccount
metadata:
  name: release-name-shop
  labels:
    helm.sh/chart: shop-0.1.0
    app.kubernetes.io/managed-by: Helm
automountServiceAccountToken: true
---
# Source: shop/templates/service.yaml
apiVersion: v1
kind: Service
metadata:
  name: release-name-shop
spec:
  type: ClusterIP
  ports:
    - port: 80
      targetPort: http
      protocol: TCP
      name: http
---
# Source: shop/templates/hpa.yaml
---
# Source: shop/templates/nothing.yaml
null
---

---
# Source: shop/templates/httproute.yaml
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: release-name-shop
  labels:
    helm.sh/chart: shop-0.1.0
spec:
  parentRefs:
    - name: gateway
      sectionName: http
  hostnames:
    - "chart-example.local"
  rules:
    - matches:
      - path:
          type: PathPrefix
          value: /headers
      backendRefs:
        - name: release-name-shop
          port: 80
          weight: 1
---
# Source: shop/templates/tests/test-connection.yaml
apiVersion: v1
kind: Pod
metadata:
  name: "release-name-shop-test-connection"
  annotations:
    "helm.sh/hook": test
spec:
  containers:
    - name: wget
      image: busybox
      command: ['wget']
  restartPolicy: Never
---
"#;

fn check(input: &str) -> Run {
    Folder::new().run_with(input.as_bytes(), ["check", "--strict-refs", "-"])
}

#[track_caller]
fn fine(input: &str) {
    let run = check(input);
    assert_eq!((run.status, run.stdout.as_str()), (Some(0), ""), "{}", run.stderr);
    assert_eq!(run.stderr, "1 HTTPRoute on 1 Gateway: no errors\n");
}

#[test]
fn what_kustomize_builds_is_read() {
    fine(KUSTOMIZE);
}

#[test]
fn what_helm_templates_is_read() {
    fine(HELM);
}

#[test]
fn line_ends_of_windows_make_no_difference() {
    fine(&KUSTOMIZE.replace('\n', "\r\n"));
    fine(&HELM.replace('\n', "\r\n"));
}

#[test]
fn lists_are_read_as_what_is_in_them() {
    let entries = HELM.split("---\n").filter(|document| document.contains("kind:"));
    let entries = entries.map(|document| {
        let lines = document.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| format!("  {line}\n")).collect::<String>().replacen("  ", "- ", 1)
    });
    let list = format!("apiVersion: v1\nkind: List\nitems:\n{}", entries.collect::<String>());
    fine(&list);
}

#[test]
fn other_kinds_are_notes_and_errors_keep_their_lines() {
    let run = Folder::new().run_with(HELM.as_bytes(), ["check", "-v", "-"]);
    assert_eq!(run.status, Some(0), "{}", run.stdout);
    for kind in ["ServiceAccount", "Pod"] {
        assert!(run.stdout.contains(kind), "{kind}: {}", run.stdout);
    }
    let wrong = HELM.replace("          port: 80\n", "          port: \"80\"\n");
    let line = 1 + wrong.lines().position(|line| line.contains("port: \"80\"")).expect("it");
    let run = check(&wrong);
    assert_eq!(run.status, Some(1));
    assert!(run.stdout.contains(&format!("<stdin>:{line}:")), "{}", run.stdout);
}

#[test]
fn an_output_without_objects_is_an_error_that_says_so() {
    for input in ["", "---\n# Source: shop/templates/hpa.yaml\n---\n", "---\nnull\n---\n"] {
        let run = check(input);
        assert_eq!(run.status, Some(1), "{input:?}: {}", run.stdout);
        assert!(run.stdout.contains("error[no-input]"), "{input:?}: {}", run.stdout);
    }
}
