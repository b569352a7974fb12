//! The reference pages of the book that are made from the code: the command line, and the shapes of
//! files from their JSON schemas. `UPDATE_EXPECT=1 cargo test --workspace --test reference` writes
//! them anew.

mod commands;
mod schema;

use expect_test::expect_file;
use std::path::{Path, PathBuf};

fn page(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src/reference").join(name)
}

#[test]
fn the_page_of_the_commands() {
    let text = commands::render(&kgwc::commands::command());
    expect_file![page("commands.md")].assert_eq(&text);
}

#[test]
fn the_page_of_the_plugin_configuration() {
    let head = "# The plugin configuration\n\n\
        What `kgwc compile` writes and the module reads: one JSON document for the listeners of \
        one Gateway. Entries of its tables are referred to by their number, from 0. A field that \
        is not there has its default, or says nothing. The module refuses a `version` that it does \
        not know; Envoy then keeps the configuration that it has. Nothing in the document is \
        secret.\n\nThis page is made from the schema, which `kgwc schema plugin-config` prints.\n";
    let schema = schemars::schema_for!(route::Config).to_value();
    let text = format!("{head}\n{}", schema::render(&schema, "The document"));
    expect_file![page("plugin-configuration.md")].assert_eq(&text);
}

#[test]
fn the_page_of_the_settings() {
    let head = "# kgwc.toml\n\n\
        Defaults for the options, beside the routes that they are for. Everything is optional, and \
        the command line wins. How to use it: [Set defaults in kgwc.toml](../guides/settings.md).\
        \n\nThis page is made from the schema, which `kgwc schema config` prints.\n";
    let text = format!("{head}\n{}", schema::render(&kgwc::settings::schema(), "The file"));
    expect_file![page("kgwc-toml.md")].assert_eq(&text);
}

#[test]
fn the_page_of_route_tests() {
    let head = "# RouteTest\n\n\
        What `kgwc test` reads: requests, and what has to become of them. What is not named in an \
        expectation is not checked. How to write one: [Writing tests](../guides/writing-tests.md).\
        \n\nThis page is made from the schema, which `kgwc schema RouteTest` prints. The fields \
        stand beside `apiVersion: kgwc.dev/v1alpha1`, `kind: RouteTest` and `metadata`.\n";
    let schema = kgwc::api::schema(kgwc::api::Kind::RouteTest).expect("a schema");
    let text = format!("{head}\n{}", schema::render(&schema, "The object"));
    expect_file![page("route-test.md")].assert_eq(&text);
}
