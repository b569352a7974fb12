//! The pages of `docs/src/codes/`: each example gives its code and nothing else, prints what stands
//! there, and is fine once mended. `UPDATE_EXPECT=1 cargo test --workspace --test codes` writes the
//! output in the pages and the list of all codes anew.

use expect_test::expect_file;
use kgwc::diagnostic::Code;
use kgwc::lint::LINTS;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is in `routes.yaml` where a page does not say it.
const ROUTE: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: app}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: app, port: 80}]}]
";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src/codes")
}

/// Runs a command of a page in a folder with that `routes.yaml` and `kgwc.toml`; its status and all
/// it printed.
fn run(command: &str, routes: &[u8], settings: Option<&str>) -> (i32, String) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("routes.yaml"), routes).expect("a file");
    if let Some(settings) = settings {
        fs::write(folder.path().join("kgwc.toml"), settings).expect("a file");
    }
    let arguments: Vec<_> = command.split_whitespace().collect();
    assert_eq!(arguments[0], "kgwc", "{command}");
    let output = Command::new(env!("CARGO_BIN_EXE_kgwc"))
        .args(&arguments[1..])
        .current_dir(folder.path())
        .output()
        .expect("kgwc runs");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).expect("text");
    (output.status.code().expect("no signal"), text)
}

/// The section under a heading.
fn section<'p>(page: &'p str, heading: &str) -> &'p str {
    let (_, rest) = page.split_once(&format!("\n## {heading}\n")).expect(heading);
    rest.split("\n## ").next().unwrap_or(rest)
}

/// The first block of a language in a section.
fn block<'p>(section: &'p str, language: &str) -> Option<&'p str> {
    let (_, rest) = section.split_once(&format!("```{language}\n"))?;
    Some(&rest[..rest.find("```").expect("an end of the block")])
}

fn command(section: &str) -> Option<&str> {
    let (command, _) = block(section, "console")?.split_once('\n')?;
    Some(command.strip_prefix("$ ").expect("a command"))
}

/// What is in `routes.yaml` where that is nothing to show in a page.
fn unprintable(code: Code) -> Vec<u8> {
    match code {
        Code::TooLarge => vec![b'#'; 40 << 20],
        // The first bytes of what gzip writes.
        Code::NotText => b"\x1f\x8b\x08\x00\x00\x00\x00\x00".to_vec(),
        _ => Vec::new(),
    }
}

/// The codes in what `kgwc` printed: `error[CODE]: ...`.
fn codes(told: &str) -> BTreeMap<&str, &str> {
    let heads = told.lines().filter_map(|line| {
        let (severity, rest) = line.split_once('[')?;
        let (code, _) = rest.split_once("]: ")?;
        ["error", "warning", "note"].contains(&severity).then_some((code, severity))
    });
    heads.collect()
}

#[test]
fn every_page_keeps_its_word() {
    let mut by_severity = BTreeMap::<&str, Vec<Code>>::new();
    for &code in Code::ALL {
        let page = code.page();
        let head = format!("# {code}\n\n{}\n\n", code.summary());
        assert!(page.starts_with(&head), "the page of {code} begins with name and summary");

        let example = section(page, "Example");
        let wrong = block(example, "yaml");
        let settings = block(example, "toml");
        let routes = match (wrong, settings) {
            (Some(yaml), _) => yaml.as_bytes().to_vec(),
            (None, Some(_)) => ROUTE.as_bytes().to_vec(),
            (None, None) => unprintable(code),
        };
        let asked = command(example).expect("a command");
        let (_, told) = run(asked, &routes, settings);
        let found = codes(&told);
        assert_eq!(found.keys().collect::<Vec<_>>(), [&code.as_str()], "{code}:\n{told}");
        let severity = ["error", "warning", "note"];
        let severity = severity.into_iter().find(|s| *s == found[code.as_str()]).expect("one");
        by_severity.entry(severity).or_default().push(code);

        let told = told.split("\nFor more: ").next().unwrap_or_default().trim_end();
        let printed = format!("```console\n$ {asked}\n{told}\n```\n");
        let written = format!("```console\n{}```\n", block(example, "console").expect("output"));
        let anew = page.replacen(&written, &printed, 1);
        expect_file![folder().join(format!("{code}.md"))].assert_eq(&anew);

        let mending = section(page, "How to mend it");
        let mended = block(mending, "yaml").or(wrong).unwrap_or(ROUTE);
        assert!(block(mending, "yaml").is_some() || command(mending).is_some(), "{code}");
        let asked = command(mending).unwrap_or(asked);
        let (status, told) = run(asked, mended.as_bytes(), block(mending, "toml"));
        assert_eq!((status, codes(&told)), (0, BTreeMap::new()), "{code}, mended:\n{told}");

        assert_eq!(page.contains("\n## How to silence it\n"), LINTS.contains(&code), "{code}");
    }
    expect_file![folder().join("index.md")].assert_eq(&index(&by_severity));
}

