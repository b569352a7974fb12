//! A tree for terminals. A route of several listeners is drawn out once.

use super::{Diagram, Edge, Kind, Link};

/// Columns that a line takes; one with a longer word takes more.
const WIDTH: usize = 100;
/// Columns that a text has at least, however deep it stands.
const LEAST: usize = 40;

pub(super) fn render(diagram: &Diagram) -> String {
    let mut tree = Tree {
        diagram,
        children: diagram.children(),
        served: diagram.served(),
        drawn: vec![false; diagram.nodes.len()],
        out: String::new(),
    };
    for (number, root) in diagram.roots().into_iter().enumerate() {
        if number > 0 {
            tree.out.push('\n');
        }
        tree.node(root, None, "", "");
    }
    tree.out
}

struct Tree<'d> {
    diagram: &'d Diagram,
    children: Vec<Vec<&'d Edge>>,
    served: Vec<bool>,
    drawn: Vec<bool>,
    out: String,
}

impl Tree<'_> {
    /// Draws a node behind `first`, and all below it behind `rest`.
    fn node(&mut self, id: usize, edge: Option<&Edge>, first: &str, rest: &str) {
        let node = &self.diagram.nodes[id];
        let link = edge.map_or(Link::Requests, |edge| edge.link);
        let label = edge.map_or("", |edge| edge.label.as_str());
        let mut title = match link {
            Link::Requests => node.title.clone(),
            Link::Copies => format!("copies to {}", node.title),
            Link::Refused => format!("not attached: {}", node.title),
        };
        if !label.is_empty() && link != Link::Refused {
            title += &format!(" ({label})");
        }
        let is_route = node.kind == Kind::Route;
        // Where it is refused it is only named, if it is served elsewhere.
        let elsewhere = link == Link::Refused && self.served[id];
        let again = is_route && self.drawn[id];
        let children = if again || elsewhere { Vec::new() } else { self.children[id].clone() };
        if again && !elsewhere && !self.children[id].is_empty() {
            title += ", as above";
        }
        let bar = if children.is_empty() { "   " } else { "│  " };
        self.lines(&title, first, &format!("{rest}{bar}   "));
        let refused = Some(label).filter(|_| link == Link::Refused);
        let problems = node.problem.as_deref().into_iter().chain(refused);
        let problems = problems.map(|problem| format!("! {problem}"));
        for line in node.lines.iter().cloned().chain(problems) {
            self.lines(&line, &format!("{rest}{bar}"), &format!("{rest}{bar}  "));
        }
        if elsewhere {
            return;
        }
        self.drawn[id] = true;
        for (number, child) in children.iter().enumerate() {
            let is_last = number + 1 == children.len();
            let (corner, line) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            self.node(child.to, Some(child), &format!("{rest}{corner}"), &format!("{rest}{line}"));
        }
    }

    /// A text that is broken between words where it is long.
    fn lines(&mut self, text: &str, first: &str, rest: &str) {
        let room = WIDTH.saturating_sub(rest.chars().count()).max(LEAST);
        let mut line = String::new();
        let mut prefix = first;
        for word in text.split(' ') {
            let is_full = line.chars().count() + word.chars().count() >= room;
            if is_full && !line.is_empty() {
                self.out += &format!("{prefix}{line}\n");
                (line, prefix) = (String::new(), rest);
            } else if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.out += &format!("{prefix}{line}\n");
    }
}
