//! HTTP/2 without TLS, with trailers: a client, and a server that answers as gRPC does.

use std::net::SocketAddr;

use h2::RecvStream;
use http::{HeaderMap, Request, Response, StatusCode};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;

use crate::fixture::PATIENCE;

/// A whole response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: HeaderMap,
}

/// Sends one request on a connection of its own.
pub(crate) fn ask(address: SocketAddr, request: Request<()>, body: &[u8]) -> Answer {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let exchange = async {
        let stream = TcpStream::connect(address).await.unwrap();
        let (mut client, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        let (response, mut out) = client.send_request(request, body.is_empty()).unwrap();
        if !body.is_empty() {
            out.send_data(body.to_vec().into(), true).unwrap();
        }
        let (head, stream) = response.await.unwrap().into_parts();
        let (body, trailers) = receive(stream).await;
        let (status, headers) = (head.status.as_u16(), head.headers);
        Answer { status, headers, body, trailers }
    };
    runtime.block_on(async { tokio::time::timeout(PATIENCE, exchange).await.unwrap() })
}

async fn receive(mut stream: RecvStream) -> (Vec<u8>, HeaderMap) {
    let mut body = Vec::new();
    while let Some(data) = stream.data().await {
        let data = data.unwrap();
        stream.flow_control().release_capacity(data.len()).unwrap();
        body.extend_from_slice(&data);
    }
    (body, stream.trailers().await.unwrap().unwrap_or_default())
}

/// A server for the rest of the process: it answers the first `failures` requests with 503, then
/// with their own body, and with their own trailers and `grpc-status` behind it.
pub(crate) fn grpc_server(failures: usize) -> SocketAddr {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::from_std(listener).unwrap();
            let mut left = failures;
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let Ok(mut connection) = h2::server::handshake(stream).await else { continue };
                while let Some(Ok((request, respond))) = connection.accept().await {
                    let is_failure = left > 0;
                    left = left.saturating_sub(1);
                    tokio::spawn(answer(request.into_body(), respond, is_failure));
                }
            }
        });
    });
    address
}

async fn answer(
    request: RecvStream,
    mut respond: h2::server::SendResponse<hyper::body::Bytes>,
    is_failure: bool,
) {
    let (body, mut trailers) = receive(request).await;
    let mut response = Response::new(());
    if is_failure {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        respond.send_response(response, true).unwrap();
        return;
    }
    response.headers_mut().insert("content-type", "application/grpc".parse().unwrap());
    let mut out = respond.send_response(response, false).unwrap();
    out.send_data(body.into(), false).unwrap();
    trailers.insert("grpc-status", "0".parse().unwrap());
    out.send_trailers(trailers).unwrap();
}
