//! Connections, and the requests on them.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Instant;

use http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;

use super::received::{Log, Received};
use super::reply::{Action, Reply};
use super::websocket;

/// More than any test sends: a server is not what ends a request that the gateway let through.
const MAX_HEADERS: usize = 1000;
const MAX_HEADER_BYTES: u32 = 1 << 20;

type Answer = dyn Fn(&Received) -> Reply + Send + Sync;
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What all connections of a server share.
pub(super) struct Shared {
    pub(super) log: Arc<Log>,
    /// Added to all answers.
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) answer: Box<Answer>,
}

/// Serves until it is dropped.
pub(super) async fn accept(listener: std::net::TcpListener, shared: Arc<Shared>) {
    let listener = TcpListener::from_std(listener).expect("it is a listener that does not block");
    loop {
        let (stream, _) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue,
            Err(error) => panic!("no further connections: {error}"),
        };
        let _ = stream.set_nodelay(true);
        let shared = shared.clone();
        tokio::spawn(async move {
            let mut builder = auto::Builder::new(TokioExecutor::new());
            builder.http1().max_headers(MAX_HEADERS);
            builder.http2().max_header_list_size(MAX_HEADER_BYTES);
            let service = service_fn(|request| serve(request, shared.clone()));
            // A client that goes away, or is sent away, is no failure of the test.
            let _ = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).await;
        });
    }
}

async fn serve(
    mut request: Request<Incoming>,
    shared: Arc<Shared>,
) -> Result<Response<Full<Bytes>>, Failure> {
    let arrived = Instant::now();
    let upgrade = hyper::upgrade::on(&mut request);
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes().to_vec();
    let received = shared.log.record(Received::new(arrived, &head, body));
    let Reply { delay, action } = (shared.answer)(&received);
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let mut response = match action {
        Action::Send(response) => response,
        Action::Upgrade(response) => {
            tokio::spawn(websocket::echo(upgrade));
            response
        }
        Action::Close => return Err("closed as the test wants it".into()),
    };
    for (name, value) in &shared.headers {
        response.headers_mut().append(name.clone(), value.clone());
    }
    Ok(response.map(Full::new))
}
