//! What a host does to the path before the module sees it.
//!
//! The generated Envoy configuration turns on `normalize_path`, `merge_slashes` and
//! `path_with_escaped_slashes_action: REJECT_REQUEST`. Engines without an Envoy in front of them
//! call this, so that all of them agree.

use crate::request::split_path;

/// The host refuses the request with 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathRejected {
    /// `%2F` or `%5C` in the path.
    #[error("the path contains an escaped slash or backslash")]
    EscapedSlash,
    /// A NUL byte, escaped.
    #[error("the path contains an escaped NUL byte")]
    Nul,
    /// The path does not begin with a slash.
    #[error("the path is not an absolute path")]
    NotAbsolute,
}

/// The path as Envoy hands it over: unreserved characters unescaped, escapes in upper case,
/// backslashes turned to slashes, dot segments resolved, slashes merged. The query stays as it is.
///
/// # Errors
/// When Envoy would answer 400.
pub fn normalize_path(path: &[u8]) -> Result<Vec<u8>, PathRejected> {
    let (only, query) = split_path(path);
    if only == b"*" {
        return Ok(path.to_vec());
    }
    let has_escaped_slash = only.windows(3).any(|escape| {
        matches!(escape, [b'%', high, low]
            if matches!((high, low.to_ascii_lowercase()), (b'2', b'f') | (b'5', b'c')))
    });
    if has_escaped_slash {
        return Err(PathRejected::EscapedSlash);
    }
    if only.windows(3).any(|escape| escape == b"%00") {
        return Err(PathRejected::Nul);
    }
    let Some(unescaped) = unescape_unreserved(only).strip_prefix(b"/").map(<[u8]>::to_vec) else {
        return Err(PathRejected::NotAbsolute);
    };
    let mut segments: Vec<&[u8]> = Vec::new();
    let mut parts = unescaped.split(|&b| b == b'/').peekable();
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        // To Envoy `..;x` is a dot segment with parameters.
        match part.split(|&b| b == b';').next().unwrap_or(part) {
            b"." => {}
            b".." => {
                // At the root there is nothing to go up from: RFC 3986, section 5.2.4.
                segments.pop();
            }
            _ => {
                segments.push(part);
                continue;
            }
        }
        // A dot segment at the end leaves the slash before it.
        if last {
            segments.push(b"");
        }
    }
    let mut normalized = vec![b'/'];
    for (i, segment) in segments.iter().enumerate() {
        normalized.extend_from_slice(segment);
        if i.saturating_add(1) < segments.len() {
            normalized.push(b'/');
        }
    }
    normalized.dedup_by(|b, a| (*a, *b) == (b'/', b'/'));
    if let Some(query) = query {
        normalized.push(b'?');
        normalized.extend_from_slice(query);
    }
    Ok(normalized)
}

/// `%41` becomes `A`; every other escape keeps its meaning and gets upper case digits. Backslashes
/// become slashes. A `%` that begins no escape stays, but becomes `%25` where it would begin one
/// now: `%%361` is not `a`, nor on the way to it.
fn unescape_unreserved(path: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(path.len());
    let mut lone = Vec::new();
    let mut rest = path;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match (byte, tail) {
            (b'%', [high, low, after @ ..])
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                let value = hex(*high) << 4 | hex(*low);
                if value.is_ascii_alphanumeric() || matches!(value, b'-' | b'.' | b'_' | b'~') {
                    out.push(value);
                } else {
                    out.extend([b'%', high.to_ascii_uppercase(), low.to_ascii_uppercase()]);
                }
                rest = after;
            }
            (b'\\', _) => out.push(b'/'),
            _ => {
                if byte == b'%' {
                    lone.push(out.len());
                }
                out.push(byte);
            }
        }
    }
    for percent in lone.into_iter().rev() {
        if let Some([b'%', high, low]) = out.get(percent..percent.saturating_add(3))
            && high.is_ascii_hexdigit()
            && low.is_ascii_hexdigit()
        {
            out.splice(percent..=percent, *b"%25");
        }
    }
    out
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit.wrapping_sub(b'A').wrapping_add(10),
    }
}

#[cfg(test)]
mod tests {
    use super::{PathRejected, normalize_path};

    fn normalized(path: &str) -> Result<String, PathRejected> {
        normalize_path(path.as_bytes()).map(|path| String::from_utf8(path).unwrap())
    }

    #[test]
    fn dot_segments_slashes_and_escapes() {
        for (path, expected) in [
            ("/", "/"),
            ("/a/../admin", "/admin"),
            ("//admin", "/admin"),
            ("/a//b///c", "/a/b/c"),
            ("/a/./b", "/a/b"),
            ("/a/b/..", "/a/"),
            ("/a/b/.", "/a/b/"),
            ("/a/", "/a/"),
            ("/../a", "/a"),
            ("/a/../../b", "/b"),
            ("/..", "/"),
            ("/b/..;/a", "/a"),
            ("/x/..;foo/b", "/b"),
            ("/b/.;/a", "/b/a"),
            ("/%61dmin", "/admin"),
            ("/a/%2e%2e/admin", "/admin"),
            ("/a%c3%a9", "/a%C3%A9"),
            ("/a%zz", "/a%zz"),
            ("/%%61dmin", "/%25admin"),
            ("/%%61", "/%a"),
            ("/%%361", "/%2561"),
            ("/%%36%31", "/%2561"),
            ("/%%32f", "/%252f"),
            ("/a\\b", "/a/b"),
            ("/a?x=//../%2f", "/a?x=//../%2f"),
        ] {
            assert_eq!(normalized(path).as_deref(), Ok(expected), "{path}");
        }
    }

    #[test]
    fn what_envoy_refuses() {
        assert_eq!(normalized("/a%2fb"), Err(PathRejected::EscapedSlash));
        assert_eq!(normalized("/a%5Cb"), Err(PathRejected::EscapedSlash));
        assert_eq!(normalized("/a%00b"), Err(PathRejected::Nul));
        assert_eq!(normalized("a"), Err(PathRejected::NotAbsolute));
    }
}
