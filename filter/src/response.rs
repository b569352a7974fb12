//! What is left to do when the response comes.

use crate::carry_out::change_header;
use crate::host::{self, MapType};
use crate::names;
use route::{Action, Decision, HeaderChange, Session};

const RESPONSE: MapType = MapType::ResponseHeaders;

/// Kept from the decision until the response comes.
#[derive(Debug)]
pub(crate) struct Pending {
    changes: Vec<Change>,
    session: Option<Box<Session>>,
    /// The lines of an explanation.
    explanation: Vec<String>,
}

/// A [`HeaderChange`] that outlives its table.
#[derive(Debug)]
enum Change {
    Set(String, Vec<u8>),
    Add(String, Vec<u8>),
    Remove(String),
}

impl Pending {
    /// `None` where there is nothing to do, as for a plain forward.
    pub(crate) fn new(
        decision: &mut Decision<'_>,
        explanation: Option<Vec<String>>,
    ) -> Option<Self> {
        let changes: Vec<_> = decision.response_changes().map(Change::from).collect();
        let session = match &mut decision.action {
            // It is not needed again after the request was sent on.
            Action::Forward(forward) => forward.session.take(),
            Action::Redirect(_) | Action::Respond(_) => None,
        };
        let explanation = explanation.unwrap_or_default();
        let is_nothing = changes.is_empty() && session.is_none() && explanation.is_empty();
        (!is_nothing).then_some(Self { changes, session, explanation })
    }

    /// Changes the response.
    pub(crate) fn carry_out(&self) {
        for change in &self.changes {
            change_header(RESPONSE, change.borrowed());
        }
        if let Some(session) = &self.session {
            give_token(session);
        }
        if !self.explanation.is_empty() {
            host::remove_header(RESPONSE, names::EXPLAIN);
        }
        for line in &self.explanation {
            host::add_header(RESPONSE, names::EXPLAIN, line.as_bytes());
        }
    }
}

/// Gives the client its token. The host says which endpoint it has chosen where that is another
/// than the one that it was asked for.
fn give_token(session: &Session) {
    let endpoint = host::header(RESPONSE, names::ENDPOINT);
    if endpoint.is_some() {
        host::remove_header(RESPONSE, names::ENDPOINT);
    }
    if !session.is_resumed() && is_failure() {
        // Nobody has to come back to a backend that has failed, or that was never reached.
        return;
    }
    let Some((name, value)) = session.answer(endpoint.as_deref()) else { return };
    if name == "set-cookie" {
        host::add_header(RESPONSE, name.as_bytes(), &value);
    } else {
        host::set_header(RESPONSE, name.as_bytes(), &value);
    }
}

fn is_failure() -> bool {
    host::header(RESPONSE, b":status").is_none_or(|status| status.starts_with(b"5"))
}

impl From<HeaderChange<'_>> for Change {
    fn from(change: HeaderChange<'_>) -> Self {
        match change {
            HeaderChange::Set(name, value) => Self::Set(name.to_owned(), value.to_owned()),
            HeaderChange::Add(name, value) => Self::Add(name.to_owned(), value.to_owned()),
            HeaderChange::Remove(name) => Self::Remove(name.to_owned()),
        }
    }
}

impl Change {
    fn borrowed(&self) -> HeaderChange<'_> {
        match self {
            Self::Set(name, value) => HeaderChange::Set(name, value),
            Self::Add(name, value) => HeaderChange::Add(name, value),
            Self::Remove(name) => HeaderChange::Remove(name),
        }
    }
}
