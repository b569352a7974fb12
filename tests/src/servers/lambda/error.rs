//! What can be wrong with a signature.

/// Why a request is not signed as it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is no `authorization`.
    #[error("Missing Authentication Token")]
    Missing,
    /// What belongs to the signature cannot be read.
    #[error("Authorization header is incomplete: {0}")]
    Malformed(&'static str),
    /// Another key, or another session token.
    #[error("The security token included in the request is invalid.")]
    UnknownKey,
    /// The scope is not the day, the region, the service and `aws4_request`.
    #[error("Credential should be scoped to {expected}, not to {found}")]
    WrongScope {
        /// The scope of the account on that day.
        expected: String,
        /// The scope of the request.
        found: String,
    },
    /// The clocks are more than five minutes apart.
    #[error("Signature expired or not yet valid: {0}")]
    Expired(String),
    /// A header that has to be signed is not.
    #[error("'{0}' must be a 'SignedHeader' in the AWS Authorization.")]
    NotSigned(String),
    /// The body is not the one that `x-amz-content-sha256` tells of.
    #[error("x-amz-content-sha256 is not the hash of the body")]
    WrongBody,
    /// Another secret, or the request is not the one that was signed.
    #[error("The request signature we calculated does not match the signature you provided.")]
    Mismatch,
}

impl SignatureError {
    /// The code that AWS has for it.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Missing => "MissingAuthenticationTokenException",
            Self::Malformed(_) => "IncompleteSignatureException",
            Self::UnknownKey => "UnrecognizedClientException",
            _ => "InvalidSignatureException",
        }
    }
}
