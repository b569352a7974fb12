//! The README and the book keep their word: every command in a `console` block is run, and prints
//! what stands below it, where `...` stands for anything; a block that begins with the name of a
//! file is that file. `UPDATE_EXPECT=1` writes what commands print into the pages.

mod console;
mod page;

use console::Checkout;
use expect_test::expect_file;
use kgwc_tests::{kgwc, repository};
use page::{Page, book, pages};
use std::collections::BTreeSet;

/// What stands beside an object that is no route, so that there is something to check.
const ROUTE: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: beside}
spec:
  parentRefs: [{name: beside}]
  rules: [{backendRefs: [{name: beside, port: 80}]}]
";

#[test]
fn every_command_prints_what_the_page_says() {
    for page in pages() {
        let anew = Checkout::new().read(&page);
        expect_file![repository(&page.path)].assert_eq(&anew);
    }
}

/// `yaml,wrong` marks what has errors on purpose.
#[test]
fn every_object_is_as_right_as_the_page_says() {
    for page in pages() {
        let blocks = page.blocks();
        let objects = blocks.iter().filter(|block| {
            let has = |field: &str| block.text.lines().any(|line| line.starts_with(field));
            block.language == "yaml" && has("apiVersion:") && has("kind:")
        });
        for block in objects {
            let input = match block.text.contains("kind: HTTPRoute") {
                true => block.text.to_owned(),
                false => format!("{}---\n{ROUTE}", block.text),
            };
            let out = kgwc!().input(input).run(["check", "-"]);
            let status = Some(i32::from(block.marks.contains(&"wrong")));
            let place = page.path.display();
            assert_eq!(out.status, status, "{place}:\n{}\n{}", block.text, out.stdout);
        }
    }
}

#[test]
fn every_link_leads_to_something() {
    let others = ["envoy-bootstrap/README.md", "examples/README.md", "README.md"];
    for page in others.map(Page::read).into_iter().chain(book()) {
        let folder = page.path.parent().unwrap();
        for link in page.links().into_iter().filter(|link| !link.starts_with("https://")) {
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match path {
                "" => page.path.clone(),
                path => folder.join(path),
            };
            let place = page.path.display();
            assert!(repository(&target).exists(), "{place}: there is no {link}");
            if !anchor.is_empty() {
                let anchors = Page::read(target).anchors();
                assert!(anchors.contains(anchor), "{place}: {link} is none of {anchors:?}");
            }
        }
    }
}

/// mdBook shows only what the summary names.
#[test]
fn the_summary_names_every_page_once() {
    let summary = Page::read("docs/src/SUMMARY.md").links();
    let named: BTreeSet<_> = summary.iter().map(|link| format!("docs/src/{link}")).collect();
    assert_eq!(named.len(), summary.len(), "{summary:?}");
    let pages = book().into_iter().map(|page| page.path.display().to_string());
    let pages: BTreeSet<_> = pages.filter(|path| path != "docs/src/SUMMARY.md").collect();
    assert_eq!(named, pages);
}

#[test]
fn the_table_of_hosts_is_the_one_that_warnings_are_made_of() {
    let page = Page::read("docs/src/reference/hosts.md");
    let rows: Vec<_> = page.text.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    let table: Vec<_> = kgwc::host::FEATURES.iter().map(|needs| needs.markdown()).collect();
    assert_eq!(rows, table, "should be:\n{}", table.join("\n"));
}

#[test]
fn every_option_that_a_page_names_exists() {
    let overview = kgwc!().run(["--help"]).fine();
    let commands = overview.split("Commands:\n").nth(1).unwrap();
    let commands = commands.lines().take_while(|line| !line.is_empty());
    let commands = commands.filter_map(|line| line.split_whitespace().next());
    let commands = commands.filter(|command| *command != "help");
    let help = commands.map(|command| kgwc!().run([command, "--help"]).fine());
    let help: String = std::iter::once(overview.clone()).chain(help).collect();
    let known: BTreeSet<_> = words(&help).filter(is_option).collect();
    for page in pages() {
        let code = page.text.split('`').skip(1).step_by(2).flat_map(words);
        for option in code.filter(is_option) {
            // The last one is an option of kubectl.
            let is_known = known.contains(option) || option == "--server-side";
            let place = page.path.display();
            assert!(is_known, "{place} names {option}, which no command has");
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || "=,.;:()[]'\"".contains(c))
}

fn is_option(word: &&str) -> bool {
    word.strip_prefix("--").is_some_and(|name| name.starts_with(|c: char| c.is_alphabetic()))
}
