//! Header maps as host and module hand them to each other.

use harness::Headers;

/// What one side writes the other reads; both read the same in any bytes, or refuse it.
pub(crate) fn run(data: &[u8]) {
    let module: Option<Vec<_>> = pairs::parse(data).collect();
    let host = harness::pairs::deserialize(data);
    // The host takes no map that is larger than Envoy's bounds or has bytes behind it.
    if !host.is_empty() {
        assert_eq!(module.as_ref(), Some(&host));
    }
    if let Some(read) = module {
        let written = pairs::serialize(&read);
        assert!(data.is_empty() || data.starts_with(&written), "{read:?}");
        if written.len() == data.len() && read.len() <= harness::pairs::MAX_COUNT {
            assert_eq!(host, read);
        }
    }
    // The same bytes as headers: a line each, the name up to the first colon.
    let lines = data.split(|&b| b == b'\n').filter(|line| !line.is_empty());
    let headers = Headers::response(lines.map(|line| {
        let (name, value) = line.split_at(line.iter().position(|&b| b == b':').unwrap_or(0));
        (name.to_vec(), value.to_vec())
    }));
    let mut from_host = Vec::new();
    harness::pairs::serialize(&headers, &mut from_host);
    let all: Vec<_> = headers.iter().collect();
    let read: Option<Vec<_>> = pairs::parse(&from_host).collect();
    assert_eq!(read.as_ref(), Some(&all));
    if !all.is_empty() {
        assert_eq!(pairs::serialize(&all), from_host);
    }
}
