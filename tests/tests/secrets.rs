//! No credential shows where it does not belong.

use kgwc_tests::kgwc;
use std::fs;
use std::os::unix::fs::PermissionsExt;

const ACCESS_KEY: &str = "DISTINCTIVE-ACCESS-KEY";
const SECRET_KEY: &str = "distinctive/secret+key";
const SESSION_TOKEN: &str = "distinctive-session-token";

/// A function with credentials; `broken` makes its Secret one that cannot be used.
fn input(broken: bool) -> String {
    let key = if broken { "secretkey" } else { "secretKey" };
    format!(
        "
apiVersion: v1
kind: Secret
metadata: {{name: aws}}
stringData: {{accessKey: {ACCESS_KEY}, {key}: {SECRET_KEY}, sessionToken: {SESSION_TOKEN}}}
---
apiVersion: gateway.kgateway.dev/v1alpha1
kind: Backend
metadata: {{name: function}}
spec:
  aws:
    accountId: \"123456789012\"
    auth: {{type: Secret, secretRef: {{name: aws}}}}
    lambda: {{functionName: echo}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: app}}
spec:
  parentRefs: [{{name: gw}}]
  rules: [{{backendRefs: [{{group: gateway.kgateway.dev, kind: Backend, name: function}}]}}]
"
    )
}

#[track_caller]
fn assert_silent(what: &str, text: &str) {
    for secret in [ACCESS_KEY, SECRET_KEY, SESSION_TOKEN] {
        assert!(!text.contains(secret), "{what} has {secret}:\n{text}");
    }
}

#[test]
fn no_credential_shows_in_anything_but_the_configuration_of_envoy() {
    for broken in [false, true] {
        let input = input(broken);
        for args in [
            &["compile", "--keep-going", "-"][..],
            &["compile", "--keep-going", "--emit", "istio", "--wasm-url", "file:///x.wasm", "-"],
            &["check", "-v", "-"],
            &["check", "-v", "--status", "-"],
            &["check", "-v", "--diagnostics", "json", "-"],
            &["check", "-v", "--diagnostics", "sarif", "-"],
            &["check", "-v", "--diagnostics", "github", "-"],
            &["explain", "--keep-going", "-", "http://a.example/"],
            &["explain", "--keep-going", "--output", "json", "-", "http://a.example/"],
            &["migrate", "-"],
        ] {
            let output = kgwc!().input(input.as_str()).run(args);
            assert!(matches!(output.status, Some(0 | 1)), "{args:?}: {}", output.stderr);
            assert_silent(&format!("{args:?}"), &(output.stdout + &output.stderr));
        }
    }
}

#[test]
fn a_configuration_with_credentials_is_for_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let file = folder.path().join("envoy.json");
    let emit = ["compile", "--emit", "envoy", "-o", file.to_str().unwrap(), "-"];
    kgwc!().input(input(false)).run(emit).fine();
    assert!(fs::read_to_string(&file).unwrap().contains(SECRET_KEY));
    assert_eq!(mode(&file), 0o600);

    let dynamic = folder.path().join("dynamic");
    let emit = ["compile", "--emit", "envoy-dynamic", "-o", dynamic.to_str().unwrap(), "-"];
    kgwc!().input(input(false)).run(emit).fine();
    for entry in fs::read_dir(&dynamic).unwrap().map(Result::unwrap) {
        assert_eq!(mode(&entry.path()), 0o600, "{}", entry.path().display());
        // The plugin configuration is in a binary form, with its texts as they are.
        let text = String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned();
        if entry.file_name() != "clusters.json" {
            assert_silent(&entry.file_name().to_string_lossy(), &text);
        }
    }
}

/// The token of explanations is in no configuration: its hash is.
#[test]
fn the_token_of_explanations_stays_with_who_gave_it() {
    const TOKEN: &str = "distinctive-explain-token";
    let args = ["compile", "--explain-token", TOKEN, "examples/matches"];
    let compiled = kgwc!().run(args).fine();
    assert!(!compiled.contains(TOKEN));
    assert!(compiled.contains("\"explainToken\":\""));
    let short = kgwc!().run(["compile", "--explain-token", "short", "examples/matches"]);
    assert_eq!(short.status, Some(2));
    assert!(short.stderr.contains("a token has 16 or more"), "{}", short.stderr);
}

#[test]
fn a_password_in_a_url_is_not_shown() {
    let with_password = "lambda: {functionName: echo, endpointURL: \"http://user:s3cr3t@h:80\"}";
    let input = input(false).replace("lambda: {functionName: echo}", with_password);
    let output = kgwc!().input(input).run(["check", "-"]);
    assert_eq!(output.status, Some(1));
    assert!(output.stdout.contains("endpointURL has a user name"), "{}", output.stdout);
    assert!(!output.stdout.contains("s3cr3t"), "{}", output.stdout);
}
