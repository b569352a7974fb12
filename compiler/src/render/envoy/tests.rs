//! Golden documents; `UPDATE_EXPECT=1` rewrites them. That Envoy accepts and runs what is rendered
//! is shown by `tests/tests/envoy_*.rs`.

use std::collections::BTreeMap;
use std::path::Path;

use expect_test::expect_file;
use route::Config;
use route::config::{Backend, BackendRef, Hostname, Listener, Match, Protocol, Rule};
use serde_json::Value;

use super::{Options, Unserved, bootstrap, counters, dynamic, served_ports, unserved};
use crate::lower::{Certificate, Cluster, Endpoint, Endpoints, Lowered, UpstreamProtocol};

fn listener(name: &str, port: u16, protocol: Protocol, hostname: Option<&str>) -> Listener {
    let hostnames = vec![Hostname { hostname: None, matches: vec![0] }];
    let hostname = hostname.map(str::to_owned);
    Listener { name: name.to_owned(), port, bound: None, protocol, hostname, hostnames }
}

fn cluster(name: &str, endpoints: Endpoints, protocol: UpstreamProtocol) -> Cluster {
    Cluster { name: name.to_owned(), backend: name.to_owned(), endpoints, protocol }
}

fn endpoint(host: &str, port: u16) -> Endpoint {
    Endpoint { host: host.to_owned(), port }
}

/// HTTP on 80 with one rule to one Service.
fn lowered() -> Lowered {
    let backend = Backend {
        kind: "Service".to_owned(),
        namespace: "default".to_owned(),
        name: "httpbin".to_owned(),
        port: Some(8000),
        cluster: None,
        error: None,
    };
    let to_it = BackendRef { backend: 0, weight: 1, ..BackendRef::default() };
    let config = Config {
        version: route::config::VERSION,
        gateway: "default/my-gateway".to_owned(),
        listeners: vec![listener("http", 80, Protocol::Http, None)],
        routes: vec!["default/httpbin".to_owned()],
        rules: vec![Rule { backends: vec![to_it], ..Rule::default() }],
        matches: vec![Match::default()],
        backends: vec![backend],
        ..Config::default()
    };
    let dns = Endpoints::Dns(endpoint("httpbin.default.svc.cluster.local", 8000));
    let clusters = vec![cluster("default/httpbin:8000", dns, UpstreamProtocol::Http1)];
    Lowered { config, clusters, ..Lowered::default() }
}

/// HTTPS on 443 with a certificate for one listener of three, the other two without.
fn secure() -> Lowered {
    let mut lowered = lowered();
    let https = |name, hostname| listener(name, 443, Protocol::Https, hostname);
    lowered.config.listeners = vec![
        https("any", None),
        https("one", Some("a.example.com")),
        https("wild", Some("*.example.com")),
        listener("http", 80, Protocol::Http, None),
        listener("other", 8443, Protocol::Https, None),
    ];
    let certificate = Certificate { chain: "CHAIN".to_owned(), key: "KEY".to_owned() };
    for name in ["any", "one"] {
        lowered.certificates.insert(name.to_owned(), vec![certificate.clone()]);
    }
    lowered
}

