//! The server behind all Envoys: as little as answers a request and says which backend it was.

use anyhow::{Context, Result};
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;

/// Most bytes of a request.
const LIMIT: usize = 16 << 10;
const STACK: usize = 64 << 10;

/// Serves every backend, each under a loopback address of its own, for as long as the process
/// lives. The body of an answer is that address.
#[derive(Debug)]
pub(crate) struct Upstream {
    port: u16,
}

/// The address of a backend, by its number.
pub(crate) fn address_of(service: usize) -> Ipv4Addr {
    let [_, _, high, low] = (service as u32 + 1).to_be_bytes();
    Ipv4Addr::new(127, 77, high, low)
}

impl Upstream {
    /// Starts to serve.
    pub(crate) fn start() -> Result<Self> {
        // All of 127.0.0.0/8 is this machine.
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0));
        let listener = listener.context("no port for the backends")?;
        let port = listener.local_addr()?.port();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A connection that cannot be served fails the requests on it, and so the run.
                let _ = thread::Builder::new().stack_size(STACK).spawn(move || serve(stream));
            }
        });
        Ok(Self { port })
    }

    /// Where a backend is.
    pub(crate) fn address(&self, service: usize) -> SocketAddr {
        (address_of(service), self.port).into()
    }
}

/// Answers requests without a body until the connection ends.
fn serve(mut stream: TcpStream) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let IpAddr::V4(address) = stream.local_addr().ok()?.ip() else { return None };
    let body = address.to_string();
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let mut request = Vec::with_capacity(LIMIT);
    let mut piece = [0; 4096];
    while request.len() < LIMIT {
        let count = stream.read(&mut piece).ok().filter(|count| *count > 0)?;
        request.extend_from_slice(piece.get(..count)?);
        if request.ends_with(b"\r\n\r\n") {
            stream.write_all(answer.as_bytes()).ok()?;
            request.clear();
        }
    }
    None
}
