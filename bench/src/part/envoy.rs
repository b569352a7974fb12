//! Envoy with the module against Envoy with routes of its own, for the same table.
//!
//! Three Envoys run at a time: with the module, with native routes, and with native routes again,
//! whose difference is noise. They are asked in short bursts by turns, so that whatever else the
//! machine does meets all of them. What is compared is the processor time of the process for each
//! request, all threads together: wall time says nothing on a machine that is shared.

use super::{Record, Scale};
use crate::measurement::{Measurement, Unit};
use crate::proxy::{Connection, Prepared, Running, Serves, Upstream, point_at_upstream};
use crate::workload::{Fanout, Workload};
use anyhow::Result;
use route::config::Observe;
use route::{Rng, SplitMix64};
use std::fmt;

/// Connections that are kept, with one request on each at a time.
const CONNECTIONS: usize = 8;
/// Bursts that are not counted: connections to backends are made, code is compiled.
const WARM: usize = 6;

/// What runs beside the routing, on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chain {
    /// What `kgwc compile --emit envoy` writes: counters, names of the winners in filter state,
    /// an access log.
    Whole,
    /// Routing alone: the same without these three.
    Bare,
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Whole => "whole",
            Self::Bare => "bare",
        })
    }
}

impl Chain {
    fn observe(self) -> Observe {
        let is_whole = self == Self::Whole;
        Observe { metrics: is_whole, filter_state: is_whole, explain_token: None }
    }
}

/// Which route the requests match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hit {
    /// The last in precedence, which is the worst for a list.
    Last,
    /// Each as often as any other.
    Any,
}

impl Hit {
    fn name(self) -> &'static str {
        match self {
            Self::Last => "last",
            Self::Any => "any",
        }
    }

    /// The requests of one burst.
    fn requests(self, workload: &Workload, count: usize, rng: &mut SplitMix64) -> Vec<Prepared> {
        let routes = workload.routes;
        let last = routes - 1;
        let mut number = || match self {
            Self::Last => last,
            Self::Any => (rng.next_u64() % routes as u64) as usize,
        };
        (0..count).map(|_| Prepared::get(&workload.sample(number()))).collect()
    }
}

/// How often.
#[derive(Clone, Copy, Debug)]
struct Repeat {
    rounds: usize,
    burst: usize,
}

impl Repeat {
    /// Bursts are so long that caches that the other Envoys have filled do not matter. What the module
    /// adds to a single route is the smallest difference, and needs the most of them.
    fn full(workload: &Workload) -> Self {
        Self { rounds: if workload.routes == 1 { 480 } else { 48 }, burst: 256 }
    }
}

/// Measures all tables.
pub(super) fn run(scale: Scale) -> Result<Vec<Measurement>> {
    let upstream = Upstream::start()?;
    let mut record = Record::default();
    for (chain, workload) in tables(scale) {
        let repeat = scale.choose(Repeat::full(&workload), Repeat { rounds: 3, burst: 16 });
        compare(chain, &workload, repeat, &upstream, &mut record)?;
    }
    Ok(record.0)
}

fn tables(scale: Scale) -> Vec<(Chain, Workload)> {
    if scale == Scale::Smallest {
        return vec![(Chain::Whole, Workload::new(Fanout::Prefix, 10))];
    }
    let mut tables = Vec::new();
    for chain in [Chain::Bare, Chain::Whole] {
        tables.push((chain, Workload::new(Fanout::Prefix, 1)));
        for routes in [5_000, 10_000] {
            let fanouts = [Fanout::Prefix, Fanout::Header, Fanout::Exact, Fanout::Host];
            // What else runs is the same for all of them.
            let fanouts = if chain == Chain::Bare { &fanouts[..] } else { &fanouts[..2] };
            let table = |&fanout| (chain, Workload::new(fanout, routes));
            tables.extend(fanouts.iter().map(table));
        }
    }
    tables
}

fn compare(
    chain: Chain,
    workload: &Workload,
    repeat: Repeat,
    upstream: &Upstream,
    record: &mut Record,
) -> Result<()> {
    let mut lowered = workload.lowered(chain.observe())?;
    point_at_upstream(&mut lowered, upstream);
    let start = |serves| {
        let running = Running::start(workload, &lowered, serves, chain == Chain::Whole)?;
        Subject::new(running)
    };
    let mut subjects = [start(Serves::Native)?, start(Serves::Module)?, start(Serves::Native)?];
    for hit in [Hit::Last, Hit::Any] {
        if workload.routes == 1 && hit == Hit::Any {
            continue;
        }
        let mut rng = SplitMix64::new(1);
        let (mut ratios, mut noise, mut costs) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..WARM + repeat.rounds {
            let requests = hit.requests(workload, repeat.burst, &mut rng);
            let mut cost = [0.0; 3];
            for place in order(round) {
                cost[place] = subjects[place].burst(&requests)?;
            }
            if round >= WARM {
                let [native, module, again] = cost;
                // Both natives are as good: their mean is steadier than one.
                ratios.push(2.0 * module / (native + again));
                noise.push(again / native);
                costs.push(module);
            }
        }
        let of = |measurement: Measurement| {
            measurement
                .of("chain", chain)
                .of("fanout", workload.fanout)
                .of("hit", hit.name())
                .of("routes", workload.routes)
        };
        record.add(of(Measurement::of_most("cpu against native", Unit::Ratio, &ratios)?));
        record.add(of(Measurement::of_most("native against itself", Unit::Ratio, &noise)?));
        record.add(of(Measurement::of_most("cpu", Unit::Nanoseconds, &costs)?));
    }
    Ok(())
}

/// In which order the three subjects are asked: all six orders by turns, because whoever comes after
/// another of its kind finds the caches of the processor filled with what it needs.
fn order(round: usize) -> [usize; 3] {
    let forwards = [0, 1, 2].map(|turn| (turn + round / 2) % 3);
    let [first, second, third] = forwards;
    if round.is_multiple_of(2) { forwards } else { [third, second, first] }
}

/// An Envoy with connections to it.
struct Subject {
    running: Running,
    connections: Vec<Connection>,
}

impl Subject {
    fn new(running: Running) -> Result<Self> {
        let open = |_| Connection::open(running.address);
        let connections = (0..CONNECTIONS).map(open).collect::<Result<_>>()?;
        Ok(Self { running, connections })
    }

    /// Sends requests, each answered as it should be; the processor time of one in nanoseconds.
    fn burst(&mut self, requests: &[Prepared]) -> Result<f64> {
        let before = self.running.clock.read()?;
        for requests in requests.chunks(CONNECTIONS) {
            for (connection, request) in self.connections.iter_mut().zip(requests) {
                connection.send(request)?;
            }
            for (connection, request) in self.connections.iter_mut().zip(requests) {
                connection.expect(request)?;
            }
        }
        let spent = self.running.clock.read()? - before;
        Ok(spent.as_nanos() as f64 / requests.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn six_rounds_have_all_six_orders() {
        let orders: BTreeSet<_> = (0..6).map(order).collect();
        assert_eq!(orders.len(), 6);
        assert!(orders.iter().all(|order| BTreeSet::from(*order).len() == 3), "{orders:?}");
    }
}
