//! Servers that fail at first.

use super::echo::echo;
use super::reply::Reply;
use super::server::{Builder, Server};

impl Server {
    /// Answers the first `times` requests with `status` and no body, and later ones as
    /// [`Server::echo`] does.
    ///
    /// # Panics
    /// When there is no free port, or the status is none.
    pub fn failing(status: u16, times: usize) -> Self {
        Builder::default().failing(status, times)
    }

    /// Closes the connection after each of the first `times` requests, without an answer (in
    /// HTTP/2 it resets the stream), and answers later ones as [`Server::echo`] does.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn closing(times: usize) -> Self {
        Builder::default().closing(times)
    }
}

impl Builder {
    /// See [`Server::failing`].
    ///
    /// # Panics
    /// When the address cannot be had, or the status is none.
    pub fn failing(self, status: u16, times: usize) -> Server {
        self.failing_as(Reply::new(status, ""), times)
    }

    /// See [`Server::closing`].
    ///
    /// # Panics
    /// When the address cannot be had.
    pub fn closing(self, times: usize) -> Server {
        self.failing_as(Reply::close(), times)
    }

    fn failing_as(self, failure: Reply, times: usize) -> Server {
        self.answering(
            move |request| {
                if request.number < times { failure.clone() } else { echo(request) }
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::client::{ask_http2, get};
    use super::*;
    use http::Request;
    use std::io::Read;
    use std::io::Write;
    use std::net::TcpStream;

    #[test]
    fn fails_as_often_as_it_should() {
        let server = Server::failing(503, 2);
        let statuses = [(); 4].map(|()| get(server.address(), "/").status);
        assert_eq!(statuses, [503, 503, 200, 200]);
        assert_eq!(server.count(), 4);
    }

    #[test]
    fn closes_without_an_answer() {
        let server = Server::closing(1);
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert_eq!(answer, b"");
        assert_eq!(get(server.address(), "/").status, 200);
        assert_eq!(server.count(), 2);
    }

    #[test]
    fn resets_a_stream_of_http_2() {
        let server = Server::closing(1);
        let request = || Request::get("http://a.example/").body(()).unwrap();
        let error = ask_http2(server.address(), request(), "").unwrap_err();
        assert!(error.is_reset(), "{error}");
        assert!(ask_http2(server.address(), request(), "").is_ok());
    }

    #[test]
    #[should_panic(expected = "99 is no status")]
    fn a_status_has_three_digits() {
        Server::failing(99, 1);
    }
}
