//! Requests that no client sends are neither explained nor recorded.

use crate::run::Folder;

#[test]
fn explain_takes_what_a_client_sends() {
    let folder = Folder::new();
    let fine = "http://httpbin.example.com/post";
    let runs: [(&[&str], &str); 11] = [
        (
            &["http://a/b c"],
            "http://a/b c has a space, which no client sends in a URL: write it as %20",
        ),
        (
            &["http://a b/"],
            "http://a b/ has a space, which no client sends in a URL: write it as %20",
        ),
        (
            &["http://a/\r\n::error::"],
            "http://a/\\r\\n::error:: has a control character, which no client sends in a URL: \
             write it as %0D",
        ),
        (
            &["http://[::1/status"],
            "http://[::1/status is no URL of the form http[s]://host[:port]/path",
        ),
        (&["-X", "", fine], "`` is no method: it has letters, digits and any of !#$%&'*+-.^_`|~"),
        (
            &["-X", "GET /", fine],
            "`GET /` is no method: it has letters, digits and any of !#$%&'*+-.^_`|~",
        ),
        (
            &["-H", "a b: c", fine],
            "`a b` is no name of a header: it has letters, digits and any of !#$%&'*+-.^_`|~",
        ),
        (
            &["-H", "a: b\nc", fine],
            "the value of `a` has an end of a line or a NUL, which no client sends",
        ),
        (
            &["-H", "a: b\r\n", fine],
            "the value of `a` has an end of a line or a NUL, which no client sends",
        ),
        (&["-H", "host: a b", fine], "`a b` is no host"),
        (
            &["-H", "Transfer-Encoding: chunked", fine],
            "`Transfer-Encoding` belongs to the connection, not to the request: leave it out",
        ),
    ];
    for (args, said) in runs {
        let run = folder.run(["explain", "examples/matches"].iter().chain(args));
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{args:?}");
        assert_eq!(run.stderr, format!("kgwc: {said}\n"), "{args:?}");
    }
    let sent = ["-X", "post", "-H", "user: me", "-H", "host: www.example.com"];
    let args = ["explain", "examples/matches", "http://a.example/status/200"];
    let text = folder.run(args.into_iter().chain(sent)).fine();
    assert!(text.contains("post /status/200 to host www.example.com"), "{text}");
}

#[test]
fn record_finds_no_request_that_cannot_be_sent() {
    let folder = Folder::new();
    let matches = [
        "queryParams: [{name: q, value: a b}]",
        "queryParams: [{name: q, value: a&b}]",
        "queryParams: [{name: q, value: 'a#b'}]",
        "headers: [{name: x, type: RegularExpression, value: 'a\\nb'}]",
        "headers: [{name: content-length, value: '3'}]",
        "headers: [{name: transfer-encoding, value: chunked}]",
        "method: CONNECT",
        "path: {value: /fine}",
    ];
    let matches: String = matches.iter().map(|m| format!("    - {m}\n")).collect();
    let route = format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: a}}\nspec:\n  \
         parentRefs: [{{name: edge}}]\n  rules:\n  - backendRefs: [{{name: b, port: 80}}]\n    \
         matches:\n{matches}"
    );
    folder.write("routes.yaml", &route);
    let run = folder.run(["test", "--engine", "native", "--record", "routes.yaml"]);
    let none = |index| {
        format!(
            "kgwc: default/edge: no request was found that default/a, rule 0, match {index} gets: \
             what it asks for cannot be sent\n"
        )
    };
    for index in 0..7 {
        assert!(run.stderr.contains(&none(index)), "{index}: {}{}", run.stderr, run.stdout);
    }
    let text = run.fine();
    assert_eq!(text.matches("- name: ").count(), 1, "{text}");
    folder.write("tests.yaml", &text);
    folder.run(["test", "--engine", "native", "routes.yaml", "tests.yaml"]).fine();
}
