//! Kubernetes resources as text.

use std::fmt::Write;
use std::net::SocketAddr;

/// An HTTPRoute of the Gateway `edge` for every host; `rules` is a YAML list, indented by two.
pub(crate) fn route(name: &str, rules: &str) -> String {
    format!(
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n\
         metadata: {{name: {name}}}\nspec:\n  parentRefs: [{{name: edge}}]\n  rules:\n{rules}\n"
    )
}

/// A Service with port 80 and these endpoints.
pub(crate) fn service(name: &str, endpoints: &[SocketAddr]) -> String {
    service_with(name, "", endpoints)
}

/// The same that speaks another protocol.
pub(crate) fn service_speaking(name: &str, protocol: &str, endpoints: &[SocketAddr]) -> String {
    service_with(name, &format!(", appProtocol: {protocol}"), endpoints)
}

fn service_with(name: &str, more: &str, endpoints: &[SocketAddr]) -> String {
    let mut out = format!(
        "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\n\
         spec:\n  ports: [{{port: 80{more}}}]\n"
    );
    // A slice has one port for all of its addresses.
    for endpoint in endpoints {
        let (ip, port) = (endpoint.ip(), endpoint.port());
        write!(
            out,
            "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n\
             metadata:\n  name: {name}-{port}\n  labels: {{kubernetes.io/service-name: {name}}}\n\
             addressType: IPv4\nports: [{{port: {port}}}]\n\
             endpoints: [{{addresses: [\"{ip}\"]}}]\n"
        )
        .unwrap();
    }
    out
}

/// A Backend; `spec` is YAML in flow style.
pub(crate) fn backend(name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: gateway.kgateway.dev/v1alpha1\nkind: Backend\n\
         metadata: {{name: {name}}}\nspec: {spec}\n"
    )
}

/// A Secret with texts.
pub(crate) fn secret(name: &str, data: &[(&str, &str)]) -> String {
    let data: String = data
        .iter()
        .map(|(key, value)| format!("  {key}: {}\n", serde_json::json!(value)))
        .collect();
    format!("---\napiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\nstringData:\n{data}")
}

/// The Gateway `edge` with HTTPS listeners on port 443, by name and hostname, and their Secret.
pub(crate) fn https_gateway(listeners: &[(&str, Option<&str>)], chain: &str, key: &str) -> String {
    let mut out = gateway("");
    for (name, hostname) in listeners {
        let hostname = hostname.map(|name| format!("hostname: {name}, ")).unwrap_or_default();
        writeln!(
            out,
            "  - {{name: {name}, port: 443, protocol: HTTPS, {hostname}\
             tls: {{certificateRefs: [{{name: tls}}]}}}}"
        )
        .unwrap();
    }
    out + &tls_secret("tls", chain, key)
}

/// The Gateway `edge`; `listeners` is a YAML list, indented by two.
pub(crate) fn gateway(listeners: &str) -> String {
    format!(
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: edge}}\n\
         spec:\n  gatewayClassName: kgwc\n  listeners:\n{listeners}"
    )
}

/// A Secret with a certificate.
pub(crate) fn tls_secret(name: &str, chain: &str, key: &str) -> String {
    let (chain, key) = (serde_json::json!(chain), serde_json::json!(key));
    format!(
        "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\n\
         type: kubernetes.io/tls\nstringData:\n  tls.crt: {chain}\n  tls.key: {key}\n"
    )
}
