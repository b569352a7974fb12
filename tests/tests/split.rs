//! The shares of a weighted split: measured in the module, exact in `kgwc explain`.

use harness::{Module, Request, Response, Vm, VmOptions};
use kgwc_tests::{kgwc, load, repository};
use std::collections::BTreeMap;

const EXAMPLE: &str = "examples/traffic-split-canary";

#[test]
fn a_hundred_thousand_requests_keep_to_the_weights() {
    const REQUESTS: u32 = 100_000;
    let loaded = load(&repository(EXAMPLE));
    let (_, lowered) = &loaded.compiled.gateways[0];
    let module = Module::new(filter_module::MODULE).unwrap();
    let mut vm = Vm::new(&module, VmOptions::default()).unwrap();
    vm.configure(serde_json::to_vec(&lowered.config).unwrap()).unwrap();
    let mut clusters = BTreeMap::<String, u32>::new();
    for _ in 0..REQUESTS {
        let request = Request::get("traffic.split.example", "/hello");
        let record = vm.run(request, Response::new(200)).unwrap();
        let cluster = record.request_headers.get("x-kgwc-cluster").unwrap();
        *clusters.entry(String::from_utf8(cluster.to_vec()).unwrap()).or_default() += 1;
    }
    let expected = [("v1", 10.0), ("v2", 10.0), ("v3", 80.0)];
    assert_eq!(clusters.len(), expected.len(), "{clusters:?}");
    for (version, percent) in expected {
        let hits = clusters[&format!("helloworld/helloworld-{version}:5000")];
        let share = f64::from(hits) / f64::from(REQUESTS) * 100.0;
        assert!((share - percent).abs() < 0.5, "{version}: {share} %");
    }
}

#[test]
fn explain_tells_the_exact_shares() {
    let url = "http://traffic.split.example/hello";
    let output = kgwc!().run(["explain", "--output", "json", EXAMPLE, url]).fine();
    let decision: serde_json::Value = serde_json::from_str(&output).unwrap();
    let backends = decision["backends"].as_array().unwrap().iter();
    let shares: Vec<_> = backends
        .map(|b| (b["backend"]["name"].as_str().unwrap(), &b["weight"], &b["share"], &b["status"]))
        .map(|(name, weight, share, status)| {
            assert!(status.is_null());
            (name, weight.as_u64().unwrap(), share.as_f64().unwrap())
        })
        .collect();
    let exact =
        [("helloworld-v1", 10, 0.1), ("helloworld-v2", 10, 0.1), ("helloworld-v3", 80, 0.8)];
    assert_eq!(shares, exact);
}
