use super::*;
use crate::servers::client::{Answer, ask};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use std::net::TcpStream;

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:hello";
const INVOKE: &str =
    "/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:hello/invocations";
const PATIENCE: Duration = Duration::from_secs(10);

/// A request as a client signs it, for a test to change before it is sent.
struct Signed {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: &'static str,
}

/// Signs a POST as the SDK of AWS does: with that `host`, the headers and the hash of the body.
fn signed(account: &Account, path: &str, headers: &[(&str, &str)], body: &'static str) -> Signed {
    signed_at(account, path, headers, body, SystemTime::now())
}

fn signed_at(
    account: &Account,
    path: &str,
    headers: &[(&str, &str)],
    body: &'static str,
    time: SystemTime,
) -> Signed {
    let host = "lambda.us-east-1.amazonaws.com";
    let headers = [&[("host", host)], headers].concat();
    let uri = format!("https://{host}{path}");
    let signable = headers.iter().copied();
    let signable =
        SignableRequest::new("POST", uri, signable, SignableBody::Bytes(body.as_bytes()));
    let token = account.session_token.clone();
    let (key, secret) = (&account.access_key_id, &account.secret_access_key);
    let identity = Credentials::new(key, secret, token, None, "test").into();
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let params = SigningParams::builder().identity(&identity).region(&account.region);
    let params = params.name("lambda").time(time).settings(settings).build().unwrap();
    let signature = sign(signable.unwrap(), &params.into()).unwrap();
    let added = signature.output().headers();
    let headers = headers.iter().copied().chain(added);
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Signed { method: "POST", path: path.to_owned(), headers, body }
}

impl Signed {
    fn header(&mut self, name: &str) -> &mut String {
        &mut self.headers.iter_mut().find(|(n, _)| n == name).unwrap().1
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(n, _)| n != name);
        self
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn send(&self, server: &LambdaServer) -> Answer {
        let Self { method, path, headers, body } = self;
        let headers: String = headers.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\n{headers}content-length: {length}\r\n\r\n");
        ask(&mut TcpStream::connect(server.address()).unwrap(), head + body)
    }

    /// Sends it: it is refused with that code, and kept as refused.
    #[track_caller]
    fn refused(&self, server: &LambdaServer, code: &str) -> SignatureError {
        let answer = self.send(server);
        assert_eq!((answer.status, answer.values("x-amzn-errortype")), (403, vec![code]));
        let error = server.invocations().pop().unwrap().refused.unwrap();
        let told: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(told, json!({"message": error.to_string()}));
        error
    }
}

fn temporary() -> Account {
    Account { session_token: Some("to/ken==".into()), ..Account::example() }
}

