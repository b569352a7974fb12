//! A request as the backend gets it.

use crate::decision::{Forward, HeaderChange};
use crate::filter::owned;
use crate::request::Request;

/// What a proxy sends on when it carries out a [`Forward`], for engines that have no proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardedRequest {
    /// `:method`.
    pub method: Vec<u8>,
    /// `:authority`.
    pub authority: Vec<u8>,
    /// `:path`, query included.
    pub path: Vec<u8>,
    /// All other headers, in their order.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Forward<'_> {
    /// Carries the changes out on a copy of the request.
    pub fn apply(&self, request: &Request<'_>) -> ForwardedRequest {
        let sent = request.headers.iter().filter(|(name, _)| !owned::is_not_from_clients(name));
        let headers = sent.map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
        let mut forwarded = ForwardedRequest {
            method: request.method.to_vec(),
            authority: match self.authority {
                Some(authority) => authority.as_bytes().to_vec(),
                None => request.authority.to_vec(),
            },
            path: self.path.clone().unwrap_or_else(|| request.path.to_vec()),
            headers,
        };
        for change in self.request_changes() {
            change.apply(&mut forwarded.headers);
        }
        forwarded
    }
}

impl HeaderChange<'_> {
    /// Carries the change out. A header that is set stands where its first value stood, one that
    /// was not there at the end; names compare without regard to case and are written in lower
    /// case, as HTTP/2 has them.
    pub fn apply(&self, headers: &mut Vec<(Vec<u8>, Vec<u8>)>) {
        let same = |name: &[u8]| name.eq_ignore_ascii_case(self.name().as_bytes());
        let header = |value: &[u8]| (self.name().to_ascii_lowercase().into_bytes(), value.to_vec());
        match self {
            Self::Set(_, value) => {
                let at = headers.iter().position(|(name, _)| same(name)).unwrap_or(headers.len());
                headers.retain(|(name, _)| !same(name));
                headers.insert(at, header(value));
            }
            Self::Add(_, value) => headers.push(header(value)),
            Self::Remove(_) => headers.retain(|(name, _)| !same(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(change: HeaderChange<'_>) -> String {
        let pairs = [("a", "1"), ("b", "2"), ("a", "3"), ("c", "4")];
        let mut headers: Vec<_> = pairs.map(|(n, v)| (n.into(), v.into())).into();
        change.apply(&mut headers);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        headers.iter().map(|(n, v)| format!("{}={} ", text(n), text(v))).collect()
    }

    #[test]
    fn set_overwrites_add_appends_remove_ignores_case() {
        assert_eq!(changed(HeaderChange::Set("A", b"x")), "a=x b=2 c=4 ");
        assert_eq!(changed(HeaderChange::Set("d", b"x")), "a=1 b=2 a=3 c=4 d=x ");
        assert_eq!(changed(HeaderChange::Add("A", b"x")), "a=1 b=2 a=3 c=4 a=x ");
        assert_eq!(changed(HeaderChange::Remove("A")), "b=2 c=4 ");
        assert_eq!(changed(HeaderChange::Remove("d")), "a=1 b=2 a=3 c=4 ");
    }
}
