//! The function that a path names.

use super::super::received::Received;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) name: String,
    /// Without the qualifier.
    pub(super) arn: Option<String>,
    pub(super) qualifier: Option<String>,
}

impl Function {
    /// The one that a request invokes; nothing where it is no call of Invoke.
    pub(super) fn invoked(request: &Received) -> Option<Self> {
        if request.method != "POST" {
            return None;
        }
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let name = path.strip_prefix("/2015-03-31/functions/")?.strip_suffix("/invocations")?;
        let mut function = Self::parse(&percent_decoded(name)?)?;
        let mut parameters = query.split('&').filter_map(|pair| pair.split_once('='));
        if let Some((_, qualifier)) = parameters.find(|(name, _)| *name == "Qualifier") {
            let qualifier = percent_decoded(qualifier)?;
            // The service refuses a contradiction.
            if function.qualifier.as_ref().is_some_and(|other| *other != qualifier) {
                return None;
            }
            function.qualifier = Some(qualifier);
        }
        Some(function)
    }

    /// `NAME`, `arn:aws:lambda:REGION:ACCOUNT:function:NAME` or `ACCOUNT:function:NAME`, each with
    /// or without `:QUALIFIER`.
    fn parse(text: &str) -> Option<Self> {
        let parts: Vec<_> = text.split(':').collect();
        let (name, arn, qualifier) = match parts[..] {
            [name] => (name, None, None),
            [name, qualifier] => (name, None, Some(qualifier)),
            [_, "function", name] => (name, None, None),
            [_, "function", name, qualifier] => (name, None, Some(qualifier)),
            ["arn", _, "lambda", _, _, "function", name] => (name, Some(&parts[..7]), None),
            ["arn", _, "lambda", _, _, "function", name, qualifier] => {
                (name, Some(&parts[..7]), Some(qualifier))
            }
            _ => return None,
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let is_valid = !name.is_empty() && name.chars().all(is_name);
        is_valid.then(|| Self {
            name: name.to_owned(),
            arn: arn.map(|parts| parts.join(":")),
            qualifier: qualifier.map(str::to_owned),
        })
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut out = parts.next()?.to_owned();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        let byte = u8::from_str_radix(digits, 16).ok().filter(u8::is_ascii)?;
        out.push(byte.into());
        out.push_str(rest);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(name: &str, arn: Option<&str>, qualifier: Option<&str>) -> Option<Function> {
        let owned = |text: &str| text.to_owned();
        Some(Function { name: owned(name), arn: arn.map(owned), qualifier: qualifier.map(owned) })
    }

    #[test]
    fn every_way_to_name_a_function() {
        let arn = "arn:aws:lambda:us-east-1:123456789012:function:hello-1";
        for (text, expected) in [
            ("hello-1", function("hello-1", None, None)),
            ("hello-1:7", function("hello-1", None, Some("7"))),
            ("123456789012:function:hello-1", function("hello-1", None, None)),
            ("123456789012:function:hello-1:$LATEST", function("hello-1", None, Some("$LATEST"))),
            (arn, function("hello-1", Some(arn), None)),
            (&format!("{arn}:prod"), function("hello-1", Some(arn), Some("prod"))),
            ("", None),
            ("a b", None),
            ("arn:aws:s3:us-east-1:123456789012:function:hello-1", None),
            ("a:b:c:d:e", None),
        ] {
            assert_eq!(Function::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn percent_encoding() {
        assert_eq!(percent_decoded("a%3Ab%3a%24").as_deref(), Some("a:b:$"));
        assert_eq!(percent_decoded("a%2"), None);
        assert_eq!(percent_decoded("a%zz"), None);
    }
}
