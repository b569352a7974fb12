//! `kgwc compile`

mod istio;

use super::Outcome;
use super::input::{
    InputArgs, Loaded, ObserveArgs, Target, parse_port, say_unknown_ports, unknown_ports,
};
use super::output::{self, Readers};
use crate::host::Host;
use crate::index::ObjectKey;
use crate::lower::Lowered;
use crate::render::envoy;
use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum, ValueHint};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Compiles routes into configuration.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kgwc compile examples/matches
  kgwc compile --emit envoy --module /etc/envoy/kgwc.wasm -o envoy.json examples/matches
  kgwc compile --emit envoy-dynamic --module /etc/envoy/kgwc.wasm -o envoy/ examples/matches
  kgwc compile --emit istio --wasm-url oci://registry.example/kgwc:1 examples/matches")]
pub(super) struct Compile {
    #[command(flatten)]
    pub(super) input: InputArgs,
    /// What to write
    #[arg(long, value_enum, default_value_t = Emit::PluginConfig)]
    emit: Emit,
    /// File to write to; a folder gets one file for each Gateway. Standard output when absent
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Host that the plugin configuration is for: what its routes use and the host does not have
    /// gets a warning. The other forms are for one host each
    #[arg(long, value_enum)]
    host: Option<Host>,
    /// Port that the host is bound to for a port of the Gateway, as 80=8080; can be repeated
    #[arg(long = "port", value_name = "GATEWAY=BOUND", value_parser = parse_port)]
    ports: Vec<(u16, u16)>,
    /// For Istio: where it gets the module, as oci://, https:// or, in the pods, file://
    #[arg(long, value_name = "URL", value_parser = istio::parse_url)]
    wasm_url: Option<String>,
    /// For Istio 1.27 and later: should the module ever trap, the next request gets a new VM
    #[arg(long)]
    fail_reload: bool,
    /// For Envoy: path of the module on the machine where Envoy runs
    #[arg(long, value_name = "PATH", default_value = "kgwc.wasm", value_hint = ValueHint::FilePath)]
    module: String,
    /// For Envoy: a listener in the same Envoy answers in place of every backend
    #[arg(long)]
    stub_backends: bool,
    /// For Envoy: certificates of the authorities that backends with TLS are checked by
    #[arg(long, value_name = "FILE", default_value = envoy::CA_FILE, value_hint = ValueHint::FilePath)]
    ca_file: String,
    /// Name the winning route, rule and backend in filter state, for an access log; the generated
    /// Envoy configurations have one
    #[arg(long)]
    filter_state: bool,
    #[command(flatten)]
    observe: ObserveArgs,
}

/// How long Envoy has to take up a file before the next one is replaced. Files that are replaced
/// while its main thread is busy are taken up in an order of its own: a plugin configuration could
/// be in effect before its clusters.
const TAKEN_UP: Duration = Duration::from_millis(100);

/// What `compile` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Emit {
    /// The JSON that the module reads
    PluginConfig,
    /// A complete bootstrap for Envoy
    Envoy,
    /// A folder with a bootstrap for Envoy and the files that it watches
    EnvoyDynamic,
    /// A WasmPlugin and an EnvoyFilter for the pods of a Gateway
    Istio,
}

impl Compile {
    pub(super) fn run(self) -> Result<Outcome> {
        let host = self.host()?;
        if self.emit == Emit::Istio && self.wasm_url.is_none() {
            bail!(
                "--emit istio needs --wasm-url: write the module with `kgwc filter -o kgwc.wasm`, \
                 push it to a registry or serve it, and name its URL"
            );
        }
        let is_envoy = matches!(self.emit, Emit::Envoy | Emit::EnvoyDynamic);
        let target = Target {
            observe: self.observe.observe(self.filter_state || is_envoy),
            separate_tries: is_envoy,
            host: Some(host),
            bound: if is_envoy { BTreeMap::new() } else { self.bound()? },
        };
        let loaded = self.input.load(&target)?;
        let options = &self.input.options;
        if !loaded.report(options) {
            return Ok(loaded.failure());
        }
        if self.emit == Emit::EnvoyDynamic {
            let (_, lowered) = loaded.gateway(options)?;
            self.write_files(&loaded, lowered)?;
            return Ok(Outcome::Fine);
        }
        match &self.output {
            Some(folder) if folder.is_dir() && options.gateway.is_none() => {
                let gateways = loaded.compiled.gateways.iter();
                let files = gateways.map(|(key, lowered)| {
                    Ok((folder.join(self.file_name(key)), self.emit(lowered)?))
                });
                self.write(&loaded, files.collect::<Result<_>>()?)?;
            }
            to => {
                let (key, lowered) = loaded.gateway(options)?;
                let content = self.emit(lowered)?;
                match to.as_deref() {
                    Some(path) if path != Path::new("-") => {
                        let inside = path.join(self.file_name(key));
                        let path = if path.is_dir() { inside } else { path.to_owned() };
                        self.write(&loaded, vec![(path, content)])?;
                    }
                    _ => output::print(&content)?,
                }
            }
        }
        Ok(Outcome::Fine)
    }

    /// Writes all of the files, in their order, or none where one of them would replace what was
    /// read.
    fn write(&self, loaded: &Loaded, files: Vec<(PathBuf, Vec<u8>)>) -> Result<()> {
        self.spare(loaded, &files)?;
        files
            .iter()
            .try_for_each(|(path, content)| output::write_file(path, content, self.readers()))
    }

    fn spare(&self, loaded: &Loaded, files: &[(PathBuf, Vec<u8>)]) -> Result<()> {
        let mut paths = files.iter().map(|(path, _)| path);
        paths.try_for_each(|path| self.input.options.spare(path, &loaded.input.sources))
    }

