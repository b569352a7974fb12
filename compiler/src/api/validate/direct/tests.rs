use std::path::PathBuf;

use route::{Rng, SplitMix64};
use serde_json::{Value, json};

use super::super::compiled::Compiled;
use super::super::rules::{self, Node};
use crate::api::Kind;

/// Texts that rules tell apart.
const TEXTS: [&str; 12] = [
    "Exact",
    "RegularExpression",
    "CORS",
    "RequestRedirect",
    "URLRewrite",
    "/a",
    "a//b",
    "/a/..",
    "*",
    "",
    "192.0.2.1",
    "Service",
];

/// What the rules of this tree were asked, and how often they were answered without the interpreter.
#[derive(Default)]
struct Tally {
    asked: usize,
    answered: usize,
}

impl Tally {
    /// Asks both about every rule on every value below.
    fn walk(&mut self, compiled: &Compiled, node: &Node, value: &Value) {
        for rule in &node.rules {
            let scope = rules::scope(&compiled.context, node.value(value));
            self.asked += 1;
            if let Some(answer) = rule.direct().holds(value) {
                self.answered += 1;
                assert_eq!(answer, rule.holds(&scope), "{}: {value}", rule.message);
            }
        }
        for (name, child) in &node.properties {
            if let Some(value) = value.get(name) {
                self.walk(compiled, child, value);
            }
        }
        if let Some(child) = &node.items {
            for item in value.as_array().into_iter().flatten() {
                self.walk(compiled, child, item);
            }
        }
    }
}

/// Takes fields and entries away, repeats entries, and puts other texts in the place of some.
fn mutate(value: &mut Value, rng: &mut SplitMix64) {
    let mut one_in = |n: u64| rng.next_u64().is_multiple_of(n);
    match value {
        Value::Object(fields) => {
            if let Some(name) = fields.keys().next().cloned().filter(|_| one_in(12)) {
                fields.remove(&name);
            }
            fields.values_mut().for_each(|value| mutate(value, rng));
        }
        Value::Array(entries) => {
            if one_in(6)
                && let Some(last) = entries.last().cloned()
            {
                entries.push(last);
            }
            entries.iter_mut().for_each(|value| mutate(value, rng));
        }
        Value::String(text) if one_in(8) => {
            let number = usize::try_from(rng.next_u64() % TEXTS.len() as u64).unwrap();
            TEXTS[number].clone_into(text);
        }
        _ => {}
    }
}

/// Objects of all kinds that have rules.
fn objects() -> Vec<(Kind, Value)> {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let folders = ["examples", "tests/corpus", "compiler/tests"].map(|folder| root.join(folder));
    let (mut sources, _) = crate::source::read(&folders, &mut std::io::empty());
    let documents = std::mem::take(&mut sources.documents).into_iter();
    documents
        .filter_map(|d| Some((Kind::by_name(d.value.get("kind")?.as_str()?)?, d.value)))
        .collect()
}

#[test]
fn it_says_what_the_interpreter_says_or_nothing() {
    const ROUNDS: usize = 6;
    let compiled: Vec<_> = Kind::ALL.into_iter().map(|kind| Compiled::new(kind).unwrap()).collect();
    let mut rng = SplitMix64::new(6);
    let mut tally = Tally::default();
    let objects = objects();
    assert!(objects.len() > 300, "{}", objects.len());
    for (kind, mut value) in objects {
        let compiled = &compiled[kind as usize];
        super::super::defaults::apply(&compiled.schema, &mut value);
        for _ in 0..ROUNDS {
            tally.walk(compiled, &compiled.rules, &value);
            mutate(&mut value, &mut rng);
        }
    }
    let share = tally.answered as f64 / tally.asked as f64;
    assert!(tally.asked > 10_000 && share > 0.8, "{} of {}", tally.answered, tally.asked);
}

/// Hosts are the one thing that is only nearly known.
#[test]
fn what_may_be_an_address_is_left_to_the_interpreter() {
    let compiled = Compiled::new(Kind::HttpRoute).unwrap();
    let hosts = &compiled.rules.properties["spec"].properties["hostnames"];
    let [rule] = hosts.rules.as_slice() else { panic!("another rule") };
    let known = |host: &str| rule.direct().holds(&json!([host]));
    assert_eq!(known("www.example.com"), Some(true));
    assert_eq!(known("192.0.2.1"), None);
    assert_eq!(known("fee.de"), None);
    assert_eq!(known("::1"), None);
}
