//! `kgwc test --against` where nobody is.

use crate::run::Folder;
use std::io::{Read, Write};
use std::net::TcpListener;

#[test]
fn a_gateway_that_is_not_there_is_told_once() {
    let folder = Folder::new();
    let free = TcpListener::bind(("127.0.0.1", 0)).and_then(|l| l.local_addr()).expect("a port");
    let url = format!("http://{free}");
    let run = folder.run(["test", "--against", &url, "examples/matches"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""));
    assert_eq!(run.stderr, format!("kgwc: {url} does not answer: connection refused\n"));
}

#[test]
fn one_that_goes_away_fails_the_cases_that_it_does_not_answer() {
    let folder = Folder::new();
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        // Nobody gets in any more.
        drop(listener);
        let _ = stream.read(&mut [0; 4096]).expect("a request");
        let answer = b"HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(answer).expect("an answer");
    });
    let run = folder.run(["test", "--against", &url, "examples/matches"]);
    server.join().expect("a server");
    assert_eq!(run.status, Some(1), "{}", run.stderr);
    assert!(run.stdout.contains("cannot connect to"), "{}", run.stdout);
}
