//! A client that costs little: requests are bytes that were written before, answers are read no
//! further than to know that they are right.

use super::address_of;
use crate::workload::Sample;
use anyhow::{Context, Result, bail, ensure};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long an answer may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// A request as bytes, with what has to come back.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    request: Vec<u8>,
    /// The body of the answer.
    answer: String,
}

impl Prepared {
    /// A GET as a client sends it through a few headers of its own: six in all.
    pub(crate) fn get(sample: &Sample) -> Self {
        let mut request = format!(
            "GET {} HTTP/1.1\r\nhost: {}\r\nuser-agent: kgwc-bench\r\naccept: */*\r\n\
             accept-language: en\r\n",
            sample.path, sample.authority
        );
        for (name, value) in &sample.headers {
            request += &format!("{name}: {value}\r\n");
        }
        request += "\r\n";
        let answer = sample.service.map(|service| address_of(service).to_string());
        Self { request: request.into_bytes(), answer: answer.unwrap_or_default() }
    }
}

/// An answer as far as anybody wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Its status.
    pub(crate) status: u16,
    /// The value of its header `location`.
    pub(crate) location: Option<String>,
    body: Vec<u8>,
}

/// A connection that is kept.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// A connection to a proxy.
    pub(crate) fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).context("no connection to Envoy")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(DEADLINE))?;
        Ok(Self { stream, buffer: Vec::with_capacity(4096) })
    }

    /// Sends a request.
    pub(crate) fn send(&mut self, prepared: &Prepared) -> Result<()> {
        self.stream.write_all(&prepared.request).context("Envoy takes no request")
    }

    /// Waits for the answer to the request that was sent, and for no other.
    pub(crate) fn receive(&mut self) -> Result<Answer> {
        self.buffer.clear();
        let mut piece = [0; 4096];
        loop {
            let count = self.stream.read(&mut piece).context("no answer from Envoy")?;
            ensure!(count > 0, "Envoy has closed the connection");
            self.buffer.extend_from_slice(&piece[..count]);
            if let Some(answer) = parse(&self.buffer)? {
                return Ok(answer);
            }
        }
    }

    /// Waits for the right answer to a request that was sent.
    pub(crate) fn expect(&mut self, prepared: &Prepared) -> Result<()> {
        let answer = self.receive()?;
        if answer.status != 200 || answer.body != prepared.answer.as_bytes() {
            bail!(
                "{} was answered {} {:?} in place of 200 {:?}",
                String::from_utf8_lossy(&prepared.request).lines().next().unwrap_or_default(),
                answer.status,
                String::from_utf8_lossy(&answer.body),
                prepared.answer
            );
        }
        Ok(())
    }
}

/// An answer with a `content-length`, once all of it is there.
fn parse(bytes: &[u8]) -> Result<Option<Answer>> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&bytes[..end]).context("the head of an answer is no text")?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let status = status.context("an answer has no status")?;
    let headers: Vec<_> = lines.filter_map(|line| line.split_once(": ")).collect();
    let value = |name: &str| {
        let found = headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| *value)
    };
    let length = value("content-length").map_or(Ok(0), str::parse::<usize>);
    let length = length.context("the length of an answer is no number")?;
    let body = &bytes[end + 4..];
    if body.len() < length {
        return Ok(None);
    }
    ensure!(body.len() == length, "an answer is longer than it says");
    let location = value("location").map(str::to_owned);
    Ok(Some(Answer { status, location, body: body.to_vec() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_to_its_end_and_no_further() {
        let answer = b"HTTP/1.1 301 Moved\r\nLocation: /a\r\ncontent-length: 2\r\n\r\nok";
        for end in 0..answer.len() {
            assert_eq!(parse(&answer[..end]).unwrap(), None, "{end}");
        }
        let whole = parse(answer).unwrap().unwrap();
        assert_eq!((whole.status, whole.location.as_deref()), (301, Some("/a")));
        assert_eq!(whole.body, b"ok");
        assert!(parse(&[&answer[..], b"x"].concat()).is_err());
        let empty = parse(b"HTTP/1.1 404 Not Found\r\n\r\n").unwrap().unwrap();
        assert_eq!((empty.status, empty.body.len()), (404, 0));
    }
}
