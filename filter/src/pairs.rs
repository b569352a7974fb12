//! Header maps as the host hands them over: the number of pairs, then the length of each name and
//! value, then names and values, each with a NUL behind it; all numbers are `u32`, little endian
//! (proxy-wasm ABI 0.2.1, "Serialization").

/// A header: its name and value.
pub(crate) type Pair<'a> = (&'a [u8], &'a [u8]);

/// The pairs of a serialised map, in place; `None` where the bytes are no such map.
pub(crate) fn parse(map: &[u8]) -> Option<Vec<Pair<'_>>> {
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

/// The serialised form of the pairs.
pub(crate) fn serialize(pairs: &[Pair<'_>]) -> Vec<u8> {
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
