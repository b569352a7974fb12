use serde_json::{Value, json};

use super::{Decoded, Decoder};
use crate::api::Object;
use crate::api::http_route::{Filter, HTTPRoute, PathMatchType, PathReplacement};
use crate::diagnostic::{Code, Diagnostic, ObjectId, Place, Severity};

const ID: ObjectId = ObjectId(7);

fn decode(value: Value) -> Result<Decoded, Vec<Diagnostic>> {
    Decoder::new().unwrap().decode(ID, value, &|_| None)
}

fn route(spec: Value) -> Value {
    json!({
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": { "name": "r" },
        "spec": spec,
    })
}

fn read_route(spec: Value) -> HTTPRoute {
    match decode(route(spec)).unwrap() {
        Decoded::Object { object: Object::HttpRoute(route), warnings } if warnings.is_empty() => {
            *route
        }
        other => panic!("{other:?}"),
    }
}

/// `path: message` and the help of every problem.
fn refused(value: Value) -> Vec<(String, Option<String>)> {
    decode(value)
        .unwrap_err()
        .into_iter()
        .map(|problem| match problem.place {
            Place::Field { path, .. } => (format!("{path}: {}", problem.message), problem.help),
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn defaults_are_filled_in() {
    let route = read_route(json!({"parentRefs": [{"name": "gw"}]}));
    let parent = &route.spec.parent_refs[0];
    assert_eq!(
        (parent.group.as_str(), parent.kind.as_str()),
        ("gateway.networking.k8s.io", "Gateway")
    );
    let [rule] = &*route.spec.rules else { panic!("{:?}", route.spec.rules) };
    let [only] = &*rule.matches else { panic!("{:?}", rule.matches) };
    assert_eq!((only.path.match_type, only.path.value.as_str()), (PathMatchType::PathPrefix, "/"));

    let route = read_route(json!({"rules": [{
        "matches": [],
        "backendRefs": [{"name": "a", "port": 80}],
        "filters": [{"type": "CORS", "cors": {}}],
    }]}));
    let rule = &route.spec.rules[0];
    assert_eq!(rule.matches.len(), 1, "a rule without matches is for every path");
    assert_eq!(rule.backend_refs[0].weight, 1);
    assert!(rule.backend_refs[0].backend.is_service());
    let Some(Filter::Cors(cors)) = rule.filters[0].kind() else { panic!("{:?}", rule.filters) };
    assert_eq!((cors.max_age, cors.allow_credentials), (5, false));
}

#[test]
fn defaults_do_not_need_the_decoder() {
    let value =
        route(json!({"rules": [{"matches": [{"headers": [{"name": "a", "value": "b"}]}]}]}));
    let route: HTTPRoute = serde_json::from_value(value).unwrap();
    assert_eq!(route.spec.rules[0].matches[0].path.value, "/");
}

#[test]
fn a_filter_is_one_with_its_settings() {
    let route = read_route(json!({"rules": [{"filters": [{
        "type": "URLRewrite",
        "urlRewrite": {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": ""}},
    }]}]}));
    let Some(Filter::UrlRewrite(rewrite)) = route.spec.rules[0].filters[0].kind() else {
        panic!("{:?}", route.spec.rules)
    };
    assert_eq!(
        rewrite.path.as_ref().and_then(|p| p.kind()),
        Some(PathReplacement::PrefixMatch(""))
    );
}

#[test]
fn a_number_in_place_of_a_string() {
    let spec =
        json!({"rules": [{"matches": [{"queryParams": [{"name": "version", "value": 2}]}]}]});
    assert_eq!(
        refused(route(spec)),
        [(
            "spec.rules[0].matches[0].queryParams[0].value: `value` must be a string, but 2 is a number"
                .to_owned(),
            Some("write it in quotes: \"2\"".to_owned())
        )]
    );
}

#[test]
fn all_problems_come_at_once_in_the_order_of_the_fields() {
    let spec = json!({
        "parentRefs": [{"name": "gw", "port": 0}],
        "hostnames": ["A.example.com"],
        "rules": [{"matches": [{"path": {"type": "Prefix", "value": "/"}}], "xyz": 1}],
    });
    let paths: Vec<String> = refused(route(spec))
        .into_iter()
        .map(|(text, _)| text.split(": ").next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(
        paths,
        [
            "spec.hostnames[0]",
            "spec.parentRefs[0].port",
            "spec.rules[0].matches[0].path.type",
            "spec.rules[0].xyz"
        ]
    );
}

#[test]
fn rules_do_not_run_on_what_the_schema_refuses() {
    // The path would break a rule too, but only the type is reported until it is mended.
    let spec = json!({"rules": [{"matches": [{"path": {"type": 1, "value": "a//b"}}]}]});
    let problems = refused(route(spec));
    assert_eq!(problems.len(), 1, "{problems:?}");
}

#[test]
fn two_entries_that_break_a_rule_are_two_problems() {
    let spec = json!({"hostnames": ["1.2.3.4", "ok.example.com", "5.6.7.8"]});
    let texts: Vec<String> = refused(route(spec)).into_iter().map(|(text, _)| text).collect();
    assert_eq!(
        texts,
        [
            "spec.hostnames[0]: hostname must not be an IP address",
            "spec.hostnames[2]: hostname must not be an IP address"
        ]
    );
}

#[test]
fn a_duplicate_shows_the_first_one() {
    let spec = json!({"rules": [{"matches": [{"headers": [
        {"name": "a", "value": "x"}, {"name": "a", "value": "y"},
    ]}]}]});
    let problems = decode(route(spec)).unwrap_err();
    assert_eq!(problems[0].code, Code::DuplicateEntry);
    let Place::Field { path, .. } = &problems[0].related[0].place else { panic!("{problems:?}") };
    assert_eq!(path.to_string(), "spec.rules[0].matches[0].headers[0]");
}

#[test]
fn the_older_backend_is_read_with_a_warning_that_shows_the_new_one() {
    let backend = json!({
        "apiVersion": "gateway.kgateway.dev/v1alpha1",
        "kind": "Backend",
        "metadata": {"name": "lambda", "namespace": "kgateway-system"},
        "spec": {"aws": {
            "region": "eu-west-1",
            "secretRef": {"name": "aws-creds", "namespace": "kgateway-system"},
            "lambdaFunctions": [{"lambdaFunctionName": "echo", "logicalName": "echo"}],
        }},
    });
    let Ok(Decoded::Object { warnings, .. }) = decode(backend) else { panic!("refused") };
    let [warning] = &*warnings else { panic!("{warnings:?}") };
    assert_eq!((warning.code, warning.severity), (Code::LegacyBackend, Severity::Warning));
    let help = warning.help.as_deref().unwrap_or_default();
    let (_, yaml) = help.split_once('\n').unwrap();
    assert_eq!(
        yaml,
        "apiVersion: gateway.kgateway.dev/v1alpha1
kind: Backend
metadata:
  name: lambda
  namespace: kgateway-system
spec:
  aws:
    accountId: \"000000000000\"
    auth:
      secretRef:
        name: aws-creds
      type: Secret
    lambda:
      functionName: echo
    region: eu-west-1"
    );
}

#[test]
fn kinds_that_are_not_needed_are_skipped_with_a_note() {
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": 1});
    let Ok(Decoded::Skipped(note)) = decode(deployment) else { panic!("not skipped") };
    assert_eq!((note.code, note.severity), (Code::SkippedKind, Severity::Note));
    assert_eq!(note.message, "Deployment (apps/v1) is not used and was skipped");
}

#[test]
fn what_is_no_object_is_refused() {
    for value in [
        json!(null),
        json!([1]),
        json!("text"),
        json!({}),
        json!({"kind": "HTTPRoute"}),
        json!({"apiVersion": 1, "kind": 2}),
    ] {
        let problems = decode(value.clone()).unwrap_err();
        assert_eq!(problems.len(), 1, "{value}");
        assert_eq!(problems[0].code, Code::NotAnObject, "{value}");
    }
}

#[test]
fn one_decoder_serves_many_threads() {
    let decoder = Decoder::new().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let good = route(json!({"hostnames": ["a.example.com"]}));
                assert!(decoder.decode(ID, good, &|_| None).is_ok());
                let bad = route(json!({"rules": [{"backendRefs": [{"name": "a"}]}]}));
                assert_eq!(
                    decoder.decode(ID, bad, &|_| None).unwrap_err()[0].code,
                    Code::InvalidRule
                );
            });
        }
    });
}
