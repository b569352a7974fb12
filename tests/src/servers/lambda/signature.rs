//! Verification of AWS Signature Version 4, by signing what was received once more.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use sha2::{Digest, Sha256};

use super::super::echo::hex;
use super::super::received::Received;
use super::error::SignatureError;
use super::time::parse_time;

const SERVICE: &str = "lambda";
/// How far the clocks of both sides may be apart.
const TOLERANCE: Duration = Duration::from_mins(5);

/// Who may invoke functions, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The region that has to stand in the signature.
    pub region: String,
    /// The identifier of the key.
    pub access_key_id: String,
    /// The key.
    pub secret_access_key: String,
    /// The token of temporary credentials; without it a request may have none.
    pub session_token: Option<String>,
}

impl Account {
    /// The key of the examples of AWS, in `us-east-1`.
    pub fn example() -> Self {
        Self {
            region: "us-east-1".into(),
            access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
            session_token: None,
        }
    }
}

/// Whether the account signed exactly this request, not long before or after `now`.
pub(super) fn verify(
    request: &Received,
    account: &Account,
    now: SystemTime,
) -> Result<(), SignatureError> {
    let authorization = match request.values("authorization").collect::<Vec<_>>()[..] {
        [] => return Err(SignatureError::Missing),
        [one] => Authorization::parse(one)?,
        _ => return Err(SignatureError::Malformed("there is more than one")),
    };
    let date = request.header("x-amz-date").ok_or(SignatureError::Malformed("no x-amz-date"))?;
    let time = parse_time(date).ok_or(SignatureError::Malformed("x-amz-date is no time"))?;

    let (key, scope) = authorization.credential;
    let token = request.header("x-amz-security-token");
    if key != account.access_key_id || token != account.session_token.as_deref() {
        return Err(SignatureError::UnknownKey);
    }
    let expected = format!("{}/{}/{SERVICE}/aws4_request", &date[..8], account.region);
    if scope != expected {
        return Err(SignatureError::WrongScope { expected, found: scope.to_owned() });
    }
    let apart = now.duration_since(time).unwrap_or_else(|error| error.duration());
    if apart > TOLERANCE {
        return Err(SignatureError::Expired(date.to_owned()));
    }
    let is_signed = |name: &str| authorization.signed_headers.contains(&name);
    let names = request.headers.iter().map(|(name, _)| name.as_str());
    let required = names.filter(|name| name.starts_with("x-amz-")).chain(["host"]);
    if let Some(name) = required.into_iter().find(|name| !is_signed(name)) {
        return Err(SignatureError::NotSigned(name.to_owned()));
    }
    // The hash of what arrived, not of what the header claims, goes into the signature.
    let mut hashes = request.values("x-amz-content-sha256");
    if hashes.any(|hash| hash != hex(&Sha256::digest(&request.body))) {
        return Err(SignatureError::WrongBody);
    }
    // A client may leave the default port away when it signs, and yet send it.
    let authority = request.authority.as_str();
    let portless = [":80", ":443"].iter().find_map(|port| authority.strip_suffix(port));
    for host in [Some(authority), portless].into_iter().flatten() {
        let own = signature(request, &authorization.signed_headers, host, account, time)?;
        if own == authorization.signature {
            return Ok(());
        }
    }
    Err(SignatureError::Mismatch)
}

/// The signature that the account gives to this request.
///
/// The path is encoded once more than it was sent, as for every service but S3: an ARN that was
/// sent as `arn:aws` is signed as `arn%3Aaws`, one that was sent as `arn%3Aaws` as `arn%253Aaws`.
fn signature(
    request: &Received,
    signed_headers: &[&str],
    host: &str,
    account: &Account,
    time: SystemTime,
) -> Result<String, SignatureError> {
    const UNREADABLE: SignatureError = SignatureError::Malformed("what it signs is not UTF-8");
    // Those that the signer adds by itself, in the form that they have to have.
    let is_added = |name: &str| matches!(name, "host" | "x-amz-date" | "x-amz-security-token");
    let headers: Vec<_> = (request.headers.iter())
        .filter(|(name, _)| signed_headers.contains(&name.as_str()) && !is_added(name))
        .map(|(name, value)| Some((name, utf8(value)?)))
        .collect::<Option<_>>()
        .ok_or(UNREADABLE)?;
    let host = utf8(host).ok_or(UNREADABLE)?;
    let uri = format!("http://{SERVICE}{}", utf8(&request.path).ok_or(UNREADABLE)?);
    let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let headers = headers.chain([("host", host.as_str())]);
    let body = SignableBody::Bytes(&request.body);
    let request = SignableRequest::new(&request.method, uri, headers, body);
    let request = request.map_err(|_| UNREADABLE)?;

    let Account { region, access_key_id, secret_access_key, session_token } = account;
    let identity =
        Credentials::new(access_key_id, secret_access_key, session_token.clone(), None, "test")
            .into();
    let mut settings = SigningSettings::default();
    settings.excluded_headers = None;
    let params = SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(SERVICE)
        .time(time)
        .settings(settings)
        .build()
        .expect("all parts are there");
    let signed = sign(request, &params.into()).map_err(|_| UNREADABLE)?;
    Ok(signed.signature().to_owned())
}

