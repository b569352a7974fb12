//! An Envoy that follows a file.

use super::Running;
use super::native::{host_routes, without_module};
use crate::measurement::replace;
use crate::workload::Workload;
use anyhow::{Context, Result};
use kgwc::envoy::{Directory, Envoy, Settings, find};
use kgwc::lower::Lowered;
use kgwc::render::envoy::{BOOTSTRAP, Options, dynamic, encode};
use serde_json::{Value, json};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// The file in which routes change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The configuration of the module as `kgwc compile --emit envoy-dynamic` writes it.
    Binary,
    /// The same as JSON.
    Json,
    /// Routes of Envoy's own, as JSON.
    Native,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Binary => "module, binary file",
            Self::Json => "module, JSON file",
            Self::Native => "native routes, JSON file",
        })
    }
}

/// An Envoy that follows a file, with what is needed to replace it.
#[derive(Debug)]
pub(crate) struct Reloading<'w> {
    pub(crate) running: Running,
    form: Form,
    workload: &'w Workload,
    options: Options,
}

/// A file that only waits for its name.
#[derive(Debug)]
pub(crate) struct Prepared {
    unfinished: PathBuf,
    target: PathBuf,
}

const PLUGIN: &str = "kgwc-80.pb";
const PLUGIN_JSON: &str = "kgwc-80.json";
const ROUTES: &str = "routes-80.json";
const LISTENERS: &str = "listeners.json";

impl<'w> Reloading<'w> {
    /// Serves a Gateway whose first route redirects to the host beside it.
    pub(crate) fn start(
        form: Form,
        workload: &'w Workload,
        (lowered, version): &(Lowered, String),
    ) -> Result<Self> {
        let directory = Directory::new()?;
        let module = directory.path().join("kgwc.wasm");
        fs::write(&module, filter_module::MODULE)?;
        let module = module.to_string_lossy().into_owned();
        let options = Options { access_log: true, ..Options::on_free_ports(lowered, module) };
        let folder = directory.path();
        let mut bootstrap = None;
        for (name, mut document) in dynamic(lowered, &options, folder) {
            match name.as_str() {
                BOOTSTRAP => bootstrap = Some(document),
                LISTENERS => {
                    follow(form, folder, &mut document)?;
                    directory.write(&name, &document)?;
                }
                PLUGIN | ROUTES => {}
                _ => drop(directory.write(&name, &document)?),
            }
        }
        for (name, content) in changing(form, workload, lowered, version, &options, folder)? {
            replace(&folder.join(name), &content)?;
        }
        let bootstrap = bootstrap.context("there is no bootstrap")?;
        let envoy = Envoy::start(&find()?, directory, &bootstrap, &Settings::default())?;
        Ok(Self { running: Running::of(envoy)?, form, workload, options })
    }

    /// Writes the next version of the file under another name.
    pub(crate) fn prepare(&self, (lowered, version): &(Lowered, String)) -> Result<Prepared> {
        let folder = self.running.envoy.directory().path();
        let files = changing(self.form, self.workload, lowered, version, &self.options, folder)?;
        let (name, content) = files.into_iter().next_back().context("no file changes")?;
        let (unfinished, target) = (folder.join("next"), folder.join(name));
        fs::write(&unfinished, content)?;
        Ok(Prepared { unfinished, target })
    }

    /// Gives the file its name.
    pub(crate) fn replace(&self, prepared: Prepared) -> Result<()> {
        fs::rename(prepared.unfinished, prepared.target).context("the file cannot be renamed")
    }
}

/// Makes the listener read what changes from the file of that form.
fn follow(form: Form, folder: &Path, listeners: &mut Value) -> Result<()> {
    const MANAGER: &str = "/resources/0/filter_chains/0/filters/0/typed_config";
    let manager = listeners.pointer_mut(MANAGER).context("there is no connection manager")?;
    match form {
        Form::Binary => {}
        Form::Json => {
            const PATH: &str =
                "/http_filters/0/config_discovery/config_source/path_config_source/path";
            let path = manager.pointer_mut(PATH).context("the module follows no file")?;
            *path = json!(folder.join(PLUGIN_JSON).to_string_lossy());
        }
        Form::Native => without_module(manager)?,
    }
    Ok(())
}

/// The files that hold routes, the one that changes last.
fn changing(
    form: Form,
    workload: &Workload,
    lowered: &Lowered,
    version: &str,
    options: &Options,
    folder: &Path,
) -> Result<Vec<(&'static str, Vec<u8>)>> {
    if form == Form::Native {
        let mut routes = host_routes(workload, "gateway-80");
        let first = routes.pointer_mut("/virtual_hosts/0/routes").and_then(Value::as_array_mut);
        first.context("there are no routes")?.insert(
            0,
            json!({
                "match": {"path": "/version"},
                "redirect": {"host_redirect": version, "response_code": "FOUND"},
            }),
        );
        routes["@type"] = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration".into();
        let response = json!({"resources": [routes]});
        return Ok(vec![(ROUTES, serde_json::to_vec_pretty(&response)?)]);
    }
    let mut routes = None;
    let mut plugin = None;
    for (name, document) in dynamic(lowered, options, folder) {
        match name.as_str() {
            ROUTES => routes = Some(document),
            PLUGIN => plugin = Some(document),
            _ => {}
        }
    }
    let name = if form == Form::Json { PLUGIN_JSON } else { PLUGIN };
    let plugin = encode(name, &plugin.context("the module has no configuration")?)?;
    let routes = encode(ROUTES, &routes.context("there are no routes")?)?;
    Ok(vec![(ROUTES, routes), (name, plugin)])
}
