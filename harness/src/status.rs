//! The status that a hostcall returns to the module.

use std::fmt;

/// A proxy-wasm status, as the module sees it.
///
/// A number and not an enum: a fault may return any value, also one that no SDK knows.
/// The constants are those of ABI 0.2.1 as Envoy numbers them (`WasmResult`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Status(pub u32);

impl Status {
    /// The call did what was asked.
    pub const OK: Status = Status(0);
    /// There is no such header, property, queue, metric, function or stream.
    pub const NOT_FOUND: Status = Status(1);
    /// An argument is out of range, or the map or buffer is not in view in this phase.
    pub const BAD_ARGUMENT: Status = Status(2);
    /// A value could not be turned into bytes.
    pub const SERIALIZATION_FAILURE: Status = Status(3);
    /// Bytes could not be read as what they should be.
    pub const PARSE_FAILURE: Status = Status(4);
    /// An expression is not valid.
    pub const BAD_EXPRESSION: Status = Status(5);
    /// A pointer reaches outside of the linear memory, or the module's allocator returned null.
    pub const INVALID_MEMORY_ACCESS: Status = Status(6);
    /// The queue holds nothing.
    pub const EMPTY: Status = Status(7);
    /// Shared data has changed since it was read.
    pub const CAS_MISMATCH: Status = Status(8);
    /// A result has another type than expected.
    pub const RESULT_MISMATCH: Status = Status(9);
    /// The host could not do it.
    pub const INTERNAL_FAILURE: Status = Status(10);
    /// The connection of a call was reset.
    pub const BROKEN_CONNECTION: Status = Status(11);
    /// The host does not have this function.
    pub const UNIMPLEMENTED: Status = Status(12);

    /// The name of the status, or none where the number is not one of the ABI's.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        const NAMES: [&str; 13] = [
            "Ok",
            "NotFound",
            "BadArgument",
            "SerializationFailure",
            "ParseFailure",
            "BadExpression",
            "InvalidMemoryAccess",
            "Empty",
            "CasMismatch",
            "ResultMismatch",
            "InternalFailure",
            "BrokenConnection",
            "Unimplemented",
        ];
        NAMES.get(self.0 as usize).copied()
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "status {}", self.0),
        }
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
