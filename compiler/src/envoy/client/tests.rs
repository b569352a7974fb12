use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::{Client, ClientError, RawRequest};

/// A server that, for each connection, sends one canned answer for each request head it reads and
/// then closes. Gives back the heads.
fn server(connections: Vec<Vec<&'static [u8]>>) -> (SocketAddr, JoinHandle<Vec<Vec<u8>>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let serve = move || {
        let mut heads = Vec::new();
        for answers in connections {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream);
            for answer in answers {
                heads.push(head(&mut reader));
                reader.get_mut().write_all(answer).unwrap();
            }
        }
        heads
    };
    (address, thread::spawn(serve))
}

fn head(reader: &mut BufReader<TcpStream>) -> Vec<u8> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        assert!(reader.read_until(b'\n', &mut head).unwrap() > 0, "no whole head: {head:?}");
    }
    head
}

fn get(address: SocketAddr) -> Result<super::RawResponse, ClientError> {
    Client::new().send(address, None, &RawRequest::get("a.example.com", "/"))
}

#[test]
fn sends_every_byte_as_it_stands() {
    let (address, server) = server(vec![vec![b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"]]);
    let request = RawRequest::get("A.example.com:1", b"/\xff?x".to_vec())
        .header("X-A", b"\x80\xff".to_vec())
        .header("x-a", "2");
    Client::new().send(address, None, &request).unwrap();
    let expected =
        b"GET /\xff?x HTTP/1.1\r\nhost: A.example.com:1\r\nX-A: \x80\xff\r\nx-a: 2\r\n\r\n";
    assert_eq!(server.join().unwrap(), [expected.to_vec()]);
}

#[test]
fn a_body_comes_with_its_length() {
    let (address, server) = server(vec![vec![b"HTTP/1.1 204 No Content\r\n\r\n"]]);
    let request = RawRequest {
        method: b"POST".to_vec(),
        body: b"abc".to_vec(),
        ..RawRequest::get("a.example.com", "/")
    };
    Client::new().send(address, None, &request).unwrap();
    let head = String::from_utf8(server.join().unwrap().remove(0)).unwrap();
    assert!(head.contains("\r\ncontent-length: 3\r\n"), "{head}");
}

#[test]
fn reads_headers_in_order_and_a_body_of_known_length() {
    let answer = b"HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nset-cookie:  b \r\n\
                   Content-Length: 5\r\n\r\nhello";
    let (address, _server) = server(vec![vec![answer]]);
    let response = get(address).unwrap();
    assert_eq!(response.status, 200);
    assert_eq!(response.header("SET-COOKIE").collect::<Vec<_>>(), [b"a", b"b"]);
    assert_eq!(response.headers[0].0, b"Set-Cookie");
    assert_eq!(response.body, b"hello");
}

#[test]
fn joins_chunks_and_passes_over_trailers() {
    let answer = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\
                   5;x=1\r\nhello\r\nA\r\n, world...\r\n0\r\nx-t: 1\r\n\r\n";
    let second = b"HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n";
    let (address, _server) = server(vec![vec![answer, second]]);
    let mut client = Client::new();
    let request = RawRequest::get("a.example.com", "/");
    assert_eq!(client.send(address, None, &request).unwrap().body, b"hello, world...");
    assert_eq!(client.send(address, None, &request).unwrap().status, 201);
}

#[test]
fn a_body_without_length_ends_with_the_connection() {
    let (address, _server) = server(vec![vec![b"HTTP/1.1 200 OK\r\n\r\nall of it"]]);
    assert_eq!(get(address).unwrap().body, b"all of it");
}

#[test]
fn head_has_no_body_whatever_its_length_says() {
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n";
    let (address, _server) = server(vec![vec![answer, answer]]);
    let request = RawRequest { method: b"HEAD".to_vec(), ..RawRequest::get("a.example.com", "/") };
    let mut client = Client::new();
    for _ in 0..2 {
        assert_eq!(client.send(address, None, &request).unwrap().body, b"");
    }
}

#[test]
fn interim_responses_are_passed_over() {
    let answer = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    let (address, _server) = server(vec![vec![answer]]);
    assert_eq!(get(address).unwrap().status, 200);
}

#[test]
fn sixteen_interim_responses_and_no_more() {
    let answer = |interim: usize| {
        let continues = "HTTP/1.1 100 Continue\r\n\r\n".repeat(interim);
        let answer = format!("{continues}HTTP/1.1 204 No Content\r\n\r\n").leak();
        let (address, _server) = server(vec![vec![answer.as_bytes()]]);
        get(address)
    };
    assert_eq!(answer(16).unwrap().status, 204);
    let error = answer(17).unwrap_err().to_string();
    assert_eq!(error, "the answer is not HTTP/1: there are too many interim responses");
}

#[test]
fn what_takes_too_long_is_given_up_however_much_comes() {
    const LIMIT: Duration = Duration::from_millis(300);
    let drips: [(&[u8], &[u8]); 4] = [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\n", b"a: b\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", b""),
    ];
    for (first, then) in drips {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(first).unwrap();
            // Until the client is gone, and slower than it would count interim responses.
            let end = Instant::now() + Duration::from_secs(20);
            while Instant::now() < end && stream.write_all(then).is_ok() && !is_gone(&stream) {
                thread::sleep(Duration::from_millis(50));
            }
        });
        let start = Instant::now();
        let request = RawRequest::get("a.example.com", "/");
        let error = Client::with_timeout(LIMIT).send(address, None, &request).unwrap_err();
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        assert_eq!(error.to_string(), "no answer within 0.3 s");
        server.join().unwrap();
    }
}

/// Whether the other side has closed the connection, of which it has sent one request.
fn is_gone(stream: &TcpStream) -> bool {
    stream.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
    let mut reader: &TcpStream = stream;
    loop {
        match reader.read(&mut [0; 1024]) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => {
                return !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
            }
        }
    }
}

