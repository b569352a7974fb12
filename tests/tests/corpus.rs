//! One corpus for every engine: what a route means natively, it means in the module in wasmtime
//! and in the module in a real Envoy.

use harness::Module;
use kgwc::diagnostic::Severity;
use kgwc::testing::{CaseResult, Engine, InEnvoy, InModule, Native, Verdict};
use kgwc_tests::{Loaded, corpus, examples, has_envoy, load, repository};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};

/// Every input by its name, read once for all tests.
static INPUTS: LazyLock<Vec<(String, Loaded)>> = LazyLock::new(|| {
    let inputs = corpus().into_iter().chain(examples());
    inputs.map(|path| (name(&path), load(&path))).collect()
});

/// What an engine makes of all inputs: one line for each case that is not as it should be.
#[derive(Default)]
struct Findings {
    cases: usize,
    wrong: Vec<String>,
    not_run: Vec<String>,
}

fn name(path: &Path) -> String {
    path.strip_prefix(repository("")).unwrap_or(path).display().to_string()
}

#[test]
fn the_corpus_is_what_its_names_say() {
    let corpus = || INPUTS.iter().filter(|(name, _)| name.starts_with("tests/corpus/"));
    let cases: usize = corpus().map(|(_, loaded)| loaded.cases()).sum();
    assert!(cases >= 150, "{cases} cases");
    for (name, loaded) in corpus() {
        let has_errors = loaded.compiled.diagnostics.iter().any(|d| d.severity == Severity::Error);
        assert_eq!(has_errors, name.ends_with(".errors.yaml"), "{name}");
        assert!(loaded.cases() > 0, "{name} has no case");
    }
}

#[test]
fn natively() {
    let findings = run_all(1, native);
    assert_right(findings, &[]);
}

#[test]
fn in_the_module() {
    let module = Module::new(filter_module::MODULE).expect("the module compiles");
    let findings = run_all(1, |loaded| {
        let report = loaded
            .run(|lowered| Ok(Box::new(InModule::start(&module, lowered)?) as Box<dyn Engine>));
        report.expect("the module takes every configuration").cases
    });
    assert_right(findings, &[]);
}

#[test]
fn in_envoy() {
    if !has_envoy() {
        return;
    }
    let findings = run_all(3, |loaded| {
        let report = loaded.run(|lowered| {
            Ok(Box::new(InEnvoy::new(filter_module::MODULE, lowered)?) as Box<dyn Engine>)
        });
        report.expect("Envoy takes every configuration").cases
    });
    // A listener that is only implied has no certificate.
    assert_right(findings, &["tests/corpus/listeners/implied-https.tls.yaml"]);
}

fn native(loaded: &Loaded) -> Vec<CaseResult> {
    let report =
        loaded.run(|lowered| Ok(Box::new(Native::new(&lowered.config)?) as Box<dyn Engine>));
    report.expect("the engine takes every configuration").cases
}

/// Runs every input in one engine, several at once, and compares case by case with the engine as a
/// library.
fn run_all(threads: usize, run: impl Fn(&Loaded) -> Vec<CaseResult> + Sync) -> Findings {
    let next = AtomicUsize::new(0);
    let findings = Mutex::new(Findings::default());
    let work = || {
        while let Some((name, loaded)) = INPUTS.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (expected, results) = (native(loaded), run(loaded));
            let mut findings = findings.lock().unwrap();
            assert_eq!(results.len(), loaded.cases(), "{name}");
            for (expected, result) in expected.iter().zip(&results) {
                findings.add(name, expected, result);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    findings.into_inner().unwrap()
}

impl Findings {
    fn add(&mut self, file: &str, expected: &CaseResult, result: &CaseResult) {
        self.cases += 1;
        let at = format!("{file}: {}", result.name);
        match &result.verdict {
            Verdict::NotRun(_) => self.not_run.push(file.to_owned()),
            Verdict::Failed(mismatches) => self.wrong.push(format!("{at}: {mismatches:?}")),
            Verdict::Passed if result.got != expected.got => {
                let (here, there) = (&result.got, &expected.got);
                self.wrong.push(format!("{at}: {here}, but {there} natively"));
            }
            Verdict::Passed => {}
        }
    }
}

#[track_caller]
fn assert_right(mut findings: Findings, not_run: &[&str]) {
    findings.not_run.dedup();
    let wrong = findings.wrong;
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), findings.cases, wrong.join("\n"));
    assert_eq!(findings.not_run, not_run, "cases that were not run");
}
