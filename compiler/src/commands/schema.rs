//! `kgwc schema`

use super::{Outcome, output};
use crate::api::{self, Kind};
use anyhow::{Result, bail};
use clap::Args;

/// Name under which the plugin configuration has its schema.
const PLUGIN_CONFIG: &str = "plugin-config";

/// Prints a JSON schema, for editors and other programs.
#[derive(Debug, Args)]
#[command(after_help = "Example: kgwc schema HTTPRoute > httproute.schema.json")]
pub(super) struct Schema {
    /// A kind that kgwc reads, such as HTTPRoute or RouteTest; or plugin-config
    #[arg(value_name = "KIND")]
    kind: String,
}

impl Schema {
    pub(super) fn run(self) -> Result<Outcome> {
        let schema = if self.kind == PLUGIN_CONFIG {
            Some(schemars::schema_for!(route::Config).to_value())
        } else {
            Kind::by_name(&self.kind).and_then(api::schema)
        };
        let Some(schema) = schema else {
            let kinds: Vec<_> =
                Kind::ALL.iter().filter(|k| api::schema(**k).is_some()).map(|k| k.name()).collect();
            bail!(
                "there is no schema {}; there are {}, {PLUGIN_CONFIG}",
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
