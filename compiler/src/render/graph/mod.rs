//! A picture of the resolved graph: what is served where, and what is not and why. One format a
//! file, all of them from one [`Diagram`].

mod build;
mod dot;
mod html;
mod label;
mod mermaid;
mod text;

use crate::graph::Graph;
use crate::index::ObjectKey;
use clap::ValueEnum;

/// Format of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A tree for terminals
    Text,
    /// A Mermaid flowchart, as Markdown files of many platforms show it
    Mermaid,
    /// A digraph for Graphviz
    Dot,
    /// One page that can be searched; it needs nothing else
    Html,
}

/// What a node stands for; the columns of a picture in their order, but for the answers, which
/// stand where backends do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Gateway,
    Listener,
    Route,
    Rule,
    Backend,
    Answer,
}

/// A node of a picture. No text of it has control characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    kind: Kind,
    /// What it is, in a line.
    title: String,
    /// More about it, each in a line.
    lines: Vec<String>,
    /// What is wrong with it.
    problem: Option<String>,
}

/// What leads from one node to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    /// Requests.
    Requests,
    /// Copies of requests.
    Copies,
    /// A parentRef that does not attach the route.
    Refused,
}

#[derive(Clone, Debug)]
struct Edge {
    from: usize,
    to: usize,
    link: Link,
    /// Hostnames, shares, or why a route is refused; may be empty.
    label: String,
}

/// Nodes and edges in the order in which they are drawn.
#[derive(Clone, Debug, Default)]
pub struct Diagram {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
}

impl Diagram {
    /// The picture of a graph; of one Gateway with the routes that name it, where one is given.
    pub fn new(graph: &Graph<'_>, gateway: Option<&ObjectKey>) -> Self {
        build::diagram(graph, gateway)
    }

    /// The picture in a format.
    pub fn render(&self, format: Format) -> String {
        match format {
            Format::Text => text::render(self),
            Format::Mermaid => mermaid::render(self),
            Format::Dot => dot::render(self),
            Format::Html => html::render(self),
        }
    }

    /// The nodes that nothing leads to.
    fn roots(&self) -> Vec<usize> {
        let mut is_root = vec![true; self.nodes.len()];
        for edge in &self.edges {
            is_root[edge.to] = false;
        }
        (0..self.nodes.len()).filter(|number| is_root[*number]).collect()
    }

    /// The edges from each node, in their order.
    fn children(&self) -> Vec<Vec<&Edge>> {
        let mut children = vec![Vec::new(); self.nodes.len()];
        for edge in &self.edges {
            children[edge.from].push(edge);
        }
        children
    }

    /// Whether requests reach each node from the one before it.
    fn served(&self) -> Vec<bool> {
        let mut served = vec![false; self.nodes.len()];
        for edge in self.edges.iter().filter(|edge| edge.link == Link::Requests) {
            served[edge.to] = true;
        }
        served
    }
}

impl Node {
    /// Everything that is said in it, the first line being the title.
    fn all_lines(&self) -> impl Iterator<Item = &str> {
        let problem = self.problem.as_deref();
        [self.title.as_str()]
            .into_iter()
            .chain(self.lines.iter().map(String::as_str))
            .chain(problem)
    }
}

impl Link {
    /// How a label begins that would not say by itself what the edge is.
    fn verb(self) -> &'static str {
        match self {
            Self::Requests => "",
            Self::Copies => "copies",
            Self::Refused => "not attached",
        }
    }
}
