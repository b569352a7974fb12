//! Resources as a user writes them, compiled, and served by a real Envoy.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kgwc::diagnostic::Severity;
use kgwc::envoy::{Client, Directory, Envoy, RawRequest, RawResponse, Settings, find};
use kgwc::lower::{self, Lowered};
use kgwc::pipeline::{Compiled, Input, Options};
use kgwc::render::envoy;
use route::config::Observe;

/// How long a test waits for anything that has to happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

const ACCESS_LOG: &str = "access.log";

/// How a gateway is served.
pub(crate) struct Setup {
    resources: String,
    observe: Observe,
    may_have_errors: bool,
    ca_file: Option<PathBuf>,
    environment: Vec<(&'static str, String)>,
    access_log: bool,
    edit: Box<dyn FnOnce(&mut Lowered)>,
}

/// A gateway that is served on port 80 of the Gateway `edge`.
pub(crate) struct Gateway {
    pub(crate) envoy: Envoy,
    pub(crate) address: SocketAddr,
    pub(crate) client: Client,
}

/// Serves these resources.
pub(crate) fn serve(resources: impl Into<String>) -> Gateway {
    Setup::new(resources).start()
}

/// Compiles these resources as the generated Envoy configuration wants them.
pub(crate) fn compile(resources: &str, observe: Observe) -> Compiled {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("input.yaml");
    std::fs::write(&path, resources).unwrap();
    let (sources, found) = kgwc::source::read(&[path], &mut std::io::empty());
    let input = Input::new(sources, found).unwrap();
    let lower = lower::Options { separate_tries: true, observe, ..lower::Options::default() };
    input.compile(&Options { lower, ..Options::default() })
}

impl Setup {
    /// Serves these resources.
    pub(crate) fn new(resources: impl Into<String>) -> Self {
        Self {
            resources: resources.into(),
            observe: Observe::default(),
            may_have_errors: false,
            ca_file: None,
            environment: Vec::new(),
            access_log: false,
            edit: Box::new(|_| {}),
        }
    }

    /// Has the module tell about its decisions.
    pub(crate) fn observe(self, observe: Observe) -> Self {
        Self { observe, ..self }
    }

    /// Goes on where the input has errors, as `--keep-going` does.
    pub(crate) fn keep_going(self) -> Self {
        Self { may_have_errors: true, ..self }
    }

    /// Checks backends with TLS by these authorities.
    pub(crate) fn ca_file(self, path: &Path) -> Self {
        Self { ca_file: Some(path.to_owned()), ..self }
    }

    /// Sets a variable in the environment of Envoy.
    pub(crate) fn variable(mut self, name: &'static str, value: &str) -> Self {
        self.environment.push((name, value.to_owned()));
        self
    }

    /// Keeps the access log: see [`Gateway::access_log`].
    pub(crate) fn access_log(self) -> Self {
        Self { access_log: true, ..self }
    }

    /// Changes what was compiled, for what no input can say.
    pub(crate) fn edit(self, edit: impl FnOnce(&mut Lowered) + 'static) -> Self {
        Self { edit: Box::new(edit), ..self }
    }

    /// Serves it on free ports.
    #[track_caller]
    pub(crate) fn start(self) -> Gateway {
        let compiled = compile(&self.resources, self.observe);
        let errors: Vec<_> =
            compiled.diagnostics.iter().filter(|d| d.severity == Severity::Error).collect();
        assert!(self.may_have_errors || errors.is_empty(), "{errors:#?}");
        let [(_, mut lowered)] = <[_; 1]>::try_from(compiled.gateways).expect("one Gateway");
        (self.edit)(&mut lowered);

        let directory = Directory::new().unwrap();
        let module = directory.path().join("kgwc.wasm");
        std::fs::write(&module, filter_module::MODULE).unwrap();
        let mut options =
            envoy::Options::on_free_ports(&lowered, module.to_str().unwrap().to_owned());
        options.access_log = self.access_log;
        if let Some(path) = self.ca_file {
            options.ca_file = path.to_str().unwrap().to_owned();
        }
        let bootstrap = envoy::bootstrap(&lowered, &options);
        let program = program(&directory, &self.environment);
        let envoy = Envoy::start(&program, directory, &bootstrap, &Settings::default());
        let envoy = envoy.unwrap_or_else(|error| panic!("{error}"));
        let port = envoy::ports(&lowered)[0];
        let address = envoy.address(port).unwrap();
        Gateway { envoy, address, client: Client::new() }
    }
}

/// A program that runs Envoy with these variables. What Envoy prints, which is its access log, goes
/// to a file.
fn program(directory: &Directory, environment: &[(&str, String)]) -> PathBuf {
    let envoy = find().unwrap_or_else(|error| panic!("{error}"));
    let variables: String =
        environment.iter().map(|(name, value)| format!("export {name}='{value}'\n")).collect();
    let script = format!(
        "#!/bin/sh\n{variables}exec '{}' \"$@\" --file-flush-interval-msec 50 >'{}'\n",
        envoy.display(),
        directory.path().join(ACCESS_LOG).display()
    );
    let path = directory.path().join("envoy.sh");
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    path
}

impl Gateway {
    /// Sends a request over HTTP/1.1.
    #[track_caller]
    pub(crate) fn send(&mut self, request: &RawRequest) -> RawResponse {
        self.client.send(self.address, None, request).unwrap()
    }

    /// Asks for a path of `a.example`.
    #[track_caller]
    pub(crate) fn get(&mut self, path: &str) -> RawResponse {
        self.send(&get(path))
    }

    /// A counter or gauge of Envoy; 0 where it is not there yet.
    pub(crate) fn statistic(&self, name: &str) -> u64 {
        let all = self.envoy.admin().stats(&format!("^{}$", name.replace('/', "%2F"))).unwrap();
        all.get(name).and_then(serde_json::Value::as_u64).unwrap_or_default()
    }

    /// The access log so far.
    pub(crate) fn access_log(&self) -> String {
        std::fs::read_to_string(self.envoy.directory().path().join(ACCESS_LOG)).unwrap()
    }
}

/// A request for a path of `a.example`.
pub(crate) fn get(path: &str) -> RawRequest {
    RawRequest::get("a.example", path)
}

/// The same with a body.
pub(crate) fn post(path: &str, body: Vec<u8>) -> RawRequest {
    RawRequest { method: b"POST".to_vec(), body, ..get(path) }
}

/// The body as text.
pub(crate) fn text(response: &RawResponse) -> String {
    String::from_utf8_lossy(&response.body).into_owned()
}

/// The values of a header as text.
pub(crate) fn values(response: &RawResponse, name: &str) -> Vec<String> {
    response.header(name).map(|value| String::from_utf8_lossy(value).into_owned()).collect()
}

/// Waits until something holds.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Waits until a value is the expected one.
#[track_caller]
pub(crate) fn wait_for<T: PartialEq + std::fmt::Debug>(expected: &T, mut value: impl FnMut() -> T) {
    let start = Instant::now();
    loop {
        let now = value();
        if now == *expected {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "{now:#?}\nand not, in {PATIENCE:?},\n{expected:#?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
