//! Each block of YAML of the article, as it stands there, compiled by the program.

use expect_test::expect_file;
use kgwc_tests::{kgwc, repository};

/// Its answer to one block: the plugin configuration, if it gives one, and what it says.
fn check(block: u32) {
    let output = kgwc!().run(["compile", &format!("tests/article/{block:02}.yaml")]);
    let golden = repository(format!("tests/golden/article/{block:02}"));
    let told = format!("exit status {}\n{}", output.status.unwrap(), output.stderr);
    expect_file![golden.with_extension("txt")].assert_eq(&told);
    if output.status == Some(0) {
        // Written in one line; here it is for people to read.
        let config: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
        let pretty = serde_json::to_string_pretty(&config).unwrap() + "\n";
        expect_file![golden.with_extension("json")].assert_eq(&pretty);
    } else {
        assert_eq!(output.stdout, "", "where the input has errors nothing is written");
    }
}

#[test]
fn every_block_does_what_it_says() {
    let blocks = std::fs::read_dir(repository("tests/article")).unwrap().count();
    assert_eq!(blocks, 12);
    (1..=12).for_each(check);
}

#[test]
fn a_route_and_what_it_refers_to_may_come_in_several_blocks() {
    let both = ["compile", "tests/article/06.yaml", "tests/article/07.yaml"];
    let config: serde_json::Value = serde_json::from_str(&kgwc!().run(both).fine()).unwrap();
    assert_eq!(config["gateway"], "httpbin/http");
    let url = "http://any.example/direct-response";
    let explained = kgwc!().run(["explain", both[1], both[2], url, "--output", "json"]).fine();
    let decision: serde_json::Value = serde_json::from_str(&explained).unwrap();
    assert_eq!(decision["response"]["status"], 404);
    assert_eq!(decision["response"]["body"], "User-agent: *\nDisallow: /direct-response\n");
}
