//! A page of the documentation as its parts: blocks of code, links, and the headings that links
//! can name.

use kgwc_tests::repository;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A page of this repository.
#[derive(Debug)]
pub(crate) struct Page {
    /// Where it is, from the root of the repository.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// A block of code.
#[derive(Debug)]
pub(crate) struct Block<'p> {
    /// The first word after the fence.
    pub(crate) language: &'p str,
    /// The others: `yaml,wrong`.
    pub(crate) marks: Vec<&'p str>,
    pub(crate) text: &'p str,
    /// Where the text is in the page.
    pub(crate) range: Range<usize>,
}

impl Page {
    pub(crate) fn read(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let text = fs::read_to_string(repository(&path));
        Self { text: text.unwrap_or_else(|error| panic!("{}: {error}", path.display())), path }
    }

    fn events(&self) -> impl Iterator<Item = (Event<'_>, Range<usize>)> {
        Parser::new_ext(&self.text, Options::ENABLE_TABLES).into_offset_iter()
    }

    /// The blocks of code in their order.
    pub(crate) fn blocks(&self) -> Vec<Block<'_>> {
        let mut blocks = Vec::new();
        for (event, range) in self.events() {
            let Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) = event else { continue };
            let block = &self.text[range.clone()];
            let (fence, rest) = block.split_once('\n').expect("a fence is a line");
            let text = rest.strip_suffix("```").expect("a block ends as it began");
            let mut marks = fence.trim_start_matches('`').split(',');
            let start = range.start + fence.len() + 1;
            blocks.push(Block {
                language: marks.next().unwrap_or_default(),
                marks: marks.collect(),
                text,
                range: start..start + text.len(),
            });
        }
        blocks
    }

    /// Where its links lead, as they are written.
    pub(crate) fn links(&self) -> Vec<String> {
        let target = |event| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                Some(dest_url.into_string())
            }
            _ => None,
        };
        self.events().filter_map(|(event, _)| target(event)).collect()
    }

    /// The names of its headings in links, as mdBook and Git hosts make them.
    pub(crate) fn anchors(&self) -> BTreeSet<String> {
        let mut anchors = BTreeSet::new();
        let mut seen = BTreeMap::<String, usize>::new();
        let mut heading = None;
        for (event, _) in self.events() {
            match (event, &mut heading) {
                (Event::Start(Tag::Heading { .. }), _) => heading = Some(String::new()),
                (Event::Text(text) | Event::Code(text), Some(heading)) => heading.push_str(&text),
                (Event::End(TagEnd::Heading(_)), Some(text)) => {
                    let anchor = anchor(text);
                    let count = seen.entry(anchor.clone()).or_default();
                    anchors.insert(match count {
                        0 => anchor,
                        _ => format!("{anchor}-{count}"),
                    });
                    *count += 1;
                    heading = None;
                }
                _ => {}
            }
        }
        anchors
    }
}

fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter_map(|c| match c {
        c if c.is_alphanumeric() || c == '_' || c == '-' => Some(c.to_ascii_lowercase()),
        c if c.is_whitespace() => Some('-'),
        _ => None,
    });
    kept.collect()
}

/// The README and the pages of the book, without those of the codes: a test of the compiler runs
/// these.
pub(crate) fn pages() -> Vec<Page> {
    let book = book();
    let pages = book.into_iter().filter(|page| !page.path.starts_with("docs/src/codes"));
    std::iter::once(Page::read("README.md")).chain(pages).collect()
}

/// Every page of the book, by name.
pub(crate) fn book() -> Vec<Page> {
    let mut found = Vec::new();
    collect(Path::new("docs/src"), &mut found);
    found.sort();
    found.into_iter().map(Page::read).collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(repository(folder)).unwrap().map(Result::unwrap) {
        let path = folder.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => collect(&path, found),
            false if path.extension().is_some_and(|e| e == "md") => found.push(path),
            false => {}
        }
    }
}

#[test]
fn the_parts_of_a_page() {
    let text = "# A `b`, c\n\n[x](y.md#z)\n\n## Twice\n## Twice\n\n```yaml,wrong\na: 1\n```\n";
    let page = Page { path: "page.md".into(), text: text.into() };
    assert_eq!(page.links(), ["y.md#z"]);
    assert_eq!(page.anchors(), ["a-b-c", "twice", "twice-1"].map(str::to_owned).into());
    let [block] = &page.blocks()[..] else { panic!("one block") };
    assert_eq!((block.language, block.text), ("yaml", "a: 1\n"));
    assert_eq!((&block.marks[..], &text[block.range.clone()]), (&["wrong"][..], "a: 1\n"));
}
