//! Runs benchmarks and keeps what they have measured.

use anyhow::{Context, Result};
use clap::Parser;
use kgwc_bench::{Part, Scale, Setting};
use std::path::PathBuf;

/// The allocator of the program whose stages are measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures what routes cost.
#[derive(Debug, Parser)]
struct Arguments {
    /// What to measure; everything when absent
    parts: Vec<Part>,
    /// Folder for the results
    #[arg(long, value_name = "FOLDER", default_value = "target/bench")]
    results: PathBuf,
    /// The smallest size only, to see that everything works
    #[arg(long)]
    smallest: bool,
}

fn main() -> Result<()> {
    let Arguments { parts, results, smallest } = Arguments::parse();
    let scale = if smallest { Scale::Smallest } else { Scale::Full };
    let parts = if parts.is_empty() { Part::ALL.to_vec() } else { parts };
    let this = std::env::current_exe().context("this program cannot be found")?;
    let setting = Setting { scale, results, program: this.with_file_name("kgwc-measured") };
    for part in parts {
        part.run(&setting)?.write(&setting.results)?;
    }
    Ok(())
}
