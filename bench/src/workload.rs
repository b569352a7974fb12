//! Tables of routes of one shape and any size, in every form that is measured.
//!
//! A route is an HTTPRoute of its own with one rule, one match and one backend, on a Gateway with
//! one listener. All routes of a table differ in the same part of a request.

use anyhow::{Context, Result};
use kgwc::api::{Kind, Object};
use kgwc::diagnostic::ObjectId;
use kgwc::graph::{self, Graph};
use kgwc::index::Index;
use kgwc::lower::{self, Lowered};
use route::config::Observe;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt;

/// The host of all tables whose routes do not differ in it.
pub const HOST: &str = "www.example.com";

/// The part of a request in which the routes of a table differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fanout {
    /// Hostnames.
    Host,
    /// Exact paths of one host.
    Exact,
    /// Path prefixes of one host.
    Prefix,
    /// Regular expressions for paths of one host, which begin with different texts.
    Regex,
    /// Regular expressions for paths of one host, which differ only in their last element.
    RegexEnd,
    /// Values of one header, on one host and path.
    Header,
    /// Values of one query parameter, on one host and path.
    Query,
}

impl Fanout {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Host,
        Self::Exact,
        Self::Prefix,
        Self::Regex,
        Self::RegexEnd,
        Self::Header,
        Self::Query,
    ];
}

impl fmt::Display for Fanout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Host => "host",
            Self::Exact => "exact path",
            Self::Prefix => "path prefix",
            Self::Regex => "regex",
            Self::RegexEnd => "regex, same beginning",
            Self::Header => "header",
            Self::Query => "query parameter",
        })
    }
}

/// A table of routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Workload {
    /// What its routes differ in.
    pub fanout: Fanout,
    /// How many routes it has.
    pub routes: usize,
    /// How many Services these share, each its turn.
    pub services: usize,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// `:authority`.
    pub authority: String,
    /// `:path`, query included.
    pub path: String,
    /// The headers beside those that every client sends.
    pub headers: Vec<(&'static str, String)>,
    /// Number of the Service that answers it; none where no route matches.
    pub service: Option<usize>,
}

impl Workload {
    /// A table whose routes share at most ten Services.
    pub fn new(fanout: Fanout, routes: usize) -> Self {
        Self { fanout, routes, services: routes.min(10) }
    }

    /// The request that the route of this number matches. Routes have their precedence in the
    /// order of their numbers; where that is `routes`, none matches.
    pub fn sample(&self, route: usize) -> Sample {
        let mut sample = Sample {
            authority: HOST.to_owned(),
            path: "/".to_owned(),
            headers: Vec::new(),
            service: (route < self.routes).then(|| route % self.services),
        };
        match self.fanout {
            Fanout::Host => sample.authority = hostname(route),
            Fanout::Exact => sample.path = exact(route),
            Fanout::Prefix => sample.path = format!("{}/items/7", prefix(route)),
            Fanout::Regex => sample.path = format!("/items-{route:05}/7"),
            Fanout::RegexEnd => sample.path = format!("/items/7/{route:05}"),
            Fanout::Header => sample.headers.push((HEADER, value(route))),
            Fanout::Query => sample.path = format!("/?{PARAMETER}={}", value(route)),
        }
        sample
    }

    /// The request that no route matches.
    pub fn miss(&self) -> Sample {
        self.sample(self.routes)
    }

    /// Number of the Service of a route.
    pub fn service(&self, route: usize) -> usize {
        route % self.services
    }

    /// The Gateway, the Services and the HTTPRoutes.
    pub fn objects(&self) -> Vec<(Kind, Value)> {
        let gateway = json!({
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "Gateway",
            "metadata": {"name": "edge", "namespace": NAMESPACE},
            "spec": {
                "gatewayClassName": "kgwc",
                "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}],
            },
        });
        let services = (0..self.services).map(|n| (Kind::Service, service_object(n)));
        let routes = (0..self.routes).map(|n| (Kind::HttpRoute, self.route_object(n)));
        std::iter::once((Kind::Gateway, gateway)).chain(services).chain(routes).collect()
    }

    /// The same as a stream of YAML documents.
    ///
    /// # Errors
    /// When an object cannot be written as YAML.
    pub fn yaml(&self) -> Result<String> {
        let mut out = String::new();
        for (_, object) in self.objects() {
            out.push_str("---\n");
            out.push_str(&serde_saphyr::to_string(&object).context("no YAML")?);
        }
        Ok(out)
    }

    /// The same as an index of objects that an API server has validated.
    ///
    /// # Errors
    /// When an object does not have the shape of its kind.
    pub fn index(&self) -> Result<Index> {
        let mut index = Index::default();
        for (number, (kind, value)) in (0..).zip(self.objects()) {
            index.apply(ObjectId(number), Object::from_json(kind, &value)?);
        }
        Ok(index)
    }

    /// What a host needs to serve them, with what is told about decisions.
    ///
    /// # Errors
    /// When they do not compile to one Gateway without a problem.
    pub fn lowered(&self, observe: Observe) -> Result<Lowered> {
        let index = self.index()?;
        let options = graph::Options::default();
        let graph = Graph::build(&index, &options);
        let mut diagnostics = graph.diagnostics.clone();
        let options = lower::Options { observe, separate_tries: true, ..Default::default() };
        let gateway = graph.gateways.keys().next().context("there is no Gateway")?;
        let lowered = lower::lower(&graph, gateway, &options, &mut diagnostics);
        anyhow::ensure!(
            diagnostics.iter().all(|d| d.severity != kgwc::diagnostic::Severity::Error),
            "the routes have errors: {diagnostics:?}"
        );
        Ok(lowered)
    }

