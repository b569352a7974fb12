//! AWS Lambda functions as backends: the server verifies every signature.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use kgwc_tests::servers::{Account, LambdaServer, Reply};
use serde_json::{Value, json};

use crate::fixture::{Gateway, Setup, get, post, text, values};
use crate::resources::{backend, route, secret};

pub(crate) const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:echo";

/// A Secret with the credentials of an account.
pub(crate) fn credentials(account: &Account) -> String {
    let mut data = vec![
        ("accessKey", account.access_key_id.as_str()),
        ("secretKey", account.secret_access_key.as_str()),
    ];
    data.extend(account.session_token.as_deref().map(|token| ("sessionToken", token)));
    secret("aws", &data)
}

/// A Backend `echo` with these credentials; `more` are further fields of the function.
pub(crate) fn function(server: &LambdaServer, auth: &str, more: &str) -> String {
    let url = format!("http://{}", server.address());
    let lambda = format!("{{functionName: echo, endpointURL: \"{url}\"{more}}}");
    backend("echo", &format!("{{aws: {{accountId: \"123456789012\", {auth}lambda: {lambda}}}}}"))
}

pub(crate) const FROM_SECRET: &str = "auth: {type: Secret, secretRef: {name: aws}}, ";

/// A rule for all paths.
pub(crate) fn rule(more: &str) -> String {
    let reference = "{group: gateway.kgateway.dev, kind: Backend, name: echo}";
    route("app", &format!("  - backendRefs: [{reference}]\n    {more}\n"))
}

/// Nobody asks the metadata service of a cloud for credentials.
pub(crate) fn serve(resources: String) -> Gateway {
    Setup::new(resources).variable("AWS_EC2_METADATA_DISABLED", "true").start()
}

fn behind(server: &LambdaServer, more: &str, settings: &str) -> Gateway {
    let account = Account::example();
    serve(rule(settings) + &function(server, FROM_SECRET, more) + &credentials(&account))
}

#[test]
fn a_request_becomes_an_event_and_what_is_returned_the_response() {
    let server = LambdaServer::start(Account::example());
    server.answer_with(
        json!({
            "statusCode": 201,
            "headers": {"x-made-by": "echo"},
            "cookies": ["a=1", "b=2"],
            "body": BASE64_STANDARD.encode("hello"),
            "isBase64Encoded": true,
        })
        .to_string(),
    );
    let mut gateway = behind(&server, "", "");
    let request = post("/p?q=1&r=2", b"{}".to_vec()).header("content-type", "application/json");
    let response = gateway.send(&request.header("x-d", "1").header("x-d", "2"));
    assert_eq!((response.status, text(&response).as_str()), (201, "hello"));
    assert_eq!(values(&response, "x-made-by"), ["echo"]);
    assert_eq!(values(&response, "set-cookie"), ["a=1", "b=2"]);

    let [call] = &server.invocations()[..] else { panic!("one call") };
    assert_eq!(call.refused, None);
    assert_eq!((call.function.as_str(), call.arn.as_deref()), ("echo", Some(ARN)));
    assert_eq!(call.qualifier.as_deref(), Some("$LATEST"));
    assert_eq!(call.invocation_type, "RequestResponse");
    let event = &call.payload;
    assert_eq!((&event["method"], &event["raw_path"]), (&json!("POST"), &json!("/p?q=1&r=2")));
    assert_eq!((&event["body"], &event["headers"]["x-d"]), (&json!("{}"), &json!("1,2")));
    assert_eq!(event["query_string_parameters"], json!({"q": "1", "r": "2"}));
    assert_nothing_internal(event);
}