#[test]
fn one_connection_serves_many_requests_and_a_closed_one_is_replaced() {
    let answer: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    let (address, server) = server(vec![vec![answer, answer], vec![answer]]);
    let mut client = Client::new();
    for i in 0..3 {
        let request = RawRequest::get("a.example.com", format!("/{i}"));
        assert_eq!(client.send(address, None, &request).unwrap().status, 200);
    }
    assert_eq!(server.join().unwrap().len(), 3);
}

#[test]
fn a_connection_that_is_to_be_closed_is_not_used_again() {
    let answer: &[u8] = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    let (address, _server) = server(vec![vec![answer], vec![answer]]);
    let mut client = Client::new();
    for _ in 0..2 {
        let request = RawRequest::get("a.example.com", "/");
        assert_eq!(client.send(address, None, &request).unwrap().status, 200);
    }
}

#[test]
fn what_is_no_answer_is_an_error() {
    let error = |answer: &'static [u8]| {
        let (address, _server) = server(vec![vec![answer]]);
        get(address).unwrap_err().to_string()
    };
    assert_eq!(error(b""), "the connection was closed without an answer");
    assert!(error(b"SSH-2.0-x\r\n").contains("no status line"));
    for status in ["abc", "+20", "099", "2000", "20", "000", ""] {
        let answer = format!("HTTP/1.1 {status} OK\r\ncontent-length: 0\r\n\r\n").leak();
        let said = "the answer is not HTTP/1: its first line is no status line";
        assert_eq!(error(answer.as_bytes()), said, "{status}");
    }
    assert!(error(b"HTTP/1.1 200 OK\r\nbroken\r\n\r\n").contains("no colon"));
    assert!(error(b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n").contains("no length"));
    assert!(error(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab").contains("broke"));
    assert!(
        error(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n").contains("chunk")
    );
}

#[test]
fn nobody_listens() {
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let error = get(free).unwrap_err();
    assert!(matches!(error, ClientError::Connect { address, .. } if address == free), "{error}");
}
