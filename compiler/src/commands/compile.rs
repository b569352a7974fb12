//! `kgwc compile`

use super::Outcome;
use super::input::{InputArgs, ObserveArgs, Target};
use super::output::{self, Readers};
use crate::index::ObjectKey;
use crate::lower::Lowered;
use crate::render::envoy;
use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

/// Compiles routes into configuration.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kgwc compile examples/matches
  kgwc compile --emit envoy --module /etc/envoy/kgwc.wasm -o envoy.json examples/matches
  kgwc compile --emit envoy-dynamic --module /etc/envoy/kgwc.wasm -o envoy/ examples/matches")]
pub(super) struct Compile {
    #[command(flatten)]
    input: InputArgs,
    /// What to write
    #[arg(long, value_enum, default_value_t = Emit::PluginConfig)]
    emit: Emit,
    /// File to write to; a folder gets one file for each Gateway. Standard output when absent
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// For Envoy: path of the module on the machine where Envoy runs
    #[arg(long, value_name = "PATH", default_value = "kgwc.wasm")]
    module: String,
    /// For Envoy: a listener in the same Envoy answers in place of every backend
    #[arg(long)]
    stub_backends: bool,
    /// For Envoy: certificates of the authorities that backends with TLS are checked by
    #[arg(long, value_name = "FILE", default_value = envoy::CA_FILE)]
    ca_file: String,
    /// Name the winning route, rule and backend in filter state, for an access log; the generated
    /// Envoy configurations have one
    #[arg(long)]
    filter_state: bool,
    #[command(flatten)]
    observe: ObserveArgs,
}

/// What `compile` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Emit {
    /// The JSON that the module reads
    PluginConfig,
    /// A complete bootstrap for Envoy
    Envoy,
    /// A folder with a bootstrap for Envoy and the files that it watches
    EnvoyDynamic,
}

impl Compile {
    pub(super) fn run(self) -> Result<Outcome> {
        let is_envoy = self.emit != Emit::PluginConfig;
        let target = Target {
            observe: self.observe.observe(self.filter_state || is_envoy),
            separate_tries: is_envoy,
        };
        let loaded = self.input.load(&target)?;
        let options = &self.input.options;
        if !loaded.report(options) {
            return Ok(loaded.failure());
        }
        if self.emit == Emit::EnvoyDynamic {
            let (_, lowered) = loaded.gateway(options)?;
            self.write_files(lowered)?;
            return Ok(Outcome::Fine);
        }
        match &self.output {
            Some(folder) if folder.is_dir() && options.gateway.is_none() => {
                for (key, lowered) in &loaded.compiled.gateways {
                    let content = self.emit(lowered)?;
                    output::write_file(&folder.join(file_name(key)), &content, self.readers())?;
                }
            }
            to => {
                let (key, lowered) = loaded.gateway(options)?;
                let content = self.emit(lowered)?;
                match to.as_deref() {
                    Some(path) if path != Path::new("-") => {
                        let inside = path.join(file_name(key));
                        let path = if path.is_dir() { inside.as_path() } else { path };
                        output::write_file(path, &content, self.readers())?;
                    }
                    _ => output::print(&content)?,
                }
            }
        }
        Ok(Outcome::Fine)
    }

    /// What is for Envoy can hold keys of HTTPS listeners and credentials of Lambda functions; the
    /// plugin configuration never a secret.
    fn readers(&self) -> Readers {
        match self.emit {
            Emit::PluginConfig => Readers::Anybody,
            Emit::Envoy | Emit::EnvoyDynamic => Readers::Owner,
        }
    }

    fn emit(&self, lowered: &Lowered) -> Result<Vec<u8>> {
        match self.emit {
            Emit::PluginConfig => json(serde_json::to_vec(&lowered.config)),
            Emit::Envoy | Emit::EnvoyDynamic => {
                let document = envoy::bootstrap(lowered, &self.envoy(lowered));
                json(serde_json::to_vec_pretty(&document))
            }
        }
    }

    /// Writes the files that Envoy watches, each after those that it refers to. One that is the
    /// same as before is left alone: Envoy would read it again.
    fn write_files(&self, lowered: &Lowered) -> Result<()> {
        let Some(folder) = self.output.as_deref().filter(|path| *path != Path::new("-")) else {
            bail!("--emit envoy-dynamic writes several files: name a folder with -o");
        };
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let folder = folder
            .canonicalize()
            .with_context(|| format!("cannot find the folder {}", folder.display()))?;
        for (name, document) in envoy::dynamic(lowered, &self.envoy(lowered), &folder) {
            let path = folder.join(name);
            let content = json(serde_json::to_vec_pretty(&document))?;
            if std::fs::read(&path).ok().as_deref() != Some(&content) {
                output::write_file(&path, &content, self.readers())?;
            }
        }
        Ok(())
    }

    fn envoy(&self, lowered: &Lowered) -> envoy::Options {
        for unserved in envoy::unserved(lowered) {
            output::say(&format!("kgwc: {unserved}\n"));
        }
        envoy::Options {
            bind: std::collections::BTreeMap::new(),
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

/// `namespace.name.json`: neither part can have a slash, and only names can have dots.
fn file_name(key: &ObjectKey) -> String {
    format!("{}.{}.json", key.namespace, key.name)
}
