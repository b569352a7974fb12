//! `kgwc compile`

use super::Outcome;
use super::input::InputArgs;
use super::output::{self, Readers};
use crate::index::ObjectKey;
use crate::lower::Lowered;
use crate::render::envoy;
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

/// Compiles routes into configuration.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kgwc compile examples/matches
  kgwc compile --emit envoy --module /etc/envoy/kgwc.wasm -o envoy.json examples/matches")]
pub(super) struct Compile {
    #[command(flatten)]
    input: InputArgs,
    /// What to write
    #[arg(long, value_enum, default_value_t = Emit::PluginConfig)]
    emit: Emit,
    /// File to write to; a folder gets one file for each Gateway. Standard output when absent
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// With --emit envoy: path of the module on the machine where Envoy runs
    #[arg(long, value_name = "PATH", default_value = "kgwc.wasm")]
    module: String,
    /// With --emit envoy: a listener in the same Envoy answers in place of every backend
    #[arg(long)]
    stub_backends: bool,
}

/// What `compile` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Emit {
    /// The JSON that the module reads
    PluginConfig,
    /// A complete bootstrap for Envoy
    Envoy,
}

impl Compile {
    pub(super) fn run(self) -> Result<Outcome> {
        let loaded = self.input.load()?;
        let options = &self.input.options;
        if !loaded.report(options) {
            return Ok(loaded.failure());
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

    /// A bootstrap holds the keys of HTTPS listeners; the plugin configuration never a secret.
    fn readers(&self) -> Readers {
        match self.emit {
            Emit::PluginConfig => Readers::Anybody,
            Emit::Envoy => Readers::Owner,
        }
    }

    fn emit(&self, lowered: &Lowered) -> Result<Vec<u8>> {
        let mut json = match self.emit {
            Emit::PluginConfig => serde_json::to_vec(&lowered.config),
            Emit::Envoy => serde_json::to_vec_pretty(&self.envoy(lowered)),
        }
        .context("cannot write the configuration as JSON")?;
        json.push(b'\n');
        Ok(json)
    }

    fn envoy(&self, lowered: &Lowered) -> serde_json::Value {
        for unserved in envoy::unserved(lowered) {
            output::say(&format!("kgwc: {unserved}\n"));
        }
        let options = envoy::Options {
            bind: std::collections::BTreeMap::new(),
            module: self.module.clone(),
            admin: None,
            stub_backends: self.stub_backends,
            access_log: true,
        };
        envoy::bootstrap(lowered, &options)
    }
}

/// `namespace.name.json`: neither part can have a slash, and only names can have dots.
fn file_name(key: &ObjectKey) -> String {
    format!("{}.{}.json", key.namespace, key.name)
}
