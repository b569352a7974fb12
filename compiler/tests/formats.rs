//! What machines read keeps to its schema: SARIF to that of OASIS, JUnit XML to `schema/junit.xsd`.

use kgwc::diagnostic::Diagnostic;
use kgwc::pipeline::{Input, Options};
use kgwc::render::diagnostics::{junit, sarif};
use kgwc::source::Sources;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use uppsala::XsdValidator;

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// Everything that the golden folders have diagnostics for.
fn inputs() -> Vec<(PathBuf, Sources, Vec<Diagnostic>)> {
    let mut paths = Vec::new();
    for folder in ["golden/source", "golden/compile", "../../examples"] {
        for entry in walkdir::WalkDir::new(tests().join(folder)).sort_by_file_name() {
            let path = entry.expect("an entry").into_path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                paths.push(path);
            }
        }
    }
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("text");
        let (sources, found) = Sources::from_text("routes/a b.yaml", &text);
        let input = Input::new(sources, found).expect("the schemas of this program");
        let told = input.compile(&Options::default()).diagnostics;
        (path, input.sources, told)
    };
    paths.into_iter().map(read).collect()
}

/// What a JUnit document breaks of the schema.
fn breaks(xsd: &XsdValidator, document: &str) -> Vec<String> {
    let document = uppsala::parse(document).expect("well-formed XML");
    xsd.validate(&document).iter().map(ToString::to_string).collect()
}

fn junit_schema() -> XsdValidator {
    let text = fs::read_to_string(tests().join("schema/junit.xsd")).expect("the schema");
    let schema = uppsala::parse(&text).expect("well-formed XML");
    XsdValidator::from_schema(&schema).expect("a schema")
}

#[test]
fn sarif_keeps_to_its_schema() {
    let text = fs::read_to_string(tests().join("schema/sarif-2.1.0.json")).expect("the schema");
    // As published it has a pattern with a bracket too many, which strict validators refuse.
    let text = text.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$");
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let is_valid = |log: &str| {
        let log: Value = serde_json::from_str(log).expect("JSON");
        validator.iter_errors(&log).map(|error| error.to_string()).collect::<Vec<_>>()
    };
    let mut results = 0;
    for (path, sources, told) in inputs() {
        results += told.len();
        let found = is_valid(&sarif::render(&told, &sources));
        assert!(found.is_empty(), "{}: {found:?}", path.display());
    }
    assert!(results > 100, "only {results} diagnostics");
    assert!(!is_valid(r#"{"version": "2.1.0", "runs": [{}]}"#).is_empty());
}

#[test]
fn diagnostics_as_junit_keep_to_the_schema() {
    let schema = junit_schema();
    for (path, sources, told) in inputs() {
        let found = breaks(&schema, &junit::render(&told, &sources));
        assert!(found.is_empty(), "{}: {found:?}", path.display());
    }
    let wrong = r#"<testsuites tests="1" failures="0" errors="0"><testcase/></testsuites>"#;
    assert!(!breaks(&schema, wrong).is_empty());
}

#[test]
fn reports_as_junit_keep_to_the_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    let matches = tests().join("../../examples/matches");
    fs::copy(matches.join("routes.yaml"), folder.path().join("routes.yaml")).expect("a copy");
    let cases = "\
apiVersion: kgwc.dev/v1alpha1
kind: RouteTest
metadata: {name: both}
cases:
- {name: right, request: {url: http://a.example.com/headers}, expect: {backend: httpbin-v3}}
- {name: <wrong>, request: {url: http://a.example.com/headers}, expect: {backend: httpbin-v1}}
";
    fs::write(folder.path().join("tests.yaml"), cases).expect("a file");
    let output = Command::new(env!("CARGO_BIN_EXE_kgwc"))
        .args(["test", "--engine", "native", "--output", "junit", "."])
        .current_dir(folder.path())
        .output()
        .expect("kgwc runs");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(text.contains(r#"tests="2""#) && text.contains(r#"failures="1""#), "{text}");
    assert!(text.contains("tests.yaml:6\n"), "the place of the failure: {text}");
    assert_eq!(breaks(&junit_schema(), &text), Vec::<String>::new(), "{text}");
}

#[test]
fn check_writes_its_result_in_the_format_of_output() {
    let routes = tests().join("../../examples/matches/routes.yaml");
    let run = |options: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_kgwc"))
            .arg("check")
            .args(options)
            .arg(&routes)
            .output()
            .expect("kgwc runs")
    };
    for format in ["json", "github", "sarif", "junit"] {
        let output = run(&["--output", format]);
        assert_eq!(output.status.code(), Some(0), "{format}");
        assert_eq!(output.stdout, run(&["--diagnostics", format]).stdout, "{format}");
        assert_eq!(output.stderr, b"", "{format}");
    }
    let junit = String::from_utf8(run(&["--output", "junit"]).stdout).expect("text");
    assert!(junit.contains(r#"<testcase name="no problems""#), "{junit}");
    let both = run(&["--output", "json", "--diagnostics", "json"]);
    assert_eq!(both.status.code(), Some(2), "two formats at once are wrong usage");
}
