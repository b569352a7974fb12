//! AWS Lambda: a server that verifies the signatures stands in place of the service.

use kgwc::lower::{Endpoint, Endpoints, LambdaEndpoint};
use kgwc_tests::servers::{Account, LambdaServer, Reply};
use serde_json::{Value, json};
use std::net::SocketAddr;

use crate::fixture::{Gateway, PATIENCE, Setup, get, post, text, values};
use crate::resources::{backend, route, secret};

/// Never asks the metadata service of a cloud for credentials.
const NO_CLOUD: (&str, &str) = ("AWS_EC2_METADATA_DISABLED", "true");

fn credentials(account: &Account) -> String {
    let mut data = vec![
        ("accessKey", account.access_key_id.as_str()),
        ("secretKey", account.secret_access_key.as_str()),
    ];
    data.extend(account.session_token.as_deref().map(|token| ("sessionToken", token)));
    secret("aws", &data)
}

/// A Backend `function` in the current shape at that endpoint; `more` are fields of `lambda`.
fn function(endpoint: SocketAddr, auth: bool, more: &str) -> String {
    let auth = if auth { "auth: {type: Secret, secretRef: {name: aws}}, " } else { "" };
    backend(
        "function",
        &format!(
            "{{aws: {{accountId: \"123456789012\", {auth}lambda: {{functionName: echo, \
             endpointURL: \"http://{endpoint}\"{more}}}}}}}"
        ),
    )
}

fn rule(more: &str) -> String {
    route(
        "app",
        &format!(
            "  - backendRefs: [{{group: gateway.kgateway.dev, kind: Backend, name: function}}]\n{more}"
        ),
    )
}

fn serve(resources: String) -> Gateway {
    Setup::new(resources).variable(NO_CLOUD.0, NO_CLOUD.1).start()
}

fn event(payload: &Value, field: &str) -> Value {
    payload.get(field).cloned().unwrap_or_else(|| panic!("no {field} in {payload}"))
}

#[test]
fn a_function_gets_the_request_and_its_answer_becomes_the_response() {
    let account = Account::example();
    let server = LambdaServer::start(account.clone());
    server.answer_with(
        json!({"statusCode": 201, "headers": {"x-function": "echo"}, "body": "made"}).to_string(),
    );
    let mut gateway =
        serve(rule("") + &credentials(&account) + &function(server.address(), true, ""));
    let request = post("/items?a=1", b"{\"x\":1}".to_vec())
        .header("content-type", "application/json")
        .header("x-mine", "yes")
        .header("authorization", "of the client")
        .header("x-amz-client-context", "of the client");
    let response = gateway.send(&request);
    assert_eq!((response.status, text(&response).as_str()), (201, "made"));
    assert_eq!(values(&response, "x-function"), ["echo"]);

    let [invocation] = &server.invocations()[..] else { panic!("{:?}", server.invocations()) };
    assert!(invocation.refused.is_none(), "{invocation:?}");
    assert_eq!(
        (invocation.function.as_str(), invocation.qualifier.as_deref()),
        ("echo", Some("$LATEST"))
    );
    assert_eq!(invocation.invocation_type, "RequestResponse");
    assert_eq!(event(&invocation.payload, "raw_path"), "/items?a=1");
    assert_eq!(event(&invocation.payload, "method"), "POST");
    assert_eq!(event(&invocation.payload, "body"), "{\"x\":1}");
    assert_eq!(event(&invocation.payload, "headers")["x-mine"], "yes");
    let received = &server.requests()[0];
    assert_eq!(received.header("x-amz-client-context"), None, "Lambda would take it for ours");
    for (name, _) in &received.headers {
        assert!(!name.starts_with("x-kgwc-"), "{name}");
    }
}

#[test]
fn an_asynchronous_call_is_not_waited_for() {
    let account = Account::example();
    let server = LambdaServer::start(account.clone());
    let more = ", invocationMode: Async, qualifier: prod";
    let mut gateway =
        serve(rule("") + &credentials(&account) + &function(server.address(), true, more));
    assert_eq!(gateway.send(&post("/", b"{}".to_vec())).status, 202);
    let invocation = server.invocations().remove(0);
    assert!(invocation.refused.is_none(), "{invocation:?}");
    assert_eq!(invocation.invocation_type, "Event");
    assert_eq!(invocation.qualifier.as_deref(), Some("prod"));
}

#[test]
fn a_function_can_get_the_body_alone() {
    let account = Account::example();
    let server = LambdaServer::start(account.clone());
    server.answer_with("{\"as\":\"it is\"}");
    let more = ", payloadTransformMode: None";
    let mut gateway =
        serve(rule("") + &credentials(&account) + &function(server.address(), true, more));
    let response = gateway.send(&post("/any", b"{\"only\":\"this\"}".to_vec()));
    assert_eq!((response.status, text(&response).as_str()), (200, "{\"as\":\"it is\"}"));
    assert_eq!(server.invocations()[0].payload, json!({"only": "this"}));
}

