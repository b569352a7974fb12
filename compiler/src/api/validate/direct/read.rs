//! From the syntax tree of a rule to a condition.

use std::ops::RangeInclusive;

use kube_cel::cel::IdedExpr;
use kube_cel::cel::common::ast::operators as op;
use kube_cel::cel::common::ast::{CallExpr, ComprehensionExpr, Expr, LiteralValue};
use regex_automata::meta::Regex;

use super::{Direct, Each, Number, Path, Step, Test, Text};

impl Direct {
    /// The condition that a rule is; what of it this module does not know is `Unknown`.
    pub(in super::super) fn new(expression: &IdedExpr) -> Self {
        read(&expression.expr).unwrap_or(Self::Unknown)
    }
}

fn read(expression: &Expr) -> Option<Direct> {
    match expression {
        Expr::Literal(LiteralValue::Boolean(constant)) => Some(Direct::Constant(*constant.inner())),
        Expr::Select(select) if select.test => {
            Some(Direct::Has(path(&select.operand.expr)?, unescaped(&select.field).to_owned()))
        }
        Expr::Call(call) => read_call(call),
        Expr::Comprehension(comprehension) => {
            let (quantifier, each) = each(comprehension)?;
            match quantifier {
                Quantifier::All => Some(Direct::All(Box::new(each))),
                Quantifier::Exists => Some(Direct::Exists(Box::new(each))),
                Quantifier::ExistsOne => Some(Direct::Within(Number::Count(Box::new(each)), 1..=1)),
                Quantifier::Filter => None,
            }
        }
        _ => None,
    }
}

fn read_call(call: &CallExpr) -> Option<Direct> {
    if let Some(of) = &call.target {
        let [argument] = call.args.as_slice() else { return None };
        let argument = literal(&argument.expr)?.to_owned();
        let test = match call.func_name.as_str() {
            "startsWith" => Test::StartsWith(argument),
            "endsWith" => Test::EndsWith(argument),
            "contains" => Test::Contains(argument),
            "matches" => Test::Matches(Box::new(Regex::new(&argument).ok()?)),
            _ => return None,
        };
        return Some(Direct::Test(text(&of.expr)?, test));
    }
    match (call.func_name.as_str(), call.args.as_slice()) {
        (op::LOGICAL_NOT, [inner]) => Some(Direct::Not(Box::new(Direct::new(inner)))),
        (op::LOGICAL_AND, [a, b]) => Some(Direct::And(Box::new([a, b].map(Direct::new)))),
        (op::LOGICAL_OR, [a, b]) => Some(Direct::Or(Box::new([a, b].map(Direct::new)))),
        (op::CONDITIONAL, [a, b, c]) => Some(Direct::If(Box::new([a, b, c].map(Direct::new)))),
        ("isIP", [host]) => Some(Direct::Test(text(&host.expr)?, Test::IsIp)),
        (op::NOT_EQUALS, [a, b]) => Some(Direct::Not(Box::new(equal(&a.expr, &b.expr)?))),
        (op::EQUALS, [a, b]) => equal(&a.expr, &b.expr),
        (op::IN, [of, list]) => match &list.expr {
            Expr::List(list) => {
                let options = list.elements.iter().map(|o| Some(literal(&o.expr)?.to_owned()));
                Some(Direct::OneOf(text(&of.expr)?, options.collect::<Option<_>>()?))
            }
            list => Some(Direct::Contains(path(list)?, literal(&of.expr)?.to_owned())),
        },
        (operator, [a, b]) => {
            Some(Direct::Within(number(&a.expr)?, range(operator, integer(&b.expr)?)?))
        }
        _ => None,
    }
}

fn equal(a: &Expr, b: &Expr) -> Option<Direct> {
    if let (Some(a), Some(b)) = (text(a), text(b)) {
        return Some(Direct::Equal(a, b));
    }
    match (number(a), integer(b)) {
        (Some(a), Some(b)) => Some(Direct::Within(a, b..=b)),
        _ => Some(Direct::Alike(Box::new([read(a)?, read(b)?]))),
    }
}

/// The numbers that a comparison with another one is true for.
fn range(operator: &str, number: i64) -> Option<RangeInclusive<i64>> {
    Some(match operator {
        op::EQUALS => number..=number,
        op::LESS_EQUALS => i64::MIN..=number,
        op::LESS => i64::MIN..=number.checked_sub(1)?,
        op::GREATER_EQUALS => number..=i64::MAX,
        op::GREATER => number.checked_add(1)?..=i64::MAX,
        _ => return None,
    })
}

