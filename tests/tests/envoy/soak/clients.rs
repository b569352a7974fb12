//! Clients that expect to be served.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use http::{Request, StatusCode};
use kgwc::envoy::{Client, RawRequest};
use tokio::net::TcpStream;

/// Requests on one connection of HTTP/2.
const REQUESTS: u64 = 500;

/// Sends requests of HTTP/1.1 until it is told to stop; gives back how many, or the first that failed.
pub(super) fn good(
    number: usize,
    address: SocketAddr,
    is_done: Arc<AtomicBool>,
) -> JoinHandle<Result<u64, String>> {
    std::thread::spawn(move || {
        let mut client = Client::new();
        let mut sent = 0;
        while !is_done.load(Ordering::Relaxed) {
            let path = format!("/client/{number}?request={sent}");
            let mut request = RawRequest::get("a.example", path).header("x-client", "good");
            if sent % 4 == 0 {
                request.method = b"POST".to_vec();
                request.body = vec![b'x'; 1000];
            }
            match client.send(address, None, &request) {
                Ok(response) if response.status == 200 => sent += 1,
                Ok(response) => return Err(format!("{} after {sent}", response.status)),
                Err(error) => return Err(format!("{error} after {sent}")),
            }
        }
        Ok(sent)
    })
}

/// The same over HTTP/2.
pub(super) fn good_h2(
    address: SocketAddr,
    is_done: Arc<AtomicBool>,
) -> JoinHandle<Result<u64, String>> {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        let mut sent = 0;
        while !is_done.load(Ordering::Relaxed) {
            let connection = connection_h2(address, &is_done);
            sent += runtime.block_on(connection).map_err(|e| format!("{e} after {sent}"))?;
        }
        Ok(sent)
    })
}

/// Sends requests on a new connection, one after the other; gives back how many.
async fn connection_h2(address: SocketAddr, is_done: &AtomicBool) -> Result<u64, Box<dyn Error>> {
    let (mut client, connection) =
        h2::client::handshake(TcpStream::connect(address).await?).await?;
    let connection = tokio::spawn(connection);
    let mut sent = 0;
    while sent < REQUESTS && !is_done.load(Ordering::Relaxed) {
        client = client.ready().await?;
        let request = Request::get(format!("http://a.example/h2?request={sent}"));
        let request = request.header("x-client", "good").body(())?;
        let (response, _) = client.send_request(request, true)?;
        let response = response.await?;
        if response.status() != StatusCode::OK {
            return Err(response.status().to_string().into());
        }
        let mut body = response.into_body();
        while let Some(data) = body.data().await {
            body.flow_control().release_capacity(data?.len())?;
        }
        sent += 1;
    }
    drop(client);
    connection.await??;
    Ok(sent)
}
