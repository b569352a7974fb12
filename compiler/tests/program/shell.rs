//! Completions, manual pages, the version, and kubectl's way to call the program.

use crate::run::Folder;
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

#[test]
fn every_shell_gets_a_script_that_names_every_command() {
    let folder = Folder::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = folder.run(["completions", shell]).fine();
        for command in kgwc::commands::command().get_subcommands() {
            assert!(script.contains(command.get_name()), "{shell}: {}", command.get_name());
        }
    }
    let script = folder.run(["completions", "bash"]).fine();
    folder.write("kgwc.bash", &script);
    let mut bash = Command::new("bash");
    bash.args(["-n", "kgwc.bash"]);
    let run = folder.output(bash, b"");
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
}

#[test]
fn bash_completes_commands_options_and_values() {
    let folder = Folder::new();
    folder.write("kgwc.bash", &folder.run(["completions", "bash"]).fine());
    let complete = |words: &str| {
        let mut bash = Command::new("bash");
        let script = format!(
            "source kgwc.bash; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _kgwc kgwc \"${{COMP_WORDS[-1]}}\" \"${{COMP_WORDS[-2]}}\"; echo \"${{COMPREPLY[@]}}\""
        );
        bash.args(["--norc", "-c", &script]);
        folder.output(bash, b"").fine().trim().to_owned()
    };
    assert_eq!(complete("kgwc migr"), "migrate");
    assert_eq!(complete("kgwc check --stric"), "--strict-parents --strict-refs");
    assert_eq!(complete("kgwc graph --output m"), "mermaid");
    // Where nothing is known, as for inputs, bash names files and folders.
    assert_eq!(complete("kgwc check exam"), "");
    let script = fs::read_to_string(folder.path().join("kgwc.bash")).expect("a script");
    assert!(script.contains("-o default kgwc"), "files are not completed");
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = Folder::new();
    assert!(folder.run(["man"]).fine().contains("kgwc\\-check(1)"));
    folder.run(["man", "-o", "man1"]).fine();
    let pages = folder.path().join("man1");
    let commands: Vec<_> = kgwc::commands::command()
        .get_subcommands()
        .map(|command| format!("kgwc-{}.1", command.get_name()))
        .collect();
    for page in commands.iter().map(String::as_str).chain(["kgwc.1"]) {
        let text = fs::read_to_string(pages.join(page)).expect(page);
        for section in [".TH ", ".SH NAME", ".SH SYNOPSIS", ".SH OPTIONS"] {
            assert!(text.contains(section), "{page} has no {section}");
        }
        // A line that begins with a dot is a request: only those that a page is made of.
        let requests = text.lines().filter_map(|line| line.strip_prefix('.'));
        for request in requests.filter_map(|line| line.split_whitespace().next()) {
            let known = ["TH", "SH", "TP", "PP", "IP", "RS", "RE", "br", "ie", "el", "B", "SS"];
            assert!(known.contains(&request), "{page}: .{request}");
        }
    }
    assert_eq!(fs::read_dir(pages).expect("a folder").count(), commands.len() + 1);
}

#[test]
fn as_a_plugin_of_kubectl_it_is_shown_as_kubectl_calls_it() {
    let folder = Folder::new();
    let plugin = folder.path().join("kubectl-kgwc");
    symlink(env!("CARGO_BIN_EXE_kgwc"), &plugin).expect("a link");
    let run = |args: &[&str]| {
        let mut command = Command::new(&plugin);
        command.args(args);
        folder.output(command, b"")
    };
    let usage = |text: &str| {
        let line = text.lines().find(|line| line.starts_with("Usage:"));
        line.unwrap_or_default().to_owned()
    };
    assert_eq!(usage(&run(&["--help"]).fine()), "Usage: kubectl kgwc <COMMAND>");
    assert!(usage(&run(&["check"]).stderr).starts_with("Usage: kubectl kgwc check"));
    let explain = usage(&run(&["explain", "--help"]).fine());
    assert_eq!(explain, "Usage: kubectl kgwc explain [OPTIONS] <INPUT>... <URL>");
    assert_eq!(usage(&folder.run(["--help"]).fine()), "Usage: kgwc <COMMAND>");
    run(&["check", "examples/matches"]).fine();
}

#[cfg(feature = "module")]
#[test]
fn the_version_and_the_written_module_have_one_hash() {
    let folder = Folder::new();
    let version = folder.run(["--version"]).fine();
    assert_eq!(folder.run(["-V"]).fine(), version);
    let (first, second) = version.split_once('\n').expect("two lines");
    assert_eq!(first, concat!("kgwc ", env!("CARGO_PKG_VERSION")));
    let hash = second.trim_end().strip_prefix("module sha256:").expect("a hash");
    assert!(hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()), "{hash}");
    let run = folder.run(["filter", "-o", "kgwc.wasm"]);
    assert_eq!(run.stderr, format!("kgwc: wrote kgwc.wasm, sha256:{hash}\n"));
    let mut sum = Command::new("sha256sum");
    sum.arg("kgwc.wasm");
    assert_eq!(folder.output(sum, b"").fine(), format!("{hash}  kgwc.wasm\n"));
}
