//! The ABI's serialisation of a list of pairs.
//!
//! A 32-bit little-endian count, then for each pair the length of its name and of its value (32
//! bits each), then for each pair the name, a zero byte, the value, a zero byte.

use super::Headers;

/// Envoy refuses lists of more pairs (`PROXY_WASM_HOST_PAIRS_MAX_COUNT`).
pub const MAX_COUNT: usize = 1024;
/// Envoy refuses longer lists, in bytes (`PROXY_WASM_HOST_PAIRS_MAX_BYTES`).
pub const MAX_BYTES: usize = 1024 * 1024;

/// Appends the serialised map. An empty map is no bytes at all, as Envoy hands it over.
pub fn serialize(headers: &Headers, out: &mut Vec<u8>) {
    if headers.is_empty() {
        return;
    }
    let size = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes();
    out.extend_from_slice(&u32::try_from(headers.len()).unwrap_or(u32::MAX).to_le_bytes());
    for (name, value) in headers.iter() {
        out.extend_from_slice(&size(name));
        out.extend_from_slice(&size(value));
    }
    for (name, value) in headers.iter() {
        out.extend_from_slice(name);
        out.push(0);
        out.extend_from_slice(value);
        out.push(0);
    }
}

/// The pairs in `bytes`; none where they are malformed, as in Envoy, which then goes on with an
/// empty list.
pub fn deserialize(bytes: &[u8]) -> Vec<(&[u8], &[u8])> {
    try_deserialize(bytes).unwrap_or_default()
}

fn try_deserialize(bytes: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    if bytes.len() > MAX_BYTES {
        return None;
    }
    let (count, rest) = take_u32(bytes)?;
    if count > MAX_COUNT {
        return None;
    }
    let (mut sizes, mut data) = rest.split_at_checked(count * 8)?;
    let mut pairs = Vec::with_capacity(count);
    for _ in 0..count {
        let (name_size, rest) = take_u32(sizes)?;
        let (value_size, rest) = take_u32(rest)?;
        sizes = rest;
        let (name, rest) = take_string(data, name_size)?;
        let (value, rest) = take_string(rest, value_size)?;
        data = rest;
        pairs.push((name, value));
    }
    data.is_empty().then_some(pairs)
}

fn take_u32(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<4>()?;
    Some((u32::from_le_bytes(*head) as usize, rest))
}

/// A string and the zero byte after it.
fn take_string(bytes: &[u8], size: usize) -> Option<(&[u8], &[u8])> {
    let (string, rest) = bytes.split_at_checked(size)?;
    Some((string, rest.strip_prefix(&[0])?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serialized(pairs: &[(&str, &str)]) -> Vec<u8> {
        let mut out = Vec::new();
        serialize(&Headers::response(pairs.iter().copied()), &mut out);
        out
    }

    #[test]
    fn the_layout_is_that_of_the_abi() {
        assert_eq!(serialized(&[("a", "bc")]), b"\x01\0\0\0\x01\0\0\0\x02\0\0\0a\0bc\0");
        assert_eq!(serialized(&[]), b"");
    }

    #[test]
    fn what_was_written_is_read() {
        let bytes = serialized(&[("a", ""), ("b", "\u{e9}"), ("a", "x")]);
        let pairs: Vec<(&[u8], &[u8])> =
            vec![(b"a", b""), (b"b", "\u{e9}".as_bytes()), (b"a", b"x")];
        assert_eq!(deserialize(&bytes), pairs);
    }

    #[test]
    fn malformed_lists_are_empty() {
        let good = serialized(&[("a", "bc")]);
        for end in 0..good.len() {
            assert_eq!(deserialize(&good[..end]), [], "cut after {end} bytes");
        }
        let mut longer = good.clone();
        longer.push(0);
        assert_eq!(deserialize(&longer), []);
        let mut no_zero = good;
        *no_zero.last_mut().unwrap() = 1;
        assert_eq!(deserialize(&no_zero), []);
        assert_eq!(deserialize(&[0xff; 16]), []);
    }
}
