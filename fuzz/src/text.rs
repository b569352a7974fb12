//! Requests as text that a person can write and a fuzzer can cut up:
//!
//! ```text
//! PORT SNI DRAW
//! METHOD PATH AUTHORITY
//! name: value
//! ```
//!
//! A port or SNI of `-` is absent. What is missing is empty; nothing is refused.

use crate::model::Request;

/// Reads a request.
pub(crate) fn request(text: &[u8]) -> Request {
    let mut lines = text.split(|&b| b == b'\n');
    let mut first = lines.next().unwrap_or_default().split(|&b| b == b' ');
    let mut word = || first.next().unwrap_or_default();
    let (port, sni, draw) = (word(), word(), word());
    let mut second = lines.next().unwrap_or_default().splitn(3, |&b| b == b' ');
    let mut word = || second.next().unwrap_or_default().to_vec();
    Request {
        port: number(port),
        sni: (sni != b"-" && !sni.is_empty()).then(|| sni.to_vec()),
        draw: number(draw).unwrap_or_default(),
        method: word(),
        path: word(),
        authority: word(),
        headers: lines.filter(|line| !line.is_empty()).map(header).collect(),
    }
}

/// A number, if it is one.
pub(crate) fn number<N: std::str::FromStr>(text: &[u8]) -> Option<N> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn header(line: &[u8]) -> (Vec<u8>, Vec<u8>) {
    // A pseudo header begins with a colon.
    let colon = line.iter().skip(1).position(|&b| b == b':').map(|at| at + 1);
    let (name, value) = line.split_at(colon.unwrap_or(line.len()));
    (name.to_vec(), value.strip_prefix(b":").unwrap_or(value).trim_ascii_start().to_vec())
}
