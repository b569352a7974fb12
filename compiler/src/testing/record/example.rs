//! Texts that a pattern matches.

use regex_syntax::hir::{Class, Hir, HirKind, Repetition};

/// Characters that stand well in a URL or a header, the likeliest first.
const LIKED: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_./~";
/// How many characters a text may have.
const LONGEST: usize = 1024;
/// How many parts of a pattern are looked at for one text: nested repetitions of nothing are many
/// and write nothing.
const MOST_STEPS: u32 = 10_000;

/// How a text is chosen among those that a pattern matches.
#[derive(Clone, Copy)]
struct Choice {
    /// How often something is repeated that may be left out.
    least: u32,
    /// Whether the last of several alternatives is taken, not the first.
    is_last: bool,
}

/// A few texts that the pattern matches as a whole, the shortest first; none where it does not parse
/// or asks for what no URL or header has.
pub(crate) fn examples(pattern: &str) -> Vec<String> {
    let Ok(hir) = regex_syntax::ParserBuilder::new().utf8(false).build().parse(pattern) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (least, is_last) in [(0, false), (1, false), (1, true), (0, true), (2, false)] {
        let mut text = Text { written: String::new(), steps: MOST_STEPS };
        let is_written = write(&hir, Choice { least, is_last }, &mut text).is_some();
        if is_written && !found.contains(&text.written) {
            found.push(text.written);
        }
    }
    found
}

/// A text while it is written.
struct Text {
    written: String,
    /// How many more parts of the pattern may be looked at.
    steps: u32,
}

/// `None` where the text gets too long, takes too long, or would be none.
fn write(hir: &Hir, choice: Choice, text: &mut Text) -> Option<()> {
    text.steps = text.steps.checked_sub(1)?;
    if text.written.len() > LONGEST {
        return None;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(()),
        HirKind::Literal(literal) => {
            text.written.push_str(std::str::from_utf8(&literal.0).ok()?);
            Some(())
        }
        HirKind::Class(class) => {
            text.written.push(liked(class)?);
            Some(())
        }
        HirKind::Repetition(Repetition { min, max, sub, .. }) => {
            let times = choice.least.max(*min).min(max.unwrap_or(u32::MAX));
            (0..times).try_for_each(|_| write(sub, choice, text))
        }
        HirKind::Capture(capture) => write(&capture.sub, choice, text),
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| write(part, choice, text)),
        HirKind::Alternation(parts) => {
            let part = if choice.is_last { parts.last() } else { parts.first() };
            write(part?, choice, text)
        }
    }
}

fn liked(class: &Class) -> Option<char> {
    LIKED.chars().chain('!'..='~').find(|c| match class {
        Class::Unicode(class) => class.iter().any(|r| (r.start()..=r.end()).contains(c)),
        Class::Bytes(class) => {
            u8::try_from(*c).is_ok_and(|b| class.iter().any(|r| (r.start()..=r.end()).contains(&b)))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::examples;

    #[test]
    fn every_text_is_matched_by_its_pattern() {
        for pattern in [
            "/v[0-9]+/users(/[^/]+)?",
            "/a|/ab|/abc",
            r"\d{3}-[A-F]{2,4}",
            "(?i)me.*",
            "[^a-zA-Z0-9]x?",
            "^/$",
            ".*",
        ] {
            let texts = examples(pattern);
            assert!(!texts.is_empty(), "{pattern}");
            let whole = regex_automata::meta::Regex::new(&format!("^(?:{pattern})$")).unwrap();
            for text in texts {
                assert!(whole.is_match(&text), "{pattern}: {text}");
            }
        }
    }

    #[test]
    fn what_does_not_parse_or_is_no_text_has_none() {
        assert!(examples("(").is_empty());
        assert!(examples(r"(?-u)\xff").is_empty());
        assert!(examples("[^ -~]").is_empty());
        assert!(examples("a{5000}").is_empty());
    }

    /// Such a pattern took as long as a person would wait, and writes nothing.
    #[test]
    fn repetitions_of_nothing_end() {
        let nested = "((((a?){1000}){1000}){1000}){1000}";
        assert!(examples(nested).is_empty());
    }
}
