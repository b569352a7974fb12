//! What a feature needs from the host of the module, and which host has it.

mod usage;

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use usage::warnings;

/// Where the module runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Host {
    /// An Envoy that is configured as `--emit envoy` does it
    Envoy,
    /// Istio, with the objects of `--emit istio`
    Istio,
    /// Any other host of proxy-wasm modules, that takes the upstream from a header
    ProxyWasm,
}

impl Host {
    /// Its name in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::Envoy => "Envoy",
            Self::Istio => "Istio",
            Self::ProxyWasm => "other proxy-wasm hosts",
        }
    }
}

/// What routes can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    /// All that the module does alone.
    Routing,
    /// Copies of requests.
    Mirrors,
    /// Limits of time.
    Timeouts,
    /// Requests that are sent again.
    Retries,
    /// A time between two tries.
    Backoff,
    /// Clients that stay with an endpoint.
    Sessions,
    /// Listeners with TLS.
    Https,
    /// Backends that speak something else than HTTP/1.
    Protocols,
    /// Backends with fixed addresses.
    StaticBackends,
    /// Backends that are whatever host a request names.
    ForwardProxy,
    /// AWS Lambda.
    Lambda,
    /// Counters of requests.
    Metrics,
    /// Names of the winners in access logs.
    AccessLog,
}

/// Whether a host has what a feature needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// It has.
    Yes,
    /// It has a part of it: what is different.
    Partly(&'static str),
    /// It has not: what happens instead.
    No(&'static str),
}

/// One feature.
#[derive(Clone, Copy, Debug)]
pub struct Needs {
    /// Which.
    pub feature: Feature,
    /// Its name for people.
    pub name: &'static str,
    /// What the host has to bring.
    pub needs: &'static str,
    /// An Envoy that is configured as `--emit envoy` does it.
    pub envoy: Support,
    /// Istio with what `--emit istio` writes.
    pub istio: Support,
    /// Any other host.
    pub proxy_wasm: Support,
}

use Support::{No, Partly, Yes};

const NO_CLUSTER: Support =
    No("there is no cluster for it, and its share of the requests gets 503");

/// Every feature, in the order of their declaration.
pub const FEATURES: [Needs; 13] = [
    Needs {
        feature: Feature::Routing,
        name: "matches, weights, all other filters",
        needs: "an upstream by the header `x-kgwc-cluster`",
        envoy: Yes,
        istio: Yes,
        proxy_wasm: Yes,
    },
    Needs {
        feature: Feature::Mirrors,
        name: "RequestMirror",
        needs: "a route for each `x-kgwc-variant`, with `request_mirror_policies`",
        envoy: Yes,
        istio: Yes,
        proxy_wasm: No("no copies are sent"),
    },
    Needs {
        feature: Feature::Timeouts,
        name: "timeouts",
        needs: "`x-envoy-upstream-rq-timeout-ms`, `x-envoy-upstream-rq-per-try-timeout-ms`",
        envoy: Yes,
        istio: Yes,
        proxy_wasm: No("requests take as long as they take"),
    },
    Needs {
        feature: Feature::Retries,
        name: "retry",
        needs: "`x-envoy-retry-on`, `x-envoy-max-retries`, `x-envoy-retriable-status-codes`",
        envoy: Yes,
        istio: Yes,
        proxy_wasm: No("nothing is sent again"),
    },
    Needs {
        feature: Feature::Backoff,
        name: "retry.backoff",
        needs: "a listener inside the host, which makes each try a request of its own",
        envoy: Yes,
        istio: Partly("the delay is drawn between 0 and the backoff, and grows with each try"),
        proxy_wasm: No("there is no delay between tries"),
    },
    Needs {
        feature: Feature::Sessions,
        name: "sessionPersistence",
        needs: "a route for each `x-kgwc-variant`, with `stateful_session`",
        envoy: Yes,
        istio: Yes,
        proxy_wasm: No("clients do not stay with an endpoint"),
    },
    Needs {
        feature: Feature::Https,
        name: "listeners with TLS",
        needs: "certificates; the property `connection.requested_server_name`",
        envoy: Yes,
        istio: Yes,
        proxy_wasm: Partly(
            "the certificates are the host's business; without the property no 421 is sent",
        ),
    },
    Needs {
        feature: Feature::Protocols,
        name: "HTTP/2 and WebSocket to backends",
        needs: "an upstream that speaks it",
        envoy: Yes,
        istio: Yes,
        proxy_wasm: Partly("the protocol of an upstream is the host's business"),
    },
    Needs {
        feature: Feature::StaticBackends,
        name: "Backend `static`",
        needs: "an upstream with these addresses",
        envoy: Yes,
        istio: NO_CLUSTER,
        proxy_wasm: Partly("the addresses of an upstream are the host's business"),
    },
    Needs {
        feature: Feature::ForwardProxy,
        name: "Backend `dynamicForwardProxy`",
        needs: "an upstream that is the host of the request (`dynamic_forward_proxy`)",
        envoy: Yes,
        istio: NO_CLUSTER,
        proxy_wasm: No("its share of the requests finds no upstream"),
    },
    Needs {
        feature: Feature::Lambda,
        name: "Backend `aws`",
        needs: "an upstream that calls the function and signs (`aws_lambda`, `aws_request_signing`)",
        envoy: Yes,
        istio: NO_CLUSTER,
        proxy_wasm: No("its share of the requests finds no upstream"),
    },
    Needs {
        feature: Feature::Metrics,
        name: "counters by route and rule",
        needs: "metrics of the ABI; for labels `stats_tags`",
        envoy: Yes,
        istio: Partly("route and rule are parts of the name, not labels"),
        proxy_wasm: Partly("route and rule are parts of the name, not labels"),
    },
    Needs {
        feature: Feature::AccessLog,
        name: "`--filter-state`",
        needs: "properties that are set become filter state, which an access log can name",
        envoy: Yes,
        istio: Yes,
        proxy_wasm: Partly("the property `kgwc.route` is set; who reads it is the host's business"),
    },
];

impl Needs {
    /// Whether that host has it.
    pub fn on(&self, host: Host) -> Support {
        match host {
            Host::Envoy => self.envoy,
            Host::Istio => self.istio,
            Host::ProxyWasm => self.proxy_wasm,
        }
    }

    /// Its row of the documentation's table.
    pub fn markdown(&self) -> String {
        let cell = |support| match support {
            Yes => "yes".to_owned(),
            Partly(what) => format!("partly: {what}"),
            No(what) => format!("no: {what}"),
        };
        let Self { feature: _, name, needs, envoy, istio, proxy_wasm } = self;
        let [envoy, istio, proxy_wasm] = [*envoy, *istio, *proxy_wasm].map(cell);
        format!("| {name} | {needs} | {envoy} | {istio} | {proxy_wasm} |")
    }
}

impl Feature {
    /// What it needs.
    pub fn needs(self) -> Option<&'static Needs> {
        FEATURES.iter().find(|needs| needs.feature == self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_stands_in_the_table_once_and_in_order() {
        let features = FEATURES.map(|needs| needs.feature);
        assert!(features.is_sorted_by(|a, b| a < b), "{features:?}");
        assert_eq!(features.last(), Some(&Feature::AccessLog));
        assert_eq!(features.len(), Feature::AccessLog as usize + 1);
    }

    /// What is generated for Envoy is complete.
    #[test]
    fn envoy_has_everything() {
        assert!(FEATURES.iter().all(|needs| needs.envoy == Yes));
    }
}
