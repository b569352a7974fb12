//! One connection: requests out, responses in.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::Instant;

use super::error::ClientError;
use super::message::{RawRequest, RawResponse};
use super::timed::{Stream, Timed};
use super::tls;

/// Bytes of a response that are read before it is taken for an error.
const LIMIT: u64 = 64 << 20;

/// Interim responses that are read before one is taken for an error.
const MOST_INTERIM: usize = 16;

pub(super) struct Connection(BufReader<Box<dyn Stream>>);

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connection")
    }
}

impl Connection {
    pub(super) fn open(
        address: SocketAddr,
        tls: Option<&str>,
        deadline: Instant,
    ) -> Result<Self, ClientError> {
        let stream = Timed::connect(address, deadline)
            .map_err(|source| ClientError::Connect { address, source })?;
        let stream: Box<dyn Stream> = match tls {
            None => Box::new(stream),
            Some(name) => Box::new(tls::handshake(stream, name)?),
        };
        Ok(Self(BufReader::new(stream)))
    }

    /// One request and its response; whether another may follow on this connection.
    pub(super) fn exchange(
        &mut self,
        request: &RawRequest,
        deadline: Instant,
    ) -> Result<(RawResponse, bool), ClientError> {
        self.0.get_mut().give_up_at(deadline);
        self.0.get_mut().write_all(&request.encode()).map_err(before_answer)?;
        self.0.get_mut().flush().map_err(before_answer)?;
        for _ in 0..=MOST_INTERIM {
            let head = read_head(&mut self.0)?;
            if (100..200).contains(&head.status) {
                continue;
            }
            let (body, is_reusable) = self.body(&request.method, &head)?;
            let Head { status, headers, .. } = head;
            return Ok((RawResponse { status, headers, body }, is_reusable));
        }
        Err(ClientError::NotHttp("there are too many interim responses"))
    }

    /// RFC 9112, section 6.3.
    fn body(&mut self, method: &[u8], head: &Head) -> Result<(Vec<u8>, bool), ClientError> {
        let is_reusable = head.is_1_1 && !head.has_token("connection", "close");
        if method == b"HEAD" || matches!(head.status, 204 | 304) {
            return Ok((Vec::new(), is_reusable));
        }
        if head.has_token("transfer-encoding", "chunked") {
            return Ok((read_chunks(&mut self.0)?, is_reusable));
        }
        let mut body = Vec::new();
        if let Some(length) = head.content_length()? {
            self.0.by_ref().take(length).read_to_end(&mut body)?;
            if body.len() as u64 != length {
                return Err(io::Error::from(ErrorKind::UnexpectedEof).into());
            }
            return Ok((body, is_reusable));
        }
        self.0.by_ref().take(LIMIT).read_to_end(&mut body)?;
        Ok((body, false))
    }
}

struct Head {
    is_1_1: bool,
    status: u16,
    headers: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Head {
    fn values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let same = move |n: &[u8]| n.eq_ignore_ascii_case(name.as_bytes());
        self.headers.iter().filter(move |(n, _)| same(n)).map(|(_, value)| value.as_slice())
    }

    fn has_token(&self, name: &str, token: &str) -> bool {
        self.values(name)
            .flat_map(|value| value.split(|&b| b == b','))
            .any(|part| part.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
    }

    fn content_length(&self) -> Result<Option<u64>, ClientError> {
        let Some(value) = self.values("content-length").next() else { return Ok(None) };
        let length = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
        match length {
            Some(length) if length <= LIMIT => Ok(Some(length)),
            _ => Err(ClientError::NotHttp("its content-length is no length, or too long")),
        }
    }
}

/// The status line and the headers.
fn read_head(stream: &mut impl BufRead) -> Result<Head, ClientError> {
    let line = read_line(stream).map_err(before_answer)?.ok_or(ClientError::Closed)?;
    let not_http = ClientError::NotHttp("its first line is no status line");
    let (is_1_1, rest) = match line.split_at_checked(9) {
        Some((b"HTTP/1.1 ", rest)) => (true, rest),
        Some((b"HTTP/1.0 ", rest)) => (false, rest),
        _ => return Err(not_http),
    };
    let status = status(rest).ok_or(not_http)?;
    let mut headers = Vec::new();
    loop {
        let line = read_line(stream)?.ok_or(io::Error::from(ErrorKind::UnexpectedEof))?;
        if line.is_empty() {
            return Ok(Head { is_1_1, status, headers });
        }
        let colon = line.iter().position(|&b| b == b':');
        let colon = colon.ok_or(ClientError::NotHttp("a header has no colon"))?;
        headers.push((line[..colon].to_vec(), line[colon + 1..].trim_ascii().to_vec()));
    }
}

/// Three digits, alone or before a space.
fn status(rest: &[u8]) -> Option<u16> {
    let code = rest.split(|&b| b == b' ').next().filter(|code| code.len() == 3)?;
    let digits = code.iter().all(u8::is_ascii_digit).then_some(code)?;
    let status = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (100..1000).contains(&status).then_some(status)
}

fn read_chunks(stream: &mut impl BufRead) -> Result<Vec<u8>, ClientError> {
    let mut body = Vec::new();
    loop {
        let line = read_line(stream)?.ok_or(io::Error::from(ErrorKind::UnexpectedEof))?;
        let size = line.split(|&b| b == b';').next().unwrap_or_default().trim_ascii();
        let size = std::str::from_utf8(size).ok().and_then(|s| u64::from_str_radix(s, 16).ok());
        let size = size.filter(|size| *size <= LIMIT);
        let size = size.ok_or(ClientError::NotHttp("a chunk has no size, or too much of it"))?;
        let wanted = body.len() as u64 + size;
        stream.by_ref().take(size).read_to_end(&mut body)?;
        if body.len() as u64 != wanted {
            return Err(io::Error::from(ErrorKind::UnexpectedEof).into());
        }
        if size == 0 {
            break;
        }
        read_line(stream)?;
    }
    // Trailers up to an empty line.
    while read_line(stream)?.is_some_and(|line| !line.is_empty()) {}
    Ok(body)
}

/// A line without its end; nothing at the end of the stream.
fn read_line(stream: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    stream.take(LIMIT).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(None);
    }
    if line.pop() != Some(b'\n') {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    line.pop_if(|last| *last == b'\r');
    Ok(Some(line))
}

/// A connection that the other side has given up looks different depending on who was first.
fn before_answer(error: io::Error) -> ClientError {
    match error.kind() {
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => {
            ClientError::Closed
        }
        _ => ClientError::Broken(error),
    }
}