#[test]
fn invokes_and_waits() {
    let server = LambdaServer::start(Account::example());
    let answer = signed(&Account::example(), INVOKE, &[], r#"{"a":1}"#).send(&server);
    assert_eq!(answer.status, 200);
    let default = json!({"statusCode": 200, "headers": {}, "body": "", "isBase64Encoded": false});
    assert_eq!(serde_json::from_str::<Value>(&answer.body).unwrap(), default);

    server.answer_with("\"other\"");
    assert_eq!(signed(&Account::example(), INVOKE, &[], "").send(&server).body, "\"other\"");

    let [first, second] = &server.invocations()[..] else { panic!("two invocations") };
    let expected = Invocation {
        function: "hello".into(),
        arn: Some(ARN.into()),
        qualifier: None,
        invocation_type: "RequestResponse".into(),
        payload: json!({"a": 1}),
        refused: None,
    };
    assert_eq!(*first, expected);
    assert_eq!(*second, Invocation { payload: Value::Null, ..expected });
    assert_eq!(server.wait_for(2, PATIENCE)[0].body, br#"{"a":1}"#);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn functions_and_the_service_may_fail() {
    let server = LambdaServer::start(Account::example());
    let make = || signed(&Account::example(), INVOKE, &[], "");
    let unhandled = Reply::new(200, r#"{"errorMessage":"no"}"#);
    server.reply_with(unhandled.header("x-amz-function-error", "Unhandled"));
    server.reply_once(Reply::new(429, ""));
    server.reply_once(Reply::new(503, ""));
    assert_eq!(make().without("authorization").send(&server).status, 403);
    assert_eq!([(); 2].map(|()| make().send(&server).status), [429, 503]);
    let answer = make().send(&server);
    assert_eq!((answer.status, answer.values("x-amz-function-error")), (200, vec!["Unhandled"]));
}

#[test]
fn an_event_has_no_answer() {
    let server = LambdaServer::start(temporary());
    let event = [("x-amz-invocation-type", "Event")];
    let answer = signed(&temporary(), INVOKE, &event, "{}").send(&server);
    assert_eq!((answer.status, answer.body.as_str()), (202, ""));
    assert_eq!(server.invocations()[0].invocation_type, "Event");
    let other = [("x-amz-invocation-type", "Sometimes")];
    assert_eq!(signed(&temporary(), INVOKE, &other, "{}").send(&server).status, 400);
}

/// Encoded or not, the path is signed with one more encoding than it is sent with.
#[test]
fn paths_that_have_to_be_encoded() {
    let server = LambdaServer::start(temporary());
    for path in [
        format!("/2015-03-31/functions/{ARN}:$LATEST/invocations"),
        format!("/2015-03-31/functions/{}%3A%24LATEST/invocations", ARN.replace(':', "%3A")),
        format!("{INVOKE}?Qualifier=$LATEST"),
        format!("{INVOKE}?Qualifier=%24LATEST"),
        format!("{INVOKE}?b&a=1&Qualifier=%24LATEST"),
    ] {
        let answer = signed(&temporary(), &path, &[], "").send(&server);
        let invocation = server.invocations().pop().unwrap();
        assert_eq!((answer.status, invocation.refused), (200, None), "{path}");
        assert_eq!(invocation.arn.as_deref(), Some(ARN), "{path}");
        assert_eq!(invocation.qualifier.as_deref(), Some("$LATEST"), "{path}");
    }
}

#[test]
fn headers_as_they_are_signed() {
    let server = LambdaServer::start(temporary());
    let headers = [("x-a", "1"), ("x-b", "  a   b "), ("x-a", "2"), ("user-agent", "u")];
    let request = signed(&temporary(), INVOKE, &headers, "");
    assert_eq!(request.send(&server).status, 200);
    // What is not signed may be added on the way.
    assert_eq!(request.with("x-request-id", "1").with("te", "x").send(&server).status, 200);
    // Bytes above 7f are signed as they are, as long as they are UTF-8.
    let request = signed(&temporary(), INVOKE, &[("x-u", "caf\u{e9}")], "");
    assert_eq!(request.send(&server).status, 200);
    let mut swapped = signed(&temporary(), INVOKE, &headers, "");
    *swapped.header("x-a") = "3".into();
    assert_eq!(swapped.refused(&server, "InvalidSignatureException"), SignatureError::Mismatch);
}

#[test]
fn a_default_port_may_be_missing_in_what_is_signed() {
    let server = LambdaServer::start(temporary());
    for (port, is_fine) in [(":443", true), (":80", true), (":8080", false), ("x", false)] {
        let mut request = signed(&temporary(), INVOKE, &[], "");
        request.header("host").push_str(port);
        let status = request.send(&server).status;
        assert_eq!(status, if is_fine { 200 } else { 403 }, "{port}");
    }
}

#[test]
fn another_key() {
    let server = LambdaServer::start(temporary());
    let ask = |account: Account| signed(&account, INVOKE, &[], "");
    let mismatch = ask(Account { secret_access_key: "wrong".into(), ..temporary() })
        .refused(&server, "InvalidSignatureException");
    assert_eq!(mismatch, SignatureError::Mismatch);
    for account in [
        Account { access_key_id: "AKIDOTHER".into(), ..temporary() },
        Account { session_token: Some("other".into()), ..temporary() },
        Account::example(),
    ] {
        let error = ask(account).refused(&server, "UnrecognizedClientException");
        assert_eq!(error, SignatureError::UnknownKey);
    }
    let error = ask(Account { region: "eu-west-1".into(), ..temporary() })
        .refused(&server, "InvalidSignatureException");
    let SignatureError::WrongScope { expected, found } = error else { panic!("{error:?}") };
    assert!(expected.ends_with("/us-east-1/lambda/aws4_request"), "{expected}");
    assert!(found.ends_with("/eu-west-1/lambda/aws4_request"), "{found}");
    assert!(server.invocations().iter().all(|invocation| invocation.refused.is_some()));
}

#[test]
fn another_request_than_the_signed_one() {
    let server = LambdaServer::start(temporary());
    let event = [("x-amz-invocation-type", "RequestResponse")];
    let make = || signed(&temporary(), INVOKE, &event, r#"{"a":1}"#);
    assert_eq!(make().send(&server).status, 200);
    let invalid = |request: Signed| request.refused(&server, "InvalidSignatureException");

    assert_eq!(invalid(Signed { body: r#"{"a":2}"#, ..make() }), SignatureError::WrongBody);
    let mut request = Signed { body: "", ..make() };
    *request.header("x-amz-content-sha256") = hex_of_nothing();
    assert_eq!(invalid(request), SignatureError::Mismatch);
    let mut request = make();
    *request.header("x-amz-content-sha256") = "UNSIGNED-PAYLOAD".into();
    assert_eq!(invalid(request), SignatureError::WrongBody);

    let path = INVOKE.replace("hello", "other");
    assert_eq!(invalid(Signed { path, ..make() }), SignatureError::Mismatch);
    let path = format!("{INVOKE}?Qualifier=1");
    assert_eq!(invalid(Signed { path, ..make() }), SignatureError::Mismatch);
    let path = INVOKE.replace("function:", "function%3A");
    assert_eq!(invalid(Signed { path, ..make() }), SignatureError::Mismatch);
    let mut request = make();
    *request.header("x-amz-invocation-type") = "Event".into();
    assert_eq!(invalid(request), SignatureError::Mismatch);
    let error = invalid(make().with("x-amz-client-context", "e30="));
    assert_eq!(error, SignatureError::NotSigned("x-amz-client-context".into()));
    let mut request = make();
    let authorization = request.header("authorization");
    *authorization = authorization.replace("=host;", "=");
    assert_eq!(invalid(request), SignatureError::NotSigned("host".into()));
}

fn hex_of_nothing() -> String {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".into()
}

#[test]
fn a_part_that_is_missing() {
    let server = LambdaServer::start(temporary());
    let make = || signed(&temporary(), INVOKE, &[], "");
    let missing = make().without("authorization");
    let error = missing.refused(&server, "MissingAuthenticationTokenException");
    assert_eq!(error, SignatureError::Missing);
    let error = make().without("x-amz-security-token");
    let error = error.refused(&server, "UnrecognizedClientException");
    assert_eq!(error, SignatureError::UnknownKey);
    let malformed = |request: Signed| {
        let error = request.refused(&server, "IncompleteSignatureException");
        assert!(matches!(error, SignatureError::Malformed(_)), "{error:?}");
    };
    malformed(make().without("x-amz-date"));
    malformed(make().with("authorization", "Bearer x"));
    malformed(make().without("authorization").with("authorization", "Bearer x"));
    for part in ["Credential=", "SignedHeaders=", "Signature="] {
        let mut request = make();
        let authorization = request.header("authorization");
        *authorization = authorization.replace(part, "Other=");
        malformed(request);
    }
    // The hash of the body need not be sent; here it was signed.
    let error = make().without("x-amz-content-sha256");
    let error = error.refused(&server, "InvalidSignatureException");
    assert_eq!(error, SignatureError::Mismatch);
}

#[test]
fn a_signature_is_good_for_five_minutes() {
    let server = LambdaServer::start(temporary());
    let now = SystemTime::now();
    let minutes = Duration::from_mins;
    let make = |time| signed_at(&temporary(), INVOKE, &[], "", time);
    assert_eq!(make(now - minutes(4)).send(&server).status, 200);
    assert_eq!(make(now + minutes(4)).send(&server).status, 200);
    for time in [now - minutes(6), now + minutes(6)] {
        let error = make(time).refused(&server, "InvalidSignatureException");
        assert!(matches!(error, SignatureError::Expired(_)), "{error:?}");
    }
}

#[test]
fn what_is_no_invocation() {
    let server = LambdaServer::start(temporary());
    let make = |path: &str, body| signed(&temporary(), path, &[], body);
    assert_eq!(make("/", "").send(&server).status, 404);
    assert_eq!(make("/2015-03-31/functions/a%2Fb/invocations", "").send(&server).status, 404);
    let get = Signed { method: "GET", ..make(INVOKE, "") };
    assert_eq!(get.send(&server).status, 404);
    assert_eq!(server.invocations(), []);
    let answer = make(INVOKE, "no JSON").send(&server);
    assert_eq!(answer.status, 400);
    assert_eq!(answer.values("x-amzn-errortype"), ["InvalidRequestContentException"]);
    assert_eq!(server.invocations()[0].payload, Value::Null);
    assert_eq!(server.requests().len(), 4);
}
