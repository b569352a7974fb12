//! What happens to a served gateway.

use std::fmt;
use std::net::SocketAddr;

use crate::render::envoy::Unserved;

/// A Gateway port with the address that serves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// The port of the Gateway.
    pub port: u16,
    /// The address of this machine.
    pub address: SocketAddr,
    /// Whether it speaks TLS.
    pub is_secure: bool,
}

/// Something that the user should know, as one line or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// These addresses serve from now on.
    Serving(Vec<Served>),
    /// The administration interface of Envoy.
    Admin(SocketAddr),
    /// A listener is left out.
    Unserved(Unserved),
    /// A change of the input has taken effect.
    Reloaded,
    /// The input has errors; what was served before stays.
    Invalid,
    /// Envoy or the module refused a change; what was served before stays.
    Refused {
        /// The last lines of Envoy's log.
        log: String,
    },
    /// A change cannot be served, since a port cannot be had or nothing is left to serve; what was
    /// served before stays.
    Unchanged {
        /// Why.
        reason: String,
    },
    /// Envoy has not said in time whether a change has taken effect.
    Unconfirmed,
    /// On the way out, because of a signal.
    Stopping,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serving(served) => {
                let lines: Vec<_> = served.iter().map(ToString::to_string).collect();
                f.write_str(&lines.join("\n"))
            }
            Self::Admin(address) => write!(f, "Envoy's administration is on http://{address}"),
            Self::Unserved(unserved) => unserved.fmt(f),
            Self::Reloaded => f.write_str("reloaded"),
            Self::Invalid => f.write_str("the input has errors; still serving what it was before"),
            Self::Refused { log } => write!(
                f,
                "Envoy refused the change; still serving what it was before; \
                 the end of its log:\n{log}"
            ),
            Self::Unchanged { reason } => {
                write!(f, "{reason}; still serving what it was before")
            }
            Self::Unconfirmed => f.write_str("Envoy has not confirmed the change yet"),
            Self::Stopping => f.write_str("stopping"),
        }
    }
}

impl fmt::Display for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { port, address, is_secure } = self;
        let scheme = if *is_secure { "https" } else { "http" };
        write!(f, "serving {scheme}://{address}")?;
        if address.port() != *port {
            write!(f, " for the Gateway port {port}")?;
        }
        Ok(())
    }
}
