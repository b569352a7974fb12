//! What a Secret says is in Envoy's configuration, for Envoy alone, and nowhere else.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use kgwc_tests::kgwc;
use kgwc_tests::servers::{Account, LambdaServer};
use route::config::Observe;

use crate::fixture::{Setup, get};
use crate::lambda::{FROM_SECRET, credentials, function, rule};
use crate::resources::https_gateway;

const CHAIN: &str = include_str!("../envoy/a.pem");
const KEY: &str = include_str!("../envoy/key.pem");

fn account() -> Account {
    Account {
        access_key_id: "AKIADISTINCTIVEKEYID".to_owned(),
        secret_access_key: "distinctive/secret/access/key".to_owned(),
        session_token: Some("distinctive+session+token".to_owned()),
        ..Account::example()
    }
}

fn resources(server: &LambdaServer) -> String {
    https_gateway(&[("https", Some("a.example.com"))], CHAIN, KEY)
        .replace("listeners:\n", "listeners:\n  - {name: http, port: 80, protocol: HTTP}\n")
        + &rule("")
        + &function(server, FROM_SECRET, "")
        + &credentials(&account())
}

/// Every secret, as it stands and as base64.
fn secrets() -> Vec<String> {
    let Account { access_key_id, secret_access_key, session_token, .. } = account();
    let key = KEY.lines().nth(1).unwrap().to_owned();
    let all = [access_key_id, secret_access_key, session_token.unwrap(), key];
    let encoded = all.each_ref().map(|text| BASE64_STANDARD.encode(text));
    all.into_iter().chain(encoded).collect()
}

#[track_caller]
fn assert_none_in(what: &str, text: &str) {
    for secret in secrets() {
        assert!(!text.contains(&secret), "{secret} in {what}:\n{text}");
    }
}

fn input(folder: &tempfile::TempDir, text: &str) -> PathBuf {
    let path = folder.path().join("input.yaml");
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn no_command_shows_one() {
    let server = LambdaServer::start(account());
    let folder = tempfile::tempdir().unwrap();
    let path = input(&folder, &resources(&server));
    let path = path.to_str().unwrap();
    let url = "http://a.example.com/";
    for args in [
        &["compile", path][..],
        &["compile", "-v", "--filter-state", path],
        &["explain", path, url],
        &["explain", "--output", "json", path, url],
        &["check", "-v", path],
        &["check", "--output", "json", path],
        &["test", path],
    ] {
        let output = kgwc!().run(args);
        assert_none_in(&args.join(" "), &(output.stdout + &output.stderr));
    }
}

/// Diagnostics show the lines that they are about.
#[test]
fn no_diagnostic_shows_one() {
    let server = LambdaServer::start(account());
    let good = resources(&server);
    let secret = good.find("kind: Secret").unwrap();
    let inside = |from: &str, to: &str| {
        let (head, tail) = good.split_at(secret);
        assert!(tail.contains(from));
        head.to_owned() + &tail.replace(from, to)
    };
    let quoted = |text: &str| serde_json::json!(text).to_string();
    let account = account();
    let key = quoted(&account.secret_access_key);
    let broken = [
        // Not a string, an unknown field, a wrong type, text that is no YAML, a key twice.
        inside(&key, &format!("[{key}]")),
        inside(&key, &format!("{{{key}: {key}}}")),
        inside("stringData:\n  accessKey", "stringDatum:\n  accessKey"),
        inside("stringData:\n  accessKey", "stringData: 5\nspec:\n  accessKey"),
        inside("stringData:\n  accessKey", "data:\n  accessKey"),
        inside(&key, &format!("{key} \"{key}")),
        inside(&key, &format!("{key}\n  secretKey: {key}")),
        inside(&key, &format!("{key}\n bad: {key}")),
        inside("-----BEGIN PRIVATE KEY-----", ""),
        inside("tls.key:", "tls.kee:"),
        inside("  secretKey:", "\tsecretKey:"),
        good.clone() + &good[good.find("---\napiVersion: v1\nkind: Secret").unwrap()..],
    ];
    let folder = tempfile::tempdir().unwrap();
    for text in broken {
        let path = input(&folder, &text);
        let path = path.to_str().unwrap();
        for format in ["text", "json", "sarif", "github"] {
            let args = ["check", "-v", "--diagnostics", format, path];
            let output = kgwc!().run(args);
            assert_ne!(output.status, Some(2), "{}", output.stderr);
            let all = output.stdout + &output.stderr;
            assert!(!all.is_empty(), "nothing about\n{text}");
            assert_none_in(&format!("{format} of\n{text}"), &all);
        }
    }
}

#[test]
fn a_file_for_envoy_is_for_nobody_else() {
    let server = LambdaServer::start(account());
    let folder = tempfile::tempdir().unwrap();
    let path = input(&folder, &resources(&server));
    let output = folder.path().join("envoy.json");
    let mode = |path: &PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for existing in [false, true] {
        if existing {
            std::fs::set_permissions(&output, std::fs::Permissions::from_mode(0o644)).unwrap();
        }
        let (output, path) = (output.to_str().unwrap(), path.to_str().unwrap());
        let out = kgwc!().run(["compile", "--emit", "envoy", "-o", output, path]);
        assert_none_in("what it says", &(out.stdout.clone() + &out.stderr));
        out.fine();
        assert_eq!(mode(&output.into()), 0o600, "existing: {existing}");
    }
    let text = std::fs::read_to_string(&output).unwrap();
    assert!(text.contains(&account().secret_access_key), "Envoy has to know it");

    let dynamic = folder.path().join("dynamic");
    std::fs::create_dir(&dynamic).unwrap();
    let (to, from) = (dynamic.to_str().unwrap(), path.to_str().unwrap());
    kgwc!().run(["compile", "--emit", "envoy-dynamic", "-o", to, from]).fine();
    for entry in std::fs::read_dir(&dynamic).unwrap() {
        let path = entry.unwrap().path();
        // The plugin configuration is in a binary form, with its texts as they are.
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        if secrets().iter().any(|secret| text.contains(secret)) {
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
        if path.file_name().unwrap().to_str().unwrap().starts_with("kgwc-") {
            assert_none_in("the plugin configuration", &text);
        }
    }
}

#[test]
fn neither_envoy_nor_the_module_logs_one() {
    let server = LambdaServer::start(account());
    let observe = Observe { metrics: true, filter_state: true, explain_token: None };
    let mut gateway = Setup::new(resources(&server))
        .observe(observe)
        .access_log()
        .variable("AWS_EC2_METADATA_DISABLED", "true")
        .start();
    assert_eq!(gateway.get("/").status, 200);
    server.reply_once(kgwc_tests::servers::Reply::close());
    assert_eq!(gateway.send(&get("/?q=1")).status, 503);
    crate::fixture::wait_until("two lines", || gateway.access_log().lines().count() == 2);
    assert_none_in("the access log", &gateway.access_log());
    let log = std::fs::read(gateway.envoy.directory().path().join("envoy.log")).unwrap();
    assert_none_in("Envoy's log", &String::from_utf8_lossy(&log));
}
