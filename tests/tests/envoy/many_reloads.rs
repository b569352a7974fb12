//! Five hundred changes of clusters, route variants and plugin configuration under load: no request
//! fails, nothing grows, and each request is counted.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use kgwc::envoy::{Client, Directory, Envoy, RawRequest, Settings};
use kgwc::lower::{Lowered, MirrorTarget, Variant};
use kgwc::render::envoy::{BOOTSTRAP, Options, counters, dynamic};
use kgwc_tests::resident_memory;
use serde_json::Value;

use crate::fixture::{Stubbed, gateway, module, program, route};

const RELOADS: u32 = 500;
/// Memory is compared between the reloads after these and the last ones.
const WARM: u32 = 100;
/// Reloads that one figure of memory is the mean of.
const WINDOW: u32 = 50;
const DEADLINE: Duration = Duration::from_secs(30);

/// Every request to a backend of the number's own, with a copy for a share of the requests that is
/// the number's own as well; requests are counted.
pub(crate) fn numbered(number: u32) -> Lowered {
    let mut lowered = gateway();
    let name = format!("v{}", number % 7);
    route(&mut lowered, "/", &name, &[]);
    let cluster = lowered.clusters[0].name.clone();
    let mirror = MirrorTarget { cluster, numerator: number % 10, denominator: 10 };
    let variant = format!("v-{}", number % 10);
    let session = number.is_multiple_of(2);
    let mirrors = Vec::from_iter((mirror.numerator > 0).then_some(mirror));
    lowered.config.rules[0].backends[0].variant = Some(variant.clone());
    lowered.config.id = format!("{number:016x}");
    lowered.config.observe.metrics = true;
    lowered.variants.insert(variant, Variant { mirrors, session, ..Variant::default() });
    lowered
}

/// The configuration with the clusters and variants of the one before it: requests that were
/// decided by that one are still on their way.
pub(crate) fn after(next: &Lowered, last: &Lowered) -> Lowered {
    let mut both = next.clone();
    both.variants.extend(last.variants.clone());
    both.clusters.extend(last.clusters.iter().cloned());
    both.clusters.sort_by(|a, b| a.name.cmp(&b.name));
    both.clusters.dedup_by(|a, b| a.name == b.name);
    both
}

/// Replaces the files that have changed, each when the one before it is in effect.
pub(crate) fn replace(
    envoy: &Envoy,
    files: &[(String, Value)],
    version: u32,
    before: &mut Vec<(String, Value)>,
) {
    for (name, content) in files.iter().filter(|(name, _)| name != BOOTSTRAP) {
        if before.iter().any(|known| known.0 == *name && known.1 == *content) {
            continue;
        }
        let mut versioned = content.clone();
        versioned["version_info"] = version.to_string().into();
        envoy.directory().write(name, &versioned).unwrap();
        let wanted = counters(name).unwrap();
        let start = Instant::now();
        loop {
            let pattern = format!("^{}$", wanted.version.replace('.', "[.]"));
            let statistics = envoy.admin().stats(&pattern).unwrap();
            let now = statistics.get(&wanted.version).and_then(Value::as_str);
            if now == Some(&version.to_string()) {
                break;
            }
            assert!(start.elapsed() < DEADLINE, "{name} {version}: {}", envoy.log_end());
            std::thread::sleep(Duration::from_millis(2));
        }
    }
    *before = files.to_vec();
}

/// Sends requests until it is told to stop; gives back how many, or the first that failed.
fn load(address: SocketAddr, is_done: Arc<AtomicBool>) -> JoinHandle<Result<u32, String>> {
    std::thread::spawn(move || {
        let mut client = Client::new();
        let mut sent = 0;
        while !is_done.load(Ordering::Relaxed) {
            match client.send(address, None, &RawRequest::get("a", "/")) {
                Ok(response) if response.status == 200 => sent += 1,
                Ok(response) => return Err(format!("{} after {sent}", response.status)),
                Err(error) => return Err(format!("{error} after {sent}")),
            }
        }
        Ok(sent)
    })
}

/// What a configuration has counted, another one may tell.
fn assert_counted(envoy: &Envoy, requests: u64) {
    let start = Instant::now();
    loop {
        let counts = envoy.admin().stats("^wasmcustom[.]kgwc[.].*[.]forward[.]requests$").unwrap();
        let counted: u64 = counts.values().filter_map(Value::as_u64).sum();
        if counted == requests {
            return;
        }
        assert!(counted < requests && start.elapsed() < DEADLINE, "{counted} of {requests}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn no_request_fails_and_nothing_grows() {
    let first = numbered(0);
    let directory = Directory::new().unwrap();
    let folder = directory.path().to_owned();
    let options =
        Options { stub_backends: true, ..Options::on_free_ports(&first, module(&directory)) };
    let files = dynamic(&first, &options, &folder);
    for (name, content) in &files {
        directory.write(name, content).unwrap();
    }
    let bootstrap = &files.iter().find(|(name, _)| name == BOOTSTRAP).unwrap().1;
    let envoy = Envoy::start(&program(), directory, bootstrap, &Settings::default());
    let envoy = envoy.unwrap_or_else(|error| panic!("{error}"));
    let address = envoy.address(80).unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..2).map(|_| load(address, Arc::clone(&done))).collect();

    let mut client = Client::new();
    let mut before = files;
    // A configuration keeps the clusters and variants of the one before it: requests that were
    // decided by that one are still on their way.
    let mut last = first;
    let (mut early, mut late) = (0, 0);
    for number in 1..=RELOADS {
        let next = numbered(number);
        let both = after(&next, &last);
        replace(&envoy, &dynamic(&both, &options, &folder), number, &mut before);
        last = next;
        let response = client.send(address, None, &RawRequest::get("a", "/")).unwrap();
        let backend = Stubbed::read(&response.body).backend;
        assert_eq!(backend, format!("default/v{}:8000", number % 7), "reload {number}");
        if (WARM..WARM + WINDOW).contains(&number) {
            early += resident_memory(&envoy) / u64::from(WINDOW);
        } else if number > RELOADS - WINDOW {
            late += resident_memory(&envoy) / u64::from(WINDOW);
        }
    }
    done.store(true, Ordering::Relaxed);
    let mut requests = RELOADS;
    for client in clients {
        let sent = client.join().unwrap().unwrap_or_else(|failed| panic!("{failed}"));
        assert!(sent > RELOADS, "{sent}");
        requests += sent;
    }
    assert_counted(&envoy, requests.into());
    // A leak of one configuration in each reload would be many times as much: a request to the
    // system for a heap of memory is 2 MiB.
    assert!(early > 10_000, "{early} KiB are no Envoy");
    assert!(late < early + early / 20, "{early} KiB became {late} KiB");
    let refused = envoy.admin().stats("(update_rejected|update_failure)$").unwrap();
    assert!(refused.values().all(|count| count.as_u64() == Some(0)), "{refused:?}");
}
