//! Regular expressions as automata: built by the compiler, only run here.

#[cfg(feature = "build")]
pub mod build;

use crate::config::Regex;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use regex_automata::dfa::{Automaton as _, sparse};
use regex_automata::util::primitives::StateID;
use regex_automata::{Anchored, Input};

/// An automaton that accepts whole values.
#[derive(Debug)]
pub(crate) struct Automaton {
    dfa: sparse::DFA<Vec<u8>>,
    start: StateID,
}

/// An automaton of the configuration; of one that does not load what is known without it.
pub(crate) type Loaded = Result<Automaton, Outline>;

/// What all values have in common that an automaton accepts.
#[derive(Debug)]
pub(crate) struct Outline {
    prefix: String,
    elements: Vec<String>,
}

impl Outline {
    pub(crate) fn of(regex: &Regex) -> Self {
        Self { prefix: regex.prefix.clone(), elements: regex.elements.clone() }
    }

    /// Whether the automaton might have accepted the value.
    pub(crate) fn fits(&self, value: &[u8]) -> bool {
        let has =
            |element: &String| value.split(|byte| *byte == b'/').any(|e| e == element.as_bytes());
        value.starts_with(self.prefix.as_bytes()) && self.elements.iter().all(has)
    }
}

/// An automaton of the configuration that does not load.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    /// The text is no base64.
    #[error("the automaton is not base64: {0}")]
    Base64(base64::DecodeError),
    /// The bytes are no automaton of the version of `regex-automata` in this module.
    #[error("the automaton does not load: {0}")]
    Bytes(String),
}

impl Automaton {
    pub(crate) fn load(regex: &Regex) -> Result<Self, LoadError> {
        let bytes = STANDARD.decode(&regex.dfa).map_err(LoadError::Base64)?;
        let (dfa, _) =
            sparse::DFA::from_bytes(&bytes).map_err(|error| LoadError::Bytes(error.to_string()))?;
        let start = dfa
            .start_state_forward(&Input::new(b"").anchored(Anchored::Yes))
            .map_err(|error| LoadError::Bytes(error.to_string()))?;
        Ok(Self { dfa: dfa.to_owned(), start })
    }

    /// Whether the whole value matches. The automaton keeps every alternative alive
    /// (`MatchKind::All`), so that `/a|/ab` accepts `/ab`; a match is reported one step late,
    /// which makes the step past the end the one that tells.
    pub(crate) fn accepts(&self, value: &[u8]) -> bool {
        let mut state = self.start;
        for &byte in value {
            state = self.dfa.next_state(state, byte);
            if self.dfa.is_dead_state(state) {
                return false;
            }
        }
        let end = self.dfa.next_eoi_state(state);
        self.dfa.is_match_state(end)
    }
}
