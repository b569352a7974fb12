//! New paths, for URLRewrite and RequestRedirect.

use crate::config::{PathMatch, PathModifier};
use crate::matching::{View, trimmed};

/// The `:path` that a modifier makes of the request's, query kept.
///
/// Gateway API, `HTTPPathModifier.replacePrefixMatch`: "Only the portion of the path that matches
/// the prefix is replaced", by path element, so that neither the prefix's nor the replacement's
/// trailing slash doubles one of the path.
pub(crate) fn replace(modifier: &PathModifier, view: &View<'_>, matched: &PathMatch) -> Vec<u8> {
    let mut path = Vec::with_capacity(view.request.path.len().saturating_add(32));
    match modifier {
        PathModifier::ReplaceFullPath(full) => path.extend_from_slice(full.as_bytes()),
        PathModifier::ReplacePrefixMatch(replacement) => {
            let rest = match matched {
                PathMatch::Prefix(prefix) => view.path.strip_prefix(trimmed(prefix).as_bytes()),
                PathMatch::Exact(_) | PathMatch::Regex(_) => None,
            };
            match rest {
                Some(rest) if !rest.is_empty() => {
                    path.extend_from_slice(trimmed(replacement).as_bytes());
                    // Only the prefix `/` matches what has no slash there: `*`.
                    if rest.first() != Some(&b'/') {
                        path.push(b'/');
                    }
                    path.extend_from_slice(rest);
                }
                Some(_) | None => path.extend_from_slice(replacement.as_bytes()),
            }
        }
    }
    // A path without its slash would be refused by every proxy.
    if path.first() != Some(&b'/') {
        path.insert(0, b'/');
    }
    if let Some(query) = view.request.query() {
        path.push(b'?');
        path.extend_from_slice(query);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Request;

    fn replaced(path: &str, modifier: PathModifier, prefix: &str) -> String {
        let request = Request {
            port: None,
            clock: Default::default(),
            sni: None,
            method: b"GET",
            authority: b"a",
            path: path.as_bytes(),
            headers: &[],
        };
        let matched = PathMatch::Prefix(prefix.to_owned());
        String::from_utf8(replace(&modifier, &View::new(&request), &matched)).unwrap()
    }

    fn prefix_replaced(path: &str, prefix: &str, replacement: &str) -> String {
        replaced(path, PathModifier::ReplacePrefixMatch(replacement.to_owned()), prefix)
    }

    #[test]
    fn replace_prefix_match_by_the_table_of_the_specification() {
        for (path, prefix, replacement, expected) in [
            ("/foo/bar", "/foo", "/xyz", "/xyz/bar"),
            ("/foo/bar", "/foo", "/xyz/", "/xyz/bar"),
            ("/foo/bar", "/foo/", "/xyz", "/xyz/bar"),
            ("/foo/bar", "/foo/", "/xyz/", "/xyz/bar"),
            ("/foo", "/foo", "/xyz", "/xyz"),
            ("/foo/", "/foo", "/xyz", "/xyz/"),
            ("/", "/", "/foo", "/foo/"),
            ("/foo/bar", "/foo", "", "/bar"),
            ("/foo/", "/foo", "", "/"),
            ("/foo", "/foo", "", "/"),
            ("/foo/", "/foo", "/", "/"),
            ("/foo", "/foo", "/", "/"),
            ("/test", "/", "/foo", "/foo/test"),
            ("/test", "/", "/foo/", "/foo/test"),
        ] {
            let found = prefix_replaced(path, prefix, replacement);
            assert_eq!(found, expected, "{path} {prefix} {replacement}");
        }
    }

    #[test]
    fn the_query_is_kept() {
        assert_eq!(prefix_replaced("/foo/bar?a=/foo&b", "/foo", "/x"), "/x/bar?a=/foo&b");
        assert_eq!(prefix_replaced("/foo?", "/foo", "/x"), "/x?");
        let full = PathModifier::ReplaceFullPath("/full".to_owned());
        assert_eq!(replaced("/foo/bar?q=1", full, "/foo"), "/full?q=1");
    }

    #[test]
    fn a_new_path_always_begins_with_a_slash() {
        assert_eq!(prefix_replaced("/foo/bar", "/foo", "xyz"), "/xyz/bar");
        let full = PathModifier::ReplaceFullPath(String::new());
        assert_eq!(replaced("/foo", full, "/foo"), "/");
    }

    #[test]
    fn the_replacement_does_not_run_into_a_path_without_its_slash() {
        assert_eq!(prefix_replaced("*", "/", "/xyz"), "/xyz/*");
        assert_eq!(prefix_replaced("foo?q", "/", "/xyz/"), "/xyz/foo?q");
        assert_eq!(prefix_replaced("", "/", "/xyz"), "/xyz");
    }
}
