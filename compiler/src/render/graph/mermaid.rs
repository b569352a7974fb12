//! A Mermaid flowchart.

use super::{Diagram, Edge, Kind, Link, Node};
use std::fmt::Write;

pub(super) fn render(diagram: &Diagram) -> String {
    let mut out = "flowchart LR\n".to_owned();
    for (id, node) in diagram.nodes.iter().enumerate() {
        let (open, close) = match node.kind {
            Kind::Gateway => ("([", "])"),
            Kind::Listener | Kind::Route => ("[", "]"),
            Kind::Rule => ("(", ")"),
            Kind::Backend => ("[[", "]]"),
            Kind::Answer => (">", "]"),
        };
        let class = if node.problem.is_some() { ":::problem" } else { "" };
        // A text takes everything that is written to it.
        let _ = writeln!(out, "  n{id}{open}\"{}\"{close}{class}", label(node));
    }
    for Edge { from, to, link, label } in &diagram.edges {
        let arrow = match link {
            Link::Requests => "-->",
            Link::Copies => "-.->",
            Link::Refused => "-.-x",
        };
        let text = match (link.verb(), label.as_str()) {
            ("", "") => String::new(),
            ("", label) => format!("|\"{}\"|", escaped(label)),
            (verb, label) => format!("|\"{verb}: {}\"|", escaped(label)),
        };
        let _ = writeln!(out, "  n{from} {arrow}{text} n{to}");
    }
    if diagram.nodes.iter().any(|node| node.problem.is_some()) {
        out += "  classDef problem stroke:#c00,color:#c00\n";
    }
    out
}

fn label(node: &Node) -> String {
    node.all_lines().map(escaped).collect::<Vec<_>>().join("<br>")
}

/// Whatever is more than text, to Mermaid or in HTML, as an entity in Mermaid's spelling. So is the
/// colon: Mermaid takes the semicolon from the end of a line with `style` and a colon in it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'a'..='z'
            | 'A'..='Z'
            | '0'..='9'
            | ' '
            | '/'
            | '.'
            | ','
            | '-'
            | '_'
            | '%'
            | '='
            | '+'
            | '!'
            | '?'
            | '('
            | ')' => out.push(c),
            c if c.is_alphanumeric() => out.push(c),
            c => out += &format!("#{};", u32::from(c)),
        }
    }
    out
}
