//! The compiled set of routes.

mod compile;
mod decide;
mod find;
mod hosts;
mod index;

pub use compile::{CompileError, Problem};
pub(crate) use find::Found;

use crate::automaton::Loaded;
use crate::config::Config;
use crate::hash::HashedMap;
use hosts::Hosts;
use index::{Index, Paths};

/// The routes of one Gateway, indexed. Cost of a look-up does not grow with their number.
#[derive(Debug)]
pub struct RouteTable {
    config: Config,
    automata: Vec<Loaded>,
    /// For each port the hostnames of its listeners, by number of the listener.
    ports: HashedMap<Hosts>,
    /// For each listener of the configuration its hostnames.
    listeners: Vec<ListenerIndex>,
    index: Index,
    /// Of each rule what is known of it before any request comes.
    rules: Vec<RuleFacts>,
    problems: Vec<Problem>,
}

/// What is known of a rule before any request comes.
#[derive(Clone, Copy, Debug, Default)]
struct RuleFacts {
    /// Whether it, or one of its backends, answers preflight requests.
    has_cors: bool,
    /// What stands for it in the tokens of sessions.
    id: u64,
}

/// The hostnames that routes have on one listener.
#[derive(Debug)]
struct ListenerIndex {
    hosts: Hosts,
    /// For each hostname of the listener its matches.
    paths: Vec<Paths>,
}

impl RouteTable {
    /// The configuration that the table was compiled from. Rules that cannot be carried out have
    /// their `error` set, also where the configuration had none.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What is wrong with the configuration in single places; the rules concerned answer 500.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Whether the answer depends on the port that a request came in on.
    pub fn needs_port(&self) -> bool {
        self.ports.len() > 1
    }

    /// Whether the answer can depend on the server name of a TLS handshake: only where an HTTPS
    /// listener has a hostname or shares its port with another.
    pub fn needs_sni(&self) -> bool {
        let https = |l: &&crate::config::Listener| l.protocol == crate::config::Protocol::Https;
        let listeners = &self.config.listeners;
        listeners.iter().filter(https).any(|listener| {
            listener.hostname.is_some()
                || listeners.iter().filter(|other| other.port == listener.port).count() > 1
        })
    }
}
