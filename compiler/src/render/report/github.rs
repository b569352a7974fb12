//! Workflow commands, which GitHub Actions shows beside the lines of a change: one for each case that
//! failed or was not run, then the line that counts.

use super::{Counts, said};
use crate::render::workflow;
use crate::source::Sources;
use crate::testing::{Report, Verdict};

pub(super) fn render(report: &Report, sources: &Sources) -> String {
    let mut out = String::new();
    for case in &report.cases {
        let (command, text) = match &case.verdict {
            Verdict::Passed => continue,
            Verdict::NotRun(why) => ("notice", format!("not run: {why}")),
            Verdict::Failed(mismatches) => {
                let said: Vec<_> = mismatches.iter().map(said).collect();
                ("error", format!("{}\n{}", case.request, said.join("\n")))
            }
        };
        let mut properties = Vec::new();
        let location = sources.locate(&case.place).filter(|location| !location.is_stdin());
        if let Some(location) = location {
            let line = location.position.map(|position| ("line", position.line.to_string()));
            properties.push(("file", location.name));
            properties.extend(line);
        }
        properties.push(("title", format!("{}: {}", case.test, case.name)));
        out.push_str(&workflow::command(command, &properties, &text));
        out.push('\n');
    }
    out.push_str(&format!("{}\n", Counts::of(report)));
    out
}
