//! Names of clusters.

use route::config::Backend;
use std::str::FromStr;

/// The cluster of the generated Envoy configuration that makes each try a request of its own.
pub(crate) const TRIES: &str = "kgwc-tries";

/// The cluster of the generated Envoy configuration for the copies that a cluster gets: one of its
/// own, because what bounds copies must not bound requests.
pub(crate) fn mirror_name(cluster: &str) -> String {
    format!("mirror/{cluster}")
}

/// How clusters are named (`--cluster-names`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ClusterNames {
    /// As kgwc shows backends: `namespace/name:port`.
    #[default]
    Kgwc,
    /// As Istio names those of Services: `outbound|port||name.namespace.svc.cluster.local`.
    Istio,
    /// As kgateway does: `kube_namespace_name_port`, `backend_namespace_name_0`.
    Kgateway,
    /// A text with `{kind}`, `{namespace}`, `{name}` and `{port}`.
    Template(String),
}

/// A template with a placeholder that does not exist.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0} is neither kgwc, istio or kgateway, nor a template with {{name}}, and at will {{kind}}, \
     {{namespace}} and {{port}}"
)]
pub struct InvalidTemplate(String);

impl ClusterNames {
    /// The name of a backend's cluster; `None` where it is that of [`Backend::id`].
    pub(super) fn name(&self, backend: &Backend) -> Option<String> {
        let Backend { kind, namespace, name, port, .. } = backend;
        let port = port.map_or_else(|| "0".to_owned(), |port| port.to_string());
        match self {
            Self::Kgwc => None,
            // Only Services have a cluster of Istio's making.
            Self::Istio if kind == "Service" => {
                Some(format!("outbound|{port}||{name}.{namespace}.svc.cluster.local"))
            }
            Self::Istio => None,
            Self::Kgateway if kind == "Service" => Some(format!("kube_{namespace}_{name}_{port}")),
            Self::Kgateway => {
                Some(format!("{}_{namespace}_{name}_{port}", kind.to_ascii_lowercase()))
            }
            Self::Template(template) => Some(
                template
                    .replace("{kind}", kind)
                    .replace("{namespace}", namespace)
                    .replace("{name}", name)
                    .replace("{port}", &port),
            ),
        }
    }
}

impl FromStr for ClusterNames {
    type Err = InvalidTemplate;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "kgwc" => Ok(Self::Kgwc),
            "istio" => Ok(Self::Istio),
            "kgateway" => Ok(Self::Kgateway),
            template => {
                let known = ["{kind}", "{namespace}", "{name}", "{port}"];
                let rest = known.iter().fold(template.to_owned(), |t, p| t.replace(p, ""));
                if template.contains("{name}") && !rest.contains(['{', '}']) {
                    Ok(Self::Template(template.to_owned()))
                } else {
                    Err(InvalidTemplate(template.to_owned()))
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_other_control_planes() {
        let backend = Backend {
            kind: "Service".into(),
            namespace: "default".into(),
            name: "httpbin".into(),
            port: Some(8000),
            cluster: None,
            error: None,
        };
        let name = |names: &str| names.parse::<ClusterNames>().unwrap().name(&backend);
        assert_eq!(name("kgwc"), None);
        let istio = "outbound|8000||httpbin.default.svc.cluster.local";
        assert_eq!(name("istio").as_deref(), Some(istio));
        assert_eq!(name("kgateway").as_deref(), Some("kube_default_httpbin_8000"));
        assert_eq!(name("{namespace}.{name}-{port}").as_deref(), Some("default.httpbin-8000"));
    }

    #[test]
    fn a_template_names_the_backend_and_nothing_unknown() {
        assert!("cluster".parse::<ClusterNames>().is_err());
        assert!("{name}-{zone}".parse::<ClusterNames>().is_err());
    }
}
