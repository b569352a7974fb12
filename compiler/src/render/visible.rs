//! Text of others on a terminal or in the log of a pipeline: it changes nothing but its own place.

use std::borrow::Cow;

/// The text with escapes in place of control characters, ends of lines among them, and of
/// characters that turn the direction of writing.
pub(crate) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let turns = matches!(c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        match c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}') {
            true => out.extend(c.escape_default()),
            false => out.push(c),
        }
    }
    // Commands of Azure Pipelines, and of older runners of GitHub Actions: they may stand anywhere.
    match out.contains("##") {
        true => out.replace("##[", "#\\u{23}[").replace("##vso[", "#\\u{23}vso["),
        false => out,
    }
}

/// The same for text of several lines. None of them is a workflow command, which begins with `::`
/// after any spaces: whoever runs in GitHub Actions would carry it out.
pub(crate) fn visible_lines(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(|line| plain(visible(line))).collect();
    lines.join("\n")
}

fn plain(line: String) -> String {
    match line.trim_start().starts_with("::") {
        true => line.replacen(':', "\\u{3a}", 1),
        false => line,
    }
}

/// The name of a file, which may stand at the beginning of a line.
pub(crate) fn visible_name(name: &str) -> String {
    let name = match name.trim_start().starts_with("::") {
        true => Cow::Owned(format!("./{name}")),
        false => Cow::Borrowed(name),
    };
    visible(&name)
}

#[cfg(test)]
mod tests {
    use super::{visible, visible_lines, visible_name};

    #[test]
    fn what_would_change_other_text_is_escaped() {
        assert_eq!(visible("a\u{1b}[2J\u{7}\0b\r\nc"), r"a\u{1b}[2J\u{7}\u{0}b\r\nc");
        assert_eq!(visible("a\u{202e}b\u{2067}c\u{61c}"), r"a\u{202e}b\u{2067}c\u{61c}");
        assert_eq!(visible("Jürgen 東京"), "Jürgen 東京");
    }

    #[test]
    fn no_text_holds_a_command_of_a_pipeline() {
        assert_eq!(visible("a ##vso[task.x]b"), r"a #\u{23}vso[task.x]b");
        assert_eq!(visible("###[error]b"), r"##\u{23}[error]b");
        assert_eq!(visible("## a [b]"), "## a [b]");
    }

    #[test]
    fn no_line_begins_as_a_command() {
        let text = "log:\n  ::error::a\r\n::set-output name=a::b\na::b";
        let shown = "log:\n  \\u{3a}:error::a\\r\n\\u{3a}:set-output name=a::b\na::b";
        assert_eq!(visible_lines(text), shown);
        assert_eq!(visible_name("::error::a.yaml"), "./::error::a.yaml");
        assert_eq!(visible_name("a.yaml"), "a.yaml");
    }
}
