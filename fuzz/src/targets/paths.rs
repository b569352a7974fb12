//! Normalisation of paths, as the host does it before the module sees them.

use route::normalize_path;

/// What was normalised is normal, and nothing in it leads elsewhere.
pub(crate) fn run(data: &[u8]) {
    let Ok(normal) = normalize_path(data) else { return };
    let shown = normal.escape_ascii();
    assert_eq!(normalize_path(&normal).as_ref(), Ok(&normal), "{shown} is not normal");
    let mut parts = normal.splitn(2, |&b| b == b'?');
    let path = parts.next().unwrap_or_default();
    assert_eq!(parts.next(), data.splitn(2, |&b| b == b'?').nth(1), "the query of {shown}");
    if path == b"*" {
        return;
    }
    assert_eq!(path.first(), Some(&b'/'), "{shown}");
    assert!(!path.contains(&b'\\'), "{shown}");
    for segment in path.split(|&b| b == b'/') {
        let name = segment.split(|&b| b == b';').next();
        assert!(!matches!(name, Some(b"." | b"..")), "{shown} leads elsewhere");
    }
    assert!(!path.windows(2).any(|two| two == b"//"), "{shown} has an empty segment");
}
