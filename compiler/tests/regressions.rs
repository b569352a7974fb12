//! One test for each mistake that was made once and must not come back.

use kgwc::diagnostic::Severity;
use kgwc::lower;
use kgwc::pipeline::{Compiled, Input, Options};
use kgwc::source::Sources;
use kgwc::testing::{Engine, Native, Prepared, Report, Suite, Verdict};

fn read(yaml: &str) -> Input {
    let (sources, found) = Sources::from_text("input.yaml", yaml);
    Input::new(sources, found).expect("the schemas of this program")
}

fn route(name: &str, parent: &str, rules: &str) -> String {
    format!(
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: {name}}}\n\
         spec:\n  parentRefs: [{parent}]\n  rules: {rules}\n"
    )
}

/// The backend that a request gets, or its status.
fn answer(compiled: &Compiled, url: &str, headers: &[(&str, &str)]) -> String {
    let mut native = Native::new(&compiled.gateways[0].1.config).expect("a table");
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let request = Prepared::new("GET", url, headers).expect("a URL");
    let outcome = native.send(&request, None).expect("an answer");
    outcome.backend.unwrap_or_else(|| outcome.status.to_string())
}

/// The results of the cases of a RouteTest, in the native engine.
fn tested(cases: &str) -> Report {
    let yaml = route(
        "app",
        "{name: edge}",
        "[{matches: [{path: {value: /app}}], backendRefs: [{name: app, port: 80}]}]",
    ) + "---\napiVersion: kgwc.dev/v1alpha1\nkind: RouteTest\nmetadata: {name: t}\ncases:\n"
        + cases;
    let input = read(&yaml);
    let gateways = input.compile(&Options::default()).gateways;
    let suite = Suite { index: &input.index, gateways: &gateways, is_complete: true, ran: &|| {} };
    let report = suite.run(&Default::default(), |lowered| {
        Native::new(&lowered.config).map(|engine| Box::new(engine) as Box<dyn Engine>)
    });
    report.expect("a table")
}

#[test]
fn expectations_about_what_is_not_there_fail() {
    let report = tested(
        r#"
- {name: shares of a 404, request: {url: "http://a.test/x"}, expect: {backends: {"app:80": 1}}}
- {name: a share of nobody, request: {url: "http://a.test/app"}, expect: {backends: {"app:80": 1, "zzz:80": 0}}}
- {name: a rule of a 404, request: {url: "http://a.test/x"}, expect: {rule: 3}}
- {name: a mirror, request: {url: "http://a.test/app"}, expect: {mirrors: [app]}}
- {name: a timeout, request: {url: "http://a.test/app"}, expect: {timeouts: {request: 10s}}}
- {name: another backend, request: {url: "http://a.test/app"}, expect: {backend: other}}
- {name: another port, request: {url: "http://a.test:81/app"}, expect: {backend: app}}
"#,
    );
    assert_eq!(report.cases.len(), 7);
    for case in report.cases {
        assert!(matches!(case.verdict, Verdict::Failed(_)), "{} passed", case.name);
    }
}

#[test]
fn sections_of_one_port_share_the_implied_listener() {
    let rules = |name: &str| {
        format!(
            "[{{matches: [{{path: {{value: /{name}}}}}], backendRefs: [{{name: {name}, port: 80}}]}}]"
        )
    };
    let yaml = route("a", "{name: edge, sectionName: https-a}", &rules("a"))
        + &route("b", "{name: edge, sectionName: https-b}", &rules("b"));
    let compiled = read(&yaml).compile(&Options::default());
    assert_eq!(answer(&compiled, "https://x.test/a", &[]), "default/a:80");
    assert_eq!(answer(&compiled, "https://x.test/b", &[]), "default/b:80");
}

#[test]
fn a_section_has_the_port_that_a_reference_names() {
    let rules = "[{backendRefs: [{name: app, port: 80}]}]";
    let yaml = route("a", "{name: edge, sectionName: http}", rules)
        + &route("b", "{name: edge, sectionName: http, port: 8080}", rules);
    let compiled = read(&yaml).compile(&Options::default());
    assert_eq!(answer(&compiled, "http://x.test:8080/", &[]), "default/app:80");
    assert!(!compiled.diagnostics.iter().any(|d| d.code.as_str() == "no-matching-parent"));
}

#[test]
fn two_backends_never_share_a_cluster() {
    let rules = "[{backendRefs: [{name: app, port: 80}, {name: app, port: 8080}]}]";
    let lower = lower::Options {
        cluster_names: "{name}".parse().expect("a template"),
        ..lower::Options::default()
    };
    let options = Options { lower, ..Options::default() };
    let compiled = read(&route("a", "{name: edge}", rules)).compile(&options);
    let told = compiled.diagnostics.iter().find(|d| d.code.as_str() == "cluster-name-collision");
    assert_eq!(
        told.expect("an error").message,
        "default/app:80 and default/app:8080 would share the cluster app"
    );
    assert_eq!(compiled.gateways[0].1.clusters.len(), 1);
}