#[test]
fn wrong_credentials_are_refused_by_lambda() {
    let account = Account::example();
    let server = LambdaServer::start(account.clone());
    let wrong = Account { secret_access_key: "another".to_owned(), ..account };
    let mut gateway =
        serve(rule("") + &credentials(&wrong) + &function(server.address(), true, ""));
    assert_eq!(gateway.get("/").status, 403);
}

#[test]
fn without_a_secret_the_environment_says_who_calls() {
    let account = Account::example();
    let server = LambdaServer::start(account.clone());
    server.answer_with("{\"statusCode\":200,\"body\":\"ok\"}");
    let mut setup = Setup::new(rule("") + &function(server.address(), false, ""))
        .variable(NO_CLOUD.0, NO_CLOUD.1)
        .variable("AWS_ACCESS_KEY_ID", &account.access_key_id)
        .variable("AWS_SECRET_ACCESS_KEY", &account.secret_access_key);
    if let Some(token) = &account.session_token {
        setup = setup.variable("AWS_SESSION_TOKEN", token);
    }
    let mut gateway = setup.start();
    assert_eq!(text(&gateway.get("/")), "ok");
    assert!(server.invocations()[0].refused.is_none());
}

/// A second try must not wrap the request that the first one has signed: the function would see
/// the credentials.
#[test]
fn a_function_is_called_again_with_the_same_event_and_no_credentials() {
    let account = Account::example();
    let server = LambdaServer::start(account.clone());
    server.reply_once(Reply::new(503, ""));
    server.answer_with("{\"statusCode\":200,\"body\":\"ok\"}");
    let mut gateway = serve(
        rule("    retry: {codes: [503], attempts: 2}\n")
            + &credentials(&account)
            + &function(server.address(), true, ""),
    );
    let response =
        gateway.send(&post("/again?x=1", b"body".to_vec()).header("content-type", "text/plain"));
    assert_eq!((response.status, text(&response).as_str()), (200, "ok"));
    let invocations = server.invocations();
    assert_eq!(invocations.len(), 2);
    for invocation in &invocations {
        assert!(invocation.refused.is_none(), "{invocation:?}");
        assert_eq!(event(&invocation.payload, "raw_path"), "/again?x=1");
        assert_eq!(event(&invocation.payload, "body"), "body");
        let payload = invocation.payload.to_string().to_lowercase();
        assert!(!payload.contains("authorization") && !payload.contains("x-amz-"), "{payload}");
    }
}

#[test]
fn a_large_body_reaches_a_function() {
    let account = Account::example();
    let server = LambdaServer::start(account.clone());
    server.answer_with("{\"statusCode\":200,\"body\":\"ok\"}");
    let mut gateway =
        serve(rule("") + &credentials(&account) + &function(server.address(), true, ""));
    let body = vec![b'x'; 2 * 1024 * 1024];
    let response = gateway.send(&post("/", body.clone()).header("content-type", "text/plain"));
    assert_eq!((response.status, text(&response).as_str()), (200, "ok"));
    let received = server.wait_for(1, PATIENCE);
    assert!(received[0].body.len() > body.len());
}

/// The article's shape knows no account: the function is called by its name, and the request is
/// signed after that. Its endpoint is the public one, so the test puts its own in place.
#[test]
fn a_function_of_the_older_shape_is_called_by_its_name() {
    let account = Account::example();
    let server = LambdaServer::start(account.clone());
    server.answer_with("{\"statusCode\":200,\"body\":\"by name\"}");
    let address = server.address();
    let functions = "lambdaFunctions: [{lambdaFunctionName: echo, logicalName: one}, \
                     {lambdaFunctionName: other, logicalName: two, qualifier: \"7\"}]";
    let older = backend("function", &format!("{{aws: {{secretRef: {{name: aws}}, {functions}}}}}"));
    let parameter = "filters: [{type: ExtensionRef, extensionRef: \
                     {group: gateway.kgateway.dev, kind: Parameter, name: two}}]";
    let rule = route(
        "app",
        &format!(
            "  - backendRefs: [{{group: gateway.kgateway.dev, kind: Backend, name: function, {parameter}}}]\n"
        ),
    );
    let setup = Setup::new(rule + &credentials(&account) + &older);
    let mut gateway = setup
        .variable(NO_CLOUD.0, NO_CLOUD.1)
        .edit(move |lowered| {
            let [cluster] = &mut lowered.clusters[..] else { panic!("one function is used") };
            let Endpoints::Lambda(lambda) = &mut cluster.endpoints else { panic!("no function") };
            assert_eq!(lambda.endpoint.endpoint.host, "lambda.us-east-1.amazonaws.com");
            let endpoint = Endpoint { host: address.ip().to_string(), port: address.port() };
            lambda.endpoint = LambdaEndpoint { tls: false, endpoint };
        })
        .start();
    assert_eq!(text(&gateway.send(&get("/x"))), "by name");
    let invocation = server.invocations().remove(0);
    assert!(invocation.refused.is_none(), "{invocation:?}");
    assert_eq!(
        (invocation.function.as_str(), invocation.qualifier.as_deref()),
        ("other", Some("7"))
    );
    assert_eq!(event(&invocation.payload, "raw_path"), "/x");
}
