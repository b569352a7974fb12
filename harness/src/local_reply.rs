//! How Envoy makes a response of a local reply.

use crate::{Headers, LocalReply};

/// The headers and the body that start their way through the response phases.
pub(crate) fn compose(reply: &LocalReply, request: &Headers) -> (Headers, Vec<u8>) {
    let mut headers = Headers::response([(":status", reply.status.to_string())]);
    for (name, value) in &reply.headers {
        headers.add(name, value);
    }
    let head = request.get(":method") == Some(b"HEAD");
    let mut body = reply.body.clone();
    if is_grpc(request) {
        headers.set(":status", "200");
        headers.set("content-type", "application/grpc");
        if !headers.contains("grpc-status") {
            let status = reply.grpc_status.unwrap_or_else(|| grpc_status_of(reply.status));
            headers.set("grpc-status", status.to_string());
        }
        if !body.is_empty() && !head {
            headers.set("grpc-message", percent_encode(&body));
        }
        body.clear();
        return (headers, body);
    }
    if body.is_empty() {
        headers.remove("content-length");
        headers.remove("content-type");
    } else {
        headers.set("content-length", body.len().to_string());
        if !headers.contains("content-type") {
            headers.set("content-type", "text/plain");
        }
    }
    if head {
        body.clear();
    }
    (headers, body)
}

/// `application/grpc`, alone or with a suffix such as `+proto`.
fn is_grpc(request: &Headers) -> bool {
    let content_type = request.get("content-type").unwrap_or_default();
    content_type
        .strip_prefix(b"application/grpc")
        .is_some_and(|rest| matches!(rest.first(), None | Some(b'+')))
}

/// "HTTP to gRPC status code mapping" of the gRPC project.
fn grpc_status_of(status: u32) -> u32 {
    match status {
        400 => 13,
        401 => 16,
        403 => 7,
        404 => 12,
        429 | 502 | 503 | 504 => 14,
        _ => 2,
    }
}

/// The encoding of `grpc-message` ("gRPC over HTTP2"): printable ASCII without `%` stays.
fn percent_encode(message: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(message.len());
    for &byte in message {
        if (b' '..=b'~').contains(&byte) && byte != b'%' {
            encoded.push(byte);
        } else {
            encoded.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u32, headers: &[(&str, &str)], body: &str) -> LocalReply {
        LocalReply {
            status,
            headers: headers
                .iter()
                .map(|(n, v)| (n.as_bytes().to_vec(), v.as_bytes().to_vec()))
                .collect(),
            body: body.into(),
            details: Vec::new(),
            grpc_status: None,
        }
    }

    #[test]
    fn a_body_gets_a_length_and_a_type() {
        let request = Headers::request([(":method", "GET")]);
        let (headers, body) = compose(&reply(403, &[], "no"), &request);
        assert_eq!(
            headers,
            Headers::response([
                (":status", "403"),
                ("content-length", "2"),
                ("content-type", "text/plain")
            ])
        );
        assert_eq!(body, b"no");
        let (headers, _) = compose(&reply(200, &[("Content-Type", "a/b")], "x"), &request);
        assert_eq!(headers.get_all("content-type"), [b"a/b"]);
    }

    #[test]
    fn without_a_body_there_is_neither() {
        let request = Headers::request([(":method", "GET")]);
        let sent = reply(301, &[("location", "/x"), ("content-type", "a/b")], "");
        let (headers, body) = compose(&sent, &request);
        assert_eq!(headers, Headers::response([(":status", "301"), ("location", "/x")]));
        assert_eq!(body, b"");
    }

    #[test]
    fn the_answer_to_head_has_the_length_and_no_body() {
        let request = Headers::request([(":method", "HEAD")]);
        let (headers, body) = compose(&reply(404, &[], "gone"), &request);
        assert_eq!(headers.get("content-length"), Some(&b"4"[..]));
        assert_eq!(body, b"");
    }

    #[test]
    fn grpc_requests_get_a_grpc_status() {
        let request = Headers::request([("content-type", "application/grpc+proto")]);
        let (headers, body) = compose(&reply(404, &[], "50% \u{e9}"), &request);
        assert_eq!(headers.get(":status"), Some(&b"200"[..]));
        assert_eq!(headers.get("grpc-status"), Some(&b"12"[..]));
        assert_eq!(headers.get("grpc-message"), Some(&b"50%25 %C3%A9"[..]));
        assert_eq!(body, b"");

        let web = Headers::request([("content-type", "application/grpc-web")]);
        let (headers, _) = compose(&reply(404, &[], ""), &web);
        assert_eq!(headers.get(":status"), Some(&b"404"[..]));
    }
}
