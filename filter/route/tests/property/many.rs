//! The same at the size of a large installation.

use super::kinds;
use crate::agreement;
use crate::generate::{Random, many, requests};
use std::collections::BTreeMap;

const RULES: usize = 10_000;

/// How many requests for each table. The naive evaluator takes milliseconds for one.
const REQUESTS: u64 = 250;

/// The tables of a normal run; where `KGWC_PROPERTY_CASES` asks for more of the small ones, there
/// are as many more of these.
const TABLES: u64 = 2;

#[test]
fn they_agree_on_ten_thousand_rules() {
    let tables = (TABLES * super::tables() / super::TABLES).max(1);
    let mut seen = BTreeMap::<String, u64>::new();
    for number in 0..tables {
        let mut random = Random::new(number);
        let gateway = many::gateway(&mut random, RULES);
        let table = agreement::table(&gateway);
        for at in 0..REQUESTS {
            let request = requests::request(&mut random, &gateway);
            let request = many::nearly(&mut random, request);
            match agreement::decisions(&gateway, &table, &request) {
                Ok((outcome, _)) => {
                    for kind in kinds(&gateway, &outcome) {
                        *seen.entry(kind).or_default() += 1;
                    }
                }
                Err(why) => panic!("table {number}, request {at}: {request}\n{why}"),
            }
        }
    }
    for kind in ["404 no_match", "path exact", "path prefix", "path regex", "method"]
        .into_iter()
        .chain(["header", "query", "forward", "redirect"])
    {
        let times = seen.get(kind).copied().unwrap_or_default();
        assert!(times > tables * REQUESTS / 100, "{kind}: {times}; seen: {seen:?}");
    }
}
