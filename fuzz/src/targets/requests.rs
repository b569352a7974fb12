//! Requests to tables of every kind: `TABLE` and a newline, then a request as in
//! [`text`](crate::text).

use crate::agreement::{disagreement, table};
use crate::generate::{Random, gateways, many};
use crate::model::Gateway;
use crate::text;
use route::RouteTable;
use std::sync::LazyLock;

/// Small tables of every style, and one that is large enough for every kind of index.
static TABLES: LazyLock<Vec<(Gateway, RouteTable)>> = LazyLock::new(|| {
    let small = (0..40).map(|number| gateways::gateway(&mut Random::new(number)));
    let large = many::gateway(&mut Random::new(0), 300);
    small.chain([large]).map(|gateway| (gateway.clone(), table(&gateway))).collect()
});

/// The index and the naive evaluator agree, and the trace tells the truth.
pub(crate) fn run(data: &[u8]) {
    let at = data.iter().position(|&b| b == b'\n').unwrap_or(data.len());
    let (number, rest) = data.split_at(at);
    let number = text::number::<usize>(number).unwrap_or_default();
    let (gateway, table) = &TABLES[number % TABLES.len()];
    let request = text::request(rest.strip_prefix(b"\n").unwrap_or_default());
    if let Err(why) = disagreement(gateway, table, &request) {
        panic!("{gateway}{request}\n{why}");
    }
}
