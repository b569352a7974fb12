//! Runs benchmarks, keeps what they have measured, and writes the report of it.

use anyhow::{Context, Result};
use clap::Parser;
use kgwc_bench::{Part, Scale, Setting, report};
use std::path::PathBuf;

/// The allocator of the program whose stages are measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures what routes cost.
#[derive(Debug, Parser)]
struct Arguments {
    /// What to measure; everything when absent
    parts: Vec<Part>,
    /// Folder for the results [default: target/bench, or target/bench/smallest]
    #[arg(long, value_name = "FOLDER")]
    results: Option<PathBuf>,
    /// Folder for the report [default: docs/src/reference; with --smallest that of the results]
    #[arg(long, value_name = "FOLDER")]
    report: Option<PathBuf>,
    /// Measure nothing: write the report of the results that are there
    #[arg(long, conflicts_with = "parts")]
    report_only: bool,
    /// The smallest size only, to see that everything works
    #[arg(long)]
    smallest: bool,
}

fn main() -> Result<()> {
    let Arguments { parts, results, report, report_only, smallest } = Arguments::parse();
    // What says nothing about performance must not take the place of what does.
    let (scale, usual) = match smallest {
        true => (Scale::Smallest, "target/bench/smallest"),
        false => (Scale::Full, "target/bench"),
    };
    let results = results.unwrap_or_else(|| usual.into());
    let usual = if smallest { results.clone() } else { "docs/src/reference".into() };
    let report = report.unwrap_or(usual);
    let this = std::env::current_exe().context("this program cannot be found")?;
    let setting = Setting { scale, results, program: this.with_file_name("kgwc-measured") };
    let parts = if parts.is_empty() { Part::ALL.to_vec() } else { parts };
    for part in parts.into_iter().filter(|_| !report_only) {
        part.run(&setting)?.write(&setting.results)?;
    }
    let page = report::write(&setting.results, scale, &report)?;
    kgwc_bench::say(&format!("wrote {}", page.display()));
    Ok(())
}
