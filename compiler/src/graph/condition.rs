//! Conditions and their reasons, as the Gateway API spells them.

use std::fmt;

/// A condition of a route on one parent, of a listener or of a Gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// `Accepted`, `ResolvedRefs`, `PartiallyInvalid`, `Conflicted`.
    pub kind: &'static str,
    /// `True` or `False`.
    pub status: bool,
    /// Why.
    pub reason: Reason,
    /// The same in words; empty where the reason says everything.
    pub message: String,
}

/// Reason of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the Gateway API documents them")]
pub enum Reason {
    Accepted,
    ResolvedRefs,
    NotAllowedByListeners,
    NoMatchingListenerHostname,
    NoMatchingParent,
    UnsupportedValue,
    IncompatibleFilters,
    InvalidKind,
    BackendNotFound,
    RefNotPermitted,
    UnsupportedProtocol,
    InvalidCertificateRef,
    InvalidRouteKinds,
    HostnameConflict,
    ProtocolConflict,
    NoConflicts,
}

impl Reason {
    /// The reason as it stands in a status.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "Accepted",
            Self::ResolvedRefs => "ResolvedRefs",
            Self::NotAllowedByListeners => "NotAllowedByListeners",
            Self::NoMatchingListenerHostname => "NoMatchingListenerHostname",
            Self::NoMatchingParent => "NoMatchingParent",
            Self::UnsupportedValue => "UnsupportedValue",
            Self::IncompatibleFilters => "IncompatibleFilters",
            Self::InvalidKind => "InvalidKind",
            Self::BackendNotFound => "BackendNotFound",
            Self::RefNotPermitted => "RefNotPermitted",
            Self::UnsupportedProtocol => "UnsupportedProtocol",
            Self::InvalidCertificateRef => "InvalidCertificateRef",
            Self::InvalidRouteKinds => "InvalidRouteKinds",
            Self::HostnameConflict => "HostnameConflict",
            Self::ProtocolConflict => "ProtocolConflict",
            Self::NoConflicts => "NoConflicts",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Condition {
    pub(crate) fn is(kind: &'static str, reason: Reason) -> Self {
        Self { kind, status: true, reason, message: String::new() }
    }

    pub(crate) fn not(kind: &'static str, reason: Reason, message: impl Into<String>) -> Self {
        Self { kind, status: false, reason, message: message.into() }
    }
}
