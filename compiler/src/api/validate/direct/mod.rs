//! CEL rules evaluated on JSON as it stands, where they are made of what nearly all rules of the
//! Gateway API are made of: presence, texts, sizes, and the lists of them.
//!
//! The interpreter copies and converts the value at nearly every step; with it alone, rules would
//! take most of the time of reading a large input. Here nothing is copied. What this module does not
//! know for sure is `None`, and the interpreter decides: so it may know little, and never says
//! anything else than the interpreter. Operators look at their left side first, and know nothing
//! where they do not know that.

mod read;

use std::borrow::Cow;
use std::ops::RangeInclusive;

use regex_automata::meta::Regex;
use serde_json::Value;

/// A condition.
#[derive(Debug)]
pub(super) enum Direct {
    Constant(bool),
    /// `has(…)` of a field of something.
    Has(Path, String),
    Equal(Text, Text),
    /// Both hold, or neither.
    Alike(Box<[Direct; 2]>),
    /// `… in ['a', 'b']`
    OneOf(Text, Vec<String>),
    /// `'a' in …`
    Contains(Path, String),
    Test(Text, Test),
    /// Whether a number is in a range.
    Within(Number, RangeInclusive<i64>),
    Not(Box<Direct>),
    And(Box<[Direct; 2]>),
    Or(Box<[Direct; 2]>),
    If(Box<[Direct; 3]>),
    All(Box<Each>),
    Exists(Box<Each>),
    Unknown,
}

/// A variable, and the way from there.
#[derive(Debug)]
pub(super) struct Path {
    variable: String,
    steps: Vec<Step>,
}

#[derive(Debug)]
enum Step {
    Field(String),
    Index(usize),
}

#[derive(Debug)]
pub(super) enum Text {
    Literal(String),
    At(Path),
    Lower(Box<Text>),
}

#[derive(Debug)]
pub(super) enum Test {
    StartsWith(String),
    EndsWith(String),
    Contains(String),
    Matches(Box<Regex>),
    /// No host name that has a letter beyond F or a hyphen is an address.
    IsIp,
}

#[derive(Debug)]
pub(super) enum Number {
    Literal(i64),
    At(Path),
    Size(Path),
    /// The entries of a list that something holds for.
    Count(Box<Each>),
    Sum(Box<[Number; 2]>),
    If(Box<(Direct, Number, Number)>),
}

/// A condition on each entry of a list.
#[derive(Debug)]
pub(super) struct Each {
    list: Path,
    variable: String,
    condition: Direct,
}

/// The variables that a condition sees, the innermost first.
#[derive(Clone, Copy)]
struct Scope<'s> {
    name: &'s str,
    value: &'s Value,
    outer: Option<&'s Scope<'s>>,
}

impl Direct {
    /// Whether the condition holds for `self`; `None` where the interpreter has to say.
    pub(super) fn holds(&self, value: &Value) -> Option<bool> {
        self.evaluate(Scope { name: "self", value, outer: None })
    }

    fn evaluate(&self, scope: Scope<'_>) -> Option<bool> {
        match self {
            Self::Constant(constant) => Some(*constant),
            Self::Has(path, field) => Some(path.find(scope)?.as_object()?.contains_key(field)),
            Self::Equal(a, b) => Some(a.get(scope)? == b.get(scope)?),
            Self::Alike(both) => Some(both[0].evaluate(scope)? == both[1].evaluate(scope)?),
            Self::OneOf(text, options) => {
                let text = text.get(scope)?;
                Some(options.iter().any(|option| *option == text))
            }
            Self::Contains(path, text) => {
                let list = path.find(scope)?.as_array()?;
                Some(list.iter().any(|entry| entry.as_str() == Some(text)))
            }
            Self::Test(text, test) => test.holds(&text.get(scope)?),
            Self::Within(number, range) => Some(range.contains(&number.get(scope)?)),
            Self::Not(inner) => Some(!inner.evaluate(scope)?),
            Self::And(both) => Some(both[0].evaluate(scope)? && both[1].evaluate(scope)?),
            Self::Or(both) => Some(both[0].evaluate(scope)? || both[1].evaluate(scope)?),
            Self::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                if condition.evaluate(scope)? { then } else { otherwise }.evaluate(scope)
            }
            Self::All(each) => each.find(scope, false).map(|found| !found),
            Self::Exists(each) => each.find(scope, true),
            Self::Unknown => None,
        }
    }
}

impl Path {
    fn find<'s>(&self, scope: Scope<'s>) -> Option<&'s Value> {
        let mut value = scope.find(&self.variable)?;
        for step in &self.steps {
            value = match step {
                Step::Field(name) => value.get(name)?,
                Step::Index(index) => value.get(index)?,
            };
        }
        Some(value)
    }
}

impl<'s> Scope<'s> {
    fn find(self, name: &str) -> Option<&'s Value> {
        let mut scope = self;
        while scope.name != name {
            scope = *scope.outer?;
        }
        Some(scope.value)
    }
}

impl Text {
    fn get<'t>(&'t self, scope: Scope<'t>) -> Option<Cow<'t, str>> {
        match self {
            Self::Literal(text) => Some(Cow::Borrowed(text)),
            Self::At(path) => Some(Cow::Borrowed(path.find(scope)?.as_str()?)),
            Self::Lower(text) => Some(Cow::Owned(text.get(scope)?.to_ascii_lowercase())),
        }
    }
}

impl Test {
    fn holds(&self, text: &str) -> Option<bool> {
        match self {
            Self::StartsWith(part) => Some(text.starts_with(part)),
            Self::EndsWith(part) => Some(text.ends_with(part)),
            Self::Contains(part) => Some(text.contains(part)),
            Self::Matches(regex) => Some(regex.is_match(text)),
            Self::IsIp => text.contains(|c: char| matches!(c, 'g'..='z' | '-')).then_some(false),
        }
    }
}

impl Number {
    fn get(&self, scope: Scope<'_>) -> Option<i64> {
        match self {
            Self::Literal(number) => Some(*number),
            Self::At(path) => path.find(scope)?.as_i64(),
            Self::Size(path) => match path.find(scope)? {
                Value::Array(list) => i64::try_from(list.len()).ok(),
                Value::String(text) => i64::try_from(text.chars().count()).ok(),
                _ => None,
            },
            Self::Count(each) => {
                let mut count = 0;
                for holds in each.evaluate(scope)? {
                    count += i64::from(holds?);
                }
                Some(count)
            }
            Self::Sum(both) => both[0].get(scope)?.checked_add(both[1].get(scope)?),
            Self::If(parts) => {
                let (condition, then, otherwise) = &**parts;
                if condition.evaluate(scope)? { then } else { otherwise }.get(scope)
            }
        }
    }
}

impl Each {
    fn evaluate<'e>(
        &'e self,
        scope: Scope<'e>,
    ) -> Option<impl Iterator<Item = Option<bool>> + use<'e>> {
        let list = self.list.find(scope)?.as_array()?;
        Some(list.iter().map(move |value| {
            let inner = Scope { name: &self.variable, value, outer: Some(&scope) };
            self.condition.evaluate(inner)
        }))
    }

    /// Whether the condition has that answer for any entry; not known where it is not known for one
    /// before.
    fn find(&self, scope: Scope<'_>, answer: bool) -> Option<bool> {
        for holds in self.evaluate(scope)? {
            if holds? == answer {
                return Some(true);
            }
        }
        Some(false)
    }
}

#[cfg(test)]
mod tests;
