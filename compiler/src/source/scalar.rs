//! What a scalar means, by the rules of the library through which Kubernetes reads YAML
//! (`sigs.k8s.io/yaml`), so that a file means here what it means to `kubectl apply`:
//!
//! | text | value |
//! |---|---|
//! | `true` `yes` `on` `y`, `false` `no` `off` `n` (and Capital, UPPER) | a boolean (YAML 1.1) |
//! | nothing, `~`, `null` | null |
//! | `12` `+12` `1_000` `0x1f` `0o17` `017` `0b11` | an integer; a leading 0 is octal |
//! | `08` | 8, for it is not octal |
//! | `1.5` `.5` `1e3` | a number; without a fraction an integer, as JSON carries it: `1e3` is 1000 |
//! | `2024-01-01` `12:30` and all else | a string |
//! | quoted, `\|` and `>` | a string |
//!
//! A tag (`!!str 1`) decides before the form does.

use serde_json::{Number, Value};

use super::parse::Scalar;

/// Why a scalar has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum InvalidScalar {
    /// Not representable in JSON, which is what the API server is sent.
    #[error("`{0}` is a number that Kubernetes objects cannot hold")]
    NotFinite(String),
    /// The text does not fit its tag.
    #[error("`{text}` is not what the tag `{tag}` says")]
    Tag { tag: String, text: String },
    /// A tag that means nothing in a Kubernetes object.
    #[error("the tag `{0}` means nothing in a Kubernetes object")]
    UnknownTag(String),
}

/// The value of a scalar.
pub(super) fn resolve(scalar: &Scalar<'_>) -> Result<Value, InvalidScalar> {
    let text = scalar.text.as_ref();
    let Some(tag) = scalar.tag.as_deref() else {
        return if scalar.plain { plain(text) } else { Ok(Value::from(text)) };
    };
    let mismatch = || InvalidScalar::Tag { tag: tag.to_owned(), text: text.to_owned() };
    match tag {
        "!" | "!!str" | "!!timestamp" => Ok(Value::from(text)),
        "!!bool" => Some(plain(text)?).filter(Value::is_boolean).ok_or_else(mismatch),
        "!!null" => Some(plain(text)?).filter(Value::is_null).ok_or_else(mismatch),
        "!!int" => Some(plain(text)?).filter(|v| v.is_i64() || v.is_u64()).ok_or_else(mismatch),
        "!!float" => Some(plain(text)?).filter(Value::is_number).ok_or_else(mismatch),
        _ => Err(InvalidScalar::UnknownTag(tag.to_owned())),
    }
}

/// Whether a key asks for the fields of another mapping (<https://yaml.org/type/merge.html>).
pub(super) fn is_merge(key: &Scalar<'_>) -> bool {
    key.text == "<<" && (key.plain && key.tag.is_none() || key.tag.as_deref() == Some("!!merge"))
}

/// The name that a key has in JSON, where every key is a string: `1: x` is `"1": x`.
/// None for null, which is no name.
pub(super) fn key(scalar: &Scalar<'_>) -> Result<Option<String>, InvalidScalar> {
    Ok(match resolve(scalar)? {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    })
}

fn plain(text: &str) -> Result<Value, InvalidScalar> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Value::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Value::Bool(false)
        }
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF"
        | "-.inf" | "-.Inf" | "-.INF" => return Err(InvalidScalar::NotFinite(text.to_owned())),
        _ => match text.as_bytes() {
            [b'0'..=b'9' | b'+' | b'-' | b'.', ..] => match number(text) {
                Some(Ok(number)) => Value::Number(number),
                Some(Err(error)) => return Err(error),
                None => Value::from(text),
            },
            _ => Value::from(text),
        },
    })
}

fn number(text: &str) -> Option<Result<Number, InvalidScalar>> {
    // A fraction without digits before it knows no underscores.
    let digits = if text.starts_with('.') { text.to_owned() } else { text.replace('_', "") };
    if let Some(integer) = integer(&digits) {
        return Some(Ok(integer));
    }
    if !is_float(&digits) {
        return None;
    }
    let float: f64 = digits.parse().ok()?;
    Some(from_float(float).ok_or_else(|| InvalidScalar::NotFinite(text.to_owned())))
}

fn integer(text: &str) -> Option<Number> {
    let (negative, magnitude) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = magnitude.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    // `from_str_radix` would take a second sign.
    if !digits.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        0_i64.checked_sub_unsigned(magnitude).map(Number::from)
    } else {
        Some(Number::from(magnitude))
    }
}

