//! The path elements that a pattern asks for, wherever they stand: `/api/[^/]+/users(/.*)?` asks
//! for `users`.

use regex_syntax::hir::{Hir, HirKind};

/// Texts that are whole elements of everything matched, in their order, each once. Those of the
/// literal that the pattern begins with are left out.
pub(super) fn required(hir: &Hir) -> Vec<String> {
    let mut parts = Vec::new();
    flatten(hir, &mut parts);
    let literals = parts.iter().take_while(|part| literal(part).is_some()).count();
    let mut rest = parts.get(literals..).unwrap_or_default();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let gap = rest.iter().take_while(|part| literal(part).is_none()).count();
        let (_, from_text) = rest.split_at(gap);
        let texts = from_text.iter().map_while(|part| literal(part));
        let text: Vec<u8> = texts.clone().flatten().copied().collect();
        (_, rest) = from_text.split_at(texts.count());
        // What stands before the first slash may be the end of a longer element, what stands after
        // the last one the beginning.
        let mut elements: Vec<_> = text.split(|byte| *byte == b'/').skip(1).collect();
        if !ends_element(rest.iter().copied()) {
            elements.pop();
        }
        for element in elements.into_iter().filter_map(|bytes| str::from_utf8(bytes).ok()) {
            if !element.is_empty() && !found.iter().any(|f| f == element) {
                found.push(element.to_owned());
            }
        }
    }
    found
}

/// The parts that follow one another. What matches no byte is left out: it can only make fewer
/// values match.
fn flatten<'h>(hir: &'h Hir, parts: &mut Vec<&'h Hir>) {
    match hir.kind() {
        HirKind::Concat(of) => of.iter().for_each(|part| flatten(part, parts)),
        HirKind::Capture(capture) => flatten(&capture.sub, parts),
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(_)
        | HirKind::Class(_)
        | HirKind::Repetition(_)
        | HirKind::Alternation(_) => parts.push(hir),
    }
}

fn literal(hir: &Hir) -> Option<&[u8]> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(&literal.0),
        _ => None,
    }
}

/// Whether everything that the parts match one after the other is empty or begins with a slash.
fn ends_element<'h>(parts: impl IntoIterator<Item = &'h Hir>) -> bool {
    for part in parts {
        let ends = match part.kind() {
            HirKind::Empty | HirKind::Look(_) => true,
            HirKind::Literal(literal) => literal.0.starts_with(b"/"),
            // One of a single byte is a literal.
            HirKind::Class(_) => false,
            HirKind::Repetition(repetition) => ends_element([&*repetition.sub]),
            HirKind::Capture(capture) => ends_element([&*capture.sub]),
            HirKind::Concat(parts) => ends_element(parts),
            HirKind::Alternation(branches) => branches.iter().all(|branch| ends_element([branch])),
        };
        if !ends {
            return false;
        }
        if part.properties().minimum_len() > Some(0) {
            return true;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use crate::automaton::build::compile;

    #[test]
    fn elements_are_whole_and_beyond_the_beginning() {
        for (pattern, elements) in [
            ("/items/[0-9]+/00042", &["00042"][..]),
            ("/api/[^/]+/users/[0-9]+", &["users"]),
            ("/api/[^/]+/users(/.*)?", &["users"]),
            ("/api/[^/]+/users(/.*|)", &["users"]),
            ("/api/[^/]+/users/?", &["users"]),
            ("/api/[^/]+/users(/+[a-z]*)*/?", &["users"]),
            ("/api/[^/]+/users[/]x", &["users", "x"]),
            ("/[^/]+/a/b/[0-9]+/c/d", &["a", "b", "c", "d"]),
            ("/[^/]+/a/.*/a", &["a"]),
            ("^/[a-z]+(/users)$", &["users"]),
            ("/[a-z]+(/(us)(ers))(/x)?", &["users"]),
            ("/[a-z]+/é/x", &["é", "x"]),
        ] {
            assert_eq!(compile(pattern).unwrap().elements, elements, "{pattern}");
        }
    }

    /// All that the pattern begins with is in its prefix.
    #[test]
    fn a_long_beginning_hides_no_element() {
        let long = "a".repeat(500);
        let regex = compile(&format!("/{long}/v1/[0-9]+/end")).unwrap();
        assert_eq!(regex.prefix, format!("/{long}/v1/"));
        assert_eq!(regex.elements, ["end"]);
    }

    #[test]
    fn what_may_be_part_of_a_longer_element_or_missing_is_none() {
        for pattern in [
            "/items/[0-9]+",
            "/items/all",
            "/[a-z]+-users",
            "/[a-z]+/users.*",
            "/[a-z]+/users(/x|y)?",
            "/[a-z]+/users/?x",
            "/[a-z]+/user(s)?",
            "/[a-z]+(/users)?",
            "/[a-z]+(/users|/teams)",
            "/x/[a-z]+/users|/y",
            "/[a-z]+(?i)/users/",
            r"/[a-z]+/\xff/",
            "/[a-z]+//",
            "",
        ] {
            assert_eq!(compile(pattern).unwrap().elements, [""; 0], "{pattern}");
        }
    }
}