#[test]
fn a_header_pattern_that_does_not_parse_fails_only_requests_with_that_header() {
    let yaml = route(
        "bad",
        "{name: edge}",
        "[{matches: [{path: {value: /x}, headers: [{name: h, type: RegularExpression, value: \"(?=a)b\"}]}], backendRefs: [{name: bad, port: 80}]}]",
    ) + &route(
        "good",
        "{name: edge}",
        "[{matches: [{path: {value: /x}}], backendRefs: [{name: good, port: 80}]}]",
    );
    let compiled = read(&yaml).compile(&Options::default());
    assert_eq!(answer(&compiled, "http://a.test/x", &[]), "default/good:80");
    assert_eq!(answer(&compiled, "http://a.test/x", &[("h", "anything")]), "500");
}

#[test]
fn a_pattern_that_explodes_fails_only_the_requests_that_it_could_match() {
    let yaml = route(
        "bad",
        "{name: edge}",
        "[{matches: [{path: {type: RegularExpression, value: \"/(a|b)*a(a|b){20}\"}}], backendRefs: [{name: bad, port: 80}]}]",
    ) + &route("good", "{name: edge}", "[{backendRefs: [{name: good, port: 80}]}]");
    let compiled = read(&yaml).compile(&Options::default());
    assert_eq!(answer(&compiled, "http://x.test/other", &[]), "default/good:80");
    assert_eq!(answer(&compiled, "http://x.test/baaaaaaaaaaaaaaaaaaaaaaaa", &[]), "500");
}

#[test]
fn a_gateway_that_was_refused_is_not_replaced_by_an_open_one() {
    let yaml = route("app", "{name: edge}", "[{backendRefs: [{name: app, port: 80}]}]")
        + "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: edge}\n\
           spec: {gatewayClassName: c, listeners: [{name: http, port: 99999, protocol: HTTP}]}\n";
    let compiled = read(&yaml).compile(&Options::default());
    assert!(compiled.gateways.is_empty());
    let errors: Vec<_> = compiled.diagnostics.iter().map(|d| d.code.as_str()).collect();
    assert!(
        !errors.contains(&"implied-gateway") && !errors.contains(&"no-matching-parent"),
        "{errors:?}"
    );
}

#[test]
fn nothing_of_a_secret_is_shown() {
    let head = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n";
    for rest in [
        "data: {tls.key: TOPSECRET, tls.key: TOPSECRET}\n",
        "data:\n  a: b\n   tls.key: TOPSECRET\n",
        "data:\n  tls.key TOPSECRET\n  a: b\n",
        "data:\n  tls.key: !!binary TOPSECRET\n",
        "stringData:\n  tls.key: [TOPSECRET]\n",
        "stringData:\n  tls.key: &k [TOPSECRET]\n  b: *k\n",
        "typo: TOPSECRET\n",
        "stringData: \"TOPSECRET\n",
    ] {
        let yaml = format!("{head}{rest}");
        let input = read(&yaml);
        let told = input.compile(&Options::default()).diagnostics;
        assert!(told.iter().any(|d| d.code.as_str() != "no-input"), "{rest}");
        for text in [
            kgwc::render::diagnostics::text::render(&told, &input.sources, false),
            kgwc::render::diagnostics::json::render(&told, &input.sources),
            kgwc::render::diagnostics::github::render(&told, &input.sources),
            kgwc::render::diagnostics::sarif::render(&told, &input.sources),
        ] {
            assert!(!text.contains("TOPSECRET"), "{rest}\n{text}");
        }
    }
}

#[test]
fn a_parameter_of_a_service_is_an_error_and_names_no_other_cluster() {
    let parameter = "{type: ExtensionRef, extensionRef: {group: gateway.kgateway.dev, kind: Parameter, name: f}}";
    let rules = format!("[{{backendRefs: [{{name: app, port: 80, filters: [{parameter}]}}]}}]");
    let compiled = read(&route("a", "{name: edge}", &rules)).compile(&Options::default());
    let codes: Vec<_> = compiled.diagnostics.iter().map(|d| d.code.as_str()).collect();
    assert!(codes.contains(&"incompatible-filters"), "{codes:?}");
    assert_eq!(answer(&compiled, "http://a.test/", &[]), "500");
    let clusters = compiled.gateways[0].1.clusters.iter().map(|cluster| cluster.name.as_str());
    assert_eq!(clusters.collect::<Vec<_>>(), ["default/app:80"]);
}

/// Found by the fuzz target `sources`.
#[test]
fn an_older_backend_without_proper_metadata_is_an_error_and_nothing_more() {
    for metadata in ["edge", "[edge]", "1"] {
        let input = read(&format!(
            "apiVersion: gateway.kgateway.dev/v1alpha1\nkind: Backend\nmetadata: {metadata}\n\
             spec: {{type: AWS, aws: {{lambdaFunctions: [{{lambdaFunctionName: one, \
             logicalName: app}}]}}}}\n"
        ));
        let errors = input.diagnostics.iter().filter(|d| d.severity == Severity::Error);
        let messages: Vec<_> = errors.map(|error| error.message.as_str()).collect();
        let [message] = messages[..] else { panic!("{metadata}: {messages:?}") };
        assert!(message.starts_with("`metadata` must be a mapping, but "), "{message}");
    }
}
