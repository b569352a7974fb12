//! From a pattern to an automaton.

mod elements;

use crate::config::Regex;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use regex_automata::dfa::StartKind;
use regex_automata::dfa::dense;
use regex_automata::nfa::thompson;
use regex_automata::{MatchKind, util::syntax};
use regex_syntax::hir::{Hir, HirKind, Repetition, literal::Extractor};

/// Upper bound of an automaton while it is built, in bytes; what is shipped is much smaller.
pub const SIZE_LIMIT: usize = 1 << 20;

/// A pattern that cannot be compiled.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Not a regular expression of the supported syntax.
    #[error("{message}")]
    Syntax {
        /// What is wrong, as a phrase.
        message: String,
        /// Bytes of the pattern that are wrong.
        span: std::ops::Range<usize>,
    },
    /// The automaton would be too large.
    #[error("its automaton exceeds {} KiB", SIZE_LIMIT / 1024)]
    TooLarge,
}

/// Compiles a pattern that has to match whole values.
///
/// The syntax is that of the crate `regex` on bytes (no look-around, no back-references), which
/// contains the portable subset of GEP-4359. Classes such as `\d` are ASCII.
///
/// # Errors
/// When the pattern does not parse or its automaton exceeds [`SIZE_LIMIT`].
pub fn compile(pattern: &str) -> Result<Regex, BuildError> {
    regex(pattern, &parse(pattern)?)
}

/// An automaton that accepts everything that the pattern accepts, and more: it stands in for one
/// that [`compile`] refused, so that the rule's 500 goes to the rule's own requests and leaves
/// those of other rules alone. `None` where nothing can be said about the pattern.
pub fn compile_wider(pattern: &str) -> Option<Regex> {
    let hir = match parse(pattern) {
        Ok(hir) => hir,
        // Up to the first character that means something, the pattern says what it matches.
        Err(_) => {
            let mut literal: String = pattern.chars().take_while(|c| is_literal(*c)).collect();
            // Of `/users?` the last character may be missing.
            let rest = pattern.strip_prefix(&literal).unwrap_or_default();
            if rest.starts_with(['?', '*', '{']) {
                literal.pop();
            }
            if literal.len() <= 1 || pattern.contains('|') {
                return None;
            }
            starting_with(&literal)
        }
    };
    let relaxed = relax(&hir);
    let shortest = || regex(pattern, &starting_with(&literal_prefix(&relaxed)));
    regex(pattern, &relaxed).or_else(|_| shortest()).ok()
}

fn regex(pattern: &str, hir: &Hir) -> Result<Regex, BuildError> {
    Ok(Regex {
        pattern: pattern.to_owned(),
        prefix: literal_prefix(hir),
        elements: elements::required(hir),
        dfa: encode(hir)?,
    })
}

fn parse(pattern: &str) -> Result<Hir, BuildError> {
    regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .nest_limit(100)
        .build()
        .parse(pattern)
        .map_err(|error| {
            let (message, span) = match &error {
                regex_syntax::Error::Parse(error) => {
                    (error.kind().to_string(), error.span().start.offset..error.span().end.offset)
                }
                regex_syntax::Error::Translate(error) => {
                    (error.kind().to_string(), error.span().start.offset..error.span().end.offset)
                }
                other => (other.to_string(), 0..pattern.len()),
            };
            BuildError::Syntax { message, span }
        })
}

fn encode(hir: &Hir) -> Result<String, BuildError> {
    let nfa = thompson::Compiler::new()
        .configure(thompson::Config::new().utf8(false).nfa_size_limit(Some(SIZE_LIMIT)))
        .build_from_hir(hir)
        .map_err(|_| BuildError::TooLarge)?;
    let automaton = dense::Builder::new()
        .configure(
            dense::Config::new()
                .start_kind(StartKind::Anchored)
                .match_kind(MatchKind::All)
                .accelerate(false)
                .minimize(true)
                .dfa_size_limit(Some(SIZE_LIMIT))
                .determinize_size_limit(Some(4 * SIZE_LIMIT)),
        )
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .build_from_nfa(&nfa)
        .map_err(|_| BuildError::TooLarge)?;
    let sparse = automaton.to_sparse().map_err(|_| BuildError::TooLarge)?;
    Ok(STANDARD.encode(sparse.to_bytes_little_endian()))
}

/// The longest text that every match begins with. A literal that is no UTF-8 ends the text.
fn literal_prefix(hir: &Hir) -> String {
    // As long as a pattern may be: what is cut off would tell nothing apart.
    let prefixes = Extractor::new().limit_literal_len(1024).extract(hir);
    let common = prefixes.longest_common_prefix().unwrap_or_default();
    let text = common.utf8_chunks().next().map(|chunk| chunk.valid());
    text.unwrap_or_default().to_owned()
}

