//! Golden folders: `input.yaml` to `config.json`, `status.yaml` and `diagnostics.txt`.
//! `UPDATE_EXPECT=1 cargo test --workspace --test compile` writes them anew; read them before they
//! are committed.

use expect_test::expect_file;
use kgwc::graph::Graph;
use kgwc::pipeline::{Input, Options};
use kgwc::render::{diagnostics, status};
use kgwc::source::Sources;
use std::fmt::Write;
use std::path::{Path, PathBuf};

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/compile");
    let entries = std::fs::read_dir(root).expect("the golden folders");
    let mut folders: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    folders.sort();
    folders
}

#[test]
fn golden_folders() {
    let folders = folders();
    assert!(folders.len() >= 8, "golden folders are missing");
    for folder in folders {
        let text = std::fs::read_to_string(folder.join("input.yaml")).expect("an input");
        let (sources, found) = Sources::from_text("input.yaml", &text);
        let input = Input::new(sources, found).expect("the schemas of this program");
        let options = Options::default();
        let compiled = input.compile(&options);
        let mut configs = String::new();
        for (_, lowered) in &compiled.gateways {
            let mut config = lowered.config.clone();
            // The hash and the automata say nothing to a reader, and change with libraries.
            config.id = "…".to_owned();
            for regex in &mut config.regexes {
                regex.dfa = "…".to_owned();
            }
            let json = serde_json::to_string_pretty(&config).expect("JSON");
            writeln!(configs, "{json}").expect("a string takes everything");
        }
        let graph = Graph::build(&input.index, &options.graph);
        let statuses = status::render(&graph).expect("YAML");
        let told = diagnostics::text::render(&compiled.diagnostics, &input.sources, false);
        expect_file![folder.join("config.json")].assert_eq(&configs);
        expect_file![folder.join("status.yaml")].assert_eq(&statuses);
        expect_file![folder.join("diagnostics.txt")].assert_eq(&told);
    }
}
