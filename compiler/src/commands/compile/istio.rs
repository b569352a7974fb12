//! `--emit istio`

use super::output;
use crate::lower::Lowered;
use crate::render::istio;
use anyhow::{Context, Result};

/// Above this `kubectl apply` has no room for the object in the annotation that it keeps.
const ANNOTATION_BYTES: usize = 256 * 1024;
/// Above this a cluster does not store an object.
const OBJECT_BYTES: usize = 1_536 * 1024;

/// The objects as YAML.
pub(super) fn emit(lowered: &Lowered, wasm_url: &str, fail_reload: bool) -> Result<Vec<u8>> {
    let wasm_url = wasm_url.to_owned();
    let manifests =
        istio::manifests(lowered, &istio::Options { wasm_url, sha256: sha256(), fail_reload });
    for manifest in &manifests {
        let kind = manifest["kind"].as_str().unwrap_or_default();
        let size = manifest.to_string().len();
        if size > OBJECT_BYTES {
            output::say(&format!(
                "kgwc: the {kind} has {size} bytes, more than a cluster stores in an object\n"
            ));
        } else if size > ANNOTATION_BYTES {
            output::say(&format!(
                "kgwc: the {kind} is large: apply it with `kubectl apply --server-side`\n"
            ));
        }
    }
    Ok(istio::yaml(&manifests).context("cannot write the objects as YAML")?.into_bytes())
}

/// SHA-256 of the module in this program.
fn sha256() -> Option<String> {
    #[cfg(feature = "module")]
    {
        Some(crate::digest::sha256(filter_module::MODULE))
    }
    #[cfg(not(feature = "module"))]
    None
}

/// A URL that Istio takes.
pub(super) fn parse_url(text: &str) -> Result<String, String> {
    let schemes = ["oci", "http", "https", "file"];
    let is_known = match text.split_once("://") {
        Some((scheme, rest)) => schemes.contains(&scheme) && !rest.is_empty(),
        // An image, as everybody writes them.
        None => text.contains('/') && !text.starts_with(['/', '.']),
    };
    match is_known && !text.contains(char::is_whitespace) {
        true => Ok(text.to_owned()),
        false => Err("Istio takes oci://, https://, http:// and, for a file in the pods, file:///"
            .to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::parse_url;

    #[test]
    fn urls_that_istio_takes() {
        for url in ["oci://a.example/b:1", "a.example/b@sha256:00", "file:///a", "https://a/b"] {
            assert_eq!(parse_url(url).as_deref(), Ok(url));
        }
        for url in ["", "kgwc.wasm", "./a/kgwc.wasm", "/a", "ftp://a/b", "oci://", "oci://a b"] {
            assert!(parse_url(url).is_err(), "{url}");
        }
    }
}
