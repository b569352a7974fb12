//! A server that takes its time.

use std::time::Duration;

use super::echo::echo;
use super::server::{Builder, Server};

impl Server {
    /// Answers as [`Server::echo`] does, `delay` after the request was complete. Requests do not
    /// wait for each other; when each came is in
    /// [`Received::arrived`](super::Received::arrived).
    ///
    /// # Panics
    /// When there is no free port.
    pub fn slow(delay: Duration) -> Self {
        Builder::default().slow(delay)
    }
}

impl Builder {
    /// See [`Server::slow`].
    ///
    /// # Panics
    /// When the address cannot be had.
    pub fn slow(self, delay: Duration) -> Server {
        self.answering(move |request| echo(request).after(delay))
    }
}

#[cfg(test)]
mod tests {
    use super::super::client::get;
    use super::*;
    use std::io::Write;
    use std::net::TcpStream;
    use std::time::Instant;

    #[test]
    fn answers_after_the_delay() {
        let delay = Duration::from_millis(50);
        let server = Server::slow(delay);
        let start = Instant::now();
        assert_eq!(get(server.address(), "/").status, 200);
        assert!(start.elapsed() >= delay);
        let arrived = server.requests()[0].arrived;
        assert!(start <= arrived && arrived + delay <= Instant::now());
    }

    #[test]
    fn a_request_counts_before_its_answer_and_does_not_outlive_the_server() {
        let server = Server::slow(Duration::from_hours(1));
        let mut streams = [(); 3].map(|()| TcpStream::connect(server.address()).unwrap());
        for stream in &mut streams {
            stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").unwrap();
        }
        assert_eq!(server.wait_for(3, Duration::from_secs(10)).len(), 3);
        drop(server);
    }
}