fn path(expression: &Expr) -> Option<Path> {
    match expression {
        Expr::Ident(name) => Some(Path { variable: name.clone(), steps: Vec::new() }),
        Expr::Select(select) if !select.test => {
            let mut path = path(&select.operand.expr)?;
            path.steps.push(Step::Field(unescaped(&select.field).to_owned()));
            Some(path)
        }
        Expr::Call(CallExpr { func_name, target: None, args }) if func_name == op::INDEX => {
            let [list, index] = args.as_slice() else { return None };
            let mut path = path(&list.expr)?;
            path.steps.push(Step::Index(usize::try_from(integer(&index.expr)?).ok()?));
            Some(path)
        }
        _ => None,
    }
}

fn text(expression: &Expr) -> Option<Text> {
    match expression {
        Expr::Literal(LiteralValue::String(text)) => Some(Text::Literal(text.inner().to_owned())),
        Expr::Call(CallExpr { func_name, target: Some(of), args })
            if func_name == "lowerAscii" && args.is_empty() =>
        {
            Some(Text::Lower(Box::new(text(&of.expr)?)))
        }
        other => path(other).map(Text::At),
    }
}

fn number(expression: &Expr) -> Option<Number> {
    match expression {
        Expr::Literal(LiteralValue::Int(number)) => Some(Number::Literal(*number.inner())),
        Expr::Select(_) => path(expression).map(Number::At),
        Expr::Call(CallExpr { func_name, target, args }) => {
            match (func_name.as_str(), target.as_deref(), args.as_slice()) {
                ("size", Some(of), []) | ("size", None, [of]) => size(&of.expr),
                (op::ADD, None, [a, b]) => {
                    Some(Number::Sum(Box::new([number(&a.expr)?, number(&b.expr)?])))
                }
                (op::CONDITIONAL, None, [condition, a, b]) => {
                    let condition = Direct::new(condition);
                    Some(Number::If(Box::new((condition, number(&a.expr)?, number(&b.expr)?))))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn size(of: &Expr) -> Option<Number> {
    match of {
        Expr::Comprehension(comprehension) => match each(comprehension)? {
            (Quantifier::Filter, each) => Some(Number::Count(Box::new(each))),
            _ => None,
        },
        of => path(of).map(Number::Size),
    }
}

enum Quantifier {
    All,
    Exists,
    ExistsOne,
    Filter,
}

/// The parser has written the macros out: what they begin with and how they go on says which it was.
fn each(comprehension: &ComprehensionExpr) -> Option<(Quantifier, Each)> {
    let ComprehensionExpr { iter_range, iter_var, iter_var2, accu_var, accu_init, .. } =
        comprehension;
    let Expr::Call(step) = &comprehension.loop_step.expr else { return None };
    let is_accumulator = |e: &IdedExpr| matches!(&e.expr, Expr::Ident(name) if name == accu_var);
    let (quantifier, condition) =
        match (&accu_init.expr, step.func_name.as_str(), step.args.as_slice()) {
            (
                Expr::Literal(LiteralValue::Boolean(_)),
                op::LOGICAL_AND,
                [accumulator, condition],
            ) if is_accumulator(accumulator) => (Quantifier::All, condition),
            (Expr::Literal(LiteralValue::Boolean(_)), op::LOGICAL_OR, [accumulator, condition])
                if is_accumulator(accumulator) =>
            {
                (Quantifier::Exists, condition)
            }
            (Expr::Literal(LiteralValue::Int(_)), op::CONDITIONAL, [condition, _, accumulator])
                if is_accumulator(accumulator) =>
            {
                (Quantifier::ExistsOne, condition)
            }
            (Expr::List(_), op::CONDITIONAL, [condition, then, accumulator])
                if is_accumulator(accumulator) && adds(then, iter_var) =>
            {
                (Quantifier::Filter, condition)
            }
            _ => return None,
        };
    let list = path(&iter_range.expr).filter(|_| iter_var2.is_none())?;
    Some((quantifier, Each { list, variable: iter_var.clone(), condition: Direct::new(condition) }))
}

/// Whether an expression adds that variable as it stands to a list.
fn adds(expression: &IdedExpr, variable: &str) -> bool {
    let Expr::Call(CallExpr { args, .. }) = &expression.expr else { return false };
    let [_, added] = args.as_slice() else { return false };
    let Expr::List(list) = &added.expr else { return false };
    matches!(list.elements.as_slice(), [IdedExpr { expr: Expr::Ident(name), .. }] if name == variable)
}

fn literal(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

fn integer(expression: &Expr) -> Option<i64> {
    match expression {
        Expr::Literal(LiteralValue::Int(number)) => Some(*number.inner()),
        _ => None,
    }
}

/// The name of a field that CEL knows by another one because it is a reserved word.
fn unescaped(name: &str) -> &str {
    name.strip_prefix("__").and_then(|name| name.strip_suffix("__")).unwrap_or(name)
}
