//! The ready-made files of `envoy-bootstrap/` in a real Envoy: each serves the routes of
//! `examples/matches` through the module, and none says anything else than `--emit envoy` does.

mod bootstrap;

use bootstrap::{Backend, Running};
use kgwc::envoy::{Client, RawRequest, RawResponse};
use kgwc_tests::{has_envoy, kgwc, repository};
use serde_json::{Value, json};
use std::fs;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

const FILES: [&str; 2] = ["envoy.yaml", "envoy-ecds.yaml"];
const PLUGIN: &str = "ecds/kgwc.yaml";
const BACKENDS: [&str; 3] = ["httpbin-v1", "httpbin-v2", "httpbin-v3"];

fn read(name: &str) -> String {
    fs::read_to_string(repository("envoy-bootstrap").join(name)).unwrap()
}

/// Puts a text in place of another, which has to be there.
fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "no {from} in:\n{text}");
    text.replace(from, to)
}

/// A ready-made file running on this machine: only paths, ports and addresses are changed.
struct Gateway {
    running: Running,
    client: Client,
    address: SocketAddr,
    _backends: Vec<Backend>,
}

impl Gateway {
    fn start(name: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let to = directory.path().display().to_string();
        fs::write(directory.path().join("kgwc.wasm"), filter_module::MODULE).unwrap();
        fs::create_dir(directory.path().join("ecds")).unwrap();
        let plugin = replaced(&read(PLUGIN), "/etc/envoy", &to);
        fs::write(directory.path().join(PLUGIN), plugin).unwrap();

        let mut text = replaced(&read(name), "/etc/envoy", &to);
        text = replaced(
            &text,
            "address: 0.0.0.0, port_value: 80}",
            "address: 127.0.0.1, port_value: 0}",
        );
        text = replaced(&text, "port_value: 9901", "port_value: 0");
        let backends: Vec<_> = BACKENDS.map(Backend::start).into();
        for backend in &backends {
            let from = format!("{}.default.svc.cluster.local, port_value: 8000", backend.name);
            let to = format!("127.0.0.1, port_value: {}", backend.address.port());
            text = replaced(&text, &from, &to);
        }
        let running = Running::start(directory, name, &text);
        let address = running.listener("gateway-80");
        Self { running, client: Client::new(), address, _backends: backends }
    }

    fn send(&mut self, request: &RawRequest) -> RawResponse {
        self.client.send(self.address, None, request).unwrap()
    }

    /// The status, or what the backend got.
    fn get(&mut self, path: &str, headers: &[(&str, &str)]) -> Result<String, u16> {
        self.request("GET", path, headers)
    }

    fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<String, u16> {
        let mut request = RawRequest::get("www.example.com", path);
        request.method = method.into();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.send(&request);
        let body = String::from_utf8_lossy(&response.body).into_owned();
        if response.status == 200 { Ok(body) } else { Err(response.status) }
    }
}

/// Whether that backend answered.
fn is_from(answer: &Result<String, u16>, backend: &str) -> bool {
    answer.as_ref().is_ok_and(|body| body.lines().next() == Some(backend))
}

#[test]
fn each_file_serves_the_example_through_the_module() {
    if !has_envoy() {
        return;
    }
    for name in FILES {
        let mut gateway = Gateway::start(name);
        let answer = gateway.get("/status/200", &[("user", "me")]);
        assert!(is_from(&answer, "httpbin-v1"), "{name}: {answer:?}");
        let answer = gateway.request("POST", "/anything?version=2", &[]);
        assert!(is_from(&answer, "httpbin-v2"), "{name}: {answer:?}");
        let answer = gateway.get("/headers", &[]);
        assert!(is_from(&answer, "httpbin-v3"), "{name}: {answer:?}");
        assert_eq!(gateway.get("/status/200", &[]), Err(404), "{name}");
    }
}

