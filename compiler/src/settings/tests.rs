use super::{EngineName, RegexRankName, Settings, find, read, schema};
use crate::diagnostic::Code;
use crate::host::Host;
use crate::lower::ClusterNames;
use crate::render::diagnostics;
use expect_test::{Expect, expect};
use std::fs;

const EVERYTHING: &str = r#"
gateway = "team/edge"
strict-parents = true
strict-refs = true
assume-grants = true
gateway-class = "kgwc"
cluster-names = "x-{name}"
regex-rank = "after-prefix"
hostname-fallthrough = true
host = "proxy-wasm"

[lint]
allow = ["order-by-age", "no-traffic"]

[test]
engine = "native"
fail-under = 90
"#;

fn settings(text: &str) -> Result<Settings, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kgwc.toml");
    fs::write(&path, text).unwrap();
    read(&path).map_err(|problems| {
        let told = diagnostics::text::render(&problems.diagnostics, &problems.sources, false);
        told.replace(folder.path().to_str().unwrap(), "FOLDER")
    })
}

#[track_caller]
fn refused(text: &str, expected: Expect) {
    expected.assert_eq(&settings(text).unwrap_err());
}

#[test]
fn every_setting_is_read() {
    let read = settings(EVERYTHING).unwrap();
    assert_eq!(read.gateway.as_deref(), Some("team/edge"));
    assert!(read.strict_parents && read.strict_refs && read.assume_grants);
    assert!(read.hostname_fallthrough);
    assert_eq!(read.gateway_class.as_deref(), Some("kgwc"));
    assert_eq!(read.cluster_names, Some(ClusterNames::Template("x-{name}".to_owned())));
    assert_eq!(read.regex_rank, Some(RegexRankName::AfterPrefix));
    assert_eq!(read.host, Some(Host::ProxyWasm));
    assert_eq!(read.lint.allow, [Code::OrderByAge, Code::NoTraffic]);
    assert_eq!((read.test.engine, read.test.fail_under), (Some(EngineName::Native), Some(90.0)));
}

#[test]
fn the_schema_takes_what_is_read_and_nothing_else() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let json = |text: &str| serde_json::to_value(toml::from_str::<toml::Table>(text).unwrap());
    assert!(validator.is_valid(&json(EVERYTHING).unwrap()));
    for wrong in ["gatewy = \"a\"", "host = \"nginx\"", "[lint]\nallow = [\"no-input\"]"] {
        assert!(!validator.is_valid(&json(wrong).unwrap()), "{wrong}");
        settings(wrong).unwrap_err();
    }
}