/// What Latin-1 shows, as what it was meant to be: the signer takes nothing else.
fn utf8(latin1: &str) -> Option<String> {
    let bytes: Option<Vec<u8>> = latin1.chars().map(|c| u8::try_from(c).ok()).collect();
    String::from_utf8(bytes?).ok()
}

/// `AWS4-HMAC-SHA256 Credential=KEY/SCOPE, SignedHeaders=a;b, Signature=0123...`
struct Authorization<'a> {
    /// The identifier of the key, and the scope.
    credential: (&'a str, &'a str),
    signed_headers: Vec<&'a str>,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    fn parse(value: &'a str) -> Result<Self, SignatureError> {
        let rest = value.strip_prefix("AWS4-HMAC-SHA256 ");
        let rest = rest.ok_or(SignatureError::Malformed("it is no AWS4-HMAC-SHA256"))?;
        let part = |name: &'static str| {
            let mut parts = rest.split(',').filter_map(|part| part.trim().split_once('='));
            let found = parts.find(|(n, _)| *n == name).map(|(_, value)| value);
            found.ok_or(SignatureError::Malformed(name))
        };
        let credential = part("Credential")?.split_once('/');
        Ok(Self {
            credential: credential.ok_or(SignatureError::Malformed("Credential"))?,
            signed_headers: part("SignedHeaders")?.split(';').collect(),
            signature: part("Signature")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Envoy 1.40 sent for a PUT to `a.example:80`, with a qualifier in the ARN and
    /// `payload_passthrough`, and when.
    fn sent_by_envoy() -> (Received, Account, SystemTime) {
        const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:echo:$LATEST";
        let headers = [
            ("host", "a.example:80"),
            ("x-c", "q"),
            ("content-length", "7"),
            ("x-d", "1"),
            ("x-d", "a   b"),
            ("x-forwarded-proto", "http"),
            ("x-request-id", "6ebd9e0f-3b6d-4851-ac67-66073fbf29df"),
            ("x-amz-invocation-type", "Event"),
            (
                "x-amz-content-sha256",
                "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862",
            ),
            ("x-amz-security-token", "to/k+en=="),
            ("x-amz-date", "20261124T202339Z"),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261124/us-east-1/lambda/\
                 aws4_request, SignedHeaders=content-length;host;x-amz-content-sha256;x-amz-date;\
                 x-amz-invocation-type;x-amz-security-token;x-c;x-d;x-request-id, \
                 Signature=4c39fd3cd31b2b5b530d9ac5f36029ab8fd26f270be0a5b35fdd4fbccb687ad4",
            ),
        ];
        let request = Received {
            number: 0,
            arrived: std::time::Instant::now(),
            version: http::Version::HTTP_11,
            method: "POST".into(),
            authority: "a.example:80".into(),
            path: format!("/2015-03-31/functions/{ARN}/invocations"),
            headers: headers.map(|(name, value)| (name.into(), value.into())).into(),
            body: r#"{"a":1}"#.into(),
        };
        let account = Account { session_token: Some("to/k+en==".into()), ..Account::example() };
        (request, account, parse_time("20261124T202340Z").unwrap())
    }

    #[test]
    fn a_signature_of_envoy() {
        let (request, account, now) = sent_by_envoy();
        assert_eq!(verify(&request, &account, now), Ok(()));
    }

    #[test]
    fn a_signature_of_envoy_is_for_one_request_and_one_key() {
        let (good, account, now) = sent_by_envoy();
        let path = good.path.replace("echo", "other");
        let encoded = good.path.replace(':', "%3A").replace('$', "%24");
        let authority = String::from("b.example");
        for (request, expected) in [
            (Received { path, ..good.clone() }, SignatureError::Mismatch),
            (Received { path: encoded, ..good.clone() }, SignatureError::Mismatch),
            (Received { method: "PUT".into(), ..good.clone() }, SignatureError::Mismatch),
            (Received { authority, ..good.clone() }, SignatureError::Mismatch),
            (Received { body: r#"{"a":2}"#.into(), ..good.clone() }, SignatureError::WrongBody),
        ] {
            assert_eq!(verify(&request, &account, now), Err(expected), "{request:?}");
        }
        let account = Account { secret_access_key: "other".into(), ..account };
        assert_eq!(verify(&good, &account, now), Err(SignatureError::Mismatch));
    }
}
