//! Diagnostics as SARIF 2.1.0, which code scanning services read
//! (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>).

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Value, json};

use super::{Located, located, severity_name};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Location, Sources};

/// A log with one run; its rules are the codes that occur.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let all = located(diagnostics, sources);
    let codes: BTreeSet<Code> = all.iter().map(|problem| problem.diagnostic.code).collect();
    let codes: Vec<Code> = codes.into_iter().collect();
    let rules: Vec<Value> = codes.iter().map(|code| rule(*code)).collect();
    let results: Vec<Value> = all.iter().map(|problem| result(problem, &codes)).collect();
    super::pretty(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "kgwc",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    }))
}

fn rule(code: Code) -> Value {
    json!({
        "id": code.as_str(),
        "shortDescription": {"text": code.summary()},
        "help": {"text": code.page(), "markdown": code.page()},
    })
}

fn result(problem: &Located<'_>, codes: &[Code]) -> Value {
    let Diagnostic { code, severity, message, help, quoted, .. } = problem.diagnostic;
    let text = match help {
        Some(help) => format!("{message}\n\nHelp: {help}"),
        None => message.clone(),
    };
    let mut result = json!({
        "ruleId": code.as_str(),
        "ruleIndex": codes.iter().position(|other| other == code),
        "level": severity_name(*severity),
        "message": {"text": text},
    });
    if let Some(quoted) = quoted {
        result["properties"] = json!({"apiServer": quoted});
    }
    if let Some(location) = &problem.location {
        result["locations"] = json!([physical(location)]);
    }
    let related: Vec<Value> = problem
        .related
        .iter()
        .filter_map(|(location, message)| {
            let mut related = physical(location.as_ref()?);
            related["message"] = json!({"text": message});
            Some(related)
        })
        .collect();
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    result
}

fn physical(location: &Location) -> Value {
    let mut physical = json!({"artifactLocation": {"uri": uri(&location.name)}});
    if let Some(position) = &location.position {
        physical["region"] = json!({
            "startLine": position.line,
            "startColumn": position.column,
            "endLine": position.line,
            "endColumn": position.end_column,
        });
    }
    json!({"physicalLocation": physical})
}

/// A file name as a URI reference (RFC 3986), relative as the name is.
fn uri(name: &str) -> String {
    let mut uri = if name.starts_with('/') { "file://".to_owned() } else { String::new() };
    for byte in name.trim_start_matches("./").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::super::{fixture, pretty};
    use super::{render, uri};
    use crate::diagnostic::Code;
    use serde_json::Value;

    /// The log, and the help of each of its rules.
    fn log() -> (String, Vec<Value>) {
        let text = render(&fixture::diagnostics(), &fixture::sources());
        let mut log: Value = serde_json::from_str(&text).unwrap();
        let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array_mut().unwrap();
        let help = rules.iter_mut().filter_map(|rule| rule.as_object_mut()?.remove("help"));
        let help = help.collect();
        (pretty(&log), help)
    }

    #[test]
    fn rules_are_explained() {
        let (_, help) = log();
        let pages = help.iter().map(|help| help["markdown"].as_str().unwrap());
        let codes = [Code::Unreadable, Code::NoInput, Code::UnknownField, Code::WrongType];
        assert!(pages.eq(codes.map(Code::page)));
    }

    #[test]
    fn one_log() {
        expect![[r#"
            {
              "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
              "runs": [
                {
                  "columnKind": "unicodeCodePoints",
                  "results": [
                    {
                      "level": "note",
                      "message": {
                        "text": "nothing to do"
                      },
                      "ruleId": "no-input",
                      "ruleIndex": 1
                    },
                    {
                      "level": "error",
                      "locations": [
                        {
                          "physicalLocation": {
                            "artifactLocation": {
                              "uri": "no/such%20file.yaml"
                            }
                          }
                        }
                      ],
                      "message": {
                        "text": "there is no such file or folder"
                      },
                      "ruleId": "unreadable",
                      "ruleIndex": 0
                    },
                    {
                      "level": "error",
                      "locations": [
                        {
                          "physicalLocation": {
                            "artifactLocation": {
                              "uri": "routes/a%2C%20b.yaml"
                            },
                            "region": {
                              "endColumn": 11,
                              "endLine": 5,
                              "startColumn": 5,
                              "startLine": 5
                            }
                          }
                        }
                      ],
                      "message": {
                        "text": "there is no field `matchs`\n\nHelp: did you mean `matches`?"
                      },
                      "properties": {
                        "apiServer": "strict decoding error: unknown field \"spec.rules[0].matchs\""
                      },
                      "ruleId": "unknown-field",
                      "ruleIndex": 2
                    },
                    {
                      "level": "warning",
                      "locations": [
                        {
                          "physicalLocation": {
                            "artifactLocation": {
                              "uri": "routes/a%2C%20b.yaml"
                            },
                            "region": {
                              "endColumn": 22,
                              "endLine": 6,
                              "startColumn": 21,
                              "startLine": 6
                            }
                          }
                        }
                      ],
                      "message": {
                        "text": "a number where a string is wanted"
                      },
                      "relatedLocations": [
                        {
                          "message": {
                            "text": "100% of it: here"
                          },
                          "physicalLocation": {
                            "artifactLocation": {
                              "uri": "routes/a%2C%20b.yaml"
                            },
                            "region": {
                              "endColumn": 5,
                              "endLine": 2,
                              "startColumn": 1,
                              "startLine": 2
                            }
                          }
                        }
                      ],
                      "ruleId": "wrong-type",
                      "ruleIndex": 3
                    }
                  ],
                  "tool": {
                    "driver": {
                      "name": "kgwc",
                      "rules": [
                        {
                          "id": "unreadable",
                          "shortDescription": {
                            "text": "A file or folder that cannot be read."
                          }
                        },
                        {
                          "id": "no-input",
                          "shortDescription": {
                            "text": "Nothing in the input that kgwc could work on."
                          }
                        },
                        {
                          "id": "unknown-field",
                          "shortDescription": {
                            "text": "A field that the kind does not have."
                          }
                        },
                        {
                          "id": "wrong-type",
                          "shortDescription": {
                            "text": "A value of the wrong type."
                          }
                        }
                      ],
                      "version": "0.1.0"
                    }
                  }
                }
              ],
              "version": "2.1.0"
            }
        "#]]
        .assert_eq(&log().0);
    }

    #[test]
    fn names_become_uris() {
        assert_eq!(uri("./routes/a b.yaml"), "routes/a%20b.yaml");
        assert_eq!(uri("/tmp/é.yaml"), "file:///tmp/%C3%A9.yaml");
        assert_eq!(uri("<stdin>"), "%3Cstdin%3E");
    }
}
