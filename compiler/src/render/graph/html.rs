//! One page that needs nothing else: the columns from Gateway to backend as nested lists, drawn
//! side by side, with a search.

use super::{Diagram, Edge, Kind, Link, Node};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

pub(super) fn render(diagram: &Diagram) -> String {
    let page = Page { diagram, children: diagram.children(), served: diagram.served() };
    let trees: String = diagram.roots().into_iter().map(|root| page.item(root, None)).collect();
    // Nothing but this style and this script can be loaded or run, whatever the routes say.
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "<!DOCTYPE html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width\">
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'sha256-{}'; script-src 'sha256-{}'\">
<title>Routes</title>
<style>{STYLE}</style>
</head>
<body>
<header>
<h1>Routes</h1>
<label>Search <input id=\"search\" type=\"search\" placeholder=\"host, path, name\"></label>
<label><input id=\"problems\" type=\"checkbox\"> only problems ({})</label>
<output id=\"count\" aria-live=\"polite\"></output>
</header>
<main>
<ul>
{trees}</ul>
</main>
<script>{SCRIPT}</script>
</body>
</html>
",
        hash(STYLE),
        hash(SCRIPT),
        page.problems(),
    )
}

struct Page<'d> {
    diagram: &'d Diagram,
    children: Vec<Vec<&'d Edge>>,
    served: Vec<bool>,
}

impl Page<'_> {
    /// A node with all that it leads to.
    fn item(&self, id: usize, edge: Option<&Edge>) -> String {
        let node = &self.diagram.nodes[id];
        let Node { kind, title, lines, problem } = node;
        let link = edge.map_or(Link::Requests, |edge| edge.link);
        let label = edge.map_or("", |edge| edge.label.as_str());
        let refused = link == Link::Refused;
        let mut inner = String::new();
        let label_text = [link.verb(), label].join(if link.verb().is_empty() || label.is_empty() {
            ""
        } else {
            ": "
        });
        if !label_text.is_empty() {
            let class = if refused { "problem" } else { "label" };
            inner += &format!("<p class=\"{class}\">{}</p>", escaped(&label_text));
        }
        inner += &format!("<h2>{}</h2>", escaped(title));
        inner.extend(lines.iter().map(|line| format!("<p>{}</p>", escaped(line))));
        if let Some(problem) = problem {
            inner += &format!("<p class=\"problem\">{}</p>", escaped(problem));
        }
        let mut class = class(*kind).to_owned();
        if problem.is_some() || refused {
            class += " bad";
        }
        if link == Link::Copies {
            class += " copies";
        }
        let mut item =
            format!("<li><div class=\"{class}\" data-node=\"{id}\" tabindex=\"0\">{inner}</div>");
        // Where a route is refused it is only named, if it is served elsewhere.
        let children = match refused && self.served[id] {
            true => &[][..],
            false => &self.children[id],
        };
        if !children.is_empty() {
            item += "\n<ul>\n";
            item.extend(children.iter().map(|child| self.item(child.to, Some(child))));
            item += "</ul>\n";
        }
        item + "</li>\n"
    }

    fn problems(&self) -> usize {
        let nodes = self.diagram.nodes.iter().filter(|node| node.problem.is_some()).count();
        let edges = self.diagram.edges.iter().filter(|edge| edge.link == Link::Refused).count();
        nodes + edges
    }
}

fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Gateway => "gateway",
        Kind::Listener => "listener",
        Kind::Route => "route",
        Kind::Rule => "rule",
        Kind::Backend => "backend",
        Kind::Answer => "answer",
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
