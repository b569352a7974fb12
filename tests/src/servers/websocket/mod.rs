//! A server that talks WebSocket (RFC 6455) after an upgrade of HTTP/1.1, and a client for it.

mod client;
mod frame;

pub use client::WebSocket;
pub use frame::Frame;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use sha1::{Digest, Sha1};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::received::Received;
use super::reply::Reply;
use super::server::{Builder, Server};
use frame::{CLOSE, PING, PONG, Sender};

impl Server {
    /// Accepts an upgrade to WebSocket, then sends every frame back as it came: opcode, payload
    /// and whether it is the last of its message. A ping gets a pong; a close frame, or one that
    /// is none, ends the connection. A request that is no handshake gets 400, or 426 where it
    /// asks for another version of WebSocket.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn websocket() -> Self {
        Builder::default().websocket()
    }
}

impl Builder {
    /// See [`Server::websocket`].
    ///
    /// # Panics
    /// When the address cannot be had.
    pub fn websocket(self) -> Server {
        self.answering(handshake)
    }
}

/// RFC 6455, section 4.2.
fn handshake(request: &Received) -> Reply {
    let wants = |name: &str, token: &str| {
        request
            .values(name)
            .flat_map(|v| v.split(','))
            .any(|t| t.trim().eq_ignore_ascii_case(token))
    };
    if request.method != "GET" || request.version != http::Version::HTTP_11 {
        return Reply::new(400, "the handshake is a GET of HTTP/1.1\n");
    }
    if !wants("connection", "upgrade") || !wants("upgrade", "websocket") {
        return Reply::new(400, "no upgrade to WebSocket\n");
    }
    if request.header("sec-websocket-version") != Some("13") {
        return Reply::new(426, "not that version\n").header("sec-websocket-version", "13");
    }
    let key = request.header("sec-websocket-key").unwrap_or_default();
    if !BASE64_STANDARD.decode(key).is_ok_and(|nonce| nonce.len() == 16) {
        return Reply::new(400, "no Sec-WebSocket-Key\n");
    }
    Reply::upgrade()
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-accept", &accept(key))
}

/// What proves that the server has seen the key of the client.
fn accept(key: &str) -> String {
    let key = format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    BASE64_STANDARD.encode(Sha1::digest(key))
}

/// Sends frames back until the connection ends.
pub(super) async fn echo(upgrade: OnUpgrade) {
    let Ok(stream) = upgrade.await else { return };
    let mut stream = TokioIo::new(stream);
    let mut buffer = Vec::new();
    // A client that goes away is no failure of the test.
    while let Ok(1..) = stream.read_buf(&mut buffer).await {
        while let Some(decoded) = Frame::decode(&buffer, Sender::Client).transpose() {
            let Ok((mut frame, length)) = decoded else { return };
            buffer.drain(..length);
            match frame.opcode {
                PONG => continue,
                PING => frame.opcode = PONG,
                _ => {}
            }
            if stream.write_all(&frame.encode(None)).await.is_err() || frame.opcode == CLOSE {
                let _ = stream.shutdown().await;
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::client::ask;
    use super::*;
    use frame::{BINARY, TEXT};
    use std::net::TcpStream;

    fn connect(server: &Server) -> WebSocket {
        WebSocket::connect(server.address(), "a.example", "/chat?x").unwrap()
    }

    #[test]
    fn the_key_of_the_specification() {
        assert_eq!(accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn frames_come_back() {
        let server = Server::with_response_headers(&[("x-a", "1")]).websocket();
        let mut socket = connect(&server);
        assert_eq!(socket.header("x-a"), Some("1"));
        for length in [0, 1, 125, 126, 65_535, 65_536, 1 << 20] {
            let frame = Frame::new(BINARY, vec![0xa5; length]);
            socket.send(&frame).unwrap();
            assert_eq!(socket.receive().unwrap(), frame, "{length}");
        }
        let part = Frame { is_last: false, ..Frame::new(TEXT, "part") };
        socket.send(&part).unwrap();
        socket.send(&Frame::new(0, "rest")).unwrap();
        assert_eq!(socket.receive().unwrap(), part);
        assert_eq!(socket.receive().unwrap(), Frame::new(0, "rest"));
        assert_eq!(socket.echo("text").unwrap(), "text");
        let [request] = &server.requests()[..] else { panic!("one request") };
        assert_eq!((&request.path[..], &request.authority[..]), ("/chat?x", "a.example"));
    }

    #[test]
    fn ping_pong_and_the_end() {
        let server = Server::websocket();
        let mut socket = connect(&server);
        socket.send(&Frame::new(PONG, "nobody asked")).unwrap();
        socket.send(&Frame::new(PING, "p")).unwrap();
        assert_eq!(socket.receive().unwrap(), Frame::new(PONG, "p"));
        socket.send(&Frame::new(CLOSE, [3, 232])).unwrap();
        assert_eq!(socket.receive().unwrap(), Frame::new(CLOSE, [3, 232]));
        let end = socket.receive().unwrap_err();
        assert_eq!(end.kind(), std::io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_connection_ends_with_the_server() {
        let server = Server::websocket();
        let mut socket = connect(&server);
        assert_eq!(socket.echo("a").unwrap(), "a");
        drop(server);
        assert!(socket.echo("b").is_err());
    }

    #[test]
    fn what_is_no_handshake_is_refused() {
        let server = Server::websocket();
        let asked = |headers: &str| {
            let mut stream = TcpStream::connect(server.address()).unwrap();
            ask(&mut stream, format!("GET / HTTP/1.1\r\nhost: a\r\n{headers}\r\n"))
        };
        let upgrade = "connection: keep-alive, Upgrade\r\nupgrade: WebSocket\r\n";
        let version = "sec-websocket-version: 13\r\n";
        let key = "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        let whole = asked(&[upgrade, version, key].concat());
        assert_eq!(whole.status, 101);
        assert_eq!(whole.values("sec-websocket-accept"), ["s3pPLMBiTxaQ9kYGzzhZRbK+xOo="]);
        assert_eq!(asked("").status, 400);
        assert_eq!(asked(&[version, key].concat()).status, 400);
        assert_eq!(asked(&[upgrade, version].concat()).status, 400);
        assert_eq!(asked(&[upgrade, version, "sec-websocket-key: YWJj\r\n"].concat()).status, 400);
        let other = asked(&[upgrade, key, "sec-websocket-version: 8\r\n"].concat());
        assert_eq!((other.status, other.values("sec-websocket-version")), (426, vec!["13"]));

        let plain = Server::echo();
        let refused = WebSocket::connect(plain.address(), "a", "/").unwrap_err();
        assert!(refused.to_string().contains("HTTP/1.1 200 OK"), "{refused}");
    }
}
