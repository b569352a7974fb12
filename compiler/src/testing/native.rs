//! The engine without a module around it.

use super::draw::Draw;
use super::engine::{Engine, EngineError, Forwarded, Outcome, Timeouts, Won, is_internal};
use super::request::Prepared;
use route::{Action, Config, Decision, RouteTable, SplitMix64};
use std::collections::HashMap;

/// The engine as a library.
#[derive(Debug)]
pub struct Native {
    table: RouteTable,
    /// Numbers of the backends by the names of their clusters.
    clusters: HashMap<String, usize>,
}

impl Native {
    /// Compiles the configuration.
    ///
    /// # Errors
    /// When the configuration contradicts itself.
    pub fn new(config: &Config) -> Result<Self, EngineError> {
        // Only the table has the names that clusters have by default.
        let table = RouteTable::compile(config.clone())?;
        let mut clusters = HashMap::new();
        for (number, backend) in table.config().backends.iter().enumerate() {
            if let Some(cluster) = &backend.cluster {
                clusters.entry(cluster.clone()).or_insert(number);
            }
        }
        Ok(Self { table, clusters })
    }

    /// The backend of a cluster, by its id.
    pub(super) fn backend_of(&self, cluster: &str) -> Option<String> {
        let number = *self.clusters.get(cluster)?;
        Some(self.table.config().backends.get(number)?.id())
    }

    /// The table that decides.
    pub fn table(&self) -> &RouteTable {
        &self.table
    }
}

impl Engine for Native {
    fn name(&self) -> &str {
        "native"
    }

    fn send(&mut self, request: &Prepared, draw: Option<usize>) -> Result<Outcome, EngineError> {
        if self.table.config().listeners.iter().all(|listener| listener.port != request.port) {
            return Err(EngineError::NoSuchPort(request.port));
        }
        Ok(request.with_view(|view| {
            let decision = self.table.find(view, &mut SplitMix64::new(0));
            let chosen = draw.and_then(|number| Draw::of(decision.backends, number));
            match chosen {
                Some(mut draw) => self.outcome(&self.table.find(view, &mut draw), view),
                None => self.outcome(&decision, view),
            }
        }))
    }

    fn samples(&self) -> u32 {
        0
    }
}

impl Native {
    fn outcome(&self, decision: &Decision<'_>, view: &route::Request<'_>) -> Outcome {
        let mut outcome = Outcome {
            won: decision.matched.as_ref().map(Won::from),
            mirrors: Some(Vec::new()),
            timeouts: Some(Timeouts::default()),
            ..Outcome::default()
        };
        let mut headers: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        match &decision.action {
            Action::Forward(forward) => {
                let sent = forward.apply(view);
                outcome.backend = Some(forward.backend.id());
                outcome.forwarded = Some(Forwarded {
                    path: sent.path,
                    authority: sent.authority,
                    headers: named(sent.headers),
                });
                outcome.status = 200;
                let backends = &self.table.config().backends;
                let mut mirrors: Vec<_> = forward
                    .mirrors
                    .iter()
                    .filter(|mirror| mirror.numerator > 0)
                    .filter_map(|mirror| Some(backends.get(mirror.backend as usize)?.id()))
                    .collect();
                mirrors.sort();
                outcome.mirrors = Some(mirrors);
                outcome.timeouts = Some(forward.timeouts.copied().unwrap_or_default());
                let told = forward.session.as_ref().and_then(|session| session.answer(None));
                headers.extend(told.map(|(name, value)| (name.as_bytes().to_vec(), value)));
            }
            Action::Redirect(redirect) => {
                outcome.status = redirect.status;
                headers.push((b"location".to_vec(), redirect.location.clone()));
            }
            Action::Respond(answer) => {
                outcome.status = answer.status;
                let own = answer.headers.iter();
                headers.extend(own.map(|(name, value)| (name.as_bytes().to_vec(), value.clone())));
                if let Some(body) = answer.body {
                    headers.push((b"content-type".to_vec(), b"text/plain".to_vec()));
                    outcome.body = body.as_bytes().to_vec();
                }
            }
        }
        for change in decision.response_changes() {
            change.apply(&mut headers);
        }
        outcome.headers = named(headers);
        outcome
    }
}

impl From<&route::Matched<'_>> for Won {
    fn from(matched: &route::Matched<'_>) -> Self {
        Self {
            route: matched.route.to_owned(),
            rule: matched.rule,
            rule_name: matched.rule_name.map(str::to_owned),
            index: matched.index,
        }
    }
}

/// Header names as text; what only proxies exchange is left out.
pub(super) fn named(headers: Vec<(Vec<u8>, Vec<u8>)>) -> Vec<(String, Vec<u8>)> {
    headers
        .into_iter()
        .map(|(name, value)| (String::from_utf8_lossy(&name).to_ascii_lowercase(), value))
        .filter(|(name, _)| !is_internal(name))
        .collect()
}