    /// The host that is named for the plugin configuration.
    fn named_host(&self) -> Option<Host> {
        self.host.or(self.input.options.settings.host)
    }

    /// The host that the output is for.
    fn host(&self) -> Result<Host> {
        let implied = match self.emit {
            Emit::PluginConfig => return Ok(self.named_host().unwrap_or(Host::Envoy)),
            Emit::Envoy | Emit::EnvoyDynamic => Host::Envoy,
            Emit::Istio => Host::Istio,
        };
        match self.host {
            Some(other) if other != implied => {
                bail!(
                    "--host is for the plugin configuration; this --emit is for {}",
                    implied.name()
                )
            }
            _ => Ok(implied),
        }
    }

    /// The bound ports; no two of a Gateway can be the same.
    fn bound(&self) -> Result<BTreeMap<u16, u16>> {
        let mut by_bound = BTreeMap::new();
        for &(port, bound) in &self.ports {
            if let Some(other) = by_bound.insert(bound, port).filter(|other| *other != port) {
                bail!("the ports {other} and {port} cannot both be bound to {bound}");
            }
        }
        Ok(self.ports.iter().copied().collect())
    }

    /// What is said about ports that the Gateway does not have.
    fn say_unknown_ports(&self, lowered: &Lowered) {
        say_unknown_ports(&unknown_ports(&self.ports, lowered), lowered);
    }

    /// A plugin configuration alone does not bring what it refers to.
    fn say_what_is_missing(&self, lowered: &Lowered) {
        self.say_unknown_ports(lowered);
        if self.named_host().is_none() && !lowered.variants.is_empty() {
            let names: Vec<_> = lowered.variants.keys().map(String::as_str).collect();
            output::say(&format!(
                "kgwc: the host needs routes for {} beside the one for all: --emit envoy and --emit \
                 istio write them; --host says that it has them, or that it cannot\n",
                names.join(", ")
            ));
        }
    }

    /// `namespace.name.json`: neither part can have a slash, and only names can have dots.
    fn file_name(&self, key: &ObjectKey) -> String {
        let extension = if self.emit == Emit::Istio { "yaml" } else { "json" };
        format!("{}.{}.{extension}", key.namespace, key.name)
    }

    /// What is for Envoy can hold keys of HTTPS listeners and credentials of Lambda functions; the
    /// plugin configuration never a secret.
    fn readers(&self) -> Readers {
        match self.emit {
            Emit::PluginConfig | Emit::Istio => Readers::Anybody,
            Emit::Envoy | Emit::EnvoyDynamic => Readers::Owner,
        }
    }

    fn emit(&self, lowered: &Lowered) -> Result<Vec<u8>> {
        match self.emit {
            Emit::PluginConfig => {
                self.say_what_is_missing(lowered);
                json(serde_json::to_vec(&lowered.config))
            }
            Emit::Istio => {
                self.say_unknown_ports(lowered);
                istio::emit(lowered, self.wasm_url.as_deref().unwrap_or_default(), self.fail_reload)
            }
            Emit::Envoy | Emit::EnvoyDynamic => {
                let document = envoy::bootstrap(lowered, &self.envoy(lowered));
                json(serde_json::to_vec_pretty(&document))
            }
        }
    }

    /// Writes the files that Envoy watches, each after those that it refers to were taken up. One
    /// that is the same as before is left alone: Envoy would read it again.
    fn write_files(&self, loaded: &Loaded, lowered: &Lowered) -> Result<()> {
        let Some(folder) = self.output.as_deref().filter(|path| *path != Path::new("-")) else {
            bail!("--emit envoy-dynamic writes several files: name a folder with -o");
        };
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let folder = folder
            .canonicalize()
            .with_context(|| format!("cannot find the folder {}", folder.display()))?;
        let mut files = envoy::dynamic(lowered, &self.envoy(lowered), &folder);
        let before = files
            .iter()
            .filter_map(|(name, _)| Some((name.clone(), std::fs::read(folder.join(name)).ok()?)));
        let before = before.collect();
        envoy::keep(&mut files, &before);
        let mut changed = Vec::new();
        for (name, document) in files {
            let path = folder.join(&name);
            let content = envoy::encode(&name, &document)
                .with_context(|| format!("cannot write {name} in the form that Envoy reads"))?;
            if std::fs::read(&path).ok().as_deref() != Some(&content) {
                changed.push((path, content));
            }
        }
        self.spare(loaded, &changed)?;
        let mut is_watched = false;
        for (path, content) in &changed {
            if is_watched {
                std::thread::sleep(TAKEN_UP);
            }
            is_watched = path.exists();
            output::write_file(path, content, self.readers())?;
        }
        Ok(())
    }

    fn envoy(&self, lowered: &Lowered) -> envoy::Options {
        self.say_unknown_ports(lowered);
        for unserved in envoy::unserved(lowered) {
            output::say(&format!("kgwc: {unserved}\n"));
        }
        envoy::Options {
            bind: self.ports.iter().map(|&(port, bound)| (port, everywhere(bound))).collect(),
            module: self.module.clone(),
            admin: None,
            stub_backends: self.stub_backends,
            ca_file: self.ca_file.clone(),
            access_log: true,
        }
    }
}

fn json(document: serde_json::Result<Vec<u8>>) -> Result<Vec<u8>> {
    let mut document = document.context("cannot write the configuration as JSON")?;
    document.push(b'\n');
    Ok(document)
}

fn everywhere(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::UNSPECIFIED, port))
}
