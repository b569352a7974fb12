//! What the module itself says about the match that won: it explains its decision in response
//! headers to who knows the token.

use super::engine::{Outcome, Won};

/// The header that asks for an explanation, and carries its lines.
pub(super) const HEADER: &str = "kgwc-explain";
/// No secret: the module that it opens serves tests.
#[cfg(feature = "module")]
pub(super) const TOKEN: &str = "of-the-test-engine";

/// The configuration with a module that explains.
#[cfg(feature = "module")]
pub(super) fn explaining(config: &route::Config) -> route::Config {
    let explain_token = Some(crate::digest::sha256(TOKEN.as_bytes()));
    let observe = route::config::Observe { explain_token, ..config.observe.clone() };
    route::Config { observe, ..config.clone() }
}

/// What an explanation says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// The cluster of the backend that was chosen.
    pub(super) cluster: Option<String>,
    /// Whether a backend was to get the request.
    pub(super) is_forwarded: bool,
}

/// Takes the lines of the explanation out of the headers of the response, and the match that won
/// out of the lines. `None` where nothing is explained.
pub(super) fn take(outcome: &mut Outcome) -> Option<Told> {
    let mut told = None;
    for (name, value) in &outcome.headers {
        if name != HEADER {
            continue;
        }
        let told = told.get_or_insert_with(Told::default);
        let line = String::from_utf8_lossy(value);
        if let Some(found) = won(&line) {
            outcome.won = Some(found);
        }
        if let Some(cluster) = line.strip_prefix("cluster ") {
            told.cluster = Some(cluster.trim_start().to_owned());
        }
        told.is_forwarded |= line.starts_with("request ");
    }
    outcome.headers.retain(|(name, _)| name != HEADER);
    told
}

/// `route     NAMESPACE/NAME, rule NUMBER[ (NAME)], match NUMBER`
fn won(line: &str) -> Option<Won> {
    let (route, rest) = line.strip_prefix("route ")?.trim_start().split_once(", rule ")?;
    let (rule, index) = rest.rsplit_once(", match ")?;
    let (number, name) = match rule.split_once(' ') {
        Some((number, name)) => (number, name.strip_prefix('(')?.strip_suffix(')')),
        None => (rule, None),
    };
    Some(Won {
        route: route.to_owned(),
        rule: number.parse().ok()?,
        rule_name: name.map(str::to_owned),
        index: index.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::won;

    #[test]
    fn the_line_of_the_winner_is_read() {
        let found = won("route     default/httpbin, rule 2 (canary), match 1").unwrap();
        assert_eq!((found.route.as_str(), found.rule, found.index), ("default/httpbin", 2, 1));
        assert_eq!(found.rule_name.as_deref(), Some("canary"));
        assert_eq!(won("route     a/b, rule 0, match 0").unwrap().rule_name, None);
        assert_eq!(won("route     none matches"), None);
        assert_eq!(won("backend   a/b:80"), None);
    }
}
