//! A gateway that follows its input.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use kgwc::envoy::serve::{Event, Settings, serve};
use kgwc::envoy::{Bind, Client, RawRequest};
use kgwc::lower::{Cluster, Endpoints, Lowered, UpstreamProtocol};
use route::Config;
use route::config::Protocol;

use crate::fixture::{Stubbed, gateway, listener, program, route};

/// Set for a test that is run as a process of its own by another one: its input folder.
const FOLDER: &str = "KGWC_TEST_FOLDER";
/// How long an event may take.
const DEADLINE: Duration = Duration::from_secs(60);
const INPUT: &str = "input.json";

/// A Gateway on a free port with one route to `backend`.
fn input(backend: &str) -> Lowered {
    let mut lowered = gateway();
    lowered.config.listeners[0].port = free_port();
    route(&mut lowered, "/", backend, &[]);
    lowered
}

/// A port that was free a moment ago. Where somebody else is quicker, another one is served.
fn free_port() -> u16 {
    std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

fn write(folder: &Path, text: &str) {
    let unfinished = folder.join("input.new");
    fs::write(&unfinished, text).unwrap();
    fs::rename(unfinished, folder.join(INPUT)).unwrap();
}

fn write_config(folder: &Path, config: &Config) {
    write(folder, &serde_json::to_string(config).unwrap());
}

/// Not a test: the process that the tests below talk to. Its input is a plugin configuration,
/// its backends are stubs.
#[test]
fn child_that_serves() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let module = folder.join("kgwc.wasm");
    fs::write(&module, filter_module::MODULE).unwrap();
    let settings = Settings {
        program: program(),
        module,
        watch: vec![folder.join(INPUT)],
        bind: Bind::default(),
        stub_backends: true,
        ca_file: kgwc::render::envoy::CA_FILE.to_owned(),
        access_log: false,
        concurrency: Some(1.try_into().unwrap()),
    };
    let compile = || {
        let text = fs::read(folder.join(INPUT)).unwrap();
        let config: Config = serde_json::from_slice(&text).ok()?;
        let clusters = config.backends.iter().map(|backend| Cluster {
            name: backend.id(),
            backend: backend.id(),
            endpoints: Endpoints::Static(Vec::new()),
            protocol: UpstreamProtocol::Http1,
        });
        Some(Lowered { clusters: clusters.collect(), config, ..Lowered::default() })
    };
    let report = |event: Event| match event {
        Event::Serving(all) => all.iter().for_each(|served| {
            eprintln!("event: serving {} {}", served.port, served.address);
        }),
        Event::Admin(address) => eprintln!("event: admin {address}"),
        other => eprintln!("event: {other}"),
    };
    serve(&settings, compile, report).unwrap_or_else(|error| panic!("event: failed {error}"));
}

/// A serving process.
struct Serving {
    folder: tempfile::TempDir,
    process: Child,
    output: Receiver<String>,
    client: Client,
}

impl Serving {
    fn start(lowered: &Lowered) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_config(folder.path(), &lowered.config);
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "reload::child_that_serves", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            lines.map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Self { folder, process, output, client: Client::new() }
    }

    /// Waits for the next event that begins with `wanted` and gives back the rest of it.
    fn wait_for(&mut self, wanted: &str) -> String {
        let mut seen = Vec::new();
        while let Ok(line) = self.output.recv_timeout(DEADLINE) {
            if let Some(event) = line.strip_prefix("event: ")
                && let Some(rest) = event.strip_prefix(wanted)
            {
                return rest.trim().to_owned();
            }
            seen.push(line);
        }
        panic!("no {wanted:?} in:\n{}", seen.join("\n"));
    }

    /// Waits for a line with `wanted` in it.
    fn wait_for_line(&mut self, wanted: &str) {
        let mut lines = std::iter::from_fn(|| self.output.recv_timeout(DEADLINE).ok());
        assert!(lines.any(|line| line.contains(wanted)), "no {wanted:?}");
    }

    fn served(&mut self, port: u16) -> SocketAddr {
        self.wait_for(&format!("serving {port} ")).parse().unwrap()
    }

    fn backend(&mut self, address: SocketAddr) -> String {
        let response = self.client.send(address, None, &RawRequest::get("a", "/")).unwrap();
        assert_eq!(response.status, 200);
        Stubbed::read(&response.body).backend
    }
}

