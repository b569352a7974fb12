//! A server in its thread.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use tokio::runtime;
use tokio::sync::oneshot;

use super::connection::{Shared, accept};
use super::received::{Log, Received};
use super::reply::{Reply, parse_header};

/// A server that runs until it is dropped; then its port is free and its connections are closed.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    log: Arc<Log>,
    // Both are there until the drop: a closed channel is the sign to stop.
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

/// Where a server listens and what it adds to its answers. The methods named as those of
/// [`Server`] start it.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    address: Option<SocketAddr>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Server {
    /// A server at that address, such as that of one that was dropped, to play a backend that
    /// comes back.
    #[must_use]
    pub fn at(address: SocketAddr) -> Builder {
        Builder { address: Some(address), ..Builder::default() }
    }

    /// A server that adds these headers to all of its answers.
    ///
    /// # Panics
    /// When one is no header.
    #[must_use]
    pub fn with_response_headers(headers: &[(&str, &str)]) -> Builder {
        Builder::default().response_headers(headers)
    }

    /// A server that does with each request what `answer` says.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn answering(answer: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        Builder::default().answering(answer)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The requests that arrived completely, in that order.
    pub fn requests(&self) -> Vec<Received> {
        self.log.requests().clone()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.log.requests().len()
    }

    /// Waits until that many requests arrived completely, and returns all that did.
    ///
    /// # Panics
    /// When fewer did within `patience`.
    #[track_caller]
    pub fn wait_for(&self, count: usize, patience: Duration) -> Vec<Received> {
        let requests = self.log.wait_for(count, patience);
        let came = requests.len();
        assert!(came >= count, "{came} of {count} requests arrived in {patience:?}: {requests:#?}");
        requests
    }
}

impl Builder {
    /// Where it is to listen; without it on 127.0.0.1 with a port that is free.
    #[must_use]
    pub fn at(self, address: SocketAddr) -> Self {
        Self { address: Some(address), ..self }
    }

    /// Adds headers to all answers, after those that they have.
    ///
    /// # Panics
    /// When one is no header.
    #[must_use]
    pub fn response_headers(mut self, headers: &[(&str, &str)]) -> Self {
        self.headers.extend(headers.iter().map(|(name, value)| parse_header(name, value)));
        self
    }

    /// See [`Server::answering`].
    ///
    /// # Panics
    /// When the address cannot be had.
    pub fn answering(self, answer: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Server {
        let wanted = self.address.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let (listener, address) =
            listen(wanted).unwrap_or_else(|e| panic!("cannot listen on {wanted}: {e}"));
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("the system has what a runtime needs");
        let log = Arc::new(Log::default());
        let shared = Shared { log: log.clone(), headers: self.headers, answer: Box::new(answer) };
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = accept(listener, Arc::new(shared)) => {}
                    _ = stopped => {}
                }
            });
            // The end of the runtime is the end of all connections.
        });
        Server { address, log, stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // What it panicked with is on the standard error.
            let _ = thread.join();
        }
    }
}

/// The port is open when this returns: a client need not wait for the thread.
fn listen(address: SocketAddr) -> io::Result<(std::net::TcpListener, SocketAddr)> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

#[cfg(test)]
mod tests {
    use super::super::client::{ask, get};
    use super::*;
    use std::io::ErrorKind;
    use std::net::TcpStream;

    const PATIENCE: Duration = Duration::from_secs(10);

    #[test]
    fn headers_of_the_builder_come_after_those_of_the_answer() {
        let headers = [("access-control-allow-origin", "b"), ("vary", "origin")];
        let server = Server::with_response_headers(&headers)
            .answering(|_| Reply::new(201, "made").header("access-control-allow-origin", "a"));
        let answer = get(server.address(), "/");
        assert_eq!(answer.status, 201);
        assert_eq!(answer.values("access-control-allow-origin"), ["a", "b"]);
        assert_eq!(answer.values("vary"), ["origin"]);
        assert_eq!(answer.body, "made");
    }

    #[test]
    fn a_dropped_server_closes_its_connections_and_may_come_back() {
        let server = Server::named("first");
        let address = server.address();
        let mut kept = TcpStream::connect(address).unwrap();
        assert_eq!(ask(&mut kept, "GET / HTTP/1.1\r\nhost: a\r\n\r\n").body, "first");
        drop(server);
        assert_eq!(io::Read::read(&mut kept, &mut [0]).unwrap(), 0);
        let refused = TcpStream::connect(address).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);

        let server = Server::at(address).named("second");
        assert_eq!(server.address(), address);
        assert_eq!(get(address, "/").body, "second");
        assert_eq!(server.count(), 1);
    }

    #[test]
    #[should_panic(expected = "cannot listen on")]
    fn an_address_is_served_once() {
        let server = Server::echo();
        let _second = Server::at(server.address()).echo();
    }

    #[test]
    fn waiting_ends_with_the_last_request() {
        let server = Server::echo();
        let address = server.address();
        let client = std::thread::spawn(move || (0..3).map(|_| get(address, "/").status).sum());
        let requests = server.wait_for(3, PATIENCE);
        assert_eq!(requests.iter().map(|r| r.number).collect::<Vec<_>>(), [0, 1, 2]);
        assert!(requests.is_sorted_by_key(|r| r.arrived));
        assert_eq!(client.join().map(|sum: u16| sum).unwrap(), 600);
    }

    #[test]
    #[should_panic(expected = "0 of 1 requests arrived in 1ms")]
    fn waiting_gives_up() {
        Server::echo().wait_for(1, Duration::from_millis(1));
    }

    #[test]
    fn half_a_request_is_none() {
        let server = Server::echo();
        let mut stream = TcpStream::connect(server.address()).unwrap();
        let half = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nab";
        io::Write::write_all(&mut stream, half.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        // The server is done with it when it closes the connection.
        let _ = io::Read::read_to_end(&mut stream, &mut Vec::new());
        assert_eq!(server.count(), 0);
    }

    #[test]
    fn many_at_once() {
        let servers: Vec<_> = (0..50).map(|n| Server::named(&n.to_string())).collect();
        for (n, server) in servers.iter().enumerate().rev() {
            assert_eq!(get(server.address(), "/").body, n.to_string());
        }
        assert!(servers.iter().all(|server| server.count() == 1));
    }
}
