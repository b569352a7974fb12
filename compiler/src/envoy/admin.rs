//! Envoy's administration interface.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::Deserialize;
use serde_json::Value;

use super::client::{Client, ClientError, RawRequest};

/// Asks one Envoy.
#[derive(Debug)]
pub struct Admin {
    address: SocketAddr,
    client: RefCell<Client>,
}

/// An answer of Envoy that does not help.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// No answer.
    #[error("Envoy's administration interface: {0}")]
    Client(#[from] ClientError),
    /// An answer of another shape.
    #[error("Envoy's administration interface answers {path} in another shape: {source}")]
    Shape {
        /// What was asked.
        path: String,
        /// What was wrong.
        source: serde_json::Error,
    },
    /// Nothing is served under that name.
    #[error("Envoy has no listener {0}")]
    NoListener(String),
}

#[derive(Deserialize)]
struct Listeners {
    #[serde(default)]
    listener_statuses: Vec<ListenerStatus>,
}

#[derive(Deserialize)]
struct ListenerStatus {
    name: String,
    local_address: Address,
}

#[derive(Deserialize)]
struct Address {
    socket_address: Option<SocketAddress>,
}

#[derive(Deserialize)]
struct SocketAddress {
    address: String,
    port_value: u16,
}

#[derive(Deserialize)]
struct Stats {
    #[serde(default)]
    stats: Vec<Stat>,
}

/// The value of a text readout is a string; histograms have no name.
#[derive(Deserialize)]
struct Stat {
    name: Option<String>,
    #[serde(default)]
    value: Value,
}

impl Stats {
    fn named(self) -> BTreeMap<String, Value> {
        self.stats.into_iter().filter_map(|stat| Some((stat.name?, stat.value))).collect()
    }
}

impl Admin {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self { address, client: RefCell::new(Client::new()) }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether Envoy serves.
    pub fn is_ready(&self) -> bool {
        self.get("/ready").is_ok_and(|(status, _)| status == 200)
    }

    /// The addresses that Envoy's listeners are bound to, by their names. Internal listeners have
    /// none and are left out.
    ///
    /// # Errors
    /// When Envoy does not answer as expected.
    pub fn listeners(&self) -> Result<BTreeMap<String, SocketAddr>, AdminError> {
        let listeners: Listeners = self.json("/listeners?format=json")?;
        let bound = listeners.listener_statuses.into_iter().filter_map(|listener| {
            let SocketAddress { address, port_value } = listener.local_address.socket_address?;
            Some((listener.name, SocketAddr::new(address.parse().ok()?, port_value)))
        });
        Ok(bound.collect())
    }

    /// The statistics whose names match a regular expression (of RE2, URL-encoded): counters and
    /// gauges are numbers, text readouts are strings; histograms are left out.
    ///
    /// # Errors
    /// When Envoy does not answer as expected.
    pub fn stats(&self, pattern: &str) -> Result<BTreeMap<String, Value>, AdminError> {
        let path = format!("/stats?format=json&filter={pattern}");
        Ok(self.json::<Stats>(&path)?.named())
    }

    fn json<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T, AdminError> {
        let (_, body) = self.get(path)?;
        serde_json::from_slice(&body)
            .map_err(|source| AdminError::Shape { path: path.to_owned(), source })
    }

    fn get(&self, path: &str) -> Result<(u16, Vec<u8>), ClientError> {
        let request = RawRequest::get("kgwc", path);
        let response = self.client.borrow_mut().send(self.address, None, &request)?;
        Ok((response.status, response.body))
    }
}

#[cfg(test)]
mod tests {
    use super::Stats;

    /// `cluster_manager.cds.version_text` is one of those that `kgwc serve` asks for.
    #[test]
    fn text_readouts_and_histograms_stand_among_the_numbers() {
        let answer = r#"{"stats": [
            {"name": "cluster_manager.cds.version_text", "value": "7"},
            {"name": "cluster_manager.cds.update_success", "value": 2},
            {"histograms": {"computed_quantiles": []}}
        ]}"#;
        let stats: Stats = serde_json::from_str(answer).unwrap();
        let named: Vec<_> = stats.named().into_iter().collect();
        let expected = [
            ("cluster_manager.cds.update_success".to_owned(), 2.into()),
            ("cluster_manager.cds.version_text".to_owned(), "7".into()),
        ];
        assert_eq!(named, expected);
    }
}
