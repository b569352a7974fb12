//! The CEL rules of a schema, compiled: a tree that holds only the nodes on the way to a rule.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use kube_cel::KubeCelExt;
use kube_cel::cel::extractors::This;
use kube_cel::cel::objects::{Key, Map};
use kube_cel::cel::{Context, ExecutionError, FunctionContext, ParseErrors, Program, Value as Cel};
use regex_automata::meta::Regex;
use serde_json::Value;

use super::direct::Direct;
use crate::diagnostic::FieldPath;

/// A node of a schema that has rules, or that leads to one that has.
#[derive(Default)]
pub(super) struct Node {
    pub(super) rules: Vec<Rule>,
    pub(super) properties: BTreeMap<String, Node>,
    pub(super) items: Option<Box<Node>>,
    /// The type of its value.
    pub(super) json_type: String,
    /// What the rules of this node read of its value.
    shape: Shape,
}

/// One rule.
pub(super) struct Rule {
    program: Program,
    /// The same without the interpreter, as far as that goes.
    direct: Direct,
    pub(super) message: String,
    /// Field to show, below the rule's own node.
    pub(super) field: FieldPath,
}

/// The part of a value that rules read; the interpreter copies what it is given, many times.
#[derive(Default)]
struct Shape {
    /// Fields by name, with the name that CEL knows them by; `None` where keys are data.
    fields: Option<BTreeMap<String, (Arc<String>, Shape)>>,
    items: Option<Box<Shape>>,
}

impl Node {
    /// # Errors
    /// Where a rule does not compile.
    pub(super) fn new(schema: &Value) -> Result<Self, ParseErrors> {
        let json_type = schema.get("type").and_then(Value::as_str).unwrap_or_default();
        let mut node = Self { json_type: json_type.to_owned(), ..Self::default() };
        let mut names = BTreeSet::new();
        let rules = schema.get("x-kubernetes-validations").and_then(Value::as_array);
        for rule in rules.into_iter().flatten() {
            let text = |field: &str| rule.get(field).and_then(Value::as_str).unwrap_or_default();
            let program = Program::compile(text("rule"))?;
            // A rule about a change says nothing about a new object.
            if program.references().has_variable("oldSelf") {
                continue;
            }
            names.extend(identifiers(text("rule")));
            let field = match text("fieldPath").trim_start_matches('.') {
                "" => FieldPath::root(),
                field => FieldPath::from(field),
            };
            let direct = Direct::new(program.expression());
            node.rules.push(Rule { program, direct, message: text("message").to_owned(), field });
        }
        if !node.rules.is_empty() {
            node.shape = Shape::new(schema, &names);
        }
        for (name, property) in
            schema.get("properties").and_then(Value::as_object).into_iter().flatten()
        {
            let child = Node::new(property)?;
            if !child.is_empty() {
                node.properties.insert(name.clone(), child);
            }
        }
        if let Some(items) = schema.get("items") {
            node.items = Some(Box::new(Node::new(items)?)).filter(|items| !items.is_empty());
        }
        Ok(node)
    }

    fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.properties.is_empty() && self.items.is_none()
    }

    /// A value as the rules of this node see it.
    pub(super) fn value(&self, value: &Value) -> Cel {
        convert(value, &self.shape)
    }

    /// An entry of a list as the rules of that list see it.
    pub(super) fn entry(&self, value: &Value) -> Cel {
        convert(value, self.shape.items.as_deref().unwrap_or(&Shape::default()))
    }
}

impl Rule {
    /// The rule without the interpreter.
    #[cfg(test)]
    pub(super) fn direct(&self) -> &Direct {
        &self.direct
    }

    /// Whether a value is known to keep the rule without the interpreter being asked.
    pub(super) fn surely_holds(&self, value: &Value) -> bool {
        self.direct.holds(value) == Some(true)
    }

    /// Whether the value of a scope keeps the rule. One that cannot be evaluated is broken, as in a
    /// cluster.
    pub(super) fn holds(&self, scope: &Context<'_>) -> bool {
        matches!(self.evaluate(scope), Ok(Cel::Bool(true)))
    }

