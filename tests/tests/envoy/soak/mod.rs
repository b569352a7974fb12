//! Everything at once, for a while: good load, reloads, configurations that are refused, rules that
//! are broken, and clients that mean no good.
//!
//! Half a minute, or as many seconds as `KGWC_SOAK_SECONDS` says: `make soak`.

mod clients;
mod hostile;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use kgwc::envoy::{Client, Directory, Envoy, RawRequest, Settings};
use kgwc::lower::Lowered;
use kgwc::render::envoy::{BOOTSTRAP, Options, counters, dynamic, encode};
use kgwc_tests::{assert_no_trap, resident_memory};
use route::config::{PathMatch, Regex};
use serde_json::{Value, json};

use crate::fixture::{Stubbed, module, program, route};
use crate::many_reloads::{after, numbered, replace};

const SECONDS: u64 = 30;
const PLUGIN: &str = "kgwc-80.pb";
const DEADLINE: Duration = Duration::from_secs(30);
/// A pause after each change, so that there is load on each configuration.
const PAUSE: Duration = Duration::from_millis(50);
/// What Envoy keeps of each plugin configuration that it ever had, in KiB: 1 for any module, 2.2 for
/// one that has a timer or counters (measured with Envoy 1.40).
const KEPT: u64 = 3;

fn duration() -> Duration {
    let seconds = std::env::var("KGWC_SOAK_SECONDS").ok();
    let seconds = seconds.map(|text| text.parse().expect("KGWC_SOAK_SECONDS is a number"));
    Duration::from_secs(seconds.unwrap_or(SECONDS))
}

/// An Envoy whose files are replaced again and again.
struct Soaked {
    envoy: Envoy,
    options: Options,
    files: Vec<(String, Value)>,
    last: Lowered,
    client: Client,
    /// How many changes there were.
    number: u32,
    /// How many of them had to be refused.
    bad: u64,
}

impl Soaked {
    fn start() -> Self {
        let last = numbered(0);
        let directory = Directory::new().unwrap();
        let free = Options::on_free_ports(&last, module(&directory));
        let options = Options { stub_backends: true, ..free };
        let files = dynamic(&last, &options, directory.path());
        for (name, content) in &files {
            directory.write(name, content).unwrap();
        }
        let bootstrap = &files.iter().find(|(name, _)| name == BOOTSTRAP).unwrap().1;
        let settings = Settings { concurrency: Some(2), ..Settings::default() };
        let envoy = Envoy::start(&program(), directory, bootstrap, &settings)
            .unwrap_or_else(|error| panic!("{error}"));
        Self { envoy, options, files, last, client: Client::new(), number: 0, bad: 0 }
    }

    fn status(&mut self, path: &str) -> (u16, Vec<u8>) {
        let address = self.envoy.address(80).unwrap();
        let response = self.client.send(address, None, &RawRequest::get("a", path)).unwrap();
        (response.status, response.body)
    }

    /// Another backend; every fifth time also a rule whose automaton does not load.
    fn change(&mut self) {
        self.number += 1;
        let mut next = numbered(self.number);
        let is_broken = self.number.is_multiple_of(5);
        if is_broken {
            break_rule(&mut next);
        }
        let files = dynamic(&after(&next, &self.last), &self.options, self.folder());
        replace(&self.envoy, &files, self.number, &mut self.files);
        self.last = next;
        self.assert_served();
        let (status, _) = self.status("/broken");
        assert_eq!(status, if is_broken { 500 } else { 200 }, "change {}", self.number);
    }

    /// A plugin configuration that is not taken: the one before it stays, and Envoy counts it.
    fn refuse(&mut self) {
        let before = self.refused();
        let mut file = self.files.iter().find(|(name, _)| name == PLUGIN).unwrap().1.clone();
        file["version_info"] = "bad".into();
        let configuration = &mut file["resources"][0]["typed_config"]["config"]["configuration"];
        let text = configuration["value"].as_str().unwrap().to_owned();
        let changed = |field: &str, value: Value| {
            let mut config: Value = serde_json::from_str(&text).unwrap();
            config[field] = value;
            config.to_string()
        };
        let bad = match self.bad % 5 {
            0 => Some(text[..text.len() / 2].to_owned()),
            1 => Some(changed("version", json!(99))),
            2 => Some(changed("listeners", json!("none"))),
            3 => Some(String::new()),
            _ => None,
        };
        let bytes = match &bad {
            Some(bad) => {
                configuration["value"] = bad.as_str().into();
                encode(PLUGIN, &file).unwrap()
            }
            // Already the file cannot be read.
            None => b"\x0a\xff".to_vec(),
        };
        let unfinished = self.folder().join("unfinished");
        std::fs::write(&unfinished, bytes).unwrap();
        std::fs::rename(unfinished, self.folder().join(PLUGIN)).unwrap();
        self.bad += 1;
        let start = Instant::now();
        while self.refused() == before {
            assert!(start.elapsed() < DEADLINE, "not refused: {bad:?}\n{}", self.envoy.log_end());
            std::thread::sleep(Duration::from_millis(2));
        }
        assert_eq!(self.refused(), before + 1, "{bad:?}");
        self.assert_served();
    }

