//! Regular expressions: the first line is a pattern, each further one a value.

use crate::model::{Draw, Request};
use regex::bytes::RegexBuilder;
use route::config::{self, Config, Match, NamedMatch, Rule};
use route::{RouteTable, build};

/// The automaton accepts what the crate `regex` matches as a whole; the one that stands in for it
/// where it is refused no less, nor the text and the elements by which a table finds it.
pub(crate) fn run(data: &[u8]) {
    let mut lines = data.split(|&b| b == b'\n');
    let Some(pattern) = lines.next().and_then(super::text) else { return };
    let compiled = build::compile(pattern);
    if let Err(error) = &compiled {
        assert!(!error.to_string().is_empty());
    }
    let (exact, wider) = (compiled.ok(), build::compile_wider(pattern));
    assert!(exact.is_none() || wider.is_some(), "{pattern:?} has no wider automaton");
    // In verbose mode, or with a bracket too many, the pattern and what is put around it would be
    // read as one.
    let whole = RegexBuilder::new(&format!("^(?:{pattern})$")).unicode(false).build();
    let whole = whole.ok().filter(|_| exact.is_some());
    let outline = |regex: &config::Regex| config::Regex { dfa: "?".to_owned(), ..regex.clone() };
    let outlines = [&exact, &wider].map(|regex| regex.as_ref().map(outline).map(table));
    let [exact, wider] = [exact, wider].map(|regex| {
        let table = table(regex?);
        assert_eq!(table.problems(), []);
        Some(table)
    });
    for value in lines {
        let accepts = |table: &Option<RouteTable>| table.as_ref().map(|t| accepts(t, value));
        let shown = value.escape_ascii();
        if let (Some(whole), Some(accepted)) = (&whole, accepts(&exact)) {
            assert_eq!(accepted, whole.is_match(value), "{pattern:?} and {shown}");
        }
        let narrow = accepts(&exact) == Some(true);
        let wide = accepts(&wider) == Some(true);
        assert!(!narrow || wide, "{pattern:?} is not wider at {shown}");
        let [outlined, outlined_wide] =
            outlines.each_ref().map(|table| accepts(table) == Some(true));
        assert!(!narrow || outlined, "{pattern:?} is not found at {shown}");
        assert!(!wide || outlined_wide, "{pattern:?} is not found in place of itself at {shown}");
    }
}

/// A table whose only match wants a header that the automaton accepts.
fn table(regex: config::Regex) -> RouteTable {
    let value = config::ValueMatch::Regex(0);
    let table = RouteTable::compile(Config {
        version: config::VERSION,
        listeners: vec![super::listener(vec![0])],
        routes: vec![String::new()],
        rules: vec![Rule::default()],
        matches: vec![Match {
            headers: vec![NamedMatch { name: "x".to_owned(), value }],
            ..Match::default()
        }],
        regexes: vec![regex],
        ..Config::default()
    });
    table.expect("the configuration is in order")
}

fn accepts(table: &RouteTable, value: &[u8]) -> bool {
    let headers = vec![(b"x".to_vec(), value.to_vec())];
    let request = Request { path: b"/".to_vec(), headers, ..Request::default() };
    request.lend(|request| table.find(request, &mut Draw(0)).matched.is_some())
}
