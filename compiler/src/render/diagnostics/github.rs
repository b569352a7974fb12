//! Diagnostics as workflow commands, which GitHub Actions shows beside the lines of a change.

use std::fmt::Write;

use super::{Located, located};
use crate::diagnostic::{Diagnostic, Severity};
use crate::render::workflow;
use crate::source::{Location, Position, Sources};

/// One command on a line of its own for each problem.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let mut output = String::new();
    for problem in located(diagnostics, sources) {
        output.push_str(&command(&problem));
        output.push('\n');
    }
    output
}

fn command(problem: &Located<'_>) -> String {
    let Diagnostic { code, severity, message, help, .. } = problem.diagnostic;
    let name = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut properties = Vec::new();
    let mut text = message.clone();
    if let Some(Location { name, position: Some(position) }) =
        problem.location.as_ref().filter(|location| location.is_stdin())
    {
        text = format!("{name}:{}:{}: {text}", position.line, position.column);
    } else if let Some(Location { name, position }) = &problem.location {
        properties.push(("file", name.clone()));
        if let Some(Position { line, column, end_column, .. }) = position {
            // `endColumn` is the last column, not the one after it.
            let last = (end_column - 1).max(*column);
            properties.push(("line", line.to_string()));
            properties.push(("col", column.to_string()));
            properties.push(("endColumn", last.to_string()));
        }
    }
    properties.push(("title", code.as_str().to_owned()));
    for (location, message) in &problem.related {
        let place = match location {
            Some(Location { name, position: Some(position) }) => {
                format!(" ({name}:{}:{})", position.line, position.column)
            }
            Some(Location { name, position: None }) => format!(" ({name})"),
            None => String::new(),
        };
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{message}{place}");
    }
    if let Some(help) = help {
        let _ = write!(text, "\nhelp: {help}");
    }
    workflow::command(name, &properties, &text)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::super::fixture;
    use super::render;

    #[test]
    fn one_command_for_each_problem() {
        expect![[r#"
            ::notice title=no-input::nothing to do
            ::error file=no/such file.yaml,title=unreadable::there is no such file or folder
            ::error file=routes/a%2C b.yaml,line=5,col=5,endColumn=10,title=unknown-field::there is no field `matchs`%0Ahelp: did you mean `matches`?
            ::warning file=routes/a%2C b.yaml,line=6,col=21,endColumn=21,title=wrong-type::a number where a string is wanted%0A100%25 of it: here (routes/a, b.yaml:2:1)
        "#]].assert_eq(&render(&fixture::diagnostics(), &fixture::sources()));
    }
}
