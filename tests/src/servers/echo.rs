//! A server that answers with what it received.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::received::Received;
use super::reply::Reply;
use super::server::{Builder, Server};

impl Server {
    /// Answers with the request as JSON: `method`, `authority`, `path` with the query, `headers`
    /// as pairs of name and value, `bodyLength` in bytes, and `bodySha256` in hexadecimal. All of
    /// it is ASCII: a byte above 7f is escaped as the character of Latin-1 that it is.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn echo() -> Self {
        Builder::default().echo()
    }
}

impl Builder {
    /// See [`Server::echo`].
    ///
    /// # Panics
    /// When the address cannot be had.
    pub fn echo(self) -> Server {
        self.answering(echo)
    }
}

pub(super) fn echo(request: &Received) -> Reply {
    let Received { method, authority, path, headers, body, .. } = request;
    let echo = json!({
        "method": method,
        "authority": authority,
        "path": path,
        "headers": headers,
        "bodyLength": body.len(),
        "bodySha256": hex(&Sha256::digest(body)),
    });
    Reply::new(200, ascii(&echo.to_string())).header("content-type", "application/json")
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// In JSON a character that is not ASCII is part of a string, where an escape means the same.
fn ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            ..='\u{7f}' => out.push(c),
            // Latin-1 has one code unit for each.
            _ => out.extend(format!("\\u{:04x}", u32::from(c)).chars()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::client::{ask, ask_http2};
    use super::*;
    use http::{Request, Version};
    use serde_json::Value;
    use std::net::TcpStream;

    #[test]
    fn a_request_comes_back_byte_by_byte() {
        let server = Server::echo();
        let mut stream = TcpStream::connect(server.address()).unwrap();
        let request =
            b"PATCH /a%20b?c=|d HTTP/1.1\r\nHost: a.example:8\r\nX-B: 1\r\nx-latin: caf\xe9\r\n\
            x-b: 2\r\ntransfer-encoding: chunked\r\n\r\n3\r\na\0b\r\n0\r\n\r\n";
        let answer = ask(&mut stream, request);
        assert_eq!(answer.status, 200);
        assert!(answer.body.is_ascii() && answer.body.contains(r#""caf\u00e9""#), "{answer:?}");
        let echo: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(
            echo,
            json!({
                "method": "PATCH",
                "authority": "a.example:8",
                "path": "/a%20b?c=|d",
                "headers": [["host", "a.example:8"], ["x-b", "1"], ["x-b", "2"],
                            ["x-latin", "caf\u{e9}"], ["transfer-encoding", "chunked"]],
                "bodyLength": 3,
                "bodySha256": hex(&Sha256::digest(b"a\0b")),
            })
        );
        let [request] = &server.requests()[..] else { panic!("one request") };
        assert_eq!((request.version, &request.body[..]), (Version::HTTP_11, &b"a\0b"[..]));
        assert_eq!(request.header("x-latin"), Some("caf\u{e9}"));
        assert!(request.values("x-b").eq(["1", "2"]));
        assert_eq!(request.header("x-c"), None);
    }

    #[test]
    fn sha_256_of_nothing() {
        let server = Server::echo();
        let mut stream = TcpStream::connect(server.address()).unwrap();
        let answer = ask(&mut stream, "GET / HTTP/1.1\r\nhost: a\r\n\r\n");
        let echo: Value = serde_json::from_str(&answer.body).unwrap();
        let known = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(echo["bodySha256"], known);
    }

    #[test]
    fn http_2_on_the_same_port() {
        let server = Server::echo();
        let request = Request::put("http://b.example/p?q").header("x-a", "1").body(()).unwrap();
        let body = ask_http2(server.address(), request, "body").unwrap();
        let echo: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((&echo["authority"], &echo["path"]), (&json!("b.example"), &json!("/p?q")));
        assert_eq!((&echo["method"], &echo["bodyLength"]), (&json!("PUT"), &json!(4)));
        assert_eq!(echo["headers"], json!([["x-a", "1"]]));
        assert_eq!(server.requests()[0].version, Version::HTTP_2);
    }
}