/// `[-+]? ( digits [. digits?] | . digits ) ( [eE] [-+]? digits )?`
fn is_float(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let mantissa = match mantissa.split_once('.') {
        Some(("", fraction)) => digits(fraction),
        Some((whole, fraction)) => digits(whole) && (fraction.is_empty() || digits(fraction)),
        None => digits(mantissa),
    };
    mantissa && exponent.is_none_or(|e| digits(e.strip_prefix(['-', '+']).unwrap_or(e)))
}

/// A number without a fraction becomes an integer: the JSON that Kubernetes makes of it has no
/// decimal point either.
fn from_float(float: f64) -> Option<Number> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if float.fract() == 0.0 && float.abs() <= EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "within 2^53 and without a fraction")]
        return Some(Number::from(float as i64));
    }
    Number::from_f64(float)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde_json::{Value, json};

    use super::{InvalidScalar, Scalar, key, resolve};

    fn scalar<'a>(text: &'a str, plain: bool, tag: Option<&str>) -> Scalar<'a> {
        Scalar { text: Cow::Borrowed(text), plain, tag: tag.map(str::to_owned), anchor: 0 }
    }

    fn plain(text: &str) -> Value {
        resolve(&scalar(text, true, None)).unwrap()
    }

    #[test]
    fn booleans_are_those_of_yaml_1_1() {
        for text in ["true", "True", "yes", "on", "On", "y", "Y"] {
            assert_eq!(plain(text), json!(true), "{text}");
        }
        for text in ["false", "FALSE", "no", "off", "n"] {
            assert_eq!(plain(text), json!(false), "{text}");
        }
        assert_eq!(plain("oN"), json!("oN"));
    }

    #[test]
    fn numbers_are_those_of_go() {
        for (text, value) in [
            ("2", json!(2)),
            ("-2", json!(-2)),
            ("+2", json!(2)),
            ("1_000", json!(1000)),
            ("010", json!(8)),
            ("08", json!(8)),
            ("0o17", json!(15)),
            ("0x1F", json!(31)),
            ("0b11", json!(3)),
            ("-0b11", json!(-3)),
            ("18446744073709551615", json!(18_446_744_073_709_551_615_u64)),
            ("-9223372036854775808", json!(i64::MIN)),
            ("1.5", json!(1.5)),
            (".5", json!(0.5)),
            ("1.", json!(1)),
            ("1e3", json!(1000)),
            ("1.0", json!(1)),
            ("1e-3", json!(0.001)),
        ] {
            assert_eq!(plain(text), value, "{text}");
        }
    }

    #[test]
    fn the_rest_is_text() {
        for text in [
            "-",
            ".",
            "1.2.3",
            "10.0.0.1",
            "12:30",
            "2024-01-01",
            "1h",
            "0b12",
            "1e",
            "--1",
            "0x",
            "-+1",
        ] {
            assert_eq!(plain(text), json!(text), "{text}");
        }
        for text in ["1", "true", "~", ""] {
            assert_eq!(resolve(&scalar(text, false, None)).unwrap(), json!(text));
        }
    }

    #[test]
    fn nothing_and_tilde_are_null() {
        for text in ["", "~", "null", "NULL"] {
            assert_eq!(plain(text), Value::Null, "{text}");
        }
    }

    #[test]
    fn tags_decide() {
        let tagged = |tag, text| resolve(&scalar(text, true, Some(tag)));
        assert_eq!(tagged("!!str", "1"), Ok(json!("1")));
        assert_eq!(tagged("!!int", "1"), Ok(json!(1)));
        assert_eq!(tagged("!!float", "1"), Ok(json!(1)));
        assert!(matches!(tagged("!!int", "x"), Err(InvalidScalar::Tag { .. })));
        assert!(matches!(tagged("!Ref", "x"), Err(InvalidScalar::UnknownTag(_))));
    }

    #[test]
    fn what_json_cannot_carry_is_refused() {
        for text in [".nan", "-.inf", "1e999"] {
            let result = resolve(&scalar(text, true, None));
            assert_eq!(result, Err(InvalidScalar::NotFinite(text.to_owned())));
        }
    }

    #[test]
    fn keys_are_strings() {
        for (text, name) in [("on", "true"), ("1", "1"), ("010", "8"), ("a", "a")] {
            assert_eq!(key(&scalar(text, true, None)), Ok(Some(name.to_owned())));
        }
        assert_eq!(key(&scalar("~", true, None)), Ok(None));
    }
}
