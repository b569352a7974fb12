//! Envoy processes: started, refused, stopped.

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use kgwc::envoy::{Directory, Envoy, RawRequest, Settings, StartError};
use kgwc::render::envoy::{Options, bootstrap};
use serde_json::json;

use crate::fixture::{gateway, program, route, serve};

/// Set for a test that is run as a process of its own by another one.
const CHILD: &str = "KGWC_TEST_CHILD";

#[test]
fn several_run_at_once() {
    let mut lowered = gateway();
    route(&mut lowered, "/", "v1", &[]);
    let mut running: Vec<_> = (0..3).map(|_| serve(&lowered, true)).collect();
    for envoy in &mut running {
        assert_eq!(envoy.stub(&RawRequest::get("a", "/")).backend, "default/v1:8000");
    }
}

#[test]
fn a_dropped_one_is_gone() {
    let running = serve(&gateway(), true);
    let address = running.envoy.address(80).unwrap();
    let directory = running.envoy.directory().path().to_owned();
    drop(running);
    assert!(TcpStream::connect(address).is_err());
    assert!(!directory.exists());
}

#[test]
fn one_that_refuses_its_configuration_says_why() {
    let document = json!({"admin": {"address": {"socket_address":
        {"address": "127.0.0.1", "port_value": 0}}}, "static_resources": {"lusters": []}});
    let directory = Directory::new().unwrap();
    let error = Envoy::start(&program(), directory, &document, &Settings::default());
    let Err(StartError::Ended { log, .. }) = error else { panic!("{error:?}") };
    assert!(log.contains("lusters"), "{log}");
}

#[test]
fn one_without_an_admin_address_is_not_started() {
    let options = Options { admin: None, ..Options::on_free_ports(&gateway(), String::new()) };
    let document = bootstrap(&gateway(), &options);
    let directory = Directory::new().unwrap();
    let error = Envoy::start(&program(), directory, &document, &Settings::default());
    assert!(matches!(error, Err(StartError::NoAdmin)), "{error:?}");
}

#[test]
fn a_program_that_is_no_envoy_is_an_error() {
    let options = Options::on_free_ports(&gateway(), String::new());
    let document = bootstrap(&gateway(), &options);
    let directory = Directory::new().unwrap();
    let error = Envoy::start("/bin/false".as_ref(), directory, &document, &Settings::default());
    assert!(matches!(error, Err(StartError::Ended { .. })), "{error:?}");
}

/// Not a test: what [`none_is_left_behind_by_a_process_that_is_killed`] runs.
#[test]
fn child_that_never_stops_its_envoy() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let running = serve(&gateway(), true);
    eprintln!("{CHILD} {}", running.envoy.address(80).unwrap());
    // Waits to be killed; ends with its parent, if that fails.
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn none_is_left_behind_by_a_process_that_is_killed() {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "process::child_that_never_stops_its_envoy", "--nocapture"])
        .env(CHILD, "1")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut addresses = lines.map_while(Result::ok).filter_map(|line| {
        line.strip_prefix(CHILD).and_then(|rest| rest.trim().parse::<SocketAddr>().ok())
    });
    let address = addresses.next().unwrap();
    assert!(TcpStream::connect(address).is_ok());

    child.kill().unwrap();
    child.wait().unwrap();
    let start = Instant::now();
    while TcpStream::connect(address).is_ok() {
        assert!(start.elapsed() < Duration::from_secs(20), "Envoy outlives its parent");
        std::thread::sleep(Duration::from_millis(10));
    }
}
