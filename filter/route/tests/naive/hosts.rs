//! Hosts and hostnames.

/// The host of an `:authority`: without a port, without one trailing dot.
pub(super) fn of(authority: &[u8]) -> Vec<u8> {
    let mut host = authority.to_vec();
    if let Some(colon) = host.iter().rposition(|b| *b == b':')
        && host[colon + 1..].iter().all(u8::is_ascii_digit)
    {
        host.truncate(colon);
    }
    if host.last() == Some(&b'.') {
        host.pop();
    }
    host
}

/// Whether a hostname of a listener or route fits a host in lower case; `*.` stands for one or
/// more labels.
pub(super) fn fits(hostname: Option<&str>, host: &[u8]) -> bool {
    match hostname {
        None => true,
        Some(hostname) => match hostname.as_bytes() {
            [b'*', suffix @ ..] => host.len() > suffix.len() && host.ends_with(suffix),
            exact => exact == host,
        },
    }
}

/// "Characters in a matching non-wildcard hostname", then "Characters in a matching hostname".
pub(super) fn more_specific(a: Option<&str>, b: Option<&str>) -> bool {
    let exact = |name: Option<&str>| {
        name.filter(|name| !name.starts_with('*')).map_or(0, |name| name.chars().count())
    };
    let any = |name: Option<&str>| name.map_or(0, |name| name.chars().count());
    if exact(a) != exact(b) {
        return exact(a) > exact(b);
    }
    any(a) > any(b)
}

/// What a listener's and a route's hostnames have in common, as far as the host is concerned:
/// where both fit it, one lies within the other, and that is the more specific one.
pub(super) fn common<'g>(
    listener: Option<&'g str>,
    route: &'g [String],
    host: &[u8],
) -> Vec<Option<&'g str>> {
    let mut names: Vec<Option<&str>> = route.iter().map(|name| Some(name.as_str())).collect();
    if names.is_empty() {
        names.push(None);
    }
    let mut common = Vec::new();
    for name in names.into_iter().filter(|name| fits(*name, host) && fits(listener, host)) {
        let narrower = if more_specific(name, listener) { name } else { listener };
        if !common.contains(&narrower) {
            common.push(narrower);
        }
    }
    common
}
