//! What the cases reach of the lines of the input, as LCOV trace files have it (geninfo(1)): a rule
//! is a function, its matches and backends are branches, and a line has the count of the innermost
//! thing that is written on it.

use crate::diagnostic::{FileId, Place};
use crate::source::Sources;
use crate::testing::{Coverage, Item, ItemKind};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::Range;

/// What is said about one file.
#[derive(Default)]
struct File {
    /// Line, name and count of each rule.
    functions: Vec<(usize, String, u64)>,
    /// Line, rule and count of each match and backend; `None` where the rule was not reached.
    branches: Vec<(usize, usize, Option<u64>)>,
    /// Count by line.
    lines: BTreeMap<usize, Count>,
}

/// The count of a line, with the depth of the thing that gave it.
#[derive(Clone, Copy)]
struct Count {
    depth: u8,
    hits: u64,
}

/// The trace file. Standard input is left out: no tool could show its lines.
pub fn render(coverage: &Coverage, sources: &Sources) -> String {
    let mut files = BTreeMap::<FileId, File>::new();
    let mut rule_hits = None;
    for item in &coverage.items {
        let Some((file, lines)) = extent(item, sources) else { continue };
        if sources.is_stdin(file) {
            continue;
        }
        let written = files.entry(file).or_default();
        match item.kind {
            ItemKind::Rule => {
                rule_hits = (item.hits > 0).then_some(item.hits);
                written.functions.push((lines.start, name_of(item), item.hits));
            }
            ItemKind::Match(_) | ItemKind::Backend(_) => {
                let taken = rule_hits.map(|_| item.hits);
                written.branches.push((lines.start, written.functions.len(), taken));
            }
            ItemKind::Filter(_) | ItemKind::BackendFilter(..) => {}
        }
        for line in lines {
            if !sources.text(file)[sources.line(file, line)].trim().is_empty() {
                count(&mut written.lines, line, depth(&item.kind), item.hits);
            }
        }
    }
    let mut out = String::new();
    for (id, file) in &files {
        write_file(&mut out, sources.file_name(*id), file);
    }
    out
}

/// The file and the lines of a thing; those of its rule's first line where it is a default that is
/// written nowhere.
fn extent(item: &Item, sources: &Sources) -> Option<(FileId, Range<usize>)> {
    let Place::Field { object, path, .. } = &item.place else { return None };
    sources.lines(*object, path).or_else(|| {
        let position = sources.locate(&item.place)?.position?;
        Some((position.file, position.line..position.line + 1))
    })
}

fn depth(kind: &ItemKind) -> u8 {
    match kind {
        ItemKind::Rule => 0,
        ItemKind::Match(_) | ItemKind::Filter(_) | ItemKind::Backend(_) => 1,
        ItemKind::BackendFilter(..) => 2,
    }
}

/// The innermost thing on a line gives its count; of several the one that was reached least, so
/// that what is missing shows.
fn count(lines: &mut BTreeMap<usize, Count>, line: usize, depth: u8, hits: u64) {
    let count = lines.entry(line).or_insert(Count { depth, hits });
    if depth > count.depth {
        *count = Count { depth, hits };
    } else if depth == count.depth {
        count.hits = count.hits.min(hits);
    }
}

/// A comma ends a field of a record.
fn name_of(item: &Item) -> String {
    let Item { route, rule, rule_name, .. } = item;
    match rule_name {
        Some(name) => format!("{route} rule {rule} ({name})"),
        None => format!("{route} rule {rule}"),
    }
}

/// Writing to a string cannot fail.
fn write_file(out: &mut String, name: &str, file: &File) {
    let File { functions, branches, lines } = file;
    let _ = writeln!(out, "TN:\nSF:{name}");
    for (line, function, _) in functions {
        let _ = writeln!(out, "FN:{line},{function}");
    }
    for (_, function, hits) in functions {
        let _ = writeln!(out, "FNDA:{hits},{function}");
    }
    let hit = functions.iter().filter(|(_, _, hits)| *hits > 0).count();
    let _ = writeln!(out, "FNF:{}\nFNH:{hit}", functions.len());
    for (number, (line, block, taken)) in branches.iter().enumerate() {
        let taken = taken.map_or("-".to_owned(), |hits| hits.to_string());
        let _ = writeln!(out, "BRDA:{line},{block},{number},{taken}");
    }
    let hit = branches.iter().filter(|(_, _, taken)| taken.is_some_and(|hits| hits > 0)).count();
    let _ = writeln!(out, "BRF:{}\nBRH:{hit}", branches.len());
    for (line, Count { hits, .. }) in lines {
        let _ = writeln!(out, "DA:{line},{hits}");
    }
    let hit = lines.values().filter(|count| count.hits > 0).count();
    let _ = writeln!(out, "LF:{}\nLH:{hit}\nend_of_record", lines.len());
}