#[test]
fn what_clients_say_to_envoy_or_the_module_has_no_effect_and_is_not_passed_on() {
    if !has_envoy() {
        return;
    }
    for name in FILES {
        let mut gateway = Gateway::start(name);
        let hostile = [
            ("user", "me"),
            ("x-kgwc-cluster", "default/httpbin-v3:8000"),
            ("x-kgwc-variant", "1"),
            ("x-envoy-original-dst-host", "127.0.0.1:1"),
            ("x-envoy-original-path", "/headers"),
            ("x-envoy-upstream-rq-timeout-ms", "1"),
        ];
        let answer = gateway.get("/status/200", &hostile);
        assert!(is_from(&answer, "httpbin-v1"), "{name}: {answer:?}");
        let seen = answer.unwrap().to_ascii_lowercase();
        for (header, _) in &hostile[1..] {
            assert!(!seen.contains(header), "{name}: the backend sees {header}:\n{seen}");
        }
        assert!(!seen.contains("x-envoy-"), "{name}: {seen}");
        // Nor does a request that matches nothing get through with a cluster of its own.
        assert_eq!(gateway.get("/other", &hostile[1..]), Err(404), "{name}");
    }
}

#[test]
fn a_path_has_one_spelling() {
    if !has_envoy() {
        return;
    }
    for name in FILES {
        let mut gateway = Gateway::start(name);
        for path in ["/a/../headers", "//headers", "/./headers"] {
            let answer = gateway.get(path, &[]);
            assert!(is_from(&answer, "httpbin-v3"), "{name} {path}: {answer:?}");
        }
        assert_eq!(gateway.get("/a%2Fheaders", &[]), Err(400), "{name}");
    }
}

/// The command that README.md there gives, as it stands there.
#[test]
fn the_command_of_the_readme_replaces_the_routes_while_envoy_runs() {
    if !has_envoy() {
        return;
    }
    let mut gateway = Gateway::start("envoy-ecds.yaml");
    assert_eq!(gateway.get("/elsewhere", &[]), Err(404));

    let routes = fs::read_to_string(repository("examples/matches/routes.yaml")).unwrap();
    let directory = gateway.running.directory.path().to_owned();
    let changed = directory.join("routes.yaml");
    fs::write(&changed, replaced(&routes, "value: /headers", "value: /elsewhere")).unwrap();
    let readme = read("README.md");
    let block = readme.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let command = replaced(block, "/etc/envoy", &directory.display().to_string());
    let update = |routes: &str| {
        let command = replaced(&command, "routes.yaml", routes);
        bootstrap::shell(&command, &directory)
    };
    assert!(update(&changed.display().to_string()).success());
    let start = Instant::now();
    while !is_from(&gateway.get("/elsewhere", &[]), "httpbin-v3") {
        assert!(start.elapsed() < Duration::from_secs(20), "{}", gateway.running.log());
    }

    // Routes that do not compile change nothing.
    let before = fs::read_to_string(directory.join(PLUGIN)).unwrap();
    assert!(!update("missing.yaml").success());
    assert_eq!(fs::read_to_string(directory.join(PLUGIN)).unwrap(), before);
}

#[test]
fn the_plugin_configuration_in_the_files_is_what_compile_prints() {
    let compiled = kgwc!().run(["compile", "examples/matches"]).fine();
    for name in ["envoy.yaml", PLUGIN] {
        assert!(read(name).contains(&format!(" {}\n", compiled.trim())), "{name} is out of date");
    }
}

