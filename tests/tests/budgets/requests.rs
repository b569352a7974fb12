//! One request of each kind.

use crate::figures::FEW;
use crate::tables::{TOKEN, Table};
use harness::{Record, Request};

/// A kind of request.
pub(crate) struct Kind {
    /// What is special about it.
    pub(crate) name: &'static str,
    /// The routes that it is sent to.
    pub(crate) table: Table,
    /// The request.
    pub(crate) request: Request,
    /// Where it goes, or the status that it is answered with.
    pub(crate) expected: String,
    /// Whether it comes back with the cookie that its first answer gave it.
    pub(crate) resumes: bool,
}

impl Kind {
    /// The cluster that a request was sent to, or the status that it was answered with.
    pub(crate) fn outcome(&self, record: &Record) -> String {
        match &record.local_reply {
            Some(reply) => reply.status.to_string(),
            None => {
                let cluster = record.request_headers.get("x-kgwc-cluster").unwrap_or_default();
                String::from_utf8_lossy(cluster).into_owned()
            }
        }
    }
}

/// The names of all kinds.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    all(FEW).into_iter().map(|kind| kind.name)
}

/// All kinds, for tables of that many routes.
pub(crate) fn all(routes: usize) -> Vec<Kind> {
    let last = routes - 1;
    let kind = |name, table, request, expected: &str| Kind {
        name,
        table,
        request,
        expected: expected.to_owned(),
        resumes: false,
    };
    let path = |name, path: &str, expected| kind(name, Table::Paths, get(path), expected);
    let explained = |name, token| {
        let request = get("/plain").header("kgwc-explain", token);
        kind(name, Table::Explained, request, "default/plain:80")
    };
    vec![
        path("plain forward", "/plain", "default/plain:80"),
        kind("plain forward of 13 headers", Table::Paths, browser("/plain"), "default/plain:80"),
        path(
            "one of many paths",
            &format!("/service-{last}/x"),
            &format!("default/service-{last}:80"),
        ),
        kind(
            "one of many hosts",
            Table::Hosts,
            Request::get(format!("host-{last}.example"), "/"),
            &format!("default/service-{last}:80"),
        ),
        kind(
            "one of many header values",
            Table::Headers,
            get("/").header("x-tenant", format!("tenant-{last}")),
            &format!("default/service-{last}:80"),
        ),
        kind(
            "none of many header values",
            Table::Headers,
            get("/").header("x-tenant", "another"),
            "404",
        ),
        kind(
            "one of many patterns",
            Table::Patterns,
            get(&format!("/api/v1/service-{last}/7")),
            &format!("default/service-{last}:80"),
        ),
        kind("none of many patterns", Table::Patterns, get("/api/v1/service/7"), "404"),
        path("no match", "/nowhere", "404"),
        path("request header changes", "/changed", "default/plain:80"),
        path("response header changes", "/answered", "default/plain:80"),
        path("rewrite", "/rewritten/x", "default/plain:80"),
        path("redirect", "/moved", "302"),
        path("direct response", "/direct", "204"),
        kind("preflight", Table::Paths, preflight(), "204"),
        path("split", "/split", "default/plain:80"),
        path("timeouts and retries", "/limited", "default/plain:80"),
        path("session, new", "/session", "default/plain:80"),
        Kind { resumes: true, ..path("session, resumed", "/session", "default/plain:80") },
        kind("not explained, without token", Table::Explained, get("/plain"), "default/plain:80"),
        explained("not explained, wrong token", "sixteen-or-more-character"),
        explained("explained", TOKEN),
    ]
}

fn get(path: &str) -> Request {
    Request::get("one.example", path)
}

/// A request as a browser sends it.
fn browser(path: &str) -> Request {
    get(path)
        .header(
            "user-agent",
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        )
        .header("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
        .header("accept-language", "en-US,en;q=0.5")
        .header("accept-encoding", "gzip, deflate, br, zstd")
        .header("cookie", "theme=dark; visits=17")
        .header("referer", "http://one.example/")
        .header("upgrade-insecure-requests", "1")
        .header("x-forwarded-for", "192.0.2.7")
        .header("x-request-id", "6f1c6a0e-3a5d-4a8a-9d6e-0c4a4c1f8b57")
}

fn preflight() -> Request {
    Request::new("OPTIONS", "one.example", "/cors")
        .header("origin", "https://www.example.com")
        .header("access-control-request-method", "PUT")
        .header("access-control-request-headers", "content-type")
}
