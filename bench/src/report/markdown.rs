//! What a page is made of.

use std::fmt;

/// A table: names on the left, figures on the right.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// How many columns have names.
    names: usize,
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub(super) fn new<F: Into<String>>(
        names: &[&str],
        figures: impl IntoIterator<Item = F>,
    ) -> Self {
        let head = names.iter().map(|&name| name.to_owned());
        let head = head.chain(figures.into_iter().map(Into::into)).collect();
        Self { names: names.len(), head, rows: Vec::new() }
    }

    /// Adds a row. Its cells are Markdown.
    pub(super) fn row(
        &mut self,
        names: impl IntoIterator<Item = String>,
        figures: impl IntoIterator<Item = Option<String>>,
    ) {
        let figures = figures.into_iter().map(|figure| figure.unwrap_or_else(|| "–".to_owned()));
        self.rows.push(names.into_iter().chain(figures).collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = |column: usize| if column < self.names { "---" } else { "---:" };
        let rules: Vec<_> = (0..self.head.len()).map(rule).collect();
        writeln!(f, "| {} |", self.head.join(" | "))?;
        writeln!(f, "|{}|", rules.join("|"))?;
        self.rows.iter().try_for_each(|row| writeln!(f, "| {} |", row.join(" | ")))
    }
}

/// A text of others, which is shown as it is and has no say in the page.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_control() => out.push(' '),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_aligns_figures_to_the_right() {
        let mut table = Table::new(&["kind"], ["10"]);
        table.row(["host".to_owned()], [Some("1 ns".to_owned())]);
        table.row(["regex".to_owned()], [None]);
        let text = "| kind | 10 |\n|---|---:|\n| host | 1 ns |\n| regex | – |\n";
        assert_eq!(table.to_string(), text);
    }

    #[test]
    fn a_text_of_others_is_no_markup() {
        let text = "a|b\n<script> `c` [d](e) **f**";
        assert_eq!(plain(text), "a\\|b &lt;script> \\`c\\` \\[d\\](e) \\*\\*f\\*\\*");
    }
}
