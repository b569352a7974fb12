//! Properties.

use super::Outcome;
use super::scope::Scope;
use crate::host::Host;
use crate::{Status, properties};

pub(super) fn get(
    scope: &mut Scope<'_>,
    path: u32,
    path_size: u32,
    data: u32,
    size: u32,
) -> Outcome {
    let path = scope.bytes(path, path_size)?.to_vec();
    scope.give(data, size, |host, out| find(host, &path, out).ok_or(Status::NOT_FOUND))
}

/// The caller's properties come first, those of the request before those of the VM. Then what
/// the module has set itself: Envoy finds that again only if the path has one segment.
fn find(host: &Host, path: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let stream = host.stream();
    let given = stream
        .and_then(|stream| stream.properties.get_joined(path))
        .or_else(|| host.options.properties.get_joined(path));
    if let Some(value) = given {
        out.extend_from_slice(value);
        return Some(());
    }
    let own = match path {
        b"plugin_name" => Some(host.options.plugin_name.as_bytes()),
        b"plugin_root_id" => Some(host.options.root_id.as_bytes()),
        b"plugin_vm_id" => Some(host.options.vm_id.as_bytes()),
        _ if path.contains(&0) => None,
        _ => stream.and_then(|stream| stream.record.properties.get_joined(path)),
    };
    if let Some(value) = own {
        out.extend_from_slice(value);
        return Some(());
    }
    out.extend(properties::of_request(path, &stream?.record.request_headers)?);
    Some(())
}

/// Properties belong to a stream: a root context cannot set any.
pub(super) fn set(
    scope: &mut Scope<'_>,
    path: u32,
    path_size: u32,
    data: u32,
    size: u32,
) -> Outcome {
    let (path, value, host) = scope.two_and_host((path, path_size), (data, size))?;
    let stream = host.stream_mut().ok_or(Status::NOT_FOUND)?;
    stream.record.properties.set_joined(path, value);
    Ok(())
}