/// What is said between Envoy, the module and Lambda is none of the function's business.
#[track_caller]
fn assert_nothing_internal(event: &Value) {
    let headers = event["headers"].as_object().unwrap();
    let internal = |name: &&String| {
        ["x-kgwc", "x-envoy", "x-amz", "authorization"].iter().any(|start| name.starts_with(start))
    };
    let found: Vec<_> = headers.keys().filter(internal).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_get_has_an_event_too() {
    let server = LambdaServer::start(Account::example());
    let mut gateway = behind(&server, "", "");
    assert_eq!(gateway.get("/a%20b").status, 200);
    let [call] = &server.invocations()[..] else { panic!("one call") };
    assert_eq!(call.refused, None);
    assert_eq!(call.payload["method"], "GET");
    assert_eq!(call.payload["raw_path"], "/a%20b");
}

#[test]
fn nobody_waits_for_an_async_call() {
    let server = LambdaServer::start(Account::example());
    let mut gateway = behind(&server, ", invocationMode: Async, qualifier: prod", "");
    assert_eq!(gateway.send(&post("/", b"x".to_vec())).status, 202);
    let [call] = &server.invocations()[..] else { panic!("one call") };
    assert_eq!(call.refused, None);
    assert_eq!(call.invocation_type, "Event");
    assert_eq!((call.arn.as_deref(), call.qualifier.as_deref()), (Some(ARN), Some("prod")));
}

#[test]
fn without_a_transformation_the_body_is_the_event_and_what_is_returned_the_body() {
    let server = LambdaServer::start(Account::example());
    server.answer_with(r#"{"statusCode": 500, "any": "thing"}"#);
    let mut gateway = behind(&server, ", payloadTransformMode: None", "");
    let response = gateway.send(&post("/p", br#"{"my": "event"}"#.to_vec()));
    assert_eq!(response.status, 200);
    assert_eq!(text(&response), r#"{"statusCode": 500, "any": "thing"}"#);
    let [call] = &server.invocations()[..] else { panic!("one call") };
    assert_eq!((&call.refused, &call.payload), (&None, &json!({"my": "event"})));
}

#[test]
fn a_client_does_not_speak_to_lambda() {
    let server = LambdaServer::start(Account::example());
    let mut gateway = behind(&server, "", "");
    let request = [
        "x-amz-client-context",
        "x-amz-log-type",
        "x-amz-invocation-type",
        "x-amz-security-token",
        "x-amz-date",
        "x-amz-content-sha256",
        "x-amz-tenant-id",
    ]
    .into_iter()
    .fold(get("/"), |request, name| request.header(name, "Event"));
    assert_eq!(gateway.send(&request.header("authorization", "Bearer mine")).status, 200);
    let [call] = &server.invocations()[..] else { panic!("one call") };
    assert_eq!((&call.refused, call.invocation_type.as_str()), (&None, "RequestResponse"));
    let requests = server.requests();
    for name in ["x-amz-client-context", "x-amz-log-type", "x-amz-tenant-id"] {
        assert_eq!(requests[0].header(name), None, "{name}");
    }
}

/// A second try has to wrap the request, and not what the first one has made of it.
#[test]
fn each_try_has_the_same_event_and_a_signature_of_its_own() {
    let mut account = Account::example();
    account.session_token = Some("TOKEN".to_owned());
    for more in ["", ", invocationMode: Async", ", payloadTransformMode: None"] {
        for retry in ["attempts: 2, codes: [503]", "attempts: 2, codes: [503], backoff: 20ms"] {
            let server = LambdaServer::start(account.clone());
            server.reply_once(Reply::new(503, ""));
            server.reply_once(Reply::close());
            let settings = format!("retry: {{{retry}}}");
            let resources =
                rule(&settings) + &function(&server, FROM_SECRET, more) + &credentials(&account);
            let mut gateway = serve(resources);
            let body = br#"{"a": "body"}"#.to_vec();
            let status = gateway.send(&post("/p?q=1", body)).status;
            let calls = server.invocations();
            assert!(matches!(status, 200 | 202), "{status} {calls:#?}");
            assert_eq!(calls.len(), 3, "{more} {retry}");
            for call in &calls {
                assert_eq!(call.refused, None, "{more} {retry}");
                assert_eq!(call.payload, calls[0].payload, "{more} {retry}");
                assert!(!call.payload.to_string().contains("TOKEN"));
                if !more.contains("None") {
                    assert_eq!(call.payload["raw_path"], "/p?q=1");
                    assert_nothing_internal(&call.payload);
                }
            }
        }
    }
}

#[test]
fn large_bodies_pass_both_ways() {
    let server = LambdaServer::start(Account::example());
    let mut gateway = behind(&server, "", "");
    let body: Vec<u8> = (0..2_000_000_u32).map(|n| (n % 256) as u8).collect();
    let encoded = BASE64_STANDARD.encode(&body);
    server.answer_with(json!({"body": encoded, "isBase64Encoded": true}).to_string());
    let response = gateway.send(&post("/", body.clone()));
    assert_eq!(response.status, 200);
    assert!(response.body == body);
    let [call] = &server.invocations()[..] else { panic!("one call") };
    assert_eq!(call.refused, None);
    assert!(call.payload["body"] == encoded && call.payload["is_base64_encoded"] == true);
}
