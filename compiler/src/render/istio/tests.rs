//! What the manifests say. That Istio takes them and Envoy does it is tested with both.

use super::{Options, manifests, yaml};
use crate::lower::{Lowered, MirrorTarget, Variant};
use route::Config;
use serde_json::{Value, json};
use std::path::PathBuf;

fn lowered() -> Lowered {
    let config = Config { version: 1, gateway: "edge/front".to_owned(), ..Config::default() };
    Lowered { config, ..Lowered::default() }
}

fn options(wasm_url: &str) -> Options {
    Options { wasm_url: wasm_url.to_owned(), sha256: Some("ab".to_owned()), fail_reload: false }
}

fn rendered(lowered: &Lowered, options: &Options) -> [Value; 2] {
    manifests(lowered, options).try_into().unwrap()
}

/// The virtual host that is added.
fn virtual_host(lowered: &Lowered) -> Value {
    let [_, filter] = rendered(lowered, &options("oci://a/b"));
    filter["spec"]["configPatches"][1]["patch"]["value"].clone()
}

#[test]
fn both_select_the_pods_of_the_gateway_in_its_namespace() {
    let [plugin, filter] = rendered(&lowered(), &options("oci://a/b"));
    for manifest in [&plugin, &filter] {
        assert_eq!(manifest["metadata"], json!({"namespace": "edge", "name": "front"}));
    }
    let pods = json!({"gateway.networking.k8s.io/gateway-name": "front"});
    assert_eq!(plugin["spec"]["selector"], json!({"matchLabels": pods}));
    assert_eq!(filter["spec"]["workloadSelector"], json!({"labels": pods}));
}

#[test]
fn the_hash_is_given_where_the_url_is_that_of_the_module() {
    for (url, expected) in [
        ("https://a.example/kgwc.wasm", json!("ab")),
        ("http://a.example/kgwc.wasm", json!("ab")),
        ("oci://a.example/kgwc:1", Value::Null),
        ("a.example/kgwc:1", Value::Null),
        ("file:///etc/kgwc.wasm", Value::Null),
    ] {
        let [plugin, _] = rendered(&lowered(), &options(url));
        assert_eq!((&plugin["spec"]["url"], &plugin["spec"]["sha256"]), (&json!(url), &expected));
    }
}

/// Older versions of Istio do not know the value.
#[test]
fn a_new_vm_after_a_trap_is_only_asked_for_on_request() {
    for (fail_reload, expected) in [(false, "FAIL_CLOSE"), (true, "FAIL_RELOAD")] {
        let options = Options { fail_reload, ..options("oci://a/b") };
        assert_eq!(rendered(&lowered(), &options)[0]["spec"]["failStrategy"], expected);
    }
}

#[test]
fn variants_come_before_the_route_for_all_and_copies_go_to_the_cluster_itself() {
    let mut lowered = lowered();
    let copy = "outbound|80||copy.default.svc.cluster.local";
    let mirrors = vec![MirrorTarget { cluster: copy.to_owned(), numerator: 1, denominator: 2 }];
    let variant = Variant { mirrors, session: true, whole_bodies: true, ..Variant::default() };
    lowered.variants.insert("v-1".to_owned(), variant);
    let host = virtual_host(&lowered);
    assert_eq!((&host["name"], &host["domains"]), (&json!("kgwc"), &json!(["*"])));
    let [first, last] = &host["routes"].as_array().unwrap()[..] else { panic!("{host}") };
    assert_eq!(first["match"]["headers"][0]["string_match"]["exact"], "v-1");
    assert_eq!(first["route"]["request_mirror_policies"][0]["cluster"], copy);
    assert_eq!(last["match"], json!({"prefix": "/"}));
    let [_, filter] = rendered(&lowered, &options("oci://a/b"));
    let name = filter["spec"]["configPatches"][2]["patch"]["value"]["name"].as_str().unwrap();
    assert!(first["typed_per_filter_config"].get(name).is_some(), "{first}");
    // Too young for most of Istio's Envoys, and for Lambda alone.
    assert!(first.get("request_body_buffer_limit").is_none(), "{first}");
}

/// Those of YAML 1.1 included, which is what kubectl reads.
#[test]
fn every_text_is_read_as_the_text_that_it_was() {
    let long = "x".repeat(5_000);
    let texts = json!([
        "yes",
        "on",
        "y",
        "~",
        "null",
        "1_000",
        "0x1F",
        "012",
        "12:30:45",
        "2001-01-01",
        "=",
        "<<",
        "1e3",
        ".inf",
        "-",
        "a: b",
        "# c",
        "- x",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "",
        "a\tb",
        "a\nb\n",
        " a",
        "a ",
        "é",
        "\u{1f600}",
        "\\",
        "\"",
        "'",
        "%",
        "@",
        "`",
        "[a",
        "{a",
        "---",
        long,
        "with several words ".repeat(300),
    ]);
    let manifest = json!({"kind": "Test", "spec": texts});
    let text = yaml(&[manifest.clone(), manifest.clone()]).unwrap();
    let (sources, problems) = crate::source::read(&[PathBuf::from("-")], &mut text.as_bytes());
    assert_eq!(problems, []);
    let read: Vec<_> = sources.documents.into_iter().map(|document| document.value).collect();
    assert_eq!(read, [manifest.clone(), manifest]);
    // What kubectl reads it with takes no other control characters.
    let is_printable = |c: char| c == '\n' || !c.is_control();
    assert!(text.chars().all(is_printable), "{text}");
}