    fn route_object(&self, number: usize) -> Value {
        let mut matched = json!({});
        let mut hostname = HOST.to_owned();
        let path = |kind: &str, value: String| json!({"type": kind, "value": value});
        let named = |name: &str| json!([{"name": name, "value": value(number)}]);
        match self.fanout {
            Fanout::Host => hostname = self::hostname(number),
            Fanout::Exact => matched["path"] = path("Exact", exact(number)),
            Fanout::Prefix => matched["path"] = path("PathPrefix", prefix(number)),
            Fanout::Regex | Fanout::RegexEnd => {
                matched["path"] = path("RegularExpression", self.pattern(number));
            }
            Fanout::Header => matched["headers"] = named(HEADER),
            Fanout::Query => matched["queryParams"] = named(PARAMETER),
        }
        json!({
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "HTTPRoute",
            "metadata": {"name": format!("route-{number:05}"), "namespace": NAMESPACE},
            "spec": {
                "parentRefs": [{"name": "edge"}],
                "hostnames": [hostname],
                "rules": [{
                    "matches": [matched],
                    "backendRefs": [{"name": service_name(self.service(number)), "port": PORT}],
                }],
            },
        })
    }

    /// The regular expression of a route.
    pub fn pattern(&self, route: usize) -> String {
        match self.fanout {
            Fanout::RegexEnd => format!("/items/[0-9]+/{route:05}"),
            _ => format!("/items-{route:05}/[0-9]+"),
        }
    }
}

/// The header that tells routes apart.
pub const HEADER: &str = "x-tenant";
/// The query parameter that tells routes apart.
pub const PARAMETER: &str = "tenant";
const NAMESPACE: &str = "default";
const PORT: u16 = 8080;

/// The value of [`HEADER`] or [`PARAMETER`] for a route.
pub fn value(route: usize) -> String {
    format!("tenant-{route:05}")
}

/// The hostname of a route.
pub fn hostname(route: usize) -> String {
    format!("host-{route:05}.example.com")
}

/// The exact path of a route.
pub fn exact(route: usize) -> String {
    format!("/items-{route:05}/all")
}

/// The path prefix of a route.
pub fn prefix(route: usize) -> String {
    format!("/team-{route:05}")
}

/// The name of the cluster of a Service.
pub fn cluster_name(service: usize) -> String {
    format!("{NAMESPACE}/{}:{PORT}", service_name(service))
}

fn service_name(number: usize) -> String {
    format!("service-{number:05}")
}

fn service_object(number: usize) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": service_name(number), "namespace": NAMESPACE},
        "spec": {"ports": [{"port": PORT}]},
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kgwc::pipeline::{Input, Options};
    use kgwc::source::Sources;
    use route::{Action, Request, RouteTable, SplitMix64};

    /// Number of the route that wins.
    fn winner(table: &RouteTable, sample: &Sample) -> Option<String> {
        let headers = sample.headers.iter().map(|(n, v)| (n.as_bytes(), v.as_bytes()));
        let headers: Vec<_> = headers.collect();
        let request = Request {
            method: b"GET",
            authority: sample.authority.as_bytes(),
            path: sample.path.as_bytes(),
            headers: &headers,
            ..Request::default()
        };
        let decision = table.find(&request, &mut SplitMix64::new(1));
        let Action::Forward(forward) = decision.action else { return None };
        Some(forward.cluster.to_owned())
    }

    #[test]
    fn each_request_reaches_its_own_route_and_the_last_none() {
        for fanout in Fanout::ALL {
            let workload = Workload { fanout, routes: 30, services: 30 };
            let lowered = workload.lowered(Observe::default()).unwrap();
            let table = RouteTable::compile(lowered.config).unwrap();
            for number in [0, 1, 17, 29] {
                let won = winner(&table, &workload.sample(number));
                assert_eq!(won, Some(cluster_name(number)), "{fanout}");
            }
            assert_eq!(winner(&table, &workload.miss()), None, "{fanout}");
        }
    }

    #[test]
    fn precedence_follows_the_numbers() {
        for fanout in Fanout::ALL {
            let config = Workload::new(fanout, 20).lowered(Observe::default()).unwrap().config;
            let hostnames = &config.listeners[0].hostnames;
            let matches: Vec<_> = hostnames.iter().flat_map(|host| &host.matches).collect();
            let routes: Vec<_> = matches
                .iter()
                .map(|&&number| config.rules[config.matches[number as usize].rule as usize].route)
                .collect();
            assert_eq!(routes, Vec::from_iter(0..20), "{fanout}");
        }
    }

    #[test]
    fn the_yaml_compiles_to_the_same() {
        for fanout in Fanout::ALL {
            let workload = Workload::new(fanout, 3);
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("routes.yaml");
            std::fs::write(&file, workload.yaml().unwrap()).unwrap();
            let (sources, found): (Sources, _) = kgwc::source::read(&[file], &mut std::io::empty());
            let input = Input::new(sources, found).unwrap();
            let lower = lower::Options { separate_tries: true, ..Default::default() };
            let compiled = input.compile(&Options { lower, ..Options::default() });
            assert_eq!(compiled.diagnostics, [], "{fanout}");
            let direct = workload.lowered(Observe::default()).unwrap();
            assert_eq!(compiled.gateways[0].1.config, direct.config, "{fanout}");
        }
    }
}
