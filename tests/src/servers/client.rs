//! What the unit tests of the servers ask them with.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use http::Request;

/// An answer of HTTP/1.1 with a `content-length`.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    head: String,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn values(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
    }
}

pub(super) fn get(address: SocketAddr, path: &str) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    ask(&mut stream, format!("GET {path} HTTP/1.1\r\nhost: a.example\r\n\r\n"))
}

pub(super) fn ask(stream: &mut TcpStream, request: impl AsRef<[u8]>) -> Answer {
    stream.write_all(request.as_ref()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    let head = String::from_utf8(head).unwrap();
    let status = head[9..12].parse().unwrap();
    let mut answer = Answer { status, head, body: String::new() };
    let length = answer.values("content-length").first().map_or(0, |v| v.parse().unwrap());
    stream.take(length).read_to_string(&mut answer.body).unwrap();
    answer
}

#[tokio::main(flavor = "current_thread")]
pub(super) async fn ask_http2(
    address: SocketAddr,
    request: Request<()>,
    body: &'static str,
) -> Result<String, h2::Error> {
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (sender, connection) = h2::client::handshake(stream).await?;
    tokio::spawn(connection);
    let (response, mut out) = sender.ready().await?.send_request(request, false)?;
    out.send_data(body.into(), true)?;
    let mut incoming = response.await?.into_body();
    let mut text = Vec::new();
    while let Some(chunk) = incoming.data().await {
        text.extend(chunk?);
    }
    Ok(String::from_utf8(text).unwrap())
}
