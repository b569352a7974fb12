//! What Secrets hold.

use k8s_openapi::api::core::v1::Secret;

/// The text under a key, `stringData` before `data`, as the API server has it; `None` where there
/// is none, or none that is text.
pub(super) fn text(secret: &Secret, key: &str) -> Option<String> {
    let plain = secret.string_data.as_ref().and_then(|data| data.get(key).cloned());
    plain.or_else(|| {
        let data = secret.data.as_ref()?.get(key)?;
        String::from_utf8(data.0.clone()).ok()
    })
}
