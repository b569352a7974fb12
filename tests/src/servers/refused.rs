//! An address without a server.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpSocket;

/// An address on which nothing listens, and nothing will while this process runs: the port stays
/// taken, so that no other server of a test gets it, but connections to it are refused.
///
/// # Panics
/// When there is no free port.
pub fn refused() -> SocketAddr {
    let bound = TcpSocket::new_v4().and_then(|socket| {
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let address = socket.local_addr()?;
        // Taken, not listening: for the rest of the process.
        std::mem::forget(socket);
        Ok(address)
    });
    bound.unwrap_or_else(|error| panic!("no free port: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::ErrorKind;
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn nobody_is_there_and_nobody_can_come() {
        let address = refused();
        let error = TcpStream::connect(address).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        let error = TcpListener::bind(address).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        assert_ne!(address, refused());
    }
}
