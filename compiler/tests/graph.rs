//! `kgwc graph` in every format: golden folders with `input.yaml` and the pictures of it.
//! `UPDATE_EXPECT=1 cargo test --workspace --test graph` draws them anew; look at them before they
//! are committed.

use expect_test::expect_file;
use kgwc::graph::{self, Graph};
use kgwc::index::ObjectKey;
use kgwc::pipeline::Input;
use kgwc::render::graph::{Diagram, Format};
use kgwc::source::Sources;
use std::fs;
use std::path::{Path, PathBuf};

fn golden(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/graph").join(folder)
}

fn drawn(yaml: &str, gateway: Option<&ObjectKey>, format: Format) -> String {
    let (sources, found) = Sources::from_text("input.yaml", yaml);
    let input = Input::new(sources, found).expect("the schemas of this program");
    assert!(input.diagnostics.is_empty(), "{:?}", input.diagnostics);
    let options = graph::Options::default();
    let graph = Graph::build(&input.index, &options);
    Diagram::new(&graph, gateway).render(format)
}

fn input(folder: &str) -> String {
    fs::read_to_string(golden(folder).join("input.yaml")).expect("an input")
}

/// The part of a page that depends on the routes.
fn main_part(page: &str) -> &str {
    let rest = page.split_once("<main>").expect("a main part").1;
    rest.split_once("</main>").expect("its end").0
}

#[test]
fn golden_pictures() {
    for folder in ["rich", "hostile"] {
        let yaml = input(folder);
        let check = |file: &str, format| {
            let picture = drawn(&yaml, None, format);
            let shown = if format == Format::Html { main_part(&picture) } else { &picture };
            expect_file![golden(folder).join(file)].assert_eq(shown);
        };
        check("tree.txt", Format::Text);
        check("chart.mmd", Format::Mermaid);
        check("graph.dot", Format::Dot);
        check("main.html", Format::Html);
    }
}

#[test]
fn one_gateway_is_drawn_with_the_routes_that_name_it() {
    let yaml = input("rich");
    let of = |name: &str| drawn(&yaml, Some(&ObjectKey::new("infra", name)), Format::Text);
    assert!(of("edge").contains("HTTPRoute team/refused"), "it names it, though it is refused");
    assert!(!of("edge").contains("orphan"));
    let other = of("elsewhere");
    assert!(other.starts_with("Gateway infra/elsewhere\n"), "{other}");
    assert!(other.contains("HTTPRoute infra/shop") && !other.contains("team/shop"), "{other}");
}

#[test]
fn nothing_that_a_route_says_gets_out_of_its_place() {
    let yaml = input("hostile");
    let page = drawn(&yaml, None, Format::Html);
    assert_eq!(page.matches("<script").count(), 1, "only the script of the page");
    assert_eq!(page.matches("<style").count(), 1);
    assert!(!page.contains("<img"));
    for format in [Format::Text, Format::Mermaid, Format::Dot, Format::Html] {
        let picture = drawn(&yaml, None, format);
        let unsafe_characters = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!picture.contains(unsafe_characters), "{format:?}");
    }
    // Every line is one that the format begins, never a part of a text.
    let begins = |line: &str, first: &[&str]| first.iter().any(|first| line.starts_with(first));
    for line in drawn(&yaml, None, Format::Mermaid).lines().skip(1) {
        assert!(begins(line, &["  n"]) && !line.contains("%%{") && !line.contains('`'), "{line}");
    }
    for line in drawn(&yaml, None, Format::Dot).lines().skip(4) {
        assert!(begins(line, &["  n", "}"]), "{line}");
    }
}

#[test]
fn a_page_runs_and_loads_nothing_but_its_own() {
    let page = drawn(&input("rich"), None, Format::Html);
    let policy = page.split("Content-Security-Policy\" content=\"").nth(1).expect("a policy");
    let policy = policy.split('"').next().unwrap_or_default();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    for loads in ["src=", "href=", "url(", "@import", "fetch(", "://"] {
        assert!(!page.contains(loads), "{loads}");
    }
}

#[test]
fn five_hundred_routes_are_drawn_in_order() {
    let route = |number: usize| {
        format!(
            "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n\
             metadata: {{name: route-{number:03}}}\nspec:\n  parentRefs: [{{name: edge}}]\n  \
             hostnames: [h{number}.example.com]\n  \
             rules: [{{backendRefs: [{{name: app-{number}, port: 80}}]}}]\n"
        )
    };
    let yaml: String = (0..500).map(route).collect();
    let page = drawn(&yaml, None, Format::Html);
    let at = |name: &str| page.find(name).expect("a route");
    assert!(at("default/route-000") < at("default/route-250"));
    assert!(at("default/route-250") < at("default/route-499"));
    assert!(page.len() < 1 << 20, "{} bytes", page.len());
    assert_eq!(drawn(&yaml, None, Format::Html), page);
}
