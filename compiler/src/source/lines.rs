//! Lines and columns of a text.

use std::ops::Range;

/// Where the lines of a text begin. A line ends with LF, CR LF or CR, as in YAML.
#[derive(Debug)]
pub(super) struct Lines {
    starts: Vec<u32>,
    ascii: bool,
}

impl Lines {
    /// `text` is shorter than 4 GiB; `read` sees to that.
    pub(super) fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (i, byte) in bytes.iter().enumerate() {
            let ends = match byte {
                b'\n' => true,
                b'\r' => bytes.get(i + 1) != Some(&b'\n'),
                _ => false,
            };
            if ends {
                starts.push(u32::try_from(i + 1).unwrap_or(u32::MAX));
            }
        }
        Self { starts, ascii: text.is_ascii() }
    }

    /// How many lines there are; a line break at the end begins one more, empty line.
    pub(super) fn count(&self) -> usize {
        self.starts.len()
    }

    /// The line, from 0, that a byte is on.
    pub(super) fn line_of(&self, byte: usize) -> usize {
        self.starts.partition_point(|&start| start as usize <= byte).saturating_sub(1)
    }

    /// The bytes of a line, without its end.
    pub(super) fn range(&self, text: &str, line: usize) -> Range<usize> {
        let start = self.starts.get(line).map_or(text.len(), |&start| start as usize);
        let end = self.starts.get(line + 1).map_or(text.len(), |&end| end as usize);
        let content = text[start..end].trim_end_matches(['\n', '\r']).len();
        start..start + content
    }

    /// The byte that is `column` characters (from 0) into a line (from 0).
    pub(super) fn byte_at(&self, text: &str, line: usize, column: usize) -> usize {
        let Some(&start) = self.starts.get(line) else { return text.len() };
        let start = start as usize;
        if self.ascii {
            return (start + column).min(text.len());
        }
        text[start..].char_indices().nth(column).map_or(text.len(), |(i, _)| start + i)
    }

    /// The column of a byte, in characters from 0.
    pub(super) fn column_of(&self, text: &str, byte: usize) -> usize {
        let start = self.starts[self.line_of(byte)] as usize;
        if self.ascii { byte - start } else { text[start..byte].chars().count() }
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn every_kind_of_line_end_counts() {
        let text = "a\r\nbé\rc\n";
        let lines = Lines::new(text);
        let contents: Vec<_> = (0..lines.count()).map(|i| &text[lines.range(text, i)]).collect();
        assert_eq!(contents, ["a", "bé", "c", ""]);
        assert_eq!(lines.line_of(text.find('c').unwrap()), 2);
        assert_eq!(lines.column_of(text, text.find('\u{e9}').unwrap() + 2), 2);
        assert_eq!(&text[lines.byte_at(text, 1, 1)..][..2], "é");
    }
}
