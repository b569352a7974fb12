//! A digraph in the language of Graphviz.

use super::{Diagram, Edge, Kind, Link, Node};
use std::fmt::Write;

const HEAD: &str = "digraph kgwc {
  rankdir=LR;
  node [shape=box, style=rounded, fontname=\"sans-serif\", fontsize=11];
  edge [fontname=\"sans-serif\", fontsize=10];
";

pub(super) fn render(diagram: &Diagram) -> String {
    let mut out = HEAD.to_owned();
    for (id, node) in diagram.nodes.iter().enumerate() {
        // A text takes everything that is written to it.
        let _ = writeln!(out, "  n{id} [label=\"{}\"{}];", label(node), look(node));
    }
    for edge in &diagram.edges {
        let Edge { from, to, link, .. } = edge;
        let attributes = match link {
            Link::Requests => "",
            Link::Copies => ", style=dashed",
            Link::Refused => ", style=dotted, color=red3, fontcolor=red3, arrowhead=none",
        };
        let text = [link.verb(), &edge.label].join(if link.verb().is_empty() { "" } else { ": " });
        let _ = writeln!(out, "  n{from} -> n{to} [label=\"{}\"{attributes}];", escaped(&text));
    }
    out + "}\n"
}

/// Its lines, each set flush left but for the title.
fn label(node: &Node) -> String {
    let lines: Vec<_> = node.all_lines().map(escaped).collect();
    match lines.as_slice() {
        [title] => title.clone(),
        lines => lines.iter().map(|line| format!("{line}\\l")).collect(),
    }
}

fn look(node: &Node) -> &'static str {
    match (&node.problem, node.kind) {
        (Some(_), _) => ", color=red3, fontcolor=red3",
        (None, Kind::Gateway) => ", style=\"rounded,bold\"",
        (None, Kind::Backend) => ", shape=component",
        (None, Kind::Answer) => ", shape=note",
        (None, _) => "",
    }
}

/// In quotes a backslash starts an escape, and Graphviz reads the entities of HTML.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('&', "&amp;")
}
