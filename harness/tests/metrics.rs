//! Metrics, of the VM and of one request.

mod common;

use common::{said, texts, vm};
use harness::{MetricKind, MetricOperation, Request, Response, VmOptions};

#[test]
fn metrics_are_kept_by_name_and_by_request() {
    let mut vm = vm("metrics", VmOptions::new());
    assert_eq!(texts(vm.logs()), ["00", "00", "00", "02", "00"]);
    let record = vm.run(Request::get("h", "/"), Response::new(200)).unwrap();
    assert_eq!(said(&record), ["00", "02", "00", "00", "00", "01", "00", "07", "02"]);
    let changes: Vec<_> = record
        .metrics
        .iter()
        .map(|change| (change.kind, &change.name[..], change.operation))
        .collect();
    assert_eq!(
        changes,
        [
            (MetricKind::Counter, &b"hits"[..], MetricOperation::Increment(2)),
            (MetricKind::Gauge, b"level", MetricOperation::Increment(-3)),
            (MetricKind::Gauge, b"level", MetricOperation::Record(7)),
            (MetricKind::Histogram, b"size", MetricOperation::Record(9)),
        ]
    );
    vm.run(Request::get("h", "/"), Response::new(200)).unwrap();
    let metrics = vm.metrics();
    assert_eq!(metrics.counter("hits"), Some(104));
    assert_eq!(metrics.gauge("level"), Some(7));
    assert_eq!(metrics.histogram("size"), Some(&[9, 9][..]));
    assert_eq!(metrics.counter("level"), None);
    let names: Vec<&[u8]> = metrics.iter().map(|(name, _)| name).collect();
    assert_eq!(names, [&b"hits"[..], b"level", b"size"]);
}
