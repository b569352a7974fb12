//! JSON as events. The YAML parser reads most JSON, but neither surrogate pairs in escapes nor
//! several values after one another, and it complains about JSON in the words of YAML.

use std::borrow::Cow;
use std::ops::Range;

use super::parse::{Event, Scalar, Spanned, SyntaxError};

/// Events from JSON text (RFC 8259), any number of values after one another.
pub(super) struct JsonEvents<'a> {
    text: &'a str,
    at: usize,
    end: usize,
    open: Vec<Open>,
    state: State,
}

#[derive(Clone, Copy, PartialEq)]
enum Open {
    List,
    Object,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Between values of the stream.
    Outside,
    /// The value of the document, of a list entry or of a field has to come.
    Value,
    /// After `[`: a value or `]`.
    FirstEntry,
    /// After `{`: a name or `}`.
    FirstName,
    /// After `,` in an object.
    Name,
    /// After a value.
    After,
}

impl<'a> JsonEvents<'a> {
    pub(super) fn new(text: &'a str, chunk: Range<usize>) -> Self {
        let end = chunk.end;
        let at = if text[chunk.clone()].starts_with("---") { chunk.start + 3 } else { chunk.start };
        Self { text, at, end, open: Vec::new(), state: State::Outside }
    }

    pub(super) fn next(&mut self) -> Result<Spanned<'a>, SyntaxError> {
        self.skip_space();
        match self.state {
            State::Outside if self.at >= self.end => Ok((Event::StreamEnd, self.end..self.end)),
            State::Outside => {
                self.state = State::Value;
                Ok((Event::DocumentStart, self.at..self.at))
            }
            State::Value => self.value(),
            State::FirstEntry if self.peek() == Some(b']') => Ok(self.close(Event::SequenceEnd)),
            State::FirstEntry => self.value(),
            State::FirstName if self.peek() == Some(b'}') => Ok(self.close(Event::MappingEnd)),
            State::FirstName | State::Name => self.name(),
            State::After => self.after(),
        }
    }

    fn after(&mut self) -> Result<Spanned<'a>, SyntaxError> {
        match (self.open.last(), self.peek()) {
            (None, _) => {
                self.state = State::Outside;
                Ok((Event::DocumentEnd, self.at..self.at))
            }
            (Some(Open::List), Some(b']')) => Ok(self.close(Event::SequenceEnd)),
            (Some(Open::Object), Some(b'}')) => Ok(self.close(Event::MappingEnd)),
            (Some(open), Some(b',')) => {
                self.state = if *open == Open::List { State::Value } else { State::Name };
                self.at += 1;
                self.next()
            }
            (Some(Open::List), _) => self.fail("expected `,` or `]` after the entry of a list"),
            (Some(Open::Object), _) => self.fail("expected `,` or `}` after the value of a field"),
        }
    }

    fn value(&mut self) -> Result<Spanned<'a>, SyntaxError> {
        let start = self.at;
        match self.peek() {
            Some(b'[') => {
                self.at += 1;
                self.open.push(Open::List);
                self.state = State::FirstEntry;
                Ok((Event::SequenceStart(0), start..self.at))
            }
            Some(b'{') => {
                self.at += 1;
                self.open.push(Open::Object);
                self.state = State::FirstName;
                Ok((Event::MappingStart(0), start..self.at))
            }
            Some(b'"') => {
                let text = self.string()?;
                self.state = State::After;
                Ok((scalar(text, false), start..self.at))
            }
            Some(b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
                let rest = &self.text[start..self.end];
                let length = rest
                    .bytes()
                    .take_while(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b))
                    .count();
                let word = &rest[..length];
                if serde_json::from_str::<serde::de::IgnoredAny>(word).is_err() {
                    return self.fail("expected a value: a string in double quotes, a number, `true`, `false`, `null`, `[` or `{`");
                }
                self.at += length;
                self.state = State::After;
                Ok((scalar(Cow::Borrowed(word), true), start..self.at))
            }
            Some(b']' | b'}') if self.state == State::Value && !self.open.is_empty() => {
                self.fail("expected a value after `,`")
            }
            None => self.fail("the text ends where a value has to come"),
            Some(_) => self.fail("expected a value: a string in double quotes, a number, `true`, `false`, `null`, `[` or `{`"),
        }
    }

    fn name(&mut self) -> Result<Spanned<'a>, SyntaxError> {
        let start = self.at;
        if self.peek() != Some(b'"') {
            return self.fail("expected the name of a field, in double quotes");
        }
        let text = self.string()?;
        let end = self.at;
        self.skip_space();
        if self.peek() != Some(b':') {
            return self.fail("expected `:` after the name of a field");
        }
        self.at += 1;
        self.state = State::Value;
        Ok((scalar(text, false), start..end))
    }

    /// A string from its opening quote on.
    fn string(&mut self) -> Result<Cow<'a, str>, SyntaxError> {
        let start = self.at;
        let bytes = &self.text.as_bytes()[..self.end];
        let mut i = start + 1;
        let mut escaped = false;
        loop {
            match bytes.get(i) {
                None | Some(b'\n') => {
                    return self.fail("the quotation mark that opens here is never closed");
                }
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    i += 2;
                }
                Some(_) => i += 1,
            }
        }
        self.at = i + 1;
        if !escaped {
            return Ok(Cow::Borrowed(&self.text[start + 1..i]));
        }
        match serde_json::from_str(&self.text[start..=i]) {
            Ok(text) => Ok(Cow::Owned(text)),
            Err(error) => {
                self.at = start + error.column().saturating_sub(1);
                while !self.text.is_char_boundary(self.at) {
                    self.at -= 1;
                }
                self.fail("this is no escape sequence of JSON")
            }
        }
    }

    fn close(&mut self, event: Event<'a>) -> Spanned<'a> {
        let start = self.at;
        self.at += 1;
        self.open.pop();
        self.state = State::After;
        (event, start..self.at)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes()[..self.end].get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn fail<T>(&self, info: &str) -> Result<T, SyntaxError> {
        Err(SyntaxError { at: self.at, info: info.to_owned() })
    }
}

fn scalar(text: Cow<'_, str>, plain: bool) -> Event<'_> {
    Event::Scalar(Scalar { text, plain, tag: None, anchor: 0 })
}

#[cfg(test)]
mod tests {
    use super::{Event, JsonEvents, SyntaxError};

    fn read(text: &str) -> Result<Vec<String>, SyntaxError> {
        let mut events = JsonEvents::new(text, 0..text.len());
        let mut seen = Vec::new();
        loop {
            match events.next()?.0 {
                Event::StreamEnd => return Ok(seen),
                Event::Scalar(scalar) => seen.push(scalar.text.into_owned()),
                Event::DocumentStart => seen.push("<".into()),
                Event::DocumentEnd => seen.push(">".into()),
                Event::MappingStart(_) => seen.push("{".into()),
                Event::MappingEnd => seen.push("}".into()),
                Event::SequenceStart(_) => seen.push("[".into()),
                Event::SequenceEnd => seen.push("]".into()),
                Event::Alias(_) => seen.push("*".into()),
            }
        }
    }

    #[test]
    fn reads_values_one_after_another() {
        let text = "{\"a\": [1, -2.5e3, null], \"b\": {}}\n\t{\"\\ud83d\\ude00\": \"\\/\"} []";
        let expected = "< { a [ 1 -2.5e3 null ] b { } } > < { 😀 / } > < [ ] >";
        assert_eq!(read(text).unwrap().join(" "), expected);
    }

    #[test]
    fn says_where_it_stops() {
        for (text, at) in [
            ("{\"a\": 1,}", 8),
            ("[1, ]", 4),
            ("{\"a\" 1}", 5),
            ("{a: 1}", 1),
            ("[1 2]", 3),
            ("{\"a\": 01}", 6),
            ("{\"a\": \"x", 6),
            ("{\"a\": \"\\q\"}", 8),
            ("[", 1),
            ("[1", 2),
        ] {
            assert_eq!(read(text).unwrap_err().at, at, "{text}");
        }
    }
}
