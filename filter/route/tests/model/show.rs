//! A case as a person reads it in a failure.

use super::{Gateway, Match, Path, Request, Rule, Value};
use std::fmt::{Display, Formatter, Result};

/// Bytes as text, what is not printable escaped.
fn bytes(bytes: &[u8]) -> String {
    format!("\"{}\"", bytes.escape_ascii())
}

impl Display for Gateway {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "gateway: fallthrough {}, {:?}", self.fallthrough, self.regex_rank)?;
        for listener in &self.listeners {
            writeln!(f, "  {listener:?}")?;
        }
        for (number, backend) in self.backends.iter().enumerate() {
            writeln!(f, "  backend {number}: {backend:?}")?;
        }
        for route in &self.routes {
            writeln!(
                f,
                "  route {} created {:?} on {:?} hostnames {:?}",
                route.name, route.created, route.parents, route.hostnames
            )?;
            for rule in &route.rules {
                write!(f, "{rule}")?;
            }
        }
        Ok(())
    }
}

impl Display for Rule {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "    rule name {:?} error {:?}", self.name, self.error)?;
        for matched in &self.matches {
            writeln!(f, "      match {matched}")?;
        }
        for filter in &self.filters {
            writeln!(f, "      filter {filter:?}")?;
        }
        for backend in &self.backends {
            writeln!(f, "      {backend:?}")?;
        }
        Ok(())
    }
}

impl Display for Match {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match &self.path {
            Path::Exact(path) => write!(f, "path = {path:?}")?,
            Path::Prefix(path) => write!(f, "path prefix {path:?}")?,
            Path::Regex(pattern) => write!(f, "path ~ {pattern:?}")?,
        }
        if let Some(method) = &self.method {
            write!(f, ", method {method:?}")?;
        }
        let named = [("header", &self.headers), ("query", &self.query)];
        for (what, conditions) in named {
            for (name, value) in conditions {
                match value {
                    Value::Exact(exact) => write!(f, ", {what} {name:?} = {exact:?}")?,
                    Value::Regex(pattern) => write!(f, ", {what} {name:?} ~ {pattern:?}")?,
                }
            }
        }
        Ok(())
    }
}

impl Display for Request {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "request: {} host {} ", bytes(&self.method), bytes(&self.authority))?;
        write!(f, "path {}, port {:?}, ", bytes(&self.path), self.port)?;
        write!(f, "sni {:?}, draw {}", self.sni.as_deref().map(bytes), self.draw)?;
        for (name, value) in &self.headers {
            write!(f, "\n  {}: {}", bytes(name), bytes(value))?;
        }
        Ok(())
    }
}
