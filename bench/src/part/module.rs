//! The module in wasmtime: fuel, hostcalls and linear memory of a request and of reading a
//! configuration, for tables of all kinds. Other kinds of request are in the budgets that the tests
//! hold.

use super::{Record, Setting};
use crate::measurement::{Measurement, Unit, nanoseconds};
use crate::workload::{Fanout, Sample, Workload, cluster_name};
use anyhow::{Context, Result, ensure};
use harness::{Cost, Module, Properties, Request, Response, Vm, VmOptions};
use route::config::Observe;
use std::time::Instant;

/// The port of the Gateway.
const PORT: u16 = 80;

/// Measures tables of all kinds and sizes.
pub(super) fn run(setting: &Setting) -> Result<Vec<Measurement>> {
    let module = Module::new(filter_module::MODULE)?;
    let mut record = Record::default();
    record.add(Measurement::one("module", Unit::Bytes, filter_module::MODULE.len() as f64));
    let (sizes, times) = setting.scale.choose((&[10, 1_000, 5_000, 10_000][..], 9), (&[10], 1));
    for fanout in Fanout::ALL {
        for &routes in sizes {
            let workload = Workload::new(fanout, routes);
            measure(&module, &workload, times, &mut record)?;
        }
    }
    Ok(record.0)
}

fn measure(module: &Module, workload: &Workload, times: usize, record: &mut Record) -> Result<()> {
    let of = |m: Measurement| m.of("fanout", workload.fanout).of("routes", workload.routes);
    // As `kgwc compile` writes it for a host.
    let observe = Observe { metrics: true, filter_state: false, explain_token: None };
    let configuration = serde_json::to_vec(&workload.lowered(observe)?.config)?;
    let bytes = configuration.len() as f64;
    record.add(of(Measurement::one("plugin configuration", Unit::Bytes, bytes)));
    record.add(of(Measurement::one(
        "plugin configuration of a route",
        Unit::Bytes,
        bytes / workload.routes as f64,
    )));

    let (mut vm, cost) = configured(module, &configuration)?;
    add(record, "on_configure", &cost, of);
    let once = || {
        let mut vm = Vm::new(module, VmOptions::default())?;
        let start = Instant::now();
        vm.configure(&configuration)?;
        Ok(nanoseconds(start.elapsed()))
    };
    let taken: Vec<_> = std::iter::repeat_with(once).take(times).collect::<Result<_>>()?;
    record.add(of(Measurement::of_all("on_configure", Unit::Nanoseconds, &taken)?));

    let hits = [
        ("first", workload.sample(0)),
        ("last", workload.sample(workload.routes - 1)),
        ("miss", workload.miss()),
    ];
    for (hit, sample) in hits {
        let cost = cost_of(&mut vm, &sample)?;
        add(record, "request", &cost, |m| of(m).of("hit", hit));
    }
    Ok(())
}

fn add(record: &mut Record, what: &str, cost: &Cost, of: impl Fn(Measurement) -> Measurement) {
    let hostcalls = cost.hostcall_count() as f64;
    let memory = (cost.memory_pages << 16) as f64;
    record.add(of(Measurement::one(what, Unit::Fuel, cost.fuel as f64)));
    record.add(of(Measurement::one(&format!("hostcalls of {what}"), Unit::Count, hostcalls)));
    record.add(of(Measurement::one(&format!("memory after {what}"), Unit::Bytes, memory)));
}

fn configured(module: &Module, configuration: &[u8]) -> Result<(Vm, Cost)> {
    let mut vm = Vm::new(module, VmOptions::default())?;
    let cost = vm.configure(configuration)?;
    Ok((vm, cost))
}

/// What a request costs from its first byte to the end of its response, once the module has had one
/// like it.
fn cost_of(vm: &mut Vm, sample: &Sample) -> Result<Cost> {
    let request = sample.headers.iter().fold(
        Request::get(&sample.authority, &sample.path)
            .header("user-agent", "kgwc-bench")
            .header("accept", "*/*")
            .header("accept-language", "en")
            .properties(Properties::new().destination_port(PORT)),
        |request, (name, value)| request.header(name, value),
    );
    let expected = sample.service.map(cluster_name);
    vm.run(request.clone(), Response::new(200))?;
    let record = vm.run(request, Response::new(200))?;
    match (&expected, &record.local_reply) {
        (None, Some(reply)) => ensure!(reply.status == 404, "answered {}", reply.status),
        (expected, None) => {
            let cluster = record.request_headers.get("x-kgwc-cluster").context("no cluster")?;
            let cluster = String::from_utf8_lossy(cluster);
            ensure!(expected.as_deref() == Some(&*cluster), "{cluster} was chosen");
        }
        (Some(_), Some(reply)) => anyhow::bail!("answered {}", reply.status),
    }
    Ok(record.total_cost())
}
