//! `kgwc schema`

use super::{Outcome, output};
use crate::api::{self, Kind};
use crate::settings;
use anyhow::{Result, bail};
use clap::Args;

/// Name under which the plugin configuration has its schema.
const PLUGIN_CONFIG: &str = "plugin-config";
/// Name under which every kind has one.
const EVERY_KIND: &str = "all";
/// Name under which `kgwc.toml` has its schema.
const CONFIG: &str = "config";

/// Prints a JSON schema, for editors and other programs.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kgwc schema all > schema.json
  kgwc schema HTTPRoute > httproute.schema.json")]
pub(super) struct Schema {
    /// A kind that kgwc reads, such as HTTPRoute or RouteTest; all for every kind in one schema;
    /// plugin-config; or config for kgwc.toml
    #[arg(value_name = "KIND")]
    kind: String,
}

impl Schema {
    pub(super) fn run(self) -> Result<Outcome> {
        let schema = match self.kind.as_str() {
            PLUGIN_CONFIG => Some(schemars::schema_for!(route::Config).to_value()),
            EVERY_KIND => Some(api::editor_schema()),
            CONFIG => Some(settings::schema()),
            kind => Kind::by_name(kind).and_then(api::schema),
        };
        let Some(schema) = schema else {
            let kinds: Vec<_> =
                Kind::ALL.iter().filter(|k| api::schema(**k).is_some()).map(|k| k.name()).collect();
            bail!(
                "there is no schema {}; there are {}, {EVERY_KIND}, {PLUGIN_CONFIG}, {CONFIG}",
                self.kind,
                kinds.join(", ")
            );
        };
        let mut json = serde_json::to_vec_pretty(&schema)?;
        json.push(b'\n');
        output::print(&json)?;
        Ok(Outcome::Fine)
    }
}
