//! What must not be shown, because it would end up in the logs of a CI job.

/// Whether a place may be in a Secret: the document around it says `kind: Secret`, in YAML or
/// JSON. Only the text is looked at, because a document that is not understood may hold a key too;
/// of a Gateway that refers to Secrets it says no more than that lines are not shown.
pub(super) fn is_secret(text: &str, place: usize) -> bool {
    let place = (0..=place.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    let (before, after) = text.split_at(place.unwrap_or(0));
    let start = before.rfind("\n---").unwrap_or(0);
    let end = after.find("\n---").unwrap_or(after.len());
    let document = [&before[start..], &after[..end]];
    let of_kind = |document: &str| {
        document.match_indices("kind").any(|(at, word)| {
            let rest = document[at + word.len()..].trim_start_matches(['"', '\'', ':', ' ', '\t']);
            rest.starts_with("Secret") && !rest["Secret".len()..].starts_with(char::is_alphanumeric)
        })
    };
    of_kind(&document.concat())
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn by_the_document_around_the_place() {
        let text =
            "kind: HTTPRoute\na: b\n---\nkind: Secret\ndata: {tls.key: X}\n---\nkind: Service\n";
        let at = |needle: &str| is_secret(text, text.find(needle).unwrap());
        assert!(!at("a: b"));
        assert!(at("tls.key"));
        assert!(!at("Service"));
    }

    #[test]
    fn in_any_spelling() {
        for text in ["{\"kind\":\"Secret\",\"x\"}", "kind:   'Secret'", "- {kind: Secret, data"] {
            assert!(is_secret(text, text.len()), "{text}");
        }
        assert!(!is_secret("kind: SecretStore", 3));
    }
}
