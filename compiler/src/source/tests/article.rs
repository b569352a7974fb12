//! YAML that is broken as the article breaks it: where it is told to be wrong, and what mends it.

use expect_test::{Expect, expect};

use serde_json::json;

use super::{found, problems};
use crate::diagnostic::{FieldPath, Part};
use crate::source::Sources;

/// The third YAML block of the article, as it stands.
const ARTICLE: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: httpbin
spec:
  parentRefs:
  - name: my-gateway
  rules:
  - matches:
      - path: 
          type: PathPrefix
          value: /status
        headers:
        - type: Exact
          name: user
          value: me
      backendRefs:
        - name: httpbin-v1
          port: 8000
    - matches:
      - queryParams: 
        - type: Exact
          name: version
          value: 2
        method: \"POST\"
      backendRefs:
        - name: httpbin-v2
          port: 8000
    - matches:
      - path:
          type: Exact
          value: /headers
      - headers: 
        - type: Exact
          name: version
          value: \"3\"
      backendRefs:
        - name: httpbin-v3
          port: 8000
";

/// Moves lines (from 1) by a number of columns.
fn moved(text: &str, lines: std::ops::RangeInclusive<usize>, by: isize) -> String {
    text.lines()
        .enumerate()
        .map(|(i, line)| {
            let indent = line.len() - line.trim_start().len();
            let by = if lines.contains(&(i + 1)) { by } else { 0 };
            format!("{}{}\n", " ".repeat(indent.saturating_add_signed(by)), line.trim_start())
        })
        .collect()
}

fn check(text: &str, expected: &Expect) {
    expected.assert_eq(&problems(text));
}

#[test]
fn the_broken_block_of_the_article() {
    check(
        ARTICLE,
        &expect![[r#"
            error[invalid-yaml]: `backendRefs` is indented to column 7, where no field can stand
              --> routes.yaml:17:7
               |
             9 |   - matches:
               |     ------- column 5: the fields of `spec.rules[0]`
            10 |       - path: 
               |       - ---- column 9: the fields of `spec.rules[0].matches[0]`
               |       |
               |       column 7: the entries of `spec.rules[0].matches`
            ...
            17 |       backendRefs:
               |       ^^^^^^^^^^^
               |
               = help: move line 9 (`- matches:`) to column 5: then `backendRefs` stands beside `matches` and the document can be read; or move `backendRefs` and the lines that belong to it to column 5, beside `matches`, and go on with line 20

            1 error
            For more: kgwc explain-code invalid-yaml
        "#]],
    );
    // The first proposal makes it readable, and the number is found where it stands.
    let mended = moved(ARTICLE, 9..=9, 2);
    let (sources, diagnostics) = Sources::from_text("a.yaml", &mended);
    assert_eq!(diagnostics, []);
    let rules = sources.documents[0].value["spec"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 3);
    assert_eq!(rules[1]["matches"][0]["queryParams"][0]["value"], json!(2));
    let params = FieldPath::from("spec.rules").index(1).field("matches").index(0);
    let value = params.field("queryParams").index(0).field("value");
    assert_eq!(found(&sources, 0, value, Part::Value), "24:18 2");
}

#[test]
fn the_other_sequence_of_mends() {
    let first = moved(ARTICLE, 17..=19, -2);
    check(
        &first,
        &expect![[r#"
            error[invalid-yaml]: this `-` is indented to column 5, where no entry of a list can stand
              --> routes.yaml:20:5
               |
             9 |   - matches:
               |   - ------- column 5: the fields of `spec.rules[0]`
               |   |
               |   column 3: the entries of `spec.rules`
            ...
            18 |       - name: httpbin-v1
               |       - column 7: the entries of `spec.rules[0].backendRefs`
            19 |         port: 8000
            20 |     - matches:
               |     ^
               |
               = help: move this `-` and the lines that belong to it to column 3, with the entries of `spec.rules`, and go on with line 29

            1 error
            For more: kgwc explain-code invalid-yaml
        "#]],
    );
    let second = moved(&first, 20..=28, -2);
    check(
        &second,
        &expect![[r#"
            error[invalid-yaml]: this `-` is indented to column 5, where no entry of a list can stand
              --> routes.yaml:29:5
               |
             9 |   - matches:
               |   - column 3: the entries of `spec.rules`
            ...
            20 |   - matches:
               |     ------- column 5: the fields of `spec.rules[1]`
            ...
            27 |       - name: httpbin-v2
               |       - column 7: the entries of `spec.rules[1].backendRefs`
            28 |         port: 8000
            29 |     - matches:
               |     ^
               |
               = help: move this `-` and the lines that belong to it to column 3, with the entries of `spec.rules`, or to column 7, with the entries of `spec.rules[1].backendRefs`

            1 error
            For more: kgwc explain-code invalid-yaml
        "#]],
    );
    let third = moved(&second, 29..=39, -2);
    assert_eq!(problems(&third), "");
}

#[test]
fn lines_between_two_blocks() {
    check(
        "spec:\n    hostnames: []\n  rules: []\n",
        &expect![[r#"
            error[invalid-yaml]: `rules` is indented to column 3, where no field can stand
             --> routes.yaml:3:3
              |
            1 | spec:
              | ---- column 1: the fields of the object
            2 |     hostnames: []
              |     --------- column 5: the fields of `spec`
            3 |   rules: []
              |   ^^^^^
              |
              = help: move `rules` to column 1, beside `spec`, or to column 5, beside `hostnames`

            1 error
            For more: kgwc explain-code invalid-yaml
        "#]],
    );
    check(
        "spec:\n  hostnames:\n    - a\n   - b\n",
        &expect![[r#"
            error[invalid-yaml]: this `-` is indented to column 4, where no entry of a list can stand
             --> routes.yaml:4:4
              |
            3 |     - a
              |     - column 5: the entries of `spec.hostnames`
            4 |    - b
              |    ^
              |
              = help: move this `-` to column 5, with the entries of `spec.hostnames`

            1 error
            For more: kgwc explain-code invalid-yaml
        "#]],
    );
    check(
        "spec:\n  name: a\n    port: 80\n",
        &expect![[r#"
            error[invalid-yaml]: `port` is indented to column 5, where no field can stand
             --> routes.yaml:3:5
              |
            2 |   name: a
              |   ---- column 3: the fields of `spec`
            3 |     port: 80
              |     ^^^^
              |
              = help: move `port` to column 3, beside `name`

            1 error
            For more: kgwc explain-code invalid-yaml
        "#]],
    );
}