/// Compared as Envoy understands them, by its own dump of what it runs.
#[test]
fn the_files_agree_with_what_the_compiler_writes() {
    if !has_envoy() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let module = directory.path().join("kgwc.wasm");
    fs::write(&module, filter_module::MODULE).unwrap();
    let module = module.display().to_string();
    let emit = ["compile", "--emit", "envoy", "--module", &module, "examples/matches"];
    let mut compiled: Value = serde_json::from_str(&kgwc!().run(emit).fine()).unwrap();
    compiled["admin"] =
        json!({"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}});
    let address = "/static_resources/listeners/0/address/socket_address";
    *compiled.pointer_mut(address).unwrap() = json!({"address": "127.0.0.1", "port_value": 0});
    let compiled = Running::start(directory, "emitted.json", &compiled.to_string());
    let wanted = comparable(&compiled);
    for name in FILES {
        let gateway = Gateway::start(name);
        let found = comparable(&gateway.running);
        assert_eq!(found, wanted, "{name}");
    }
}

/// The connection manager without what the files do not have to have in common: the plugin, which
/// one of them reads from elsewhere, and the access log.
fn comparable(envoy: &Running) -> Value {
    let dump = envoy.admin("/config_dump?resource=static_listeners");
    let manager = "/configs/0/listener/filter_chains/0/filters/0/typed_config";
    let mut manager = dump.pointer(manager).unwrap_or_else(|| panic!("{dump}")).clone();
    let fields = manager.as_object_mut().unwrap();
    fields.remove("access_log");
    let filters = fields["http_filters"].as_array_mut().unwrap();
    assert_eq!(filters.remove(0)["name"], "kgwc-80");
    // The files are for every table of routes, the compiler writes it where one has variants.
    fields.remove("early_header_mutation_extensions");
    manager
}

/// Where routes have variants Envoy takes away what no client may say before it chooses the first
/// one: the same names in the files as in what the compiler writes.
#[test]
fn the_files_take_the_same_away_as_what_the_compiler_writes_for_variants() {
    const MANAGER: &str = "/static_resources/listeners/0/filter_chains/0/filters/0/typed_config";
    let emit = ["compile", "--emit", "envoy", "--module", "kgwc.wasm", "examples/mirror"];
    let compiled: Value = serde_json::from_str(&kgwc!().run(emit).fine()).unwrap();
    let early = &compiled.pointer(MANAGER).unwrap()["early_header_mutation_extensions"][0];
    let mutations = early["typed_config"]["mutations"].as_array().unwrap().iter();
    let wanted = mutations.filter_map(|mutation| mutation["remove"].as_str());
    // Says which backend a request was for, where a stub answers for all.
    let wanted: Vec<_> = wanted.filter(|name| *name != "x-kgwc-stub-backend").collect();
    assert!(wanted.contains(&"x-kgwc-variant"), "{wanted:?}");
    for name in FILES {
        let text = read(name);
        let lines = text.lines().filter_map(|line| line.trim().strip_prefix("- remove: "));
        assert_eq!(lines.collect::<Vec<_>>(), wanted, "{name}");
    }
}

/// The folder of `--emit envoy-dynamic` is followed by an Envoy that somebody else runs: new routes,
/// backends and variants without a restart.
#[test]
fn a_dynamic_folder_is_followed_while_envoy_runs() {
    if !has_envoy() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().display().to_string();
    let module = format!("{folder}/kgwc.wasm");
    fs::write(&module, filter_module::MODULE).unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let port = format!("80={free}");
    let routes = |backend: &str| {
        format!(
            "
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: app}}
spec:
  parentRefs: [{{name: gw}}]
  rules:
  - filters:
    - {{type: RequestMirror, requestMirror: {{backendRef: {{name: copy-of-{backend}, port: 80}}}}}}
    backendRefs: [{{name: {backend}, port: 80}}]
"
        )
    };
    let compile = |backend: &str| {
        let emit = ["compile", "--emit", "envoy-dynamic", "--stub-backends", "--port", &port];
        let to = ["--module", &module, "-o", &folder, "-"];
        kgwc!().input(routes(backend)).run(emit.iter().chain(&to)).fine()
    };
    compile("v0");
    let mut bootstrap: Value =
        serde_json::from_slice(&fs::read(directory.path().join("bootstrap.json")).unwrap())
            .unwrap();
    bootstrap["admin"] =
        json!({"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}});
    let running = Running::start(directory, "with-admin.json", &bootstrap.to_string());
    let mut client = Client::new();
    let address = SocketAddr::from(([127, 0, 0, 1], free));
    let clusters = running.directory.path().join("clusters.json");
    for number in 1..6 {
        let backend = format!("v{number}");
        // Envoy is late for the first file that changes, which all others depend on.
        let before = fs::read(&clusters).unwrap();
        running.signal("STOP");
        thread::scope(|scope| {
            let writing = scope.spawn(|| compile(&backend));
            while fs::read(&clusters).unwrap() == before && !writing.is_finished() {
                thread::sleep(Duration::from_millis(1));
            }
            running.signal("CONT");
        });
        let wanted = format!("default/{backend}:80");
        let start = Instant::now();
        loop {
            let response = client.send(address, None, &RawRequest::get("a", "/")).unwrap();
            assert_eq!(response.status, 200, "{}", running.log());
            if String::from_utf8_lossy(&response.body).contains(&wanted) {
                break;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "{}", running.log());
        }
    }
}
