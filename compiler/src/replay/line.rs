//! One line of an access log.

use super::json;
use std::borrow::Cow;

/// What a line says about its request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Logged {
    pub(super) method: String,
    /// Path with query.
    pub(super) path: String,
    /// Host, with its port if it was sent.
    pub(super) authority: Option<String>,
    pub(super) https: Option<bool>,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) status: Option<u16>,
}

/// The field of a log that has no value.
const NONE: &str = "-";

/// Reads a line in Envoy's default format, Istio's, that of the generated Envoy configuration, the
/// combined or common format with or without a virtual host before it, or as a JSON object.
pub(super) fn parse(line: &str) -> Option<Logged> {
    let line = line.trim();
    if line.starts_with('{') {
        return json::parse(line);
    }
    let fields = fields(line)?;
    let first = fields.first()?;
    if first.kind == Kind::Bracketed {
        return envoy(&fields);
    }
    match fields.iter().position(|field| field.kind == Kind::Bracketed) {
        Some(date) => combined(&fields, date),
        None => own(&fields),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Bare,
    Quoted,
    Bracketed,
}

#[derive(Clone, Debug)]
struct Field<'l> {
    kind: Kind,
    text: Cow<'l, str>,
}

/// Splits at spaces outside of quotes and brackets; `None` where one of them does not end.
fn fields(line: &str) -> Option<Vec<Field<'_>>> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else { return Some(fields) };
        let (kind, text, after) = match first {
            '"' => {
                let (text, after) = request(&rest[1..]).or_else(|| quoted(&rest[1..]))?;
                (Kind::Quoted, text, after)
            }
            '[' => {
                let (text, after) = rest[1..].split_once(']')?;
                (Kind::Bracketed, Cow::Borrowed(text), after)
            }
            _ => {
                let (text, after) = rest.split_once(' ').unwrap_or((rest, ""));
                (Kind::Bare, Cow::Borrowed(text), after)
            }
        };
        fields.push(Field { kind, text });
        rest = after;
    }
}

/// A request line: it ends with its protocol. Not every host escapes the quotes inside it.
fn request(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let method = text.split(' ').next().filter(|method| is_method(method))?;
    let protocol = method.len() + text[method.len()..].find(" HTTP/")?;
    let end = protocol + text[protocol..].find('"')?;
    // An earlier quote before a blank ends the field, and the protocol belongs to another.
    let (line, after) = (&text[..end], &text[end + 1..]);
    if line.contains("\" ") {
        return None;
    }
    match line.contains('\\') {
        true => {
            quoted(&format!("{line}\"")).map(|(text, _)| (Cow::Owned(text.into_owned()), after))
        }
        false => Some((Cow::Borrowed(line), after)),
    }
}

/// Text up to the closing quote, and what is behind it. `\"` is a quote, `\x22` a byte.
fn quoted(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let end = text.find(['"', '\\'])?;
    if text.as_bytes().get(end) == Some(&b'"') {
        return Some((Cow::Borrowed(&text[..end]), &text[end + 1..]));
    }
    let mut bytes = Vec::new();
    let mut rest = text;
    loop {
        let at = rest.find(['"', '\\'])?;
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        if rest.as_bytes().get(at) == Some(&b'"') {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            return Some((Cow::Owned(text), &rest[at + 1..]));
        }
        let escaped = &rest[at + 1..];
        let byte = escaped.strip_prefix('x').and_then(|hex| hex.get(..2));
        match byte.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &escaped[3..];
            }
            None => {
                let c = escaped.chars().next()?;
                bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                rest = &escaped[c.len_utf8()..];
            }
        }
    }
}

