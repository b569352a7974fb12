//! AWS Lambda as a gateway sees it: the operation Invoke, with signatures that are verified.
//!
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>

mod error;
mod function;
mod signature;
mod time;

pub use error::SignatureError;
pub use signature::Account;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::received::Received;
use super::reply::Reply;
use super::server::Server;
use function::Function;

/// A server that invokes functions, all of which answer the same.
#[derive(Debug)]
pub struct LambdaServer {
    server: Server,
    state: Arc<Mutex<State>>,
}

/// One call of Invoke.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    /// The name of the function.
    pub function: String,
    /// Its ARN without the qualifier, where the path has one.
    pub arn: Option<String>,
    /// A version or an alias, from the query or the end of the name.
    pub qualifier: Option<String>,
    /// `X-Amz-Invocation-Type`: `RequestResponse`, which is the default, or `Event`.
    pub invocation_type: String,
    /// The event for the function; null where the body is empty or no JSON.
    pub payload: Value,
    /// Why the signature is not valid, if it is not.
    pub refused: Option<SignatureError>,
}

#[derive(Debug)]
struct State {
    /// For one invocation each.
    next: VecDeque<Reply>,
    reply: Reply,
    invocations: Vec<Invocation>,
}

impl LambdaServer {
    /// A server that takes requests signed by that account. Until [`Self::answer_with`] says
    /// otherwise functions return what Envoy turns into an empty 200.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn start(account: Account) -> Self {
        let payload =
            json!({"statusCode": 200, "headers": {}, "body": "", "isBase64Encoded": false});
        let state = Arc::new(Mutex::new(State {
            next: VecDeque::new(),
            reply: returned(payload.to_string()),
            invocations: Vec::new(),
        }));
        let shared = state.clone();
        let server = Server::answering(move |request| invoke(request, &account, &shared));
        Self { server, state }
    }

    /// What functions return from now on: JSON such as
    /// `{"statusCode": 200, "headers": {}, "body": "", "isBase64Encoded": false}`, or bytes of any
    /// other kind.
    pub fn answer_with(&self, payload: impl Into<Vec<u8>>) {
        self.reply_with(returned(payload));
    }

    /// What becomes of invocations of the type `RequestResponse` from now on, such as a failure of
    /// the function: 200 with the header `x-amz-function-error` and its own JSON.
    pub fn reply_with(&self, reply: Reply) {
        lock(&self.state).reply = reply;
    }

    /// What becomes of the next invocation, of any type; called again, of the one after it. Those
    /// that are refused do not count.
    pub fn reply_once(&self, reply: Reply) {
        lock(&self.state).next.push_back(reply);
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The calls of Invoke, in the order in which they came, with those that were refused.
    pub fn invocations(&self) -> Vec<Invocation> {
        lock(&self.state).invocations.clone()
    }

    /// All requests, whatever they are.
    pub fn requests(&self) -> Vec<Received> {
        self.server.requests()
    }

    /// Waits for that many requests; see [`Server::wait_for`].
    ///
    /// # Panics
    /// When fewer arrive within `patience`.
    #[track_caller]
    pub fn wait_for(&self, count: usize, patience: Duration) -> Vec<Received> {
        self.server.wait_for(count, patience)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn invoke(request: &Received, account: &Account, state: &Mutex<State>) -> Reply {
    let refused = signature::verify(request, account, SystemTime::now()).err();
    let Some(function) = Function::invoked(request) else {
        return failure(404, "UnknownOperationException", "not the path of Invoke");
    };
    let payload = match &request.body[..] {
        [] => Ok(Value::Null),
        body => serde_json::from_slice(body),
    };
    let invocation_type = request.header("x-amz-invocation-type").unwrap_or("RequestResponse");
    let Function { name, arn, qualifier } = function;
    let mut state = lock(state);
    state.invocations.push(Invocation {
        function: name,
        arn,
        qualifier,
        invocation_type: invocation_type.to_owned(),
        payload: payload.as_ref().cloned().unwrap_or_default(),
        refused: refused.clone(),
    });
    if let Some(error) = refused {
        return failure(403, error.code(), &error.to_string());
    }
    if let Err(error) = payload {
        return failure(400, "InvalidRequestContentException", &error.to_string());
    }
    if let Some(reply) = state.next.pop_front() {
        return reply;
    }
    match invocation_type {
        "RequestResponse" => state.reply.clone(),
        "Event" => Reply::new(202, ""),
        _ => failure(400, "InvalidParameterValueException", "not that invocation type"),
    }
}

fn returned(payload: impl Into<Vec<u8>>) -> Reply {
    Reply::new(200, payload)
        .header("content-type", "application/json")
        .header("x-amz-executed-version", "$LATEST")
}

fn failure(status: u16, code: &str, message: &str) -> Reply {
    Reply::new(status, json!({"message": message}).to_string())
        .header("content-type", "application/json")
        .header("x-amzn-errortype", code)
}

#[cfg(test)]
mod tests;
