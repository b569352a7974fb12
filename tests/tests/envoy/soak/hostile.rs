//! A client that sends what nobody should, and goes away when it likes.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use route::{Rng, SplitMix64};

/// What begins every connection of HTTP/2: the preface and empty SETTINGS.
const HTTP2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// Between two connections: each takes a port of this machine for a minute.
const PAUSE: Duration = Duration::from_millis(2);

const PATHS: [&[u8]; 14] = [
    b"/",
    b"*",
    b"//",
    b"/../../etc/passwd",
    b"/%2f",
    b"/%00",
    b"/%",
    b"/%%61",
    b"/\xff\xfe",
    b"http://other.example/x",
    b"?",
    b"/?&&==&a",
    b"/;/..;/",
    b"\\",
];

/// Sends one thing after the other until it is told to stop; gives back how many, or the first
/// answer that blames the server.
pub(super) fn client(
    address: SocketAddr,
    is_done: Arc<AtomicBool>,
) -> JoinHandle<Result<u64, String>> {
    std::thread::spawn(move || {
        let mut random = SplitMix64::new(1);
        let mut sent = 0;
        while !is_done.load(Ordering::Relaxed) {
            let bytes = attack(&mut random);
            if let Some(status) = send(address, &bytes, random.next_u64()) {
                // 505 says that the version is not HTTP's: the client is to blame.
                if status >= 500 && status != 505 {
                    let shown = bytes[..bytes.len().min(500)].escape_ascii();
                    return Err(format!("{status} for {shown} after {sent}"));
                }
            }
            sent += 1;
            std::thread::sleep(PAUSE);
        }
        Ok(sent)
    })
}

/// Sends the bytes, or only some of them, and waits a little for an answer, or not at all. Gives
/// back the status, if there is one.
fn send(address: SocketAddr, bytes: &[u8], how: u64) -> Option<u16> {
    let mut stream = TcpStream::connect(address).expect("Envoy listens");
    stream.set_read_timeout(Some(Duration::from_millis(20))).expect("a time is given");
    // Envoy may have closed the connection: that is an answer, too.
    let end = match how % 4 {
        0 => (how >> 8) as usize % bytes.len(),
        _ => bytes.len(),
    };
    stream.write_all(&bytes[..end]).ok()?;
    match how >> 4 & 3 {
        0 => return None,
        1 => stream.shutdown(Shutdown::Write).ok()?,
        _ => {}
    }
    let mut head = [0; 12];
    stream.read_exact(&mut head).ok()?;
    std::str::from_utf8(head.strip_prefix(b"HTTP/1.1 ")?).ok()?.parse().ok()
}

fn attack(random: &mut SplitMix64) -> Vec<u8> {
    let mut below = |bound: usize| (random.next_u64() % bound as u64) as usize;
    let path = PATHS[below(PATHS.len())];
    let head = |headers: &[u8]| {
        [b"GET ", path, b" HTTP/1.1\r\nhost: a.example\r\n", headers, b"\r\n"].concat()
    };
    let mut noise = |length: usize| -> Vec<u8> { (0..length).map(|_| below(256) as u8).collect() };
    match noise(1)[0] % 10 {
        0 => noise(300),
        1 => [HTTP2, &noise(200)].concat(),
        // Frames of random kinds, on stream 1.
        2 => {
            let body = noise(40);
            let frame = [&[0, 0, 40, body[0] % 10, body[1], 0, 0, 0, 1], &body[..]].concat();
            [HTTP2, &frame, &frame].concat()
        }
        3 => head(&[b"x: ", &vec![b'a'; 100_000][..], b"\r\n"].concat()),
        4 => head(&b"x: y\r\n".repeat(200)),
        5 => head(&[&b"x-bytes: "[..], &noise(30), b"\r\n"].concat()),
        6 => head(
            b"x-kgwc-cluster: default/none:1\r\nX-KGWC-Variant: v-3\r\nx-kgwc-session: x\r\n\
              x-envoy-original-dst-host: 127.0.0.1:1\r\nx-envoy-upstream-rq-timeout-ms: 1\r\n",
        ),
        7 => head(b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\nzz"),
        8 => head(b"cookie: kgwc=1.2.3.4.;kgwc=~~~;\r\norigin: null\r\nhost: b\r\n"),
        _ => head(b"expect: 100-continue\r\ncontent-length: 1000000\r\n"),
    }
}
