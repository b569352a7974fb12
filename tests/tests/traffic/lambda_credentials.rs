//! Who calls a Lambda function, and the older shape of Backends.

use std::path::Path;

use kgwc::lower::{Endpoint, Endpoints, LambdaEndpoint, Lowered};
use kgwc::render::envoy::{Options, bootstrap};
use kgwc_tests::servers::{Account, LambdaServer, SignatureError};
use kgwc_tests::{load, repository};

use crate::fixture::{Setup, compile, get, values};
use crate::lambda::{FROM_SECRET, credentials, function, rule, serve};

fn temporary() -> Account {
    Account { session_token: Some("FwoGZXIvYXdzEXAMPLE//token==".to_owned()), ..Account::example() }
}

#[test]
fn temporary_credentials_of_a_secret() {
    let server = LambdaServer::start(temporary());
    let resources = rule("") + &function(&server, FROM_SECRET, "") + &credentials(&temporary());
    assert_eq!(serve(resources).get("/").status, 200);
    assert_eq!(server.invocations()[0].refused, None);
}

#[test]
fn a_wrong_secret_is_what_aws_says_it_is() {
    let server = LambdaServer::start(Account::example());
    let wrong = Account { secret_access_key: "wrong".to_owned(), ..Account::example() };
    let resources = rule("") + &function(&server, FROM_SECRET, "") + &credentials(&wrong);
    let response = serve(resources).get("/");
    assert_eq!(response.status, 403);
    assert_eq!(values(&response, "x-amzn-errortype"), ["InvalidSignatureException"]);
    assert_eq!(server.invocations()[0].refused, Some(SignatureError::Mismatch));
}

#[test]
fn without_a_secret_the_environment_of_envoy_says_who_calls() {
    let account = temporary();
    let server = LambdaServer::start(account.clone());
    let mut gateway = Setup::new(rule("") + &function(&server, "", ""))
        .variable("AWS_EC2_METADATA_DISABLED", "true")
        .variable("AWS_ACCESS_KEY_ID", &account.access_key_id)
        .variable("AWS_SECRET_ACCESS_KEY", &account.secret_access_key)
        .variable("AWS_SESSION_TOKEN", account.session_token.as_deref().unwrap())
        .start();
    assert_eq!(gateway.get("/").status, 200);
    assert_eq!(server.invocations()[0].refused, None);
}

/// The resources of `examples/lambda`, which are those of the article, with the key that the
/// server knows.
fn article() -> String {
    let text = std::fs::read_to_string(repository("examples/lambda/routes.yaml")).unwrap();
    let Account { access_key_id, secret_access_key, .. } = Account::example();
    assert!(text.contains("kind: Parameter"));
    text.replace("example-access-key", &access_key_id)
        .replace("example-secret-key", &secret_access_key)
}

/// The legacy shape has no way to say where Lambda is: it is the public endpoint.
fn lambda_at(server: &LambdaServer) -> impl FnOnce(&mut Lowered) + 'static {
    let (host, port) = (server.address().ip().to_string(), server.address().port());
    move |lowered| {
        for cluster in &mut lowered.clusters {
            if let Endpoints::Lambda(lambda) = &mut cluster.endpoints {
                let endpoint = Endpoint { host: host.clone(), port };
                lambda.endpoint = LambdaEndpoint { tls: false, endpoint };
            }
        }
    }
}

#[test]
fn the_function_of_the_article_is_called_by_its_name() {
    for retry in ["", "retry: {attempts: 1, codes: [503]}"] {
        let server = LambdaServer::start(Account::example());
        if !retry.is_empty() {
            server.reply_once(kgwc_tests::servers::Reply::new(503, ""));
        }
        let resources = article().replace("  - matches:", &format!("  - {retry}\n    matches:"));
        let mut gateway = Setup::new(resources)
            .variable("AWS_EC2_METADATA_DISABLED", "true")
            .edit(lambda_at(&server))
            .start();
        assert_eq!(gateway.send(&get("/echo/p?q=1")).status, 200);
        let calls = server.invocations();
        assert_eq!(calls.len(), if retry.is_empty() { 1 } else { 2 });
        for (call, request) in calls.iter().zip(server.requests()) {
            assert_eq!(call.refused, None);
            let expected = "/2015-03-31/functions/echo/invocations?Qualifier=%24LATEST";
            assert_eq!(request.path, expected);
            assert_eq!((call.function.as_str(), &call.arn), ("echo", &None));
            assert_eq!(call.qualifier.as_deref(), Some("$LATEST"));
            assert_eq!(call.payload["raw_path"], "/echo/p?q=1");
        }
    }
}

/// What a test cannot call: the name and the certificate of the public endpoint.
#[test]
fn the_function_of_the_article_is_at_the_public_endpoint() {
    let loaded = load(&repository("examples/lambda/routes.yaml"));
    let (_, lowered) = &loaded.compiled.gateways[0];
    let document = bootstrap(lowered, &Options::on_free_ports(lowered, "kgwc.wasm".to_owned()));
    let clusters = document["static_resources"]["clusters"].as_array().unwrap();
    let cluster = clusters.iter().find(|c| c.to_string().contains("aws_lambda")).unwrap();
    let address = cluster.pointer("/load_assignment/endpoints/0/lb_endpoints/0/endpoint/address");
    let address = &address.unwrap()["socket_address"];
    assert_eq!(address["address"], "lambda.us-east-1.amazonaws.com");
    assert_eq!(address["port_value"], 443);
    let tls = &cluster["transport_socket"]["typed_config"];
    assert_eq!(tls["sni"], "lambda.us-east-1.amazonaws.com");
    let validation = &tls["common_tls_context"]["validation_context"];
    assert!(Path::new(validation["trusted_ca"]["filename"].as_str().unwrap()).is_absolute());
    let names = &validation["match_typed_subject_alt_names"];
    assert_eq!(names[0]["matcher"]["exact"], "lambda.us-east-1.amazonaws.com");
}

#[test]
fn a_missing_secret_calls_nobody() {
    let server = LambdaServer::start(Account::example());
    let resources = rule("") + &function(&server, FROM_SECRET, "");
    assert!(!compile(&resources, route::config::Observe::default()).diagnostics.is_empty());
    let mut gateway = Setup::new(resources).keep_going().start();
    assert_eq!(gateway.get("/").status, 500);
    assert_eq!(server.requests().len(), 0);
}
