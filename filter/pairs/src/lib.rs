//! Header maps as the host hands them over: the number of pairs, then the length of each name and
//! value, then names and values, each with a NUL behind it; all numbers are `u32`, little endian
//! (proxy-wasm ABI 0.2.1, "Serialization").

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

/// A header: its name and value.
pub type Pair<'a> = (&'a [u8], &'a [u8]);

/// The pairs of a serialised map, in place; `None` where the bytes are no such map.
pub fn parse(map: &[u8]) -> Option<Vec<Pair<'_>>> {
    if map.is_empty() {
        return Some(Vec::new());
    }
    let (count, rest) = map.split_first_chunk::<4>()?;
    let count = u32::from_le_bytes(*count) as usize;
    let (lengths, mut data) = rest.split_at_checked(count.checked_mul(8)?)?;
    let mut take = |length: [u8; 4]| {
        let (text, rest) = data.split_at_checked(u32::from_le_bytes(length) as usize)?;
        data = rest.strip_prefix(&[0])?;
        Some(text)
    };
    let mut pairs = Vec::with_capacity(count);
    for lengths in lengths.chunks_exact(8) {
        let (name, rest) = lengths.split_first_chunk::<4>()?;
        let value = rest.first_chunk::<4>()?;
        pairs.push((take(*name)?, take(*value)?));
    }
    Some(pairs)
}

/// The serialised form of the pairs; the number that stands before none of them is 0.
pub fn serialize(pairs: &[Pair<'_>]) -> Vec<u8> {
    let length = |text: &[u8]| u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes();
    let mut map = u32::try_from(pairs.len()).unwrap_or(u32::MAX).to_le_bytes().to_vec();
    for (name, value) in pairs {
        map.extend(length(name));
        map.extend(length(value));
    }
    for (name, value) in pairs {
        for text in [name, value] {
            map.extend_from_slice(text);
            map.push(0);
        }
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_that_of_the_abi() {
        assert_eq!(serialize(&[(b"a", b"bc")]), b"\x01\0\0\0\x01\0\0\0\x02\0\0\0a\0bc\0");
        assert_eq!(serialize(&[]), [0; 4]);
    }

    #[test]
    fn what_was_written_is_read() {
        let pairs: [Pair<'_>; 3] = [(b"a", b""), (b"b", b"\xe9"), (b"a", b"x")];
        assert_eq!(parse(&serialize(&pairs)).unwrap(), pairs);
        assert_eq!(parse(b"").unwrap(), [], "Envoy's form of a map without headers");
    }

    #[test]
    fn what_is_cut_off_or_says_too_much_is_no_map() {
        let map = serialize(&[(b"a", b"bc"), (b"d", b"")]);
        for end in 1..map.len() {
            assert!(parse(&map[..end]).is_none(), "cut after {end} bytes");
        }
        for at in 0..map.len() {
            let mut more = map.clone();
            more[at] = 0xff;
            let read = parse(&more);
            assert!(at >= 20 || read.is_none(), "byte {at}: {read:?}");
        }
    }
}
