//! Real servers for tests: the backends of a gateway under test.
//!
//! Each one listens on a port of 127.0.0.1 that was free, in a thread of its own, and is gone when
//! it is dropped. There may be many at once. All speak HTTP/1.1 and HTTP/2 without TLS on the
//! same port, and keep every request that arrived completely:
//!
//! ```ignore
//! let backend = Server::failing(503, 2);
//! // ... ask the gateway ...
//! let tries = backend.wait_for(3, Duration::from_secs(5));
//! ```

mod connection;
mod echo;
mod failing;
mod lambda;
mod named;
mod received;
mod refused;
mod reply;
mod server;
mod slow;
mod websocket;

#[cfg(test)]
mod client;

pub use lambda::{Account, Invocation, LambdaServer, SignatureError};
pub use received::Received;
pub use refused::refused;
pub use reply::Reply;
pub use server::{Builder, Server};
pub use websocket::{Frame, WebSocket};
