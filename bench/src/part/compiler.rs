//! The compiler: each stage by itself, all of them from objects that are valid already, and whole
//! commands as a user runs them. The routes are one YAML file.

use super::{Record, Scale, Setting};
use crate::measurement::{Measurement, Unit, nanoseconds};
use crate::workload::{Fanout, Workload, cluster_name};
use anyhow::{Context, Result, ensure};
use kgwc::graph::{self, Graph};
use kgwc::lower::{self, Lowered};
use kgwc::pipeline::Input;
use kgwc::render::envoy;
use kgwc::{lint, source};
use route::RouteTable;
use route::config::Config;
use serde_json::json;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Requests of the tests that `kgwc test` runs.
const CASES: usize = 100;
/// The stage that is all of those between validation and the plugin configuration.
pub(crate) const FROM_VALIDATED: &str = "compile from validated objects";

/// Measures tables of all sizes.
pub(super) fn run(setting: &Setting) -> Result<Vec<Measurement>> {
    let mut record = Record::default();
    for &routes in setting.scale.choose(&[100, 1_000, 5_000, 20_000][..], &[10]) {
        let workload = Workload::new(Fanout::Prefix, routes);
        let files = Files::write(&workload)?;
        // Fewer times where each takes long.
        let times = match setting.scale {
            Scale::Smallest => 1,
            Scale::Full => (50_000 / routes).clamp(7, 50),
        };
        stages(&workload, &files, times, &mut record)?;
        commands(&workload, &files, &setting.program, times, &mut record)?;
    }
    Ok(record.0)
}

/// What the commands read, in a folder of its own.
struct Files {
    folder: tempfile::TempDir,
    routes: PathBuf,
    tests: PathBuf,
}

impl Files {
    fn write(workload: &Workload) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let routes = folder.path().join("routes.yaml");
        let tests = folder.path().join("tests.yaml");
        fs::write(&routes, workload.yaml()?)?;
        fs::write(&tests, self::tests(workload)?)?;
        Ok(Self { folder, routes, tests })
    }
}

/// A RouteTest whose requests are spread over all routes.
fn tests(workload: &Workload) -> Result<String> {
    let cases = (0..CASES).map(|number| {
        let route = number * workload.routes / CASES;
        let sample = workload.sample(route);
        let backend = cluster_name(workload.service(route));
        json!({
            "name": format!("case {number}"),
            "request": {"url": format!("http://{}{}", sample.authority, sample.path)},
            "expect": {"backend": backend},
        })
    });
    let test = json!({
        "apiVersion": "kgwc.dev/v1alpha1",
        "kind": "RouteTest",
        "metadata": {"name": "bench"},
        "cases": cases.collect::<Vec<_>>(),
    });
    serde_saphyr::to_string(&test).context("no YAML")
}

fn stages(workload: &Workload, files: &Files, times: usize, record: &mut Record) -> Result<()> {
    let mut stage = Stages { routes: workload.routes, times, record };
    let read = || source::read(std::slice::from_ref(&files.routes), &mut std::io::empty());
    stage.time("read", || (), |()| Ok(read()))?;
    stage.time("validate", read, |(sources, found)| Ok(Input::new(sources, found)?))?;

    let (sources, found) = read();
    let input = Input::new(sources, found)?;
    ensure!(input.diagnostics.is_empty(), "the routes have problems: {:?}", input.diagnostics);
    let strictness = graph::Options::default();
    let build = || Graph::build(&input.index, &strictness);
    stage.time("resolve", || (), |()| Ok(build()))?;
    let graph = build();
    stage.time("lint", || (), |()| Ok(lint::lint(&graph, &lint::Options::default())))?;
    stage.time("lower", || (), |()| lowered(&graph))?;
    let lowered_once = lowered(&graph)?;
    let plugin = || Ok(serde_json::to_vec(&lowered_once.config)?);
    stage.time("write the plugin configuration", || (), |()| plugin())?;
    let options = envoy::Options::on_free_ports(&lowered_once, "kgwc.wasm".to_owned());
    let bootstrap = || Ok(serde_json::to_vec_pretty(&envoy::bootstrap(&lowered_once, &options))?);
    stage.time("write the configuration of Envoy", || (), |()| bootstrap())?;
    let from_validated = || {
        let graph = build();
        let lowered = lowered(&graph)?;
        let plugin = serde_json::to_vec(&lowered.config)?;
        Ok((graph, lowered, plugin))
    };
    stage.time(FROM_VALIDATED, || (), |()| from_validated())?;
    let config = plugin()?;
    stage.time("index", || (), |()| Ok(RouteTable::compile(Config::from_json(&config)?)?))
}

/// The one Gateway of the graph.
fn lowered(graph: &Graph<'_>) -> Result<Lowered> {
    let gateway = graph.gateways.keys().next().context("there is no Gateway")?;
    let mut diagnostics = Vec::new();
    let lowered = lower::lower(graph, gateway, &lower::Options::default(), &mut diagnostics);
    ensure!(diagnostics.is_empty(), "the routes have problems: {diagnostics:?}");
    Ok(lowered)
}

struct Stages<'r> {
    routes: usize,
    times: usize,
    record: &'r mut Record,
}

impl Stages<'_> {
    /// Times a stage; what it takes is made before, and what it gives back is dropped after.
    fn time<I, O>(
        &mut self,
        stage: &str,
        prepare: impl Fn() -> I,
        run: impl Fn(I) -> Result<O>,
    ) -> Result<()> {
        let once = || {
            let input = prepare();
            let start = Instant::now();
            let output = run(input)?;
            let taken = start.elapsed();
            black_box(output);
            Ok(nanoseconds(taken))
        };
        let taken: Vec<_> = std::iter::repeat_with(once).take(self.times).collect::<Result<_>>()?;
        let figure = Measurement::of_all("stage", Unit::Nanoseconds, &taken)?;
        self.record.add(figure.of("stage", stage).of("routes", self.routes));
        Ok(())
    }
}

fn commands(
    workload: &Workload,
    files: &Files,
    program: &Path,
    times: usize,
    record: &mut Record,
) -> Result<()> {
    let folder = files.folder.path();
    let command = |arguments: &[&Path]| {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(folder).stdin(Stdio::null());
        command
    };
    let (routes, tests) = (files.routes.as_path(), files.tests.as_path());
    let output = folder.join("config.json");
    let commands = [
        ("compile", command(&["compile".as_ref(), routes, "-o".as_ref(), &output])),
        ("check", command(&["check".as_ref(), routes])),
        ("test", command(&["test".as_ref(), routes, tests])),
    ];
    for (name, mut command) in commands {
        let once = || {
            let start = Instant::now();
            let output = command.output().context("the program does not start")?;
            let taken = start.elapsed();
            let told = String::from_utf8_lossy(&output.stderr);
            ensure!(output.status.success(), "kgwc {name} ends with {}: {told}", output.status);
            Ok(nanoseconds(taken))
        };
        // A process costs more than a stage, and is steadier.
        let taken: Vec<_> =
            std::iter::repeat_with(once).take(times.min(11)).collect::<Result<_>>()?;
        let figure = Measurement::of_all("command", Unit::Nanoseconds, &taken)?;
        record.add(figure.of("command", name).of("routes", workload.routes));
    }
    Ok(())
}
