//! A client of WebSocket.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::accept;
use super::frame::{Frame, Sender, TEXT};

/// How long the client waits for anything.
const PATIENCE: Duration = Duration::from_secs(10);
/// A test needs neither to be unpredictable.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
/// More than the headers of any answer, in bytes.
const LIMIT: usize = 1 << 20;

/// A connection of a client, over a proxy or not, after the handshake.
#[derive(Debug)]
pub struct WebSocket {
    stream: TcpStream,
    head: String,
    buffer: Vec<u8>,
}

impl WebSocket {
    /// Connects to an address and asks that host for an upgrade at a path (which may have a
    /// query).
    ///
    /// # Errors
    /// When nobody listens, or no correct 101 comes back within ten seconds: then the text has the
    /// answer as far as its headers.
    pub fn connect(address: SocketAddr, host: &str, path: &str) -> io::Result<Self> {
        Self::connect_with(address, host, path, &[])
    }

    /// The same with further headers.
    ///
    /// # Errors
    /// As [`Self::connect`].
    pub fn connect_with(
        address: SocketAddr,
        host: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        let mut socket = Self { stream, head: String::new(), buffer: Vec::new() };
        let headers: String = headers.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: {KEY}\r\n{headers}\r\n"
        );
        socket.stream.write_all(request.as_bytes())?;
        let end = loop {
            if let Some(end) = socket.buffer.windows(4).position(|w| w == b"\r\n\r\n") {
                break end + 4;
            }
            if socket.buffer.len() > LIMIT {
                return Err(io::Error::new(ErrorKind::InvalidData, "the headers have no end"));
            }
            socket.read_more()?;
        };
        socket.head = socket.buffer.drain(..end).map(char::from).collect();
        let is_accepted = socket.header("sec-websocket-accept") == Some(&accept(KEY));
        if !socket.head.starts_with("HTTP/1.1 101 ") || !is_accepted {
            return Err(io::Error::other(format!("no WebSocket: {}", socket.head)));
        }
        Ok(socket)
    }

    /// The first value of a header of the 101; names are compared without regard to case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// Sends a frame.
    ///
    /// # Errors
    /// When the connection is broken.
    pub fn send(&mut self, frame: &Frame) -> io::Result<()> {
        self.stream.write_all(&frame.encode(Some(MASK)))
    }

    /// Waits for a frame.
    ///
    /// # Errors
    /// When none comes within ten seconds; of the kind `UnexpectedEof` where none will come.
    pub fn receive(&mut self) -> io::Result<Frame> {
        loop {
            let decoded = Frame::decode(&self.buffer, Sender::Server);
            let decoded = decoded.map_err(|e| io::Error::new(ErrorKind::InvalidData, e))?;
            if let Some((frame, length)) = decoded {
                self.buffer.drain(..length);
                return Ok(frame);
            }
            self.read_more()?;
        }
    }

    /// Sends a text and waits for one.
    ///
    /// # Errors
    /// When anything else comes back, or nothing.
    pub fn echo(&mut self, text: &str) -> io::Result<String> {
        self.send(&Frame::new(TEXT, text))?;
        match self.receive()? {
            Frame { is_last: true, opcode: TEXT, payload } => String::from_utf8(payload)
                .map_err(|error| io::Error::new(ErrorKind::InvalidData, error)),
            other => Err(io::Error::other(format!("no text: {other:?}"))),
        }
    }

    fn read_more(&mut self) -> io::Result<()> {
        let mut chunk = [0; 8 << 10];
        match self.stream.read(&mut chunk)? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            length => {
                self.buffer.extend(&chunk[..length]);
                Ok(())
            }
        }
    }
}