/// `[time] "GET /path HTTP/1.1" 200 ...`. Of the quoted fields behind, Envoy has x-forwarded-for,
/// user-agent, x-request-id and the authority; Istio has one more before them. They are told apart
/// by the fields in between: six in Envoy's format, four in Istio's.
fn envoy(fields: &[Field<'_>]) -> Option<Logged> {
    let mut logged = request_line(fields.get(1).filter(|field| field.kind == Kind::Quoted)?)?;
    logged.status = status(fields.get(2)?);
    let behind = fields.get(2..)?;
    let bare = behind.iter().take_while(|field| field.kind == Kind::Bare).count();
    let quoted: Vec<_> = behind.iter().filter(|field| field.kind == Kind::Quoted).collect();
    let first = usize::from(bare < 6);
    for (name, number) in [("x-forwarded-for", 0), ("user-agent", 1), ("x-request-id", 2)] {
        push(&mut logged.headers, name, quoted.get(first + number).map(|field| &*field.text));
    }
    if logged.authority.is_none() {
        logged.authority = value(&quoted.get(first + 3)?.text).map(str::to_owned);
    }
    Some(logged)
}

/// `[vhost:port] host ident user [time] "GET /path HTTP/1.1" 200 2326 "referer" "user-agent"`.
fn combined(fields: &[Field<'_>], date: usize) -> Option<Logged> {
    let request = fields.get(date + 1).filter(|field| field.kind == Kind::Quoted)?;
    let mut logged = request_line(request)?;
    logged.status = status(fields.get(date + 2)?);
    let text = |number: usize| fields.get(date + number).map(|field| &*field.text);
    push(&mut logged.headers, "referer", text(4));
    push(&mut logged.headers, "user-agent", text(5));
    // With a virtual host there is one field more before the time.
    if date == 4 && logged.authority.is_none() {
        logged.authority = fields.first().and_then(|field| value(&field.text)).map(str::to_owned);
    }
    Some(logged)
}

/// `time METHOD host/path 200 ...`.
fn own(fields: &[Field<'_>]) -> Option<Logged> {
    let [time, method, target, code, ..] = fields else { return None };
    if !time.text.contains('T') || !is_method(&method.text) {
        return None;
    }
    let at = target.text.find('/')?;
    let (authority, path) = target.text.split_at(at);
    Some(Logged {
        method: method.text.clone().into_owned(),
        path: path.to_owned(),
        authority: value(authority).map(str::to_owned),
        status: status(code),
        ..Logged::default()
    })
}

/// `GET /path HTTP/1.1`; a target with scheme and host says both.
fn request_line(field: &Field<'_>) -> Option<Logged> {
    let mut parts = field.text.split(' ').filter(|part| !part.is_empty());
    let (method, target) = (parts.next()?, parts.next()?);
    if !is_method(method) {
        return None;
    }
    let mut logged = Logged { method: method.to_owned(), ..Logged::default() };
    logged.aim(target)?;
    Some(logged)
}

impl Logged {
    /// Takes a path, or a URL with scheme and host.
    pub(super) fn aim(&mut self, target: &str) -> Option<()> {
        if target.starts_with('/') || target == "*" {
            target.clone_into(&mut self.path);
            return Some(());
        }
        let (scheme, rest) = target.split_once("://")?;
        let at = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(at);
        self.https = Some(scheme.eq_ignore_ascii_case("https"));
        self.authority = value(authority).map(str::to_owned);
        self.path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Some(())
    }
}

/// RFC 9110, section 9.1: a token; those in use are written in capitals.
pub(super) fn is_method(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'-')
}

fn status(field: &Field<'_>) -> Option<u16> {
    field.text.parse().ok().filter(|code| (100..600).contains(code))
}

/// What is there, if anything is.
pub(super) fn value(text: &str) -> Option<&str> {
    (!text.is_empty() && text != NONE).then_some(text)
}

fn push(headers: &mut Vec<(String, String)>, name: &str, text: Option<&str>) {
    headers.extend(text.and_then(value).map(|text| (name.to_owned(), text.to_owned())));
}

#[cfg(test)]
mod tests {
    use super::parse;

    /// Method, authority and path, status, and the headers.
    fn read(line: &str) -> Option<String> {
        let logged = parse(line)?;
        let headers: Vec<_> = logged.headers.iter().map(|(n, v)| format!("{n}={v}")).collect();
        Some(format!(
            "{} {}{} {} [{}]",
            logged.method,
            logged.authority.unwrap_or_default(),
            logged.path,
            logged.status.unwrap_or_default(),
            headers.join(" ")
        ))
    }

    #[test]
    fn formats_are_told_apart() {
        for (line, wanted) in [
            (
                r#"[2026-01-02T03:04:05.678Z] "POST /a?b=c HTTP/2" 204 - 154 0 226 100 "10.0.35.28" "curl/8" "cc21" "shop.example" "tcp://10.0.2.1:80""#,
                "POST shop.example/a?b=c 204 [x-forwarded-for=10.0.35.28 user-agent=curl/8 x-request-id=cc21]",
            ),
            (
                r#"[2026-01-02T03:04:05.678Z] "GET /a HTTP/1.1" 200 - via_upstream - "-" 0 13 5 4 "-" "curl/8" "cc21" "shop.example:8080" "10.1.1.1:80" outbound|80||shop.default.svc.cluster.local 10.1.1.2:1 10.1.1.2:2 10.1.1.3:3 - default"#,
                "GET shop.example:8080/a 200 [user-agent=curl/8 x-request-id=cc21]",
            ),
            (
                r#"127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326 "http://www.example.com/start" "Mozilla/4.08 \"x\"""#,
                "GET /apache_pb.gif 200 [referer=http://www.example.com/start user-agent=Mozilla/4.08 \"x\"]",
            ),
            (
                r#"shop.example:443 127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "HEAD / HTTP/1.0" 301 -"#,
                "HEAD shop.example:443/ 301 []",
            ),
            (
                "2026-01-02T03:04:05.678Z GET shop.example:8080/a?b 404 no-match",
                "GET shop.example:8080/a?b 404 []",
            ),
            (r#"1.2.3.4 - - [x] "GET /a?x="y"&z HTTP/1.1" 200 1"#, r#"GET /a?x="y"&z 200 []"#),
            (
                r#"1.2.3.4 - - [x] "GET http://shop.example/a HTTP/1.1" 200 1"#,
                "GET shop.example/a 200 []",
            ),
            (r#"1.2.3.4 - - [x] "GET /\x22\xc3\xa9 HTTP/1.1" 200 1"#, "GET /\"\u{e9} 200 []"),
        ] {
            assert_eq!(read(line).as_deref(), Some(wanted), "{line}");
        }
    }

    #[test]
    fn what_is_no_request_is_none() {
        for line in [
            "",
            "#Fields: date time",
            r#"1.2.3.4 - - [x] "-" 400 0"#,
            r#"1.2.3.4 - - [x] "\x16\x03\x01" 400 0"#,
            r#"[x] "GET / HTTP/1.1"#,
            r#"[x "GET / HTTP/1.1" 200"#,
            "GET / 200",
            "a T b c",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }
}
