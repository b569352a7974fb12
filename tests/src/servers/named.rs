//! A server that says who it is.

use super::reply::Reply;
use super::server::{Builder, Server};

impl Server {
    /// Answers with its name, as the body and in the header `x-backend`.
    ///
    /// # Panics
    /// When there is no free port, or the name cannot stand in a header.
    pub fn named(name: &str) -> Self {
        Builder::default().named(name)
    }
}

impl Builder {
    /// See [`Server::named`].
    ///
    /// # Panics
    /// When the address cannot be had, or the name cannot stand in a header.
    pub fn named(self, name: &str) -> Server {
        let reply = Reply::new(200, name).header("x-backend", name);
        self.answering(move |_| reply.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::super::client::get;
    use super::*;

    #[test]
    fn says_its_name() {
        let (a, b) = (Server::named("a"), Server::named("b"));
        for (server, name) in [(&b, "b"), (&a, "a")] {
            let answer = get(server.address(), "/");
            assert_eq!((answer.status, answer.body.as_str()), (200, name));
            assert_eq!(answer.values("x-backend"), [name]);
        }
    }

    #[test]
    #[should_panic(expected = "is no header")]
    fn a_name_is_one_line() {
        Server::named("a\nb");
    }
}
