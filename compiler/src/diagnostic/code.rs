//! The stable names of the problems that kgwc reports.

use std::fmt;

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal,)*) => {
        /// Stable name of a kind of problem, as printed in `error[name]`. Names never change and
        /// are never used again for something else.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[doc = $doc])* $variant,)* }

        impl Code {
            /// Every code there is, in the order of their declaration.
            pub const ALL: &[Code] = &[$(Code::$variant,)*];

            /// The name that users see.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $name,)* }
            }

            /// What kind of problem it is, in a sentence.
            pub fn summary(self) -> &'static str {
                match self { $(Code::$variant => concat!($($doc),*).trim_ascii_start(),)* }
            }
        }
    };
}

codes! {
    /// A file or folder that cannot be read.
    Unreadable = "unreadable",
    /// Nothing in the input that kgwc could work on.
    NoInput = "no-input",
    /// A file beyond the size that is read.
    TooLarge = "too-large",
    /// A file of bytes that are no text.
    NotText = "not-text",
    /// Text that is not YAML or JSON.
    InvalidYaml = "invalid-yaml",
    /// A field given twice in one mapping.
    DuplicateKey = "duplicate-key",
    /// Anchors and aliases that expand beyond the bound.
    AliasExpansion = "alias-expansion",
    /// Lists and mappings nested beyond the bound.
    TooDeep = "too-deep",
    /// A document that is no Kubernetes object.
    NotAnObject = "not-an-object",
    /// An object of a kind that kgwc does not use.
    SkippedKind = "skipped-kind",
    /// A kind that kgwc knows, in a version that it does not read.
    UnknownVersion = "unknown-version",
    /// A kind that its API does not have.
    UnknownKind = "unknown-kind",
    /// A field that the kind does not have.
    UnknownField = "unknown-field",
    /// A value of the wrong type.
    WrongType = "wrong-type",
    /// A required field that is not there.
    MissingField = "missing-field",
    /// A value outside what the schema allows.
    InvalidValue = "invalid-value",
    /// A value that breaks a validation rule of the resource.
    InvalidRule = "invalid-rule",
    /// Two entries of a list with the same key.
    DuplicateEntry = "duplicate-entry",
    /// A Backend in the shape of an older kgateway.
    LegacyBackend = "legacy-backend",
    /// Two objects of the same kind, namespace and name.
    DuplicateObject = "duplicate-object",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
