//! Single conditions of matches.

use crate::api::http_route::{HttpRouteMatch, PathMatchType, ValueMatchType};
use crate::diagnostic::{Code, Diagnostic, ObjectId, Place, Trail};
use crate::graph::RouteNode;

pub(super) fn check(node: &RouteNode<'_>, found: &mut Vec<Diagnostic>) {
    let spec = Trail::Root.field("spec");
    let rules = spec.field("rules");
    for (rule, node_rule) in node.rules.iter().enumerate() {
        let rule = rules.index(rule);
        let matches = rule.field("matches");
        for (number, matched) in node_rule.rule.matches.iter().enumerate() {
            check_match(node.entry.id, matched, matches.index(number), found);
        }
    }
}

fn check_match(
    id: ObjectId,
    matched: &HttpRouteMatch,
    path: Trail<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let HttpRouteMatch { path: path_match, headers, query_params, method: _ } = matched;
    let path_field = path.field("path");
    let value = path_field.field("value");
    let text = path_match.value.as_str();
    match path_match.match_type {
        PathMatchType::PathPrefix if text.len() > 1 && text.ends_with('/') => {
            let message = format!("the slash at the end of the prefix {text} means nothing");
            let trimmed = text.trim_end_matches('/');
            let help = format!(
                "{trimmed} matches {trimmed}, {trimmed}/ and all below, and never {trimmed}x: \
                 leave the slash out"
            );
            let place = Place::value(id, value.into());
            found.push(Diagnostic::warning(Code::TrailingSlashPrefix, place, message).help(help));
        }
        PathMatchType::RegularExpression => found.extend(unportable(id, text, value)),
        PathMatchType::Exact | PathMatchType::PathPrefix => {}
    }
    let list = path.field("headers");
    for (number, header) in headers.iter().enumerate() {
        let at = list.index(number);
        if header.name.eq_ignore_ascii_case("host") {
            let message = "a header match on Host looks at the host with its port";
            let help = "hosts belong under spec.hostnames: they choose the listener, take \
                        wildcards, and come first in precedence";
            let place = Place::value(id, at.field("name").into());
            found.push(Diagnostic::warning(Code::HostHeaderMatch, place, message).help(help));
        }
        if header.match_type == ValueMatchType::RegularExpression {
            found.extend(unportable(id, &header.value, at.field("value")));
        }
    }
    let list = path.field("queryParams");
    for (number, query) in query_params.iter().enumerate() {
        let entry = list.index(number);
        let at = entry.field("value");
        match query.match_type {
            ValueMatchType::RegularExpression => found.extend(unportable(id, &query.value, at)),
            ValueMatchType::Exact => {
                if let Some(sign) = query.value.chars().find(|c| matches!(c, '%' | '+' | ' ')) {
                    let message = format!(
                        "the value is compared with the URL as it stands, and has `{sign}` in it"
                    );
                    let help = "a space may be sent as `+` or as `%20`, and other characters \
                                escaped or not: each spelling is another value";
                    let place = Place::value(id, at.into());
                    let warning = Diagnostic::warning(Code::EncodedQueryValue, place, message);
                    found.push(warning.help(help));
                }
            }
        }
    }
}

/// GEP-4359 names what every implementation understands: literals, `.`, classes, groups,
/// alternation, `*`, `+`, `?` and counts.
fn unportable(id: ObjectId, pattern: &str, path: Trail<'_>) -> Option<Diagnostic> {
    let what = unportable_part(pattern)?;
    let message = format!("{what} in a pattern: other implementations may read it differently");
    let help = "the portable part of regular expressions has literals, `.`, classes such as \
                [0-9], groups, `|`, `*`, `+`, `?` and {m,n}";
    let place = Place::value(id, path.into());
    Some(Diagnostic::warning(Code::UnportableRegex, place, message).help(help))
}

/// The first part of a pattern that is beyond the portable ones.
fn unportable_part(pattern: &str) -> Option<String> {
    let mut characters = pattern.chars().peekable();
    let mut in_class = false;
    let mut after_repetition = false;
    while let Some(c) = characters.next() {
        let repeats = !in_class && matches!(c, '*' | '+' | '?' | '}');
        match c {
            '\\' => match characters.next() {
                Some(letter) if letter.is_ascii_alphanumeric() => {
                    return Some(format!("`\\{letter}`"));
                }
                _ => {}
            },
            '[' if in_class && characters.peek() == Some(&':') => {}
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class && characters.peek() == Some(&'?') => {
                let kind: String = characters.clone().take(2).collect();
                return Some(format!("`({kind}`"));
            }
            '?' | '+' if !in_class && after_repetition => {
                return Some(format!("`{c}` after a repetition"));
            }
            _ => {}
        }
        after_repetition = repeats;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::unportable_part;

    #[test]
    fn what_every_implementation_understands_passes() {
        for pattern in [
            "/a|/ab",
            "/v[0-9]+/.*",
            "(a|b){2,3}",
            r"a\.b",
            "[^/]*",
            "[a-z?+*]+",
            "",
            "^/a$",
            "[[:alpha:]]",
        ] {
            assert_eq!(unportable_part(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn what_only_some_understand_is_named() {
        for (pattern, part) in [
            (r"/\d+", r"`\d`"),
            (r"\bword", r"`\b`"),
            ("(?i)a", "`(?i`"),
            ("(?:a)", "`(?:`"),
            ("a*?", "`?` after a repetition"),
            ("a{2}+", "`+` after a repetition"),
            (r"\p{L}", r"`\p`"),
        ] {
            assert_eq!(unportable_part(pattern).as_deref(), Some(part), "{pattern}");
        }
    }
}
