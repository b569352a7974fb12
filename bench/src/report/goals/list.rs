//! The goals of the project.

use super::Goal;
use super::figures;
use crate::measurement::Unit;
use crate::part::{Chain, FROM_VALIDATED, Part};
use crate::report::number;

const MIB: f64 = 1_048_576.0;
const KB: f64 = 1e3;
const MB: f64 = 1e6;
const MS: f64 = 1e6;

/// All goals in the order of the page.
pub(super) const GOALS: [Goal; 20] = [
    Goal {
        what: "`find()` with 10,000 routes against 10: hosts, paths, headers, query parameters",
        part: Part::Engine,
        goal: 1.5,
        aim: 1.2,
        show: number::ratio,
        measured: |results| figures::growth_of_find(results, &figures::SIMPLE),
    },
    Goal {
        what: "the same with requests that are spread over the table, beyond a processor's caches",
        part: Part::Engine,
        goal: 1.5,
        aim: 1.2,
        show: number::ratio,
        measured: |results| figures::growth_of_any_find(results, &figures::SIMPLE),
    },
    Goal {
        what: "the first with regular expressions",
        part: Part::Engine,
        goal: 1.5,
        aim: 1.2,
        show: number::ratio,
        measured: |results| figures::growth_of_find(results, &figures::REGEX),
    },
    Goal {
        what: "hostcalls of a request that is forwarded",
        part: Part::Module,
        goal: 2.0,
        aim: 2.0,
        show: number::count,
        measured: figures::hostcalls,
    },
    Goal {
        what: "fuel of a request with 10,000 routes against 10: hosts, paths, headers, query parameters",
        part: Part::Module,
        goal: 1.3,
        aim: 1.1,
        show: number::ratio,
        measured: |results| figures::growth_of_fuel(results, &figures::SIMPLE),
    },
    Goal {
        what: "the same with regular expressions",
        part: Part::Module,
        goal: 1.3,
        aim: 1.1,
        show: number::ratio,
        measured: |results| figures::growth_of_fuel(results, &figures::REGEX),
    },
    Goal {
        what: "CPU time of a request in Envoy against native routes: 1 route, routing alone",
        part: Part::Envoy,
        goal: 1.25,
        aim: 1.15,
        show: number::ratio,
        measured: |results| figures::against_one(results, Chain::Bare),
    },
    Goal {
        what: "the same: 1 route, with counters, names of the winners and an access log",
        part: Part::Envoy,
        goal: 1.25,
        aim: 1.15,
        show: number::ratio,
        measured: |results| figures::against_one(results, Chain::Whole),
    },
    Goal {
        what: "the same: 5,000 routes, the last matches",
        part: Part::Envoy,
        goal: 0.40,
        aim: 0.25,
        show: number::ratio,
        measured: |results| figures::against_many(results, "last", 5_000),
    },
    Goal {
        what: "the same: 5,000 routes, any matches",
        part: Part::Envoy,
        goal: 0.40,
        aim: 0.25,
        show: number::ratio,
        measured: |results| figures::against_many(results, "any", 5_000),
    },
    Goal {
        what: "the same: 10,000 routes, the last matches",
        part: Part::Envoy,
        goal: 0.20,
        aim: 0.12,
        show: number::ratio,
        measured: |results| figures::against_many(results, "last", 10_000),
    },
    Goal {
        what: "the same: 10,000 routes, any matches",
        part: Part::Envoy,
        goal: 0.20,
        aim: 0.12,
        show: number::ratio,
        measured: |results| figures::against_many(results, "any", 10_000),
    },
    Goal {
        what: "linear memory of a VM with 5,000 simple routes",
        part: Part::Module,
        goal: 16.0 * MIB,
        aim: 8.0 * MIB,
        show: number::memory,
        measured: figures::memory,
    },
    Goal {
        what: "plugin configuration of 5,000 simple routes",
        part: Part::Module,
        goal: 1.5 * MB,
        aim: 1.0 * MB,
        show: number::length,
        measured: |results| figures::of_simple(results, "plugin configuration", Unit::Bytes),
    },
    Goal {
        what: "`on_configure` in wasmtime with 5,000 simple routes",
        part: Part::Module,
        goal: 30.0 * MS,
        aim: 15.0 * MS,
        show: number::time,
        measured: |results| figures::of_simple(results, "on_configure", Unit::Nanoseconds),
    },
    Goal {
        what: "from the renaming of the binary file to the first new answer of Envoy, 5,000 routes",
        part: Part::Reload,
        goal: 80.0 * MS,
        aim: 40.0 * MS,
        show: number::time,
        measured: figures::new_answer,
    },
    Goal {
        what: "slowest answer meanwhile, under load, one worker",
        part: Part::Reload,
        goal: 30.0 * MS,
        aim: 10.0 * MS,
        show: number::time,
        measured: figures::slowest_answer,
    },
    Goal {
        what: "compiling 5,000 routes from objects that are valid already",
        part: Part::Compiler,
        goal: 60.0 * MS,
        aim: 25.0 * MS,
        show: number::time,
        measured: |results| figures::compiler(results, "stage", FROM_VALIDATED),
    },
    Goal {
        what: "`kgwc compile` of 5,000 routes in YAML",
        part: Part::Compiler,
        goal: 1_500.0 * MS,
        aim: 700.0 * MS,
        show: number::time,
        measured: |results| figures::compiler(results, "command", "compile"),
    },
    Goal {
        what: "size of the module",
        part: Part::Module,
        goal: 400.0 * KB,
        aim: 250.0 * KB,
        show: number::length,
        measured: figures::module,
    },
];
