//! What a module writes to the log.

use std::borrow::Cow;
use std::fmt;

/// The severity of a log line, least severe first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LogLevel {
    /// 0
    Trace,
    /// 1
    Debug,
    /// 2
    Info,
    /// 3
    Warn,
    /// 4
    Error,
    /// 5
    Critical,
}

impl LogLevel {
    pub(crate) fn from_abi(level: u32) -> Option<LogLevel> {
        use LogLevel::{Critical, Debug, Error, Info, Trace, Warn};
        [Trace, Debug, Info, Warn, Error, Critical].get(level as usize).copied()
    }
}

/// One log line. Every line is kept, whatever the log level of the host is.
#[derive(Clone, PartialEq, Eq)]
pub struct Log {
    /// How severe the module says it is.
    pub level: LogLevel,
    /// The bytes of the message.
    pub message: Vec<u8>,
}

impl Log {
    /// The message as text; bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.message)
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.level, self.text())
    }
}
