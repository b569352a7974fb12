//! Header maps as Envoy keeps them.

use std::fmt;

mod inline;
pub mod pairs;

/// A name and a value. Names are bytes too: a module may set any.
pub type Pair = (Vec<u8>, Vec<u8>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    #[default]
    Request,
    Response,
    Trailers,
}

/// A header map with Envoy's rules.
///
/// - Names are lower case, pseudo headers come first.
/// - Several headers of one name stay apart and in order, except the names that Envoy keeps only
///   once (`:path`, `user-agent`, `x-forwarded-for`, `content-type` and others): there a further
///   value is appended after a comma.
/// - In a request map `host` is another name of `:authority`.
///
/// Two maps are equal when they hold the same pairs in the same order.
#[derive(Clone, Default)]
pub struct Headers {
    kind: Kind,
    pairs: Vec<Pair>,
}

impl Headers {
    /// A map of request headers.
    pub fn request<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Headers {
        Headers::collect(Kind::Request, pairs)
    }

    /// A map of response headers.
    pub fn response<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Headers {
        Headers::collect(Kind::Response, pairs)
    }

    /// A map of trailers.
    pub fn trailers<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Headers {
        Headers::collect(Kind::Trailers, pairs)
    }

    pub(crate) fn collect<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        kind: Kind,
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Headers {
        let mut headers = Headers { kind, pairs: Vec::new() };
        for (name, value) in pairs {
            headers.add(name, value);
        }
        headers
    }

    /// The first value of that name, in any case.
    #[must_use]
    pub fn get(&self, name: impl AsRef<[u8]>) -> Option<&[u8]> {
        let name = self.canonical(name.as_ref());
        self.pairs.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| &v[..])
    }

    /// All values of that name, in order.
    #[must_use]
    pub fn get_all(&self, name: impl AsRef<[u8]>) -> Vec<&[u8]> {
        let name = self.canonical(name.as_ref());
        let same = self.pairs.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        same.map(|(_, v)| &v[..]).collect()
    }

    /// Whether there is a header of that name.
    #[must_use]
    pub fn contains(&self, name: impl AsRef<[u8]>) -> bool {
        self.get(name).is_some()
    }

    /// Adds a value beside those that are there.
    pub fn add(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        let name = self.canonical(name.as_ref()).to_ascii_lowercase();
        let value = value.as_ref();
        if inline::is_inline(self.kind, &name)
            && let Some((_, present)) = self.pairs.iter_mut().find(|(n, _)| *n == name)
        {
            // Envoy adds no comma to an empty value.
            if !present.is_empty() && !value.is_empty() {
                present.push(b',');
            }
            present.extend_from_slice(value);
            return;
        }
        let pair = (name, value.to_vec());
        if pair.0.first() == Some(&b':') {
            let end = self.pairs.iter().take_while(|(n, _)| n.first() == Some(&b':')).count();
            self.pairs.insert(end, pair);
        } else {
            self.pairs.push(pair);
        }
    }

    /// Puts one value in the place of all that are there. The header moves to the end.
    pub fn set(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        let name = name.as_ref();
        self.remove(name);
        self.add(name, value);
    }

    /// Removes all values of that name.
    pub fn remove(&mut self, name: impl AsRef<[u8]>) {
        let name = self.canonical(name.as_ref());
        self.pairs.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
    }

    /// How many headers there are, each value of a repeated one counted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The sum of the lengths of all names and values, in bytes.
    #[must_use]
    pub fn byte_size(&self) -> usize {
        self.pairs.iter().map(|(name, value)| name.len() + value.len()).sum()
    }

    /// The pairs in order.
    #[must_use]
    pub fn as_slice(&self) -> &[Pair] {
        &self.pairs
    }

    /// The pairs in order.
    #[must_use]
    pub fn into_vec(self) -> Vec<Pair> {
        self.pairs
    }

    /// The pairs in order, borrowed.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.pairs.iter().map(|(name, value)| (&name[..], &value[..]))
    }

    /// Replaces everything.
    pub(crate) fn replace_all<'a>(
        &mut self,
        pairs: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
    ) {
        self.pairs.clear();
        for (name, value) in pairs {
            self.add(name, value);
        }
    }

    /// "host" is ":authority" in a request, whichever of both is asked for.
    fn canonical<'a>(&self, name: &'a [u8]) -> &'a [u8] {
        if self.kind == Kind::Request && name.eq_ignore_ascii_case(b"host") {
            b":authority"
        } else {
            name
        }
    }
}

impl PartialEq for Headers {
    fn eq(&self, other: &Headers) -> bool {
        self.pairs == other.pairs
    }
}

impl Eq for Headers {}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |bytes: &Vec<u8>| bytes.escape_ascii().to_string();
        f.debug_list().entries(self.pairs.iter().map(|(n, v)| (text(n), text(v)))).finish()
    }
}

#[cfg(test)]
mod tests;