/// The process ends with the test, however that ends.
impl Drop for Serving {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

#[test]
fn follows_its_input_and_keeps_serving_when_that_is_broken() {
    let mut lowered = input("v1");
    let port = lowered.config.listeners[0].port;
    let mut serving = Serving::start(&lowered);
    let folder = serving.folder.path().to_owned();
    let address = serving.served(port);
    assert_eq!(serving.backend(address), "default/v1:8000");

    route(&mut lowered, "/", "v2", &[]);
    write_config(&folder, &lowered.config);
    serving.wait_for("reloaded");
    assert_eq!(serving.backend(address), "default/v2:8000");

    write(&folder, "{");
    serving.wait_for("the input has errors");
    assert_eq!(serving.backend(address), "default/v2:8000");

    let mut refused = lowered.config.clone();
    refused.version = 99;
    write_config(&folder, &refused);
    serving.wait_for("Envoy refused the change");
    assert_eq!(serving.backend(address), "default/v2:8000");

    // Back to what is served already.
    write_config(&folder, &lowered.config);
    serving.wait_for("reloaded");
    assert_eq!(serving.backend(address), "default/v2:8000");

    route(&mut lowered, "/", "v3", &[]);
    write_config(&folder, &lowered.config);
    serving.wait_for("reloaded");
    assert_eq!(serving.backend(address), "default/v3:8000");

    let second = free_port();
    lowered.config.listeners.push(listener("second", second, Protocol::Http, None));
    lowered.config.listeners[1].hostnames = lowered.config.listeners[0].hostnames.clone();
    write_config(&folder, &lowered.config);
    let added = serving.served(second);
    assert_eq!(serving.backend(added), "default/v3:8000");
    assert_eq!(serving.backend(address), "default/v3:8000");

    // And back, twice: the files of a port that went may not confuse one that comes.
    for backend in ["v4", "v5"] {
        let both = lowered.config.listeners.clone();
        lowered.config.listeners.truncate(1);
        write_config(&folder, &lowered.config);
        serving.wait_for("reloaded");
        wait_until_refused(added);

        lowered.config.listeners = both;
        route(&mut lowered, "/", backend, &[]);
        write_config(&folder, &lowered.config);
        let added = serving.served(second);
        assert_eq!(serving.backend(added), format!("default/{backend}:8000"));
    }
}

/// Envoy closes the socket of a listener a moment after it has agreed to remove it.
fn wait_until_refused(address: SocketAddr) {
    let start = Instant::now();
    while TcpStream::connect(address).is_ok() {
        assert!(start.elapsed() < DEADLINE, "{address} is still served");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn no_request_fails_while_routes_change() {
    let lowered = input("v0");
    let port = lowered.config.listeners[0].port;
    let mut serving = Serving::start(&lowered);
    let address = serving.served(port);
    let done = Arc::new(AtomicBool::new(false));
    let is_done = Arc::clone(&done);
    let load = std::thread::spawn(move || {
        let mut client = Client::new();
        let mut statuses = std::collections::BTreeMap::<u16, u32>::new();
        while !is_done.load(Ordering::Relaxed) {
            let request = RawRequest::get("a", "/");
            let response = client.send(address, None, &request).unwrap();
            *statuses.entry(response.status).or_default() += 1;
        }
        statuses
    });
    for i in 1..=5 {
        // Each time another backend, so that a cluster comes and one goes.
        let mut next = gateway();
        next.config.listeners[0].port = port;
        route(&mut next, "/", &format!("v{i}"), &[]);
        write_config(serving.folder.path(), &next.config);
        serving.wait_for("reloaded");
        assert_eq!(serving.backend(address), format!("default/v{i}:8000"));
    }
    done.store(true, Ordering::Relaxed);
    let statuses = load.join().unwrap();
    assert_eq!(statuses.keys().collect::<Vec<_>>(), [&200], "{statuses:?}");
}

#[test]
fn a_signal_stops_it_and_envoy() {
    for signal in ["TERM", "INT"] {
        let lowered = input("v1");
        let mut serving = Serving::start(&lowered);
        let address = serving.served(lowered.config.listeners[0].port);
        serving.wait_for("admin");
        let pid = serving.process.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        serving.wait_for("stopping");
        assert!(serving.process.wait().unwrap().success());
        assert!(TcpStream::connect(address).is_err());
    }
}

#[test]
fn it_ends_when_envoy_does() {
    let mut serving = Serving::start(&input("v1"));
    let admin = serving.wait_for("admin").parse().unwrap();
    let quit = RawRequest {
        method: b"POST".to_vec(),
        ..RawRequest::get("kgwc", "/quitquitquit").header("content-length", "0")
    };
    serving.client.send(admin, None, &quit).unwrap();
    let failure = serving.wait_for("failed");
    assert!(failure.starts_with("Envoy has ended (exit status: 0)"), "{failure}");
}

#[test]
fn input_that_the_module_refuses_is_not_served_at_all() {
    let mut lowered = input("v1");
    lowered.config.version = 99;
    let mut serving = Serving::start(&lowered);
    let failure = serving.wait_for("failed");
    assert!(failure.starts_with("the module refuses the configuration"), "{failure}");
    // The module's own words.
    serving.wait_for_line("version 99");
}
