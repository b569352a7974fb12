//! The report: a page of the book with all that was measured, and its plots.

mod goals;
mod markdown;
mod number;
mod plot;
mod tables;

use crate::measurement::{Results, replace};
use crate::part::{Part, Scale};
use anyhow::{Context, Result};
use markdown::{Table, plain};
use plot::Plot;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The name of the page.
pub const PAGE: &str = "performance.md";

/// The results of the parts that were measured.
type Measured = BTreeMap<Part, Results>;

/// Writes the page and its plots into a folder, of the results of that scale that are in another.
/// Returns the path of the page.
///
/// # Errors
/// When results are there and cannot be read, or the folder cannot be written.
pub fn write(results: &Path, scale: Scale, folder: &Path) -> Result<PathBuf> {
    let measured = read(results, scale)?;
    let mut plots = BTreeMap::new();
    for plot in Plot::ALL {
        let path = folder.join(plot.file());
        match measured.get(&plot.part()).map(|results| plot.draw(results)).transpose()?.flatten() {
            Some(svg) => {
                replace(&path, svg.as_bytes())?;
                plots.insert(plot.part(), plot);
            }
            None => remove(&path)?,
        }
    }
    let page = folder.join(PAGE);
    replace(&page, text(&measured, scale, &plots)?.as_bytes())?;
    Ok(page)
}

fn read(folder: &Path, scale: Scale) -> Result<Measured> {
    let mut measured = Measured::new();
    for part in Part::ALL {
        match Results::read(folder, part)? {
            Some(results) if results.smallest == (scale == Scale::Smallest) => {
                measured.insert(part, results);
            }
            Some(_) => crate::say(&format!("{part}.json is of another scale: left out")),
            None => {}
        }
    }
    Ok(measured)
}

/// A plot of an earlier page shows figures that this one does not have.
fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

fn text(measured: &Measured, scale: Scale, plots: &BTreeMap<Part, Plot>) -> Result<String> {
    let mut page = String::from("<!-- `make bench` writes this page. -->\n\n# Performance\n\n");
    if scale == Scale::Smallest {
        page += "**A trial with the smallest tables and hardly a sample: these figures say nothing \
                 about performance.**\n\n";
    }
    page += "What routes cost: in the engine that decides, in the module around it, in the \
             compiler, and in Envoy, beside the same routes without the module. `make bench` \
             measures all of it and writes this page, `make bench PART=envoy` only one part of \
             it; the figures of the others stay.\n\n";
    writeln!(page, "{}", runs(measured))?;
    if modules(measured).len() > 1 {
        page += "The parts were not measured with the same module.\n\n";
    }
    if let Some(noise) = measured.get(&Part::Envoy).and_then(tables::noise) {
        writeln!(page, "{noise}\n")?;
    }
    page += "## Goals\n\nWhere several figures answer a goal, the worst of them counts.\n\n";
    writeln!(page, "{}", goals::table(measured))?;
    for part in Part::ALL {
        writeln!(page, "## {}\n", heading(part))?;
        match measured.get(&part) {
            Some(results) => writeln!(page, "{}", tables::of(results))?,
            None => writeln!(page, "Not measured: {} does it.\n", command(part))?,
        }
        if let Some(plot) = plots.get(&part) {
            writeln!(page, "![{}]({})\n", plot.description(), plot.file())?;
        }
        if part == Part::Module {
            writeln!(page, "### Kinds of request\n\n{}", tables::budgets()?)?;
        }
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    Ok(page)
}

/// Where and with what each part was measured.
fn runs(measured: &Measured) -> Table {
    let heads = ["part", "command", "processors", "module", "Envoy", "day", "took"];
    let mut table = Table::new(&heads, [""; 0]);
    for part in Part::ALL {
        let [machine, module, envoy, day, time] = match measured.get(&part) {
            Some(results) => [
                format!("{} × {}", results.machine.processors, plain(&results.machine.processor)),
                plain(short(&results.module)),
                results.envoy.as_deref().map_or("–".to_owned(), plain),
                plain(&results.day),
                number::duration(results.seconds),
            ],
            None => ["not measured", "–", "–", "–", "–"].map(str::to_owned),
        };
        table.row([part.to_string(), command(part), machine, module, envoy, day, time], []);
    }
    table
}

fn modules(measured: &Measured) -> BTreeSet<&str> {
    measured.values().map(|results| results.module.as_str()).collect()
}

/// As much of a SHA-256 as tells modules apart.
fn short(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}

fn heading(part: Part) -> &'static str {
    match part {
        Part::Engine => "The engine",
        Part::Module => "The module",
        Part::Compiler => "The compiler",
        Part::Envoy => "In Envoy",
        Part::Reload => "A change of routes in Envoy",
    }
}

/// What measures a part, as Markdown.
fn command(part: Part) -> String {
    format!("`make bench PART={part}`")
}
