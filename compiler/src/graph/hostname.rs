//! Where the hostnames of listeners and routes meet.

/// The hostnames under which a route is served on a listener: the intersections, pair by pair, in
/// the order of the route. `None` stands for any host; an empty result means that none is left.
///
/// Gateway API, `HTTPRouteSpec.hostnames`: "If both the Listener and HTTPRoute have specified
/// hostnames, any HTTPRoute hostnames that do not match the Listener hostname MUST be ignored."
pub(crate) fn intersections(listener: Option<&str>, route: &[String]) -> Vec<Option<String>> {
    if route.is_empty() {
        return vec![listener.map(str::to_owned)];
    }
    let mut found: Vec<Option<String>> = Vec::new();
    for hostname in route {
        let Some(both) = intersection(listener, hostname).map(|name| Some(name.to_owned())) else {
            continue;
        };
        if !found.contains(&both) {
            found.push(both);
        }
    }
    found
}

fn intersection<'a>(listener: Option<&'a str>, route: &'a str) -> Option<&'a str> {
    let Some(listener) = listener else { return Some(route) };
    if listener == route || covers(listener, route) {
        Some(route)
    } else {
        covers(route, listener).then_some(listener)
    }
}

/// Whether the wildcard covers every host of the other name.
fn covers(wildcard: &str, other: &str) -> bool {
    let Some(suffix) = wildcard.strip_prefix('*') else { return false };
    // `*` stands for at least one character, and `*.a.b` is covered by `*.b` as its own text is.
    other.len() > suffix.len() && other.ends_with(suffix)
}

#[cfg(test)]
mod tests {
    use super::intersections;

    fn met(listener: Option<&str>, route: &[&str]) -> Vec<String> {
        let route: Vec<String> = route.iter().map(|name| (*name).to_owned()).collect();
        intersections(listener, &route)
            .into_iter()
            .map(|name| name.unwrap_or("any".into()))
            .collect()
    }

    #[test]
    fn either_side_empty_means_the_other() {
        assert_eq!(met(None, &[]), ["any"]);
        assert_eq!(met(Some("a.example.com"), &[]), ["a.example.com"]);
        assert_eq!(met(None, &["*.example.com"]), ["*.example.com"]);
    }

    #[test]
    fn the_narrower_one_is_left() {
        assert_eq!(met(Some("*.example.com"), &["a.example.com"]), ["a.example.com"]);
        assert_eq!(met(Some("a.example.com"), &["*.example.com"]), ["a.example.com"]);
        assert_eq!(met(Some("*.example.com"), &["a.b.example.com"]), ["a.b.example.com"]);
        assert_eq!(met(Some("*.example.com"), &["*.b.example.com"]), ["*.b.example.com"]);
        assert_eq!(met(Some("*.b.example.com"), &["*.example.com"]), ["*.b.example.com"]);
        assert_eq!(met(Some("*.example.com"), &["*.example.com"]), ["*.example.com"]);
    }

    #[test]
    fn what_does_not_meet_is_ignored() {
        assert_eq!(met(Some("*.example.com"), &["example.com", "a.test"]), [""; 0]);
        assert_eq!(met(Some("*.example.com"), &["a.test", "a.example.com"]), ["a.example.com"]);
        assert_eq!(met(Some("a.example.com"), &["b.example.com"]), [""; 0]);
    }

    #[test]
    fn the_same_name_is_kept_once() {
        let route = ["*.example.com", "*.com"];
        assert_eq!(met(Some("a.example.com"), &route), ["a.example.com"]);
    }
}
