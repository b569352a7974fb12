//! `kgwc.toml`: defaults for the options of the command line, beside the routes they are for.

mod read;
#[cfg(test)]
mod tests;

pub use read::{FILE_NAME, Problems, find, find_for, read};

use crate::diagnostic::Code;
use crate::host::Host;
use crate::lint;
use crate::lower::ClusterNames;
use clap::ValueEnum;
use route::precedence::RegexRank;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt::Display;
use std::str::FromStr;

/// What a `kgwc.toml` says. The command line wins over all of it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "kgwc.toml")]
pub struct Settings {
    /// Gateway to work on, as namespace/name.
    #[schemars(with = "String")]
    pub gateway: Option<String>,
    /// A parentRef to a Gateway that is not in the input is an error.
    pub strict_parents: bool,
    /// A Service that is not in the input does not exist.
    pub strict_refs: bool,
    /// References to other namespaces need no ReferenceGrant.
    pub assume_grants: bool,
    /// Only Gateways of this class count.
    #[schemars(with = "String")]
    pub gateway_class: Option<String>,
    /// Names of clusters: kgwc, istio, kgateway, or a text with {kind}, {namespace}, {name}, {port}.
    #[serde(deserialize_with = "parsed")]
    #[schemars(with = "String")]
    pub cluster_names: Option<ClusterNames>,
    /// Rank of regular expressions among path matches of one request.
    #[schemars(with = "RegexRankName")]
    pub regex_rank: Option<RegexRankName>,
    /// Where nothing matches under the most specific hostname, try less specific ones.
    pub hostname_fallthrough: bool,
    /// Host that `kgwc compile` writes the plugin configuration for.
    #[schemars(with = "Host")]
    pub host: Option<Host>,
    /// For the warnings of every command.
    pub lint: Lint,
    /// For `kgwc test`.
    pub test: Test,
}

/// Which warnings are told.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Lint {
    /// Codes of findings that are not told.
    #[serde(deserialize_with = "lints")]
    #[schemars(schema_with = "lint_names")]
    pub allow: Vec<Code>,
}

/// How RouteTests are run.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Test {
    /// What decides.
    #[schemars(with = "EngineName")]
    pub engine: Option<EngineName>,
    /// Percentage of the rules, matches, filters and backends that cases have to reach.
    #[serde(deserialize_with = "percent")]
    #[schemars(with = "f64", range(min = 0, max = 100))]
    pub fail_under: Option<f64>,
}

/// Where regular expressions stand among the path kinds, as it is spelled in settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
#[allow(missing_docs, reason = "RegexRank says it; a description would be shown by --help")]
pub enum RegexRankName {
    BeforePrefix,
    AfterPrefix,
}

impl From<RegexRankName> for RegexRank {
    fn from(name: RegexRankName) -> Self {
        match name {
            RegexRankName::BeforePrefix => Self::BeforePrefix,
            RegexRankName::AfterPrefix => Self::AfterPrefix,
        }
    }
}

/// An engine of `kgwc test`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EngineName {
    /// The module that ships, in wasmtime.
    Module,
    /// The same routes without the module.
    Native,
    /// A real Envoy with the module.
    Envoy,
}

/// The JSON schema of `kgwc.toml`, for editors.
pub fn schema() -> Value {
    // TOML has no null: a setting without a default of its own is simply not there.
    let without_null = RecursiveTransform(|schema: &mut schemars::Schema| {
        if schema.get("default").is_some_and(Value::is_null) {
            schema.remove("default");
        }
    });
    let generator = SchemaSettings::draft07()
        .with(|settings| settings.inline_subschemas = true)
        .with_transform(without_null);
    generator.into_generator().into_root_schema_for::<Settings>().to_value()
}

fn parsed<'de, D: Deserializer<'de>, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: FromStr<Err: Display>,
{
    String::deserialize(deserializer)?.parse().map(Some).map_err(D::Error::custom)
}

/// One code, so that what is wrong with it is told at its place in the list.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct LintName(Code);

impl TryFrom<String> for LintName {
    type Error = lint::NoLint;

    fn try_from(name: String) -> Result<Self, lint::NoLint> {
        lint::named(&name).map(Self)
    }
}

fn lints<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Code>, D::Error> {
    let names = Vec::<LintName>::deserialize(deserializer)?;
    Ok(names.into_iter().map(|LintName(code)| code).collect())
}

fn lint_names(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    let names: Vec<_> = lint::LINTS.iter().map(|code| code.as_str()).collect();
    schemars::json_schema!({"type": "array", "items": {"type": "string", "enum": names}})
}

fn percent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let percent = f64::deserialize(deserializer)?;
    match (0.0..=100.0).contains(&percent) {
        true => Ok(Some(percent)),
        false => Err(D::Error::custom(format!("{percent} is no percentage: it is 0 to 100"))),
    }
}
