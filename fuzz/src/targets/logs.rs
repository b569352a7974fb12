//! Access logs in any format.

use kgwc::replay::{Base, Reader};
use route::{Config, RouteTable};
use std::sync::LazyLock;

static TABLE: LazyLock<RouteTable> = LazyLock::new(|| {
    let config = include_bytes!("../../../compiler/tests/golden/compile/full/config.json");
    let config = Config::from_json(config).expect("the compiler wrote it");
    RouteTable::compile(config).expect("the compiler wrote it")
});

/// Every line that is not empty is counted once, and every request is decided.
pub(crate) fn run(data: &[u8]) {
    let base = Base { authority: Some("shop.example.com".to_owned()), ..Base::default() };
    let mut reader = Reader::new(base, TABLE.config());
    let mut lines = 0;
    for line in data.split(|&b| b == b'\n') {
        reader.line(line);
        lines += u64::from(!String::from_utf8_lossy(line).trim().is_empty());
    }
    let replay = reader.finish(&TABLE);
    let skipped = replay.not_understood.lines + replay.without_host.lines;
    assert_eq!(replay.requests + skipped, lines);
    assert!(replay.distinct <= replay.requests);
    let served: u64 = replay.destinations.iter().map(|destination| destination.requests).sum();
    let unmatched: u64 = replay.unmatched.iter().map(|request| request.requests).sum();
    assert_eq!(served + unmatched, replay.requests);
}