fn starting_with(literal: &str) -> Hir {
    let anything = Hir::repetition(Repetition {
        min: 0,
        max: None,
        greedy: true,
        sub: Box::new(Hir::dot(regex_syntax::hir::Dot::AnyByte)),
    });
    Hir::concat(vec![Hir::literal(literal.as_bytes()), anything])
}

/// Counted repetitions are what makes automata explode: each becomes `*` or `+`.
fn relax(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Repetition(repetition) => Hir::repetition(Repetition {
            min: repetition.min.min(1),
            max: repetition.max.filter(|max| *max <= 1),
            greedy: true,
            sub: Box::new(relax(&repetition.sub)),
        }),
        HirKind::Capture(capture) => relax(&capture.sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(relax).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(relax).collect()),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => hir.clone(),
    }
}

fn is_literal(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '~' | '%' | ':' | '@' | '=' | ',')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::automaton::Automaton;

    fn accepts(pattern: &str, value: &[u8]) -> bool {
        Automaton::load(&compile(pattern).unwrap()).unwrap().accepts(value)
    }

    #[test]
    fn the_whole_value_has_to_match() {
        assert!(accepts("/abc", b"/abc"));
        assert!(!accepts("/abc", b"/abcd"));
        assert!(!accepts("/abc", b"x/abc"));
        assert!(!accepts("/abc", b""));
        assert!(accepts("", b""));
        assert!(accepts("/.*", b"/anything/at all"));
    }

    #[test]
    fn alternatives_are_tried_to_the_end() {
        for pattern in ["/a|/ab", "/ab|/a", "/(a|ab)(c|bcd)?", "/a(b|)|/abc"] {
            assert!(accepts(pattern, b"/ab"), "{pattern}");
        }
        assert!(accepts("/(a|ab)(c|bcd)", b"/abcd"));
        assert!(accepts("^/a|/ab$", b"/ab"));
        assert!(accepts("/a??b*?", b"/abb"), "laziness does not change what is accepted");
    }

    #[test]
    fn values_are_bytes() {
        assert!(accepts("a.b", b"a\xffb"));
        assert!(accepts("[^a]+", b"\x80\xfe"));
        assert!(accepts("é", "é".as_bytes()));
        assert!(!accepts(r"\d", "٣".as_bytes()), "classes are ASCII");
    }

    #[test]
    fn the_prefix_is_what_every_match_begins_with() {
        for (pattern, prefix) in [
            ("/users/[0-9]+", "/users/"),
            ("/a|/ab", "/a"),
            ("/(a|b)c", "/"),
            ("(?i)/abc", "/"),
            ("^/x/.*", "/x/"),
            (".*", ""),
        ] {
            assert_eq!(compile(pattern).unwrap().prefix, prefix, "{pattern}");
        }
    }

    #[test]
    fn what_does_not_compile_is_told() {
        assert!(matches!(compile("/(a"), Err(BuildError::Syntax { span, .. }) if span == (1..2)));
        assert!(matches!(compile("(?=a)"), Err(BuildError::Syntax { .. })));
        assert!(matches!(compile(r"(a)\1"), Err(BuildError::Syntax { .. })));
        assert!(matches!(compile("(a|b)*a(a|b){20}"), Err(BuildError::TooLarge)));
        assert!(matches!(compile("((((a{99}){99}){99}){99})"), Err(BuildError::TooLarge)));
    }

    #[test]
    fn the_wider_automaton_accepts_at_least_as_much() {
        let wide = Automaton::load(&compile_wider("/(a|b)*a(a|b){20}").unwrap()).unwrap();
        assert!(wide.accepts(b"/aaaaaaaaaaaaaaaaaaaaaaaaa"));
        assert!(!wide.accepts(b"/other"));
        let wide = Automaton::load(&compile_wider("/users/(?=x)").unwrap()).unwrap();
        assert!(wide.accepts(b"/users/x"));
        assert!(!wide.accepts(b"/user"));
        let wide = Automaton::load(&compile_wider("/users?(?=x)").unwrap()).unwrap();
        assert!(wide.accepts(b"/userx"));
        assert!(compile_wider("(a").is_none());
    }

    /// An index by prefix and a look at every pattern have to give the same answers.
    #[test]
    fn the_wider_automaton_accepts_only_what_begins_with_its_prefix() {
        for pattern in ["/a{3,5}", "/(ab){2}c", "/users/(?=x)", "/(a|b)*a(a|b){20}"] {
            let wide = compile_wider(pattern).unwrap();
            let automaton = Automaton::load(&wide).unwrap();
            for value in ["/a", "/aaa", "/abc", "/ababc", "/users/x", "/b", "/"] {
                let accepted = automaton.accepts(value.as_bytes());
                assert!(!accepted || value.starts_with(&wide.prefix), "{pattern} {value}");
            }
        }
    }
}
