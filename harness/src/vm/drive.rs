//! Requests on their way through the module.

use super::Vm;
use super::enter::{check, enter};
use crate::record::Call;
use crate::stream::{Step, Stream};
use crate::{Action, Cost, Error, Exchange, Phase, Record, Request, Response};

impl Vm {
    /// Puts a request through the request phases, or as far as the filter lets it.
    ///
    /// # Errors
    /// [`Error::NotConfigured`], [`Error::Trap`], [`Error::VmFailed`].
    pub fn request(&mut self, request: Request) -> Result<Exchange<'_>, Error> {
        let id = self.open(request)?;
        Ok(Exchange::new(self, id))
    }

    /// The whole way of a request: the request phases, unless the filter answers it itself the
    /// response phases with this response, and the end.
    ///
    /// # Errors
    /// Those of [`Vm::request`], and [`Error::Paused`] where the filter holds the request.
    pub fn run(&mut self, request: Request, response: Response) -> Result<Record, Error> {
        let mut exchange = self.request(request)?;
        if exchange.local_reply.is_none() && !exchange.reset {
            exchange.respond(response)?;
        }
        exchange.finish()
    }

    /// Goes back to an open request that was [detached](Exchange::detach).
    ///
    /// # Errors
    /// [`Error::UnknownStream`].
    pub fn attach(&mut self, id: u32) -> Result<Exchange<'_>, Error> {
        if self.store.data().streams.contains_key(&id) {
            Ok(Exchange::new(self, id))
        } else {
            Err(Error::UnknownStream(id))
        }
    }

    fn open(&mut self, request: Request) -> Result<u32, Error> {
        check(self.store.data())?;
        let root = self.root.ok_or(Error::NotConfigured)?;
        let id = self.next_context();
        self.store.data_mut().streams.insert(id, Stream::new(root, request));
        let opened = self.create(id, root).and_then(|()| self.drive(id));
        match opened.and_then(|()| self.settle()) {
            Ok(()) => Ok(id),
            Err(error) => {
                self.store.data_mut().streams.remove(&id);
                Err(error)
            }
        }
    }

    fn create(&mut self, id: u32, root: u32) -> Result<(), Error> {
        if let Some(create) = &self.exports.on_context_create {
            let export = Phase::Create.export();
            let ((), cost) = enter(&mut self.store, export, id, create, (id, root))?;
            self.note(id, Phase::Create, None, cost);
        }
        Ok(())
    }

    pub(crate) fn stream(&self, id: u32) -> Option<&Stream> {
        self.store.data().streams.get(&id)
    }

    pub(crate) fn respond(&mut self, id: u32, response: Response) -> Result<(), Error> {
        check(self.store.data())?;
        let stream = self.stream_mut(id)?;
        stream.awaits_response()?;
        stream.answer(response);
        self.drive(id)?;
        self.settle()
    }

    /// `proxy_on_log`, `proxy_on_done`, `proxy_on_delete`.
    pub(crate) fn end_stream(&mut self, id: u32) -> Result<Record, Error> {
        let ended = check(self.store.data()).and_then(|()| self.call_end(id));
        let stream = self.store.data_mut().streams.remove(&id);
        ended?;
        let stream = stream.ok_or(Error::UnknownStream(id))?;
        self.release_root(stream.root)?;
        self.settle()?;
        Ok(stream.record)
    }

    fn call_end(&mut self, id: u32) -> Result<(), Error> {
        self.stream_mut(id)?.in_view.log = true;
        if let Some(on_log) = &self.exports.on_log {
            let ((), cost) = enter(&mut self.store, Phase::Log.export(), id, on_log, id)?;
            self.note(id, Phase::Log, None, cost);
        }
        self.stream_mut(id)?.in_view.log = false;
        if let Some(on_done) = &self.exports.on_done {
            // Envoy goes on to delete a stream whatever this returns.
            let (_, cost) = enter(&mut self.store, Phase::Done.export(), id, on_done, id)?;
            self.note(id, Phase::Done, None, cost);
        }
        if let Some(on_delete) = &self.exports.on_delete {
            let ((), cost) = enter(&mut self.store, Phase::Delete.export(), id, on_delete, id)?;
            self.note(id, Phase::Delete, None, cost);
        }
        Ok(())
    }

    /// Takes a stream away without telling the module, which cannot run any more.
    pub(crate) fn forget_stream(&mut self, id: u32) {
        self.store.data_mut().streams.remove(&id);
    }

    /// Does what the module has asked for outside of the phases of a stream, until it asks for
    /// nothing more.
    pub(super) fn settle(&mut self) -> Result<(), Error> {
        while let Some(id) = self.store.data_mut().touched.pop_first() {
            self.drive(id)?;
        }
        self.delete_done_roots()
    }

    /// Shows the module what it has not seen, as far as it lets the stream pass.
    fn drive(&mut self, id: u32) -> Result<(), Error> {
        while let Some(step) =
            self.store.data_mut().streams.get_mut(&id).and_then(Stream::next_step)
        {
            match step {
                Step::Headers { phase, end_of_stream } => self.headers(id, phase, end_of_stream)?,
                Step::Body { phase, piece, end_of_stream } => {
                    self.body(id, phase, piece, end_of_stream)?;
                }
                Step::Trailers { phase } => self.trailers(id, phase)?,
            }
        }
        Ok(())
    }

    fn headers(&mut self, id: u32, phase: Phase, end_of_stream: bool) -> Result<(), Error> {
        let stream = self.stream_mut(id)?;
        let (func, count) = if phase.is_request() {
            stream.in_view.request_headers = true;
            let count = stream.record.request_headers.len();
            (&self.exports.on_request_headers, count)
        } else {
            stream.in_view.response_headers = true;
            let count = stream.record.response_headers.len();
            (&self.exports.on_response_headers, count)
        };
        let called = match func {
            Some(func) => {
                let params = (id, count as u32, u32::from(end_of_stream));
                Some(enter(&mut self.store, phase.export(), id, func, params)?)
            }
            None => None,
        };
        self.returned(id, phase, called)
    }

    fn body(&mut self, id: u32, phase: Phase, piece: Vec<u8>, end: bool) -> Result<(), Error> {
        let stream = self.stream_mut(id)?;
        let held =
            if phase.is_request() { &mut stream.request_held } else { &mut stream.response_held };
        held.in_view = true;
        held.bytes.extend(piece);
        let size = held.bytes.len() as u32;
        let func = if phase.is_request() {
            &self.exports.on_request_body
        } else {
            &self.exports.on_response_body
        };
        let called = match func {
            Some(func) => {
                let params = (id, size, u32::from(end));
                Some(enter(&mut self.store, phase.export(), id, func, params)?)
            }
            None => None,
        };
        self.returned(id, phase, called)
    }

    fn trailers(&mut self, id: u32, phase: Phase) -> Result<(), Error> {
        let stream = self.stream_mut(id)?;
        let (func, count) = if phase.is_request() {
            stream.in_view.request_trailers = true;
            let count = stream.record.request_trailers.len();
            (&self.exports.on_request_trailers, count)
        } else {
            stream.in_view.response_trailers = true;
            let count = stream.record.response_trailers.len();
            (&self.exports.on_response_trailers, count)
        };
        let called = match func {
            Some(func) => {
                Some(enter(&mut self.store, phase.export(), id, func, (id, count as u32))?)
            }
            None => None,
        };
        self.returned(id, phase, called)
    }

    fn returned(
        &mut self,
        id: u32,
        phase: Phase,
        called: Option<(u32, Cost)>,
    ) -> Result<(), Error> {
        let mut action = Action::Continue;
        if let Some((code, cost)) = called {
            action = Action::from_abi(code);
            self.note(id, phase, Some(action), cost);
        }
        self.stream_mut(id)?.returned(phase, action);
        Ok(())
    }

    fn note(&mut self, id: u32, phase: Phase, action: Option<Action>, cost: Cost) {
        if let Some(stream) = self.store.data_mut().streams.get_mut(&id) {
            stream.record.calls.push(Call { phase, action, cost });
        }
    }

    fn stream_mut(&mut self, id: u32) -> Result<&mut Stream, Error> {
        self.store.data_mut().streams.get_mut(&id).ok_or(Error::UnknownStream(id))
    }
}