#[test]
fn unknown_names_and_wrong_types_are_told_together() {
    let text = "gatewy = \"edge\"\nstrict-refs = \"yes\"\n[lint]\nalow = []\nallow = 1\n[tests]\n";
    refused(
        text,
        expect![[r#"
            error[unknown-setting]: unknown setting "gatewy"
             --> FOLDER/kgwc.toml:1:1
              |
            1 | gatewy = "edge"
              | ^^^^^^
              |
              = help: did you mean `gateway`?

            error[invalid-setting]: `strict-refs` must be true or false, but it is a string
             --> FOLDER/kgwc.toml:2:15
              |
            2 | strict-refs = "yes"
              |               ^^^^^

            error[unknown-setting]: unknown setting "lint.alow"
             --> FOLDER/kgwc.toml:4:1
              |
            4 | alow = []
              | ^^^^
              |
              = help: did you mean `allow`?

            error[invalid-setting]: `lint.allow` must be a list, but it is a number
             --> FOLDER/kgwc.toml:5:9
              |
            5 | allow = 1
              |         ^

            error[unknown-setting]: unknown setting "tests"
             --> FOLDER/kgwc.toml:6:2
              |
            6 | [tests]
              |  ^^^^^
              |
              = help: did you mean `test`?

            5 errors
            For more: kgwc explain-code unknown-setting invalid-setting
        "#]],
    );
}

#[test]
fn wrong_values_are_told_where_they_stand() {
    refused(
        "[lint]\nallow = [\"order-by-age\", \"order-by-agee\"]\n",
        expect![[r#"
            error[invalid-setting]: unsupported value "order-by-agee" for `lint.allow`; supported values: no-traffic, host-header-match, trailing-slash-prefix, encoded-query-value, unportable-regex, order-by-age, redirect-loop, backend-port, timeout-too-long, unmatchable-origin
             --> FOLDER/kgwc.toml:2:26
              |
            2 | allow = ["order-by-age", "order-by-agee"]
              |                          ^^^^^^^^^^^^^^^
              |
              = help: did you mean `order-by-age`?

            1 error
            For more: kgwc explain-code invalid-setting
        "#]],
    );
    refused(
        "[lint]\nallow = [\"unknown-field\"]\n",
        expect![[r#"
            error[invalid-setting]: unsupported value "unknown-field" for `lint.allow`; supported values: no-traffic, host-header-match, trailing-slash-prefix, encoded-query-value, unportable-regex, order-by-age, redirect-loop, backend-port, timeout-too-long, unmatchable-origin
             --> FOLDER/kgwc.toml:2:10
              |
            2 | allow = ["unknown-field"]
              |          ^^^^^^^^^^^^^^^

            1 error
            For more: kgwc explain-code invalid-setting
        "#]],
    );
    refused(
        "regex-rank = \"first\"\n",
        expect![[r#"
            error[invalid-setting]: unsupported value "first" for `regex-rank`; supported values: before-prefix, after-prefix
             --> FOLDER/kgwc.toml:1:14
              |
            1 | regex-rank = "first"
              |              ^^^^^^^

            1 error
            For more: kgwc explain-code invalid-setting
        "#]],
    );
    refused(
        "cluster-names = \"all\"\n",
        expect![[r#"
            error[invalid-setting]: all is neither kgwc, istio or kgateway, nor a template with {name}, and at will {kind}, {namespace} and {port}
             --> FOLDER/kgwc.toml:1:17
              |
            1 | cluster-names = "all"
              |                 ^^^^^

            1 error
            For more: kgwc explain-code invalid-setting
        "#]],
    );
    refused(
        "[test]\nfail-under = 101\n",
        expect![[r#"
            error[invalid-setting]: 101 is no percentage: it is 0 to 100
             --> FOLDER/kgwc.toml:2:14
              |
            2 | fail-under = 101
              |              ^^^

            1 error
            For more: kgwc explain-code invalid-setting
        "#]],
    );
}

#[test]
fn what_is_no_toml_is_told_where_it_stands() {
    refused(
        "gateway = edge\n[lint\n",
        expect![[r#"
            error[invalid-setting]: string values must be quoted, expected literal string
             --> FOLDER/kgwc.toml:1:11
              |
            1 | gateway = edge
              |           ^^^^

            error[invalid-setting]: unclosed table, expected `]`
             --> FOLDER/kgwc.toml:2:6
              |
            2 | [lint
              |      ^

            2 errors
            For more: kgwc explain-code invalid-setting
        "#]],
    );
    refused(
        "strict-refs = true\nstrict-refs = true\n",
        expect![[r#"
            error[invalid-setting]: duplicate key
             --> FOLDER/kgwc.toml:2:1
              |
            2 | strict-refs = true
              | ^^^^^^^^^^^

            1 error
            For more: kgwc explain-code invalid-setting
        "#]],
    );
}

#[test]
fn a_file_is_found_in_the_folders_above() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let inner = root.join("team/routes");
    fs::create_dir_all(&inner).unwrap();
    let input = inner.join("route.yaml");
    fs::write(&input, "").unwrap();
    fs::write(root.join("kgwc.toml"), "").unwrap();
    assert_eq!(find(Some(&input)), Some(root.join("kgwc.toml")));
    fs::write(root.join("team/kgwc.toml"), "").unwrap();
    assert_eq!(find(Some(&input)), Some(root.join("team/kgwc.toml")), "the nearest one");
    fs::create_dir(inner.join("kgwc.toml")).unwrap();
    assert_eq!(find(Some(&inner)), Some(inner.join("kgwc.toml")), "what cannot be read is told");
    let missing = root.join("team/other/route.yaml");
    assert_eq!(find(Some(&missing)), Some(root.join("team/kgwc.toml")));
}

#[test]
fn the_example_of_the_book_is_read_and_has_every_setting() {
    let page = include_str!("../../../docs/src/guides/settings.md");
    let example = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    settings(example).unwrap();
    let schema = schema();
    let tables = [&schema, &schema["properties"]["lint"], &schema["properties"]["test"]];
    for name in tables.iter().flat_map(|table| table["properties"].as_object().unwrap().keys()) {
        let is_there = |line: &str| line.starts_with(name) || line == format!("[{name}]");
        assert!(example.lines().any(is_there), "{name} is not in the example");
    }
}