fn options() -> Options {
    Options {
        bind: BTreeMap::new(),
        module: "/etc/envoy/kgwc.wasm".to_owned(),
        admin: None,
        stub_backends: false,
        ca_file: super::CA_FILE.to_owned(),
        access_log: false,
    }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

#[test]
fn one_document() {
    let document = bootstrap(&lowered(), &options());
    expect_file!["./golden/bootstrap.json"].assert_eq(&pretty(&document));
}

#[test]
fn one_document_that_answers_for_its_backends() {
    let options = Options {
        stub_backends: true,
        access_log: true,
        ..Options::on_free_ports(&lowered(), "/etc/envoy/kgwc.wasm".to_owned())
    };
    let document = bootstrap(&lowered(), &options);
    expect_file!["./golden/bootstrap-stub.json"].assert_eq(&pretty(&document));
}

#[test]
fn files_to_watch() {
    let files = dynamic(&lowered(), &options(), Path::new("/run/kgwc"));
    let text: String =
        files.iter().map(|(name, content)| format!("# {name}\n{}", pretty(content))).collect();
    expect_file!["./golden/dynamic.txt"].assert_eq(&text);
    for (name, _) in files {
        assert_eq!(counters(&name).is_none(), name == super::BOOTSTRAP, "{name}");
    }
}

#[test]
fn a_chain_for_each_https_listener_with_a_certificate() {
    let document = bootstrap(&secure(), &options());
    let listeners = document["static_resources"]["listeners"].as_array().unwrap();
    let chains = |i: usize| listeners[i]["filter_chains"].as_array().unwrap();
    let names: Vec<_> = listeners.iter().map(|l| l["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["gateway-80", "gateway-443"]);
    assert_eq!(chains(0).len(), 1);
    assert!(chains(0)[0].get("transport_socket").is_none());

    let matches: Vec<_> =
        chains(1).iter().map(|c| c["filter_chain_match"]["server_names"].clone()).collect();
    assert_eq!(matches, [Value::Null, serde_json::json!(["a.example.com"])]);
    let context = &chains(1)[1]["transport_socket"]["typed_config"]["common_tls_context"];
    assert_eq!(context["tls_certificates"][0]["private_key"]["inline_string"], "KEY");
    assert_eq!(context["alpn_protocols"], serde_json::json!(["h2", "http/1.1"]));
}

#[test]
fn https_listeners_without_a_certificate_are_left_out_and_named() {
    let unserved_listener = |listener: &str, port| Unserved { listener: listener.to_owned(), port };
    let expected = [unserved_listener("wild", 443), unserved_listener("other", 8443)];
    assert_eq!(unserved(&secure()), expected);
    assert_eq!(served_ports(&secure()), [80, 443]);
    assert_eq!(
        expected[1].to_string(),
        "listener other (HTTPS, port 8443) has no certificate and is not served"
    );
}

#[test]
fn each_port_gets_the_configuration_of_its_listeners() {
    let files = dynamic(&secure(), &options(), Path::new("/run/kgwc"));
    let plugin = |name: &str| {
        let (_, content) = files.iter().find(|(file, _)| file == name).unwrap();
        let wasm = &content["resources"][0]["typed_config"]["config"];
        let json = wasm["configuration"]["value"].as_str().unwrap();
        Config::from_json(json.as_bytes()).unwrap()
    };
    let names = |config: &Config| -> Vec<String> {
        config.listeners.iter().map(|listener| listener.name.clone()).collect()
    };
    let (http, https) = (plugin("kgwc-80.pb"), plugin("kgwc-443.pb"));
    assert_eq!((http.port, names(&http)), (Some(80), vec!["http".to_owned()]));
    assert_eq!(https.port, Some(443));
    assert_eq!(names(&https), ["any", "one", "wild"]);
    // The numbers in the matches still mean the same.
    assert_eq!((&http.backends, &http.rules), (&https.backends, &https.rules));
}

#[test]
fn addresses_are_static_and_one_name_makes_a_cluster_resolve() {
    let kind = |endpoints: &[(&str, u16)]| {
        let endpoints = endpoints.iter().map(|(host, port)| endpoint(host, *port)).collect();
        let mut lowered = lowered();
        lowered.clusters =
            vec![cluster("x", Endpoints::Static(endpoints), UpstreamProtocol::Http1)];
        bootstrap(&lowered, &options())["static_resources"]["clusters"][0]["type"].clone()
    };
    assert_eq!(kind(&[("192.0.2.1", 80), ("2001:db8::1", 80)]), "STATIC");
    assert_eq!(kind(&[("192.0.2.1", 80), ("example.com", 80)]), "STRICT_DNS");
    assert_eq!(kind(&[]), "STATIC");
}

#[test]
fn h2c_is_spoken_by_prior_knowledge() {
    let mut lowered = lowered();
    lowered.clusters[0].protocol = UpstreamProtocol::H2c;
    let document = bootstrap(&lowered, &options());
    let options = &document["static_resources"]["clusters"][0]["typed_extension_protocol_options"];
    let options = options.as_object().unwrap().values().next().unwrap();
    assert!(options["explicit_http_config"].get("http2_protocol_options").is_some());
}

#[test]
fn a_percent_sign_in_a_backend_is_no_substitution() {
    let mut lowered = lowered();
    lowered.clusters[0].backend = "a%b".to_owned();
    let options = Options { stub_backends: true, ..options() };
    let document = bootstrap(&lowered, &options).to_string();
    assert!(document.contains(r#""value":"a%%b""#), "{document}");
}