/// The list of all pages.
fn index(by_severity: &BTreeMap<&str, Vec<Code>>) -> String {
    let mut text = "# Codes\n\nEvery problem that kgwc reports has a code, in brackets after its \
                    severity: `error[invalid-value]`. Codes never change, and none is used again \
                    for something else. `kgwc explain-code CODE` prints these pages.\n"
        .to_owned();
    let is_lint = |code: &&Code| LINTS.contains(code);
    let of = |severity: &str| by_severity.get(severity).into_iter().flatten();
    let errors: Vec<_> = of("error").collect();
    let warnings: Vec<_> = of("warning").filter(|code| !is_lint(code)).collect();
    let lints: Vec<_> = of("warning").filter(is_lint).collect();
    let notes: Vec<_> = of("note").collect();
    let sections = [
        ("Errors", "The input cannot be used as it is: commands end with status 1.", errors),
        ("Warnings", "The input works, and a part of it does not do what it says.", warnings),
        (
            "Warnings that can be silenced",
            "Legal, and usually wrong. `--allow CODE` and the annotation `kgwc.dev/allow` silence \
             them.",
            lints,
        ),
        ("Notes", "What is taken for granted; shown with `-v`.", notes),
    ];
    for (title, what, codes) in sections {
        write!(text, "\n## {title}\n\n{what}\n\n| code | what it is |\n|---|---|\n").expect("text");
        for code in codes {
            writeln!(text, "| [`{code}`]({code}.md) | {} |", code.summary()).expect("text");
        }
    }
    text
}

#[test]
fn there_is_a_page_for_each_code_and_for_nothing_else() {
    let mut found: Vec<_> = fs::read_dir(folder())
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    found.sort();
    let mut wanted: Vec<_> = Code::ALL.iter().map(|code| format!("{code}.md")).collect();
    wanted.push("index.md".to_owned());
    wanted.sort();
    assert_eq!(found, wanted);
}

#[test]
fn the_command_prints_the_page_or_the_list() {
    let page = run("kgwc explain-code wrong-type", b"", None);
    assert_eq!(page, (0, Code::WrongType.page().to_owned()));
    let both = run("kgwc explain-code wrong-type too-deep", b"", None).1;
    assert_eq!(both, format!("{}\n{}", Code::WrongType.page(), Code::TooDeep.page()));

    let pasted = run("kgwc explain-code error[wrong-type]:", b"", None);
    assert_eq!(pasted, page);

    let (status, list) = run("kgwc explain-code", b"", None);
    assert_eq!((status, list.lines().count()), (0, Code::ALL.len()));
    assert!(list.contains("wrong-type  "), "{list}");

    let (status, told) = run("kgwc explain-code wrong-typ", b"", None);
    assert_eq!(status, 2);
    assert!(told.contains("there is no code `wrong-typ`; did you mean `wrong-type`?"), "{told}");
}