    fn folder(&self) -> &std::path::Path {
        self.envoy.directory().path()
    }

    /// How often a plugin configuration was refused.
    fn refused(&self) -> u64 {
        let names = counters(PLUGIN).unwrap().refused;
        let pattern = format!("^({})$", names.join("|").replace('.', "[.]"));
        let counts = self.envoy.admin().stats(&pattern).unwrap();
        counts.values().filter_map(Value::as_u64).sum()
    }

    fn assert_served(&mut self) {
        let (status, body) = self.status("/");
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        let expected = format!("default/v{}:8000", self.number % 7);
        assert_eq!(Stubbed::read(&body).backend, expected, "change {}", self.number);
    }

    fn sample(&self) -> Sample {
        let sum = |pattern: &str| {
            let stats = self.envoy.admin().stats(pattern).unwrap();
            stats.values().filter_map(Value::as_u64).sum()
        };
        Sample {
            resident: resident_memory(&self.envoy),
            allocated: sum("^server.memory_allocated$") / 1024,
            machines: sum("^wasm.*active$"),
        }
    }
}

/// What Envoy takes at a time; of several samples the mean, and most of all VMs.
#[derive(Debug)]
struct Sample {
    /// Resident memory, in KiB.
    resident: u64,
    /// What Envoy has allocated by its own account, in KiB: without the memory of the VMs, and
    /// some seconds old.
    allocated: u64,
    /// VMs of WebAssembly; one that is replaced lives on for its last requests.
    machines: u64,
}

impl Sample {
    fn mean(samples: &[Self]) -> Self {
        let mean = |figure: fn(&Self) -> u64| {
            samples.iter().map(figure).sum::<u64>() / samples.len() as u64
        };
        Self {
            resident: mean(|sample| sample.resident),
            allocated: mean(|sample| sample.allocated),
            machines: samples.iter().map(|sample| sample.machines).max().unwrap_or_default(),
        }
    }
}

fn break_rule(lowered: &mut Lowered) {
    route(lowered, "/broken", "broken", &[]);
    let config = &mut lowered.config;
    let (pattern, prefix) = ("/broken".to_owned(), "/broken".to_owned());
    let dfa = "AAAA".to_owned();
    config.regexes.push(Regex { pattern, prefix, elements: Vec::new(), dfa });
    config.matches.last_mut().unwrap().path = PathMatch::Regex(0);
}

#[test]
fn nothing_traps_grows_or_fails_whatever_happens() {
    let mut soaked = Soaked::start();
    let address = soaked.envoy.address(80).unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let mut good: Vec<_> = (0..2).map(|n| clients::good(n, address, Arc::clone(&done))).collect();
    good.push(clients::good_h2(address, Arc::clone(&done)));
    let hostile = hostile::client(address, Arc::clone(&done));

    let (start, whole) = (Instant::now(), duration());
    let mut samples = Vec::new();
    while start.elapsed() < whole {
        soaked.change();
        std::thread::sleep(PAUSE);
        if soaked.number.is_multiple_of(3) {
            soaked.refuse();
            std::thread::sleep(PAUSE);
        }
        samples.push(soaked.sample());
    }
    done.store(true, Ordering::Relaxed);
    let sent: Vec<_> = good.into_iter().map(|client| client.join().unwrap()).collect();
    let attacks = hostile.join().unwrap();
    eprintln!(
        "{} changes, {} refused; good requests {sent:?}; hostile: {attacks:?}",
        soaked.number, soaked.bad
    );
    assert!(sent.iter().all(|sent| sent.as_ref().is_ok_and(|sent| *sent > 100)), "{sent:?}");
    assert!(attacks.as_ref().is_ok_and(|attacks| *attacks > 100), "{attacks:?}");
    assert_eq!(soaked.refused(), soaked.bad);
    assert_no_trap(&soaked.envoy);

    let tenths = samples.chunks(samples.len().div_ceil(10));
    let means: Vec<_> = tenths.map(Sample::mean).collect();
    for (number, mean) in means.iter().enumerate() {
        eprintln!("tenth {number}: {mean:?}");
    }
    // In the first tenths Envoy fills what it keeps, the faster the machine the more of it. A leak
    // in each change would be seen from 35 KiB on in half a minute, from 5 KiB on in ten.
    let (early, late) = (&means[4], &means[means.len() - 1]);
    // Half of the changes lie between them.
    let kept = KEPT * u64::from(soaked.number) / 2;
    assert!((1..=2 * early.machines).contains(&late.machines), "{means:?}");
    assert!(late.resident < early.resident + early.resident / 20 + kept, "{means:?}");
    assert!(late.allocated < early.allocated + early.allocated / 5 + kept, "{means:?}");
}