    /// What the API server says of a value that breaks the rule; `None` where the rule cannot be
    /// evaluated, of which it says more.
    pub(super) fn words(&self, scope: &Context<'_>) -> Option<&str> {
        self.evaluate(scope).is_ok().then_some(&*self.message)
    }

    fn evaluate(&self, scope: &Context<'_>) -> Result<Cel, ExecutionError> {
        self.program.execute(scope)
    }
}

/// What rules see of a value. The interpreter converts all of it: one scope is for all rules.
pub(super) fn scope<'c>(context: &'c Context<'static>, value: Cel) -> Context<'c> {
    let mut scope = context.new_inner_scope();
    scope.add_variable_from_value("self", value);
    scope
}

/// The functions that rules may call. `matches` keeps its automata: compiling them anew for each
/// value would cost more than everything else.
pub(super) fn context() -> Context<'static> {
    let mut context = Context::default().with_all();
    let compiled: Mutex<HashMap<Arc<String>, Arc<Regex>>> = Mutex::default();
    let matches = move |ftx: &FunctionContext<'_, '_>,
                        This(text): This<Arc<String>>,
                        pattern: Arc<String>| {
        let known = compiled.lock().unwrap_or_else(PoisonError::into_inner).get(&pattern).cloned();
        let regex = match known {
            Some(regex) => regex,
            None => {
                let regex = Regex::new(&pattern).map_err(|error| ftx.error(error))?;
                let regex = Arc::new(regex);
                let mut compiled = compiled.lock().unwrap_or_else(PoisonError::into_inner);
                compiled.insert(pattern, regex.clone());
                regex
            }
        };
        Ok::<bool, ExecutionError>(regex.is_match(text.as_str()))
    };
    context.add_function("matches", matches);
    context
}

/// Every word of a rule: fields among them are what it can read. (Words of its string literals
/// only make the set larger.)
fn identifiers(rule: &str) -> impl Iterator<Item = String> {
    rule.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
}

impl Shape {
    fn new(schema: &Value, names: &BTreeSet<String>) -> Self {
        let fields = schema.get("properties").and_then(Value::as_object).map(|properties| {
            properties
                .iter()
                .map(|(name, property)| (name, escape(name), property))
                .filter(|(_, escaped, _)| names.contains(escaped))
                .map(|(name, escaped, property)| {
                    (name.clone(), (Arc::new(escaped), Shape::new(property, names)))
                })
                .collect()
        });
        let items = schema.get("items").map(|items| Box::new(Shape::new(items, names)));
        Self { fields, items }
    }
}

/// The name of a field in CEL, where it is a reserved word. Fields of this crate's resources have
/// letters and digits only, so nothing else has to be escaped.
fn escape(name: &str) -> String {
    match name {
        "true" | "false" | "null" | "in" | "as" | "break" | "const" | "continue" | "else"
        | "for" | "function" | "if" | "import" | "let" | "loop" | "package" | "namespace"
        | "return" | "var" | "void" | "while" => format!("__{name}__"),
        _ => name.to_owned(),
    }
}

fn convert(value: &Value, shape: &Shape) -> Cel {
    match value {
        Value::Null => Cel::Null,
        Value::Bool(bool) => Cel::Bool(*bool),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(int), _) => Cel::Int(int),
            (None, Some(uint)) => Cel::UInt(uint),
            (None, None) => Cel::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(text) => Cel::String(Arc::new(text.clone())),
        Value::Array(items) => {
            let any = Shape::default();
            let shape = shape.items.as_deref().unwrap_or(&any);
            Cel::List(Arc::new(items.iter().map(|item| convert(item, shape)).collect()))
        }
        Value::Object(object) => {
            let map: HashMap<Key, Cel> = match &shape.fields {
                Some(fields) => fields
                    .iter()
                    .filter_map(|(name, (escaped, shape))| {
                        let value = convert(object.get(name)?, shape);
                        Some((Key::String(escaped.clone()), value))
                    })
                    .collect(),
                None => object
                    .iter()
                    .map(|(key, value)| {
                        (Key::String(Arc::new(key.clone())), convert(value, &Shape::default()))
                    })
                    .collect(),
            };
            Cel::Map(Map { map: Arc::new(map) })
        }
    }
}
