//! For programs.

use super::{Counts, KINDS, place};
use crate::source::Sources;
use crate::testing::{CaseResult, Coverage, Item, ItemKind, Report, Tally, Tested, Verdict};
use serde_json::{Map, Value, json};

pub(super) fn render(report: &Report, sources: &Sources) -> String {
    let Report { cases, tested, coverage } = report;
    let Counts { passed, failed, not_run } = Counts::of(report);
    let Tested { engine, module, configurations } = tested;
    let cases: Vec<_> = cases.iter().map(|case| describe(case, sources)).collect();
    let configurations = configurations.iter();
    let configurations: Vec<_> = configurations
        .map(|c| json!({"gateway": c.gateway.to_string(), "sha256": c.sha256}))
        .collect();
    let document = json!({
        "passed": passed,
        "failed": failed,
        "notRun": not_run,
        "engine": engine,
        "module": module.as_ref().map(|sha256| json!({"sha256": sha256})),
        "configurations": configurations,
        "coverage": coverage.as_ref().map(|coverage| cover(coverage, sources)),
        "cases": cases,
    });
    format!("{document:#}\n")
}

fn cover(coverage: &Coverage, sources: &Sources) -> Value {
    let mut document = Map::new();
    document.insert("percent".to_owned(), json!(coverage.tally().percent()));
    for (name, is_meant) in KINDS {
        let Tally { reached, total } = coverage.tally_of(is_meant);
        document.insert(name.to_owned(), json!({"reached": reached, "total": total}));
    }
    let items = coverage.items.iter().map(|item| describe_item(item, sources));
    document.insert("items".to_owned(), items.collect());
    Value::Object(document)
}

fn describe_item(item: &Item, sources: &Sources) -> Value {
    let Item { route, rule, rule_name, kind, what, place: at, hits } = item;
    let (file, line) = place(at, sources).unzip();
    let (kind, backend, number) = match kind {
        ItemKind::Rule => ("rule", None, None),
        ItemKind::Match(number) => ("match", None, Some(number)),
        ItemKind::Filter(number) => ("filter", None, Some(number)),
        ItemKind::Backend(number) => ("backend", None, Some(number)),
        ItemKind::BackendFilter(backend, number) => ("filter", Some(backend), Some(number)),
    };
    json!({
        "kind": kind,
        "route": route.to_string(),
        "rule": rule,
        "ruleName": rule_name,
        "backend": backend,
        "number": number,
        "what": what,
        "file": file,
        "line": line,
        "hits": hits,
    })
}

fn describe(case: &CaseResult, sources: &Sources) -> Value {
    let CaseResult {
        test,
        name,
        place: at,
        request,
        expected,
        got,
        verdict,
        unseen,
        reached: _,
        explanation,
    } = case;
    let (file, line) = place(at, sources).unzip();
    let mut described = json!({
        "test": test.to_string(),
        "case": name,
        "file": file,
        "line": line,
        "request": request,
        "expected": expected,
        "got": got,
        "result": match verdict {
            Verdict::Passed => "passed",
            Verdict::Failed(_) => "failed",
            Verdict::NotRun(_) => "notRun",
        },
    });
    if let Verdict::Failed(mismatches) = verdict {
        let mismatches = mismatches.iter().map(
            |mismatch| json!({"what": mismatch.what, "expected": mismatch.expected, "got": mismatch.got}),
        );
        described["mismatches"] = mismatches.collect();
    }
    if !unseen.is_empty() {
        described["notSeen"] = json!(unseen);
    }
    if let Some(explanation) = explanation {
        described["explanation"] = json!(explanation);
    }
    described
}
