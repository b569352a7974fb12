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

            /// All about it, as Markdown: what it means, an example, how to mend it. The text is
            /// that of the documentation.
            pub fn page(self) -> &'static str {
                match self {
                    $(Code::$variant => include_str!(
                        concat!("../../../docs/src/codes/", $name, ".md")
                    ),)*
                }
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
    /// A parentRef to a Gateway that is not in the input, taken to be there.
    ImpliedGateway = "implied-gateway",
    /// A parentRef that no Gateway or listener answers to.
    NoMatchingParent = "no-matching-parent",
    /// A listener that does not take routes of this kind or namespace.
    NotAllowedByListeners = "not-allowed-by-listeners",
    /// A route none of whose hostnames meets those of the listeners.
    NoMatchingListenerHostname = "no-matching-listener-hostname",
    /// A route without parents.
    NoParent = "no-parent",
    /// Listeners of one port that cannot be told apart.
    ConflictedListener = "conflicted-listener",
    /// A certificate that a listener cannot use.
    InvalidCertificate = "invalid-certificate",
    /// A backend that is not in the input.
    BackendNotFound = "backend-not-found",
    /// A reference to another namespace that no ReferenceGrant allows.
    RefNotPermitted = "ref-not-permitted",
    /// A reference to a kind that cannot stand there.
    InvalidKind = "invalid-kind",
    /// A port that speaks something that kgwc does not.
    UnsupportedProtocol = "unsupported-protocol",
    /// A Service that is not in the input, taken to be there.
    AssumedService = "assumed-service",
    /// A Service none of whose endpoints is ready.
    NoEndpoints = "no-endpoints",
    /// A rule that has no backends and no filter that answers.
    NoBackends = "no-backends",
    /// A filter that refers to something that is not in the input.
    FilterNotFound = "filter-not-found",
    /// Filters that exclude each other.
    IncompatibleFilters = "incompatible-filters",
    /// Something that kgwc reads and does not carry out.
    UnsupportedValue = "unsupported-value",
    /// A regular expression that does not parse.
    InvalidRegex = "invalid-regex",
    /// Two backends whose clusters would have the same name.
    ClusterNameCollision = "cluster-name-collision",
    /// A rule all of whose backends have weight 0.
    NoTraffic = "no-traffic",
    /// A header match on Host.
    HostHeaderMatch = "host-header-match",
    /// A path prefix that ends with a slash.
    TrailingSlashPrefix = "trailing-slash-prefix",
    /// A query parameter whose value can be spelled in several ways.
    EncodedQueryValue = "encoded-query-value",
    /// A regular expression that other implementations may read differently.
    UnportableRegex = "unportable-regex",
    /// Two routes whose order depends on their age, which files do not have.
    OrderByAge = "order-by-age",
    /// A redirect to HTTPS on an HTTPS listener.
    RedirectLoop = "redirect-loop",
    /// A port in a reference to a Backend, which has its own.
    BackendPort = "backend-port",
    /// A try that takes so long that there is no time for another.
    TimeoutTooLong = "timeout-too-long",
    /// An origin of a CORS filter that no browser sends.
    UnmatchableOrigin = "unmatchable-origin",
    /// A regular expression whose automaton is too large.
    RegexTooLarge = "regex-too-large",
    /// A feature that the host of the module does not have.
    HostLacksFeature = "host-lacks-feature",
    /// A name in kgwc.toml that is no setting.
    UnknownSetting = "unknown-setting",
    /// Text in kgwc.toml that is not TOML, or a value that its setting cannot have.
    InvalidSetting = "invalid-setting",
}

/// A name that is no code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no code `{0}`{1}")]
pub struct UnknownCode(String, String);

impl std::str::FromStr for Code {
    type Err = UnknownCode;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().copied().find(|code| code.as_str() == name);
        found.ok_or_else(|| {
            let near = Self::ALL.iter().map(|code| code.as_str());
            let near = near.min_by_key(|code| strsim::damerau_levenshtein(code, name));
            let near = near.filter(|code| strsim::damerau_levenshtein(code, name) <= 4);
            let help = near.map(|code| format!("; did you mean `{code}`?")).unwrap_or_default();
            UnknownCode(name.to_owned(), help)
        })
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
